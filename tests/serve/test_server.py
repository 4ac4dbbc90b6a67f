"""poster serve with Cog's real server: whatever is sent to it, it answers the next good request."""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from poster.doors.cog_folders import PREDICTIONS
from tests.support.poster_server import STAND_IN
from tests.support.small_disk import seen_by, small_disk

if TYPE_CHECKING:
    from tests.support.internet import Internet
    from tests.support.poster_server import PosterServer, StartPosterServer

SMALL: dict[str, Any] = {"stage": "envelope", "seed": 7, "width": 512, "height": 736}
LONG: dict[str, Any] = {"title": "ORBIT", "width": 2048, "height": 2896}
BAD_IDS = {
    "too long": "a" * 129,
    "longer than a file name": "a" * 300,
    "nul": "a\0b",
    "path": "../../etc/poster",
    "absolute": "/proc/zz",
    "parent": "..",
    "hidden": ".ssh",
    "line break": "a\nb",
    "empty": "",
    "space": "a b",
    "other script": "포스터",
    "right to left": "a\u202eb",
    "half a character": "\ud800",
}


@pytest.fixture(scope="module")
def server(
    start_poster_server: StartPosterServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PosterServer]:
    """One server for the whole file; at its end, nothing that it made is left."""
    before = _list_predictions()
    server = start_poster_server(tmp_path_factory.mktemp("serve"), POSTER_LOG_LEVEL="DEBUG")
    server.wait_until_ready()
    yield server
    assert server.stop() == 0
    assert list(server.temporary.iterdir()) == []
    mine = _list_predictions() - before
    assert not [name for name in mine if name in server.log.read_text()]


@pytest.fixture
def _then_a_good_one(server: PosterServer, portrait_uri: str) -> Iterator[None]:
    yield
    reply = server.predict(image=portrait_uri, **SMALL)
    assert reply["status"] == "succeeded", reply


then_a_good_one = pytest.mark.usefixtures("_then_a_good_one")


@pytest.fixture(scope="module")
def large_photo() -> str:
    """A photo of about 9 MB, as a data URI."""
    noise = np.random.default_rng(16).integers(0, 256, (1200, 1800, 3), np.uint8)
    data = cv2.imencode(".png", noise)[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def _list_predictions() -> set[str]:
    return {path.name for path in PREDICTIONS.iterdir()} if PREDICTIONS.exists() else set()


def read_receipt(reply: dict[str, Any]) -> dict[str, Any]:
    data = base64.b64decode(reply["output"][-1].partition(",")[2])
    receipt: dict[str, Any] = json.loads(data)
    return receipt


def test_aliases_null_and_whole_numbers_are_understood(
    server: PosterServer, portrait_uri: str
) -> None:
    fields = {**SMALL, "width": 512.0, "height": 736, "glare": None, "trim_mm": None}
    del fields["glare"]

    reply = server.predict(image=portrait_uri, num_inference_steps=None, **fields)

    receipt = read_receipt(reply)
    assert (receipt["width"], receipt["height"], receipt["seed"]) == (512, 736, 7)


def test_a_put_answers_under_the_callers_id(server: PosterServer, portrait_uri: str) -> None:
    body = {"input": {"image": portrait_uri, **SMALL}}

    status, reply = server.call("PUT", "/predictions/my.poster-1", body)

    assert (status, reply["id"], reply["status"]) == (200, "my.poster-1", "succeeded")
    assert not (PREDICTIONS / "my.poster-1").exists()


@then_a_good_one
@pytest.mark.parametrize("name", BAD_IDS)
def test_a_bad_id_is_refused(server: PosterServer, portrait_uri: str, name: str) -> None:
    body = {"id": BAD_IDS[name], "input": {"image": portrait_uri, **SMALL}}

    status, reply = server.call("POST", "/predictions", body)

    assert status == 422
    where = ["body"] if name == "half a character" else ["body", "id"]
    assert reply["detail"][0]["loc"] == where


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc", "%00", "%2e%2e", "%ff", "a" * 300, "%ED%A0%80", "a%2fcancel"]
)
def test_a_bad_id_in_the_url_is_refused(
    server: PosterServer, portrait_uri: str, name: str, method: str
) -> None:
    path = f"/predictions/{name}" + ("/cancel" if method == "POST" else "")

    status, reply = server.call(method, path, {"input": {"image": portrait_uri, **SMALL}})

    assert status == 422, reply
    assert reply["detail"][0]["loc"] == ["path", "id"]


def test_an_id_that_differs_from_the_urls_is_refused(
    server: PosterServer, portrait_uri: str
) -> None:
    body = {"id": "other", "input": {"image": portrait_uri, **SMALL}}

    status, reply = server.call("PUT", "/predictions/one", body)

    assert (status, reply["detail"][0]["loc"]) == (422, ["body", "id"])


