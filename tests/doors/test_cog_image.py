"""How Cog's real server receives the photo: our fetch reads a URL, and nothing stays behind.

Cog's own download, as the input's type Path asks for, would go to any address, decompress, store
whatever comes and ignore a cancellation.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from poster.doors.cog_folders import PREDICTIONS
from poster.request import LIMITS
from tests.support.internet import NO_PHOTOS, drip

if TYPE_CHECKING:
    from tests.support.cog_server import CogServer, StartServer
    from tests.support.internet import Internet

ASKED: dict[str, Any] = {"stage": "envelope", "seed": 7, "width": 512, "height": 736}
MADE = {"envelope.png", "poster.json"}


@pytest.fixture(scope="module")
def public(start_cog_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> CogServer:
    """A server for which loopback is public, so that the tests can be the internet."""
    return start_cog_server(
        tmp_path_factory.mktemp("public"), COG_PREDICT_TYPE_STUB="public_loopback.py:Predictor"
    )


def predict(server: CogServer, image: object) -> dict[str, Any]:
    """The reply to a prediction, which must leave no file but what it made."""
    name = str(uuid4())
    status, reply = server.call("PUT", f"/predictions/{name}", {"input": {"image": image, **ASKED}})
    assert status == 200, reply
    assert_clean(server, name)
    return reply


def assert_clean(server: CogServer, name: str) -> None:
    assert list_files(server.temporary) <= MADE
    # Cog removes what it passed on as a file itself; its worker may answer a cancellation first.
    deadline = time.monotonic() + 60
    while list_files(PREDICTIONS / name) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list_files(PREDICTIONS / name)


def list_files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def and_then_a_good_one(public: CogServer, portrait_uri: str) -> Iterator[None]:
    """After the test, the server makes a poster as before."""
    yield
    reply = predict(public, portrait_uri)
    assert reply["status"] == "succeeded", reply


@pytest.mark.parametrize("path", ["/photo.jpg?signature=1", "/moved"])
def test_a_url_is_fetched(public: CogServer, internet: Internet, portrait: Path, path: str) -> None:
    internet.put("/photo.jpg?signature=1", portrait.read_bytes())
    internet.redirect("/moved", "/photo.jpg?signature=1")

    reply = predict(public, f" {internet.url.replace('http', 'HTTP')}{path}\n")

    assert reply["status"] == "succeeded", reply
    assert b"user-agent: poster-maker/" in internet.requests[-1].lower()


def test_base64_is_read_however_it_is_wrapped(public: CogServer, portrait: Path) -> None:
    lines = base64.encodebytes(portrait.read_bytes()).decode()
    images = (lines, f"data:image/jpeg;base64,{lines}", f" DATA:image/jpeg;base64,\r\n{lines}")

    replies = [predict(public, image) for image in images]

    assert [reply["status"] for reply in replies] == ["succeeded"] * len(images), replies
    assert len({reply["output"][0] for reply in replies}) == 1


@pytest.mark.usefixtures("and_then_a_good_one")
@pytest.mark.parametrize("name", NO_PHOTOS)
def test_a_reply_that_is_not_a_photo_is_refused(
    public: CogServer, internet: Internet, name: str
) -> None:
    internet.pages["/"], message = NO_PHOTOS[name]

    reply = predict(public, f"{internet.url}/")

    assert reply["status"] == "failed"
    assert message in reply["error"]
    assert internet.requests


@pytest.mark.usefixtures("and_then_a_good_one")
def test_a_download_that_drips_is_cancelled(public: CogServer, internet: Internet) -> None:
    internet.pages["/"] = drip
    replies: list[dict[str, Any]] = []
    name = str(uuid4())
    body = {"input": {"image": f"{internet.url}/", **ASKED}}
    waiting = threading.Thread(
        target=lambda: replies.append(public.call("PUT", f"/predictions/{name}", body)[1])
    )
    waiting.start()
    deadline = time.monotonic() + 60
    while not internet.requests and time.monotonic() < deadline:
        time.sleep(0.02)

    public.call("POST", f"/predictions/{name}/cancel")

    # Uncancelled, it would fail after 30 s.
    waiting.join(20)
    assert [reply["status"] for reply in replies] == ["canceled"]
    assert_clean(public, name)


@pytest.mark.usefixtures("and_then_a_good_one")
def test_data_that_is_too_large_is_refused(public: CogServer) -> None:
    uri = "data:image/jpeg;base64," + "A" * (LIMITS.image_bytes // 3 * 4 + 400)

    reply = predict(public, uri)

    assert reply["status"] == "failed"
    assert "image: is 40.0 MB; the maximum is 40 MB" in reply["error"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0"]
)
def test_no_private_address_is_connected_to(
    cog_server: CogServer, internet: Internet, portrait: Path, host: str
) -> None:
    internet.put("/", portrait.read_bytes())

    reply = predict(cog_server, f"{internet.url.replace('127.0.0.1', host)}/")

    assert reply["status"] == "failed"
    assert "image: is on a host that cannot be found from here or has no public" in reply["error"]
    assert internet.requests == []


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("", "image: is empty"),
        (" \n", "image: is empty"),
        ("file:///etc/hostname", "image: must be base64, a data URI or an http or https URL, not "),
        ("FILE:/etc/hostname", "image: must be base64, a data URI or an http or https URL, not "),
        ("ftp://127.0.0.1/a.jpg", "image: must be base64, a data URI or an http or https URL"),
        ("/etc/hostname", "image: must be base64, a data URI or an http or https URL, not "),
        ("~/photo", "image: must be base64, a data URI or an http or https URL, not "),
        ("http://", "image: must be an http or https URL"),
        ("https:///etc/hostname", "image: "),
        ("data:image/jpeg,%FF%D8", "image: is not a base64 data URI"),
        ("data:;base64", "image: is not a base64 data URI"),
        ("data:image/jpeg;base64,/9j/ AAA", "image: is not valid base64: it contains a space"),
    ],
)
def test_what_is_neither_data_nor_a_url_is_refused(
    cog_server: CogServer, image: str, message: str
) -> None:
    reply = predict(cog_server, image)

    assert reply["status"] == "failed"
    assert message in reply["error"]
