"""poster serve with a stand-in for Cog's server that fails in every way that it could."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.poster_server import STAND_IN

if TYPE_CHECKING:
    from tests.support.poster_server import PosterServer, StartPosterServer


@pytest.fixture(scope="module")
def server(
    start_poster_server: StartPosterServer, tmp_path_factory: pytest.TempPathFactory
) -> PosterServer:
    folder = tmp_path_factory.mktemp("stand_in")
    server = start_poster_server(folder, "--job-limit", "10", PYTHONPATH=str(STAND_IN))
    server.wait_until_ready()
    return server


def ask(title: str, **changes: Any) -> dict[str, Any]:
    return {"input": {"image": "https://example.org/photo.jpg", "title": title}, **changes}


def test_a_server_that_ends_is_replaced_and_its_job_fails(server: PosterServer) -> None:
    status, reply = server.call("POST", "/predictions", ask("DIE", id="first"))

    assert (status, reply["id"], reply["status"]) == (200, "first", "failed")
    assert reply["error"].startswith("the worker stopped before the poster was done")
    assert server.call("POST", "/predictions", ask("WELL"))[1]["status"] == "succeeded"


def test_a_server_that_keeps_its_slot_is_replaced_and_the_next_job_is_made(
    server: PosterServer,
) -> None:
    before = server.call("POST", "/predictions", ask("STICK"))[1]["server"]

    status, reply = server.call("POST", "/predictions", ask("WELL"))

    assert (status, reply["status"]) == (200, "succeeded")
    assert reply["server"] != before
    server.wait_for_log("replacing Cog's server: its slot was not given back")


def test_a_server_that_keeps_its_slot_is_replaced_though_nobody_asks(
    server: PosterServer,
) -> None:
    told = "replacing Cog's server: its slot was not given back"
    before = server.log.read_text().count(told)
    server.call("POST", "/predictions", ask("STICK"))

    server.wait_for_log(told, before + 1)
    server.wait_until_ready()


def test_a_server_that_does_not_answer_is_replaced(server: PosterServer) -> None:
    before = server.call("POST", "/predictions", ask("DEAF"))[1]["server"]

    server.wait_for_log("replacing Cog's server: it does not answer")

    server.wait_until_ready()
    assert server.call("POST", "/predictions", ask("WELL"))[1]["server"] != before


def test_a_slot_that_is_about_to_be_free_is_waited_for(server: PosterServer) -> None:
    for _ in range(5):
        assert server.call("POST", "/predictions", ask("SLOW"))[0] == 200


def test_a_second_job_is_refused_and_the_first_ends_at_the_limit(server: PosterServer) -> None:
    replies: list[tuple[int, dict[str, Any]]] = []

    def hang() -> None:
        while (answer := server.call("PUT", "/predictions/one", ask("HANG")))[0] == 409:
            pass
        replies.append(answer)

    waiting = threading.Thread(target=hang)
    waiting.start()
    status = 200
    while status == 200 and waiting.is_alive():
        status, reply = server.call("POST", "/predictions", ask("WELL"))

    assert (status, reply["status"]) == (409, "failed")
    assert server.call("PUT", "/predictions/one", ask("WELL")) == (
        202,
        {"id": "one", "status": "processing"},
    )
    waiting.join()
    assert replies[0][1]["status"] == "failed"
    assert replies[0][1]["error"].startswith("the poster took more than 10 s: use a smaller size")
    server.wait_for_log("replacing Cog's server: a prediction took more than 10 s")
    assert server.call("POST", "/predictions", ask("WELL"))[1]["status"] == "succeeded"


def test_an_event_stream_passes_and_the_slot_is_free_behind_it(server: PosterServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request(
        "POST", "/predictions", json.dumps(ask("STREAM")), {"Accept": "text/event-stream"}
    )
    reply = connection.getresponse()

    assert reply.headers["Content-Type"] == "text/event-stream"
    assert reply.read() == b"event: start\ndata: {}\n\nevent: completed\ndata: {}\n\n"
    connection.close()
    assert server.call("POST", "/predictions", ask("WELL"))[0] == 200


def test_a_second_signal_waits_for_nothing_and_says_that_the_server_ends(
    start_poster_server: StartPosterServer, tmp_path: Path
) -> None:
    server = start_poster_server(tmp_path, "--grace", "3600", PYTHONPATH=str(STAND_IN))
    server.wait_until_ready()
    replies: list[dict[str, Any]] = []
    waiting = threading.Thread(
        target=lambda: replies.append(server.call("PUT", "/predictions/one", ask("HANG"))[1])
    )
    waiting.start()
    while server.call("GET", "/health-check")[1]["status"] != "BUSY":
        time.sleep(0.02)

    server.process.send_signal(signal.SIGTERM)
    server.wait_for_log("shutting down")
    server.process.send_signal(signal.SIGTERM)

    assert server.wait() == 0
    waiting.join()
    assert replies[0]["status"] == "canceled"
    assert replies[0]["error"] == "the server is shutting down: try again"


@pytest.mark.parametrize(("fault", "code"), [("broken", 1), ("brief", 9)])
def test_a_server_that_never_starts_ends_poster_serve_with_the_reason(
    start_poster_server: StartPosterServer, tmp_path: Path, fault: str, code: int
) -> None:
    server = start_poster_server(tmp_path, PYTHONPATH=str(STAND_IN), STAND_IN=fault)

    assert server.wait() == 3
    last = server.log.read_text().splitlines()[-1]
    trouble = f"serve: Cog's server did not start 3 times in a row: it ended with exit code {code}"
    assert last == f"poster: {trouble}"
    assert list(server.temporary.iterdir()) == []