@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        (b"{", ["body"], "is not valid JSON: line 1, column 2"),
        (b"[" * 100_000, ["body"], "is not valid JSON: it has more than 20,000 values"),
        (b"[" * 15_000, ["body"], "is not valid JSON: it is nested too deeply"),
        (b'{"input": {"glare": NaN}}', ["body"], "is not valid JSON: NaN is not a JSON number"),
        (b'{"input": {}, "input": {}}', ["body"], "is not valid JSON: the name 'input' is given"),
        (b"\xff", ["body"], "is not valid JSON: it is not UTF-8"),
        (b"[]", ["body"], "must be an object"),
        (b"{}", ["body", "input"], "must be an object"),
        (b'{"input": {}, "title": "X"}', ["body", "title"], "is a field of the request: put it in"),
        (b'{"input": {}, "color": 1}', ["body", "'color'"], "is not a field of a prediction"),
        (b'{"input": {}}', ["body", "input", "image"], "is required"),
        (
            b'{"input": {"image": 5}}',
            ["body", "input", "image"],
            "must be a string, not the number 5",
        ),
        (
            b'{"input": {"image": "x", "heigth": 900}}',
            ["body", "input", "heigth"],
            "is not a field of the request; did you mean height?",
        ),
        (
            b'{"input": {"image": "x", "title": "X", "width": 100}}',
            ["body", "input", "width"],
            "must be ",
        ),
        (b'{"input": {"image": "x"}}', ["body", "input", "title"], "is required unless"),
        (
            b'{"input": {"image": "x", "title": "X"}, "webhook": "ftp://example.org/"}',
            ["body", "webhook"],
            "must be an http or https URL",
        ),
        (
            b'{"input": {"image": "x", "title": "X"}, "webhook": "http://127.0.0.1:9/"}',
            ["body", "webhook"],
            "is on a host that cannot be found from here or has no public address",
        ),
        (
            b'{"input": {"image": "x", "title": "X"}, "webhook": "http://[::ffff:10.0.0.1]/"}',
            ["body", "webhook"],
            "is on a host that cannot be found from here or has no public address",
        ),
        (
            b'{"input": {"image": "x", "title": "X"}, "webhook_events_filter": ["end"]}',
            ["body", "webhook_events_filter"],
            "must be a list of start, output, logs, completed",
        ),
        (
            b'{"input": {"image": "x", "title": "X"}, "context": {"a": 1}}',
            ["body", "context"],
            "must be an object whose values are strings",
        ),
    ],
)
def test_a_bad_body_is_refused_with_the_place_and_the_reason(
    server: PosterServer, body: bytes, where: list[str], message: str
) -> None:
    status, reply = server.call("POST", "/predictions", body)

    assert status == 422
    assert reply["detail"][0]["loc"] == where
    assert reply["detail"][0]["msg"].startswith(message)


@then_a_good_one
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_an_image_on_a_private_address_is_not_fetched(
    server: PosterServer, internet: Internet, portrait: Path, host: str
) -> None:
    internet.put("/", portrait.read_bytes())

    reply = server.predict(image=f"{internet.url.replace('127.0.0.1', host)}/", **SMALL)

    assert reply["status"] == "failed"
    assert "image: is on a host that cannot be found from here" in reply["error"]
    assert internet.requests == []


@then_a_good_one
def test_a_body_of_60_mb_is_an_image_that_is_too_large(server: PosterServer) -> None:
    reply = server.predict(image="data:image/jpeg;base64," + "A" * 60_000_000, **SMALL)

    assert reply["status"] == "failed"
    assert "image: is 45.0 MB; the maximum is 40 MB" in reply["error"]


@then_a_good_one
@pytest.mark.parametrize("size", ["declared", "not declared"])
def test_a_body_that_is_too_large_is_told_so(server: PosterServer, size: str) -> None:
    blocks = [bytes(1_000_000)] * 70
    chunked = size == "not declared"
    body = iter(blocks) if chunked else b"".join(blocks)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/predictions", body, encode_chunked=chunked)
        reply = connection.getresponse()

        assert reply.status == 413
        told = json.loads(reply.read())["detail"]
        assert told == "the body is larger than 64 MB; send a smaller image, or its URL"


@then_a_good_one
def test_a_compressed_body_is_not_expanded(server: PosterServer) -> None:
    status, reply = server.call(
        "POST", "/predictions", gzip.compress(bytes(100_000_000)), **{"Content-Encoding": "gzip"}
    )

    assert (status, reply) == (415, {"detail": "send the body without Content-Encoding"})


def test_300_slow_sockets_keep_nobody_else_waiting(server: PosterServer, portrait_uri: str) -> None:
    heads = (
        b"",
        b"POST /predictions HTTP/1.1\r\nHost: x\r\nX-",
        b"POST /predictions HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n{",
    )
    with contextlib.ExitStack() as sockets:
        for number in range(300):
            slow = sockets.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            slow.sendall(heads[number % len(heads)])

        reply = server.predict(image=portrait_uri, **SMALL)

    assert reply["status"] == "succeeded", reply


