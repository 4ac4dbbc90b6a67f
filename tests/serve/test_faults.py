"""poster serve with a stand-in for Cog's server that fails in every way that it could."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from poster.errors import UnavailableError
from poster.serve import cog_server
from tests.support.hooks import Hooks
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


def test_a_cancelled_job_that_does_not_end_is_canceled_when_its_server_is_replaced(
    server: PosterServer,
) -> None:
    replies: list[tuple[int, dict[str, Any]]] = []
    waiting = threading.Thread(
        target=lambda: replies.append(server.call("PUT", "/predictions/stuck", ask("HANG")))
    )
    waiting.start()
    # Until it has been sent: the server may still be busy with the job before.
    time.sleep(1.5)
    assert server.call("POST", "/predictions/stuck/cancel")[0] == 200

    server.wait_for_log("replacing Cog's server: a cancelled prediction did not end")

    waiting.join()
    assert replies == [(200, {"id": "stuck", "status": "canceled", "logs": ""})]
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


def test_cog_is_told_only_what_was_understood(server: PosterServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/predictions")
    body = json.dumps(ask("WELL")).encode()
    given = [("Content-Length", str(len(body))), ("User-Agent", "café"), ("Cookie", "a=é")]
    given += [("Prefer", "wait"), ("Accept", "text/event-stream;q=0"), ("traceparent", "00-1-2-3")]
    for name, value in [*given, *((f"X-{number}", "y") for number in range(40))]:
        connection.putheader(name, value.encode("latin-1"))
    connection.endheaders(body)
    reply = json.load(connection.getresponse())
    connection.close()

    assert reply["status"] == "succeeded"
    sent = set(reply["headers"]) - {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert sent == {"content-length", "content-type", "traceparent"}
    assert reply["headers"]["user-agent"] != "café"


@pytest.mark.parametrize(
    "preferred", [["wait", "respond-async"], ["respond-async, wait=5"], ["Respond-Async"]]
)
def test_an_answer_at_once_may_be_asked_for_in_any_way(
    server: PosterServer, preferred: list[str]
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest("POST", "/predictions")
    body = json.dumps(ask("WELL")).encode()
    connection.putheader("Content-Length", str(len(body)))
    for value in preferred:
        connection.putheader("Prefer", value)
    connection.endheaders(body)
    reply = json.load(connection.getresponse())
    connection.close()

    assert reply["headers"]["prefer"] == "respond-async"


def test_a_prediction_whose_end_is_never_reported_fails_and_its_webhook_hears_of_it(
    start_poster_server: StartPosterServer, tmp_path: Path, hooks: Hooks
) -> None:
    server = start_poster_server(
        tmp_path,
        "--allow-private-webhooks",
        PYTHONPATH=str(STAND_IN),
        http_proxy="http://127.0.0.1:1",
        no_proxy="example.com",
    )
    server.wait_until_ready()
    body = ask("LOSE", webhook=hooks.url, id="lost")
    assert server.call("POST", "/predictions", body, Prefer="respond-async")[0] == 202

    told = hooks.wait_for("failed", "succeeded")

    assert (told["id"], told["status"]) == ("lost", "failed")
    server.wait_for_log("replacing Cog's server: it did not report the end of a prediction")
    reply = server.call("POST", "/predictions", ask("WELL"))[1]
    # Cog would otherwise send its reports to this machine through the proxy.
    assert reply["no_proxy"] == "example.com,127.0.0.1,localhost"


def test_a_removed_folder_is_made_again(server: PosterServer) -> None:
    before = server.call("POST", "/predictions", ask("WELL"))[1]["server"]
    for folder in server.temporary.glob("poster-serve-*"):
        shutil.rmtree(folder)

    server.wait_for_log("replacing Cog's server: its folder for temporary files is gone")

    server.wait_until_ready()
    reply = server.call("POST", "/predictions", ask("WELL"))[1]
    assert (reply["status"], reply["server"] != before) == ("succeeded", True)


def test_a_closed_terminal_ends_the_server_as_sigterm_does(
    start_poster_server: StartPosterServer, tmp_path: Path
) -> None:
    # Whoever runs the tests may ignore the signal, as nohup does.
    heeding = "import os, signal, sys; signal.signal(1, signal.SIG_DFL); "
    prefix = [sys.executable, "-c", heeding + "os.execv(sys.argv[1], sys.argv[1:])"]
    server = start_poster_server(tmp_path, prefix=prefix, PYTHONPATH=str(STAND_IN))
    server.wait_until_ready()

    server.process.send_signal(signal.SIGHUP)

    assert server.wait() == 0
    assert "shutting down" in server.log.read_text()
    assert list(server.temporary.iterdir()) == []


def test_a_folder_that_cog_cannot_write_to_is_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "coglet").write_text("not a folder")
    monkeypatch.setattr(cog_server, "PREDICTIONS", tmp_path / "coglet" / "predictions")
    with pytest.raises(UnavailableError, match=r"Cog cannot write to .*: Not a directory"):
        cog_server.check_predictions_folder()


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
