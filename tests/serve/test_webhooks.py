"""poster serve's webhooks, downloads and shutdown, where loopback plays the internet."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hooks import Hooks
from tests.support.internet import NO_PHOTOS, drip
from tests.support.ports import free_port

if TYPE_CHECKING:
    from tests.support.internet import Internet
    from tests.support.poster_server import PosterServer, StartPosterServer

SMALL: dict[str, Any] = {"stage": "envelope", "seed": 7, "width": 512, "height": 736}
LONG: dict[str, Any] = {"title": "ORBIT", "width": 2048, "height": 2896}

PUBLIC_LOOPBACK = """\
from poster.network import public_network

public_network.is_public = lambda address: address == "127.0.0.1"
"""
"""Read by every Python process that finds it: 127.0.0.1 is public, but 127.0.0.2 is not."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("public")
    (folder / "sitecustomize.py").write_text(PUBLIC_LOOPBACK)
    return {"PYTHONPATH": str(folder), "POSTER_LOG_LEVEL": "DEBUG"}


@pytest.fixture(scope="module")
def server(
    start_poster_server: StartPosterServer,
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
) -> Iterator[PosterServer]:
    server = start_poster_server(tmp_path_factory.mktemp("serve"), **environment)
    server.wait_until_ready()
    yield server
    assert server.stop() == 0
    assert list(server.temporary.iterdir()) == []


@pytest.fixture
def _then_a_good_one(server: PosterServer, portrait_uri: str) -> Iterator[None]:
    yield
    reply = server.predict(image=portrait_uri, **SMALL)
    assert reply["status"] == "succeeded", reply


then_a_good_one = pytest.mark.usefixtures("_then_a_good_one")


def start(server: PosterServer, name: str, webhook: str, **inputs: Any) -> None:
    """Start an asynchronous prediction."""
    body = {"input": inputs, "webhook": webhook}
    status, reply = server.call("PUT", f"/predictions/{name}", body, Prefer="respond-async")
    assert (status, reply) == (202, {"id": name, "status": "starting"})


def wait_until_at_work(server: PosterServer, before: int) -> None:
    server.wait_for_log("%: finding the subject", before + 1)


def count_starts(server: PosterServer) -> int:
    return server.log.read_text().count("%: finding the subject")


@then_a_good_one
def test_the_events_arrive_in_order_and_the_last_has_the_poster(
    server: PosterServer, portrait_uri: str, hooks: Hooks
) -> None:
    start(server, "hooked", hooks.url, image=portrait_uri, **SMALL)

    done = hooks.wait_for("succeeded", "failed")

    assert (done["id"], done["status"], len(done["output"])) == ("hooked", "succeeded", 2)
    statuses = [message["status"] for message in hooks.received]
    assert statuses == sorted(statuses, key=["starting", "processing", "succeeded"].index)
    assert statuses[-1] == "succeeded"


@then_a_good_one
def test_only_the_events_asked_for_arrive(
    server: PosterServer, portrait_uri: str, hooks: Hooks
) -> None:
    body = {
        "input": {"image": portrait_uri, **SMALL},
        "webhook": hooks.url,
        "webhook_events_filter": ["start"],
    }
    status, reply = server.call("POST", "/predictions", body)

    assert (status, reply["status"]) == (200, "succeeded")
    hooks.wait_for("starting", "processing")
    assert len(hooks.received) == 1


@then_a_good_one
def test_a_webhook_that_refuses_at_first_is_told_in_the_end(
    server: PosterServer, portrait_uri: str, hooks: Hooks
) -> None:
    hooks.refused = 3
    start(server, "refused", hooks.url, image=portrait_uri, **SMALL)

    assert hooks.wait_for("succeeded")["id"] == "refused"


@then_a_good_one
def test_a_dead_webhook_keeps_nobody_waiting(server: PosterServer, portrait_uri: str) -> None:
    start(server, "dead", f"http://127.0.0.1:{free_port()}/", image=portrait_uri, **SMALL)

    while server.call("PUT", "/predictions/dead", {"input": {"image": portrait_uri, **SMALL}})[
        1
    ].get("status") in ("starting", "processing"):
        time.sleep(0.05)


@then_a_good_one
@pytest.mark.parametrize("which", [0, 1])
def test_a_webhook_hears_of_a_process_that_was_killed(
    server: PosterServer, portrait_uri: str, hooks: Hooks, which: int
) -> None:
    before = count_starts(server)
    start(server, "killed", hooks.url, image=portrait_uri, **LONG)
    wait_until_at_work(server, before)

    os.kill(server.list_processes()[which], signal.SIGKILL)

    failed = hooks.wait_for("failed", "succeeded")
    assert (failed["id"], failed["status"]) == ("killed", "failed")
    assert failed["error"].startswith("the worker stopped before the poster was done")


def test_an_asynchronous_prediction_that_waits_for_a_new_worker_is_made(
    server: PosterServer, portrait_uri: str, hooks: Hooks
) -> None:
    os.kill(server.list_processes()[1], signal.SIGKILL)

    start(server, "patient", hooks.url, image=portrait_uri, **SMALL)

    assert hooks.wait_for("succeeded", "failed")["status"] == "succeeded"


