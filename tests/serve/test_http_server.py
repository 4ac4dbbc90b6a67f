"""Connections: how long slow clients may take, and bodies that are too many, too slow or left."""

from __future__ import annotations

import contextlib
import http.client
import json
import resource
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from poster.errors import UnavailableError
from poster.serve import body as bodies
from poster.serve import http_server
from poster.serve.body import BodyReader
from poster.serve.http_server import HttpServer, listen

MAX_BODY = 100_000


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server that answers with the size of the body, with short limits."""
    reader = BodyReader(MAX_BODY)

    async def measure(request: Request) -> Response:
        return JSONResponse(len(await reader.read(request)))

    async def explain(_request: Request, error: HTTPException) -> Response:
        return JSONResponse(error.detail, error.status_code)

    app = Starlette(
        routes=[Route("/", measure, methods=["GET", "POST"])],
        exception_handlers={HTTPException: explain},  # type: ignore[dict-item]
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_server, "HEADERS_WITHIN_S", 0.3)
        patch.setattr(bodies, "RECEIVE_WITHIN_S", 2.0)
        listening = listen("127.0.0.1", 0)
        server = HttpServer(app, lambda _: None)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()
        listening.close()


def connect(port: int, *sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    for part in sent:
        connection.sendall(part)
    return connection


@pytest.mark.parametrize("head", [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\nX-"])
def test_a_connection_that_sends_no_whole_head_is_closed(port: int, head: bytes) -> None:
    with connect(port, head) as connection:
        assert connection.recv(100) == b""


def test_a_second_head_that_never_ends_is_closed(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(port, request) as connection:
        assert connection.recv(1000).endswith(b"\r\n\r\n0")
        connection.sendall(request[:20])
        assert connection.recv(100) == b""


def test_a_head_that_drips_is_closed(port: int) -> None:
    with connect(port) as connection:
        connection.settimeout(0.05)
        for _ in range(600):
            with contextlib.suppress(TimeoutError):
                try:
                    connection.sendall(b"X")
                    ended = connection.recv(100) == b""
                except ConnectionError:
                    ended = True
                assert ended
                return
    raise AssertionError


def test_a_client_in_no_hurry_between_requests_is_served(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(3):
        connection.request("POST", "/", b"abc")
        assert connection.getresponse().read() == b"3"
        time.sleep(0.4)
    connection.close()


def test_a_body_that_does_not_arrive_in_time_is_408(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
    with connect(port, head) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY + 1, 5 * MAX_BODY])
def test_a_body_is_bounded(port: int, size: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/", bytes(size))
    except OSError:
        assert size == 5 * MAX_BODY  # so much is not even read and thrown away
    else:
        reply = connection.getresponse()
        assert reply.status == (200 if size == MAX_BODY else 413)
    connection.close()


def test_bodies_are_bounded_together_and_forgotten_afterwards(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    waiting = [connect(port, head, bytes(MAX_BODY - 1)) for _ in range(5)]
    first_words = [connection.recv(1000)[:12] for connection in waiting]
    for connection in waiting:
        connection.close()

    assert first_words.count(b"HTTP/1.1 503") == 1
    assert first_words.count(b"HTTP/1.1 408") == 4
    with connect(port, head, bytes(MAX_BODY)) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_compressed_body_is_refused(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/", b"abc", {"Content-Encoding": "gzip"})
    reply = connection.getresponse()

    assert reply.status == 415
    assert json.loads(reply.read()) == "send the body without Content-Encoding"
    connection.close()


def test_a_body_in_countless_tiny_chunks_is_not_read(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connect(port, head) as connection:
        with contextlib.suppress(ConnectionError):  # as soon as there were too many
            connection.sendall(b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n")
        try:
            answer = connection.recv(100)
        except ConnectionError:
            answer = b""
        assert answer == b""
    whole = b"1000\r\n" + bytes(4096) + b"\r\n"
    with connect(port, head, whole * 20, b"0\r\n\r\n") as connection:
        assert connection.recv(1000).endswith(b"81920")


def test_connections_beyond_a_number_are_closed_and_the_others_served(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "_MAX_CONNECTIONS", 4)
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    def is_served(connection: socket.socket) -> bool:
        try:
            connection.sendall(request)
            return connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        except ConnectionError:
            return False

    connections = [connect(port) for _ in range(6)]
    assert [is_served(one) for one in connections] == [True] * 4 + [False] * 2
    for one in connections:
        one.close()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connect(port) as again:
            if is_served(again):
                return
    raise AssertionError


def test_too_few_open_files_are_said_to_be_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 64))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    with pytest.raises(UnavailableError, match="only 64 files may be open at once, and 256 are"):
        http_server.allow_many_connections()


@pytest.mark.parametrize(
    ("host", "port", "trouble"),
    [("192.0.2.1", 20_000, "is not on this machine's address 192.0.2.1; check --host")],
)
def test_an_address_of_another_machine_is_refused(host: str, port: int, trouble: str) -> None:
    with pytest.raises(UnavailableError, match=trouble):
        listen(host, port)