@then_a_good_one
def test_cancelling_at_any_moment_leaves_the_server_able_to_serve(
    server: PosterServer, portrait_uri: str
) -> None:
    moments = random.Random(16)  # noqa: S311 - not for secrets
    body = {"input": {"image": portrait_uri, **SMALL}}
    for number in range(25):
        name = f"race-{number}"
        replies: list[tuple[int, dict[str, Any]]] = []
        making = threading.Thread(
            target=lambda replies=replies, name=name: replies.append(
                server.call("PUT", f"/predictions/{name}", body)
            )
        )
        making.start()
        time.sleep(moments.choice((0.0, 0.005, 0.02, 0.1, 0.3)))
        server.call("POST", f"/predictions/{name}/cancel")
        making.join()

        assert replies[0][0] == 200, replies
        assert replies[0][1]["status"] in ("canceled", "succeeded"), replies[0][1]["error"]


def test_cancelling_what_is_not_there_is_404(server: PosterServer) -> None:
    assert server.call("POST", "/predictions/unknown/cancel") == (404, {})


@then_a_good_one
def test_a_caller_that_leaves_gives_the_slot_back(server: PosterServer, portrait_uri: str) -> None:
    body = json.dumps({"input": {"image": portrait_uri, **LONG}}).encode()
    working = server.log.read_text().count("%: finding the subject")
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", "/predictions", body)
    server.wait_for_log("%: finding the subject", working + 1)

    connection.close()


@then_a_good_one
@pytest.mark.parametrize("which", [0, 1])
def test_a_killed_process_is_replaced_and_its_caller_told(
    server: PosterServer, portrait_uri: str, which: int
) -> None:
    replies: list[dict[str, Any]] = []
    working = server.log.read_text().count("%: finding the subject")
    making = threading.Thread(
        target=lambda: replies.append(server.predict(image=portrait_uri, **LONG))
    )
    making.start()
    server.wait_for_log("%: finding the subject", working + 1)

    os.kill(server.list_processes()[which], signal.SIGKILL)

    making.join()
    assert replies[0]["status"] == "failed"
    assert replies[0]["error"].startswith("the worker stopped before the poster was done")


@then_a_good_one
def test_an_idle_worker_that_is_killed_is_replaced(server: PosterServer) -> None:
    os.kill(server.list_processes()[1], signal.SIGKILL)


def test_a_poster_serve_that_is_killed_takes_cog_with_it_and_is_cleaned_up_after(
    start_poster_server: StartPosterServer, tmp_path: Path
) -> None:
    killed = start_poster_server(tmp_path, PYTHONPATH=str(STAND_IN))
    killed.wait_until_ready()
    (cog,) = killed.list_children()

    killed.process.kill()

    killed.wait()
    deadline = time.monotonic() + 60
    while Path(f"/proc/{cog}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{cog}").exists()
    (left,) = killed.temporary.iterdir()
    following = start_poster_server(tmp_path, PYTHONPATH=str(STAND_IN))
    following.wait_until_ready()
    assert not left.exists()


def test_a_full_disk_fails_one_prediction_and_not_the_server(
    start_poster_server: StartPosterServer, large_photo: str, portrait_uri: str, tmp_path: Path
) -> None:
    PREDICTIONS.mkdir(parents=True, exist_ok=True)
    prefix = small_disk(PREDICTIONS, 4_000_000)
    server = start_poster_server(tmp_path, prefix=prefix)
    server.wait_until_ready()

    # Cog passes more than 6 MiB through a file.
    status, reply = server.call("POST", "/predictions", {"input": {"image": large_photo, **SMALL}})

    assert (status, reply["status"]) == (200, "failed")
    assert server.predict(image=portrait_uri, **SMALL)["status"] == "succeeded"
    assert list(seen_by(server.process.pid, PREDICTIONS).iterdir()) == []


def test_a_full_disk_in_the_worker_is_named_to_the_caller(
    start_poster_server: StartPosterServer, portrait_uri: str, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    server = start_poster_server(tmp_path, prefix=small_disk(tmp_path / "tmp", 400_000))
    server.wait_until_ready()

    reply = server.predict(image=portrait_uri, **SMALL)

    assert reply["status"] == "failed"
    assert "the server's disk is full; its operator must free some space" in reply["error"]
    jpg = server.predict(image=portrait_uri, output_format="jpg", **SMALL)
    assert jpg["status"] == "succeeded", jpg


def test_probes_and_documents_are_served(server: PosterServer) -> None:
    assert server.call("GET", "/healthz") == (200, {"status": "ok"})
    assert server.call("GET", "/readyz") == (200, {"status": "ready"})
    assert server.call("GET", "/health-check")[1]["status"] == "READY"
    assert "PredictionRequest" in server.call("GET", "/openapi.json")[1]["components"]["schemas"]
    assert "shutdown_url" not in server.call("GET", "/")[1]
    # No redirect to wherever the caller's header Host says.
    assert server.call("GET", "/healthz/", Host="example.org")[0] == 404


def test_nobody_can_shut_the_server_down_by_http(server: PosterServer) -> None:
    assert server.call("POST", "/shutdown", {})[0] == 404
    assert server.call("GET", "/healthz")[0] == 200