@then_a_good_one
def test_an_asynchronous_prediction_can_be_cancelled(
    server: PosterServer, portrait_uri: str, hooks: Hooks
) -> None:
    before = count_starts(server)
    start(server, "unwanted", hooks.url, image=portrait_uri, **LONG)
    wait_until_at_work(server, before)

    assert server.call("POST", "/predictions/unwanted/cancel")[0] == 200

    assert hooks.wait_for("canceled", "succeeded", "failed")["status"] == "canceled"


@then_a_good_one
def test_an_id_that_was_just_cancelled_can_be_used_again(
    server: PosterServer, portrait_uri: str, hooks: Hooks
) -> None:
    before = count_starts(server)
    start(server, "again", hooks.url, image=portrait_uri, **LONG)
    wait_until_at_work(server, before)
    assert server.call("POST", "/predictions/again/cancel")[0] == 200

    start(server, "again", hooks.url, image=portrait_uri, **SMALL)

    assert hooks.wait_for("succeeded", "failed")["status"] == "succeeded"
    assert [one["status"] for one in hooks.received].count("canceled") == 1


@then_a_good_one
def test_a_webhook_on_a_private_address_is_refused(server: PosterServer) -> None:
    body = {"input": {"image": "x", "title": "X"}, "webhook": "http://127.0.0.2:9/"}

    status, reply = server.call("POST", "/predictions", body)

    assert (status, reply["detail"][0]["loc"]) == (422, ["body", "webhook"])


@then_a_good_one
def test_a_download_that_drips_can_be_cancelled(server: PosterServer, internet: Internet) -> None:
    internet.pages["/"] = drip
    replies: list[dict[str, Any]] = []
    body = {"input": {"image": f"{internet.url}/", **SMALL}}
    waiting = threading.Thread(
        target=lambda: replies.append(server.call("PUT", "/predictions/drip", body)[1])
    )
    waiting.start()
    while not internet.requests and waiting.is_alive():
        time.sleep(0.02)

    server.call("POST", "/predictions/drip/cancel")

    waiting.join(20)
    assert [reply["status"] for reply in replies] == ["canceled"]


@then_a_good_one
def test_a_redirect_to_a_private_address_is_not_followed(
    server: PosterServer, internet: Internet, portrait: Path
) -> None:
    internet.put("/photo.jpg", portrait.read_bytes())
    internet.redirect("/", internet.url.replace("127.0.0.1", "127.0.0.2") + "/photo.jpg")

    reply = server.predict(image=f"{internet.url}/", **SMALL)

    assert reply["status"] == "failed"
    assert "image: is on a host that cannot be found from here" in reply["error"]
    assert len(internet.requests) == 1


@then_a_good_one
@pytest.mark.parametrize("name", ["compressed", "too large without saying so"])
def test_a_bomb_behind_a_url_is_refused(
    server: PosterServer, internet: Internet, name: str
) -> None:
    internet.pages["/"], message = NO_PHOTOS[name]

    reply = server.predict(image=f"{internet.url}/", **SMALL)

    assert reply["status"] == "failed"
    assert message in reply["error"]


@pytest.mark.parametrize(
    ("grace", "status", "wanted"), [("100", "succeeded", ["output"]), ("0", "canceled", [])]
)
def test_a_prediction_under_way_is_finished_or_cancelled_when_the_server_ends(
    start_poster_server: StartPosterServer,
    environment: dict[str, str],
    portrait_uri: str,
    hooks: Hooks,
    tmp_path: Path,
    grace: str,
    status: str,
    wanted: list[str],
) -> None:
    server = start_poster_server(tmp_path, "--grace", grace, **environment)
    server.wait_until_ready()
    start(server, "last", hooks.url, image=portrait_uri, **LONG)
    wait_until_at_work(server, 0)

    assert server.stop() == 0

    last = hooks.wait_for("succeeded", "canceled", "failed")
    assert (last["id"], last["status"]) == ("last", status)
    assert [name for name in wanted if not last[name]] == []
    assert list(server.temporary.iterdir()) == []


def test_a_caller_who_waits_gets_the_poster_though_the_server_ends(
    start_poster_server: StartPosterServer, portrait_uri: str, tmp_path: Path
) -> None:
    server = start_poster_server(tmp_path, "--grace", "100", POSTER_LOG_LEVEL="DEBUG")
    server.wait_until_ready()
    replies: list[dict[str, Any]] = []
    waiting = threading.Thread(
        target=lambda: replies.append(server.predict(image=portrait_uri, **LONG))
    )
    waiting.start()
    wait_until_at_work(server, 0)

    server.process.send_signal(signal.SIGTERM)

    server.wait_for_log("shutting down")
    assert server.call("GET", "/healthz")[0] == 200
    assert server.call("GET", "/readyz")[0] == 503
    late = json.dumps({"input": {"image": portrait_uri, **SMALL}}).encode()
    assert server.call("POST", "/predictions", late)[0] == 503
    waiting.join()
    assert replies[0]["status"] == "succeeded"
    assert server.wait() == 0
