"""The whole internet, played by one server on loopback."""

import contextlib
import gzip
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore2
import pytest

from poster.network.fetch import fetch_image
from poster.request import LIMITS

Answer = Iterable[bytes | float]
"""What a server sends, and how many seconds it sleeps between."""

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def drip() -> Answer:
    """A reply that never ends, of five bytes a second."""
    return itertools.chain([CHUNKED], itertools.cycle([b"1\r\nb\r\n", 0.2]))


def _send_more_than_is_allowed() -> Answer:
    block = bytes(1_000_000)
    blocks = LIMITS.image_bytes // len(block) + 1
    return itertools.chain([CHUNKED], [b"%x\r\n%b\r\n" % (len(block), block)] * blocks)


NO_PHOTOS: dict[str, tuple[bytes | Callable[[], Answer], str]] = {
    "compressed": (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n" + gzip.compress(bytes(50_000_000)),
        "image: is sent compressed",
    ),
    "too large": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 400000000\r\n\r\n\xff\xd8",
        "image: is 400.0 MB; the maximum is 40 MB",
    ),
    "too large without saying so": (_send_more_than_is_allowed, "image: is more than 40 MB"),
    "cut": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n\xff\xd8",
        "image: is on a server that broke the connection",
    ),
    "missing": (b"HTTP/1.1 404 Not Found\r\n\r\n", "image: has a URL that returns status 404"),
    "redirected to a file": (
        b"HTTP/1.1 302 Found\r\nlocation: file:///etc/hostname\r\n\r\n",
        "image: must be an http or https URL",
    ),
    "redirected for ever": (
        b"HTTP/1.1 302 Found\r\nlocation: /\r\n\r\n",
        "image: is redirected more than 3 times",
    ),
    "a page": (b"HTTP/1.1 200 OK\r\n\r\n<!doctype html><title>Sign in</title>", "image: "),
    "empty": (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "image: is empty"),
}
"""Replies in which a photo is expected, and what callers are told about each."""


class Internet:
    """Every host of the internet, played by one server; knows who was looked up and asked."""

    address = "8.8.8.8"
    """Of every host that has no other in `addresses`."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.pages: dict[str, bytes | Callable[[], Answer]] = {}
        self.looked_up: list[str] = []
        self.connected: list[str] = []
        self.requests: list[bytes] = []
        self.tls: ssl.SSLContext | None = None
        self.greeting: Answer = ()
        self._closed = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where a process for which loopback is public finds every page."""
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def fetch(self, url: str, **options: Any) -> bytes:
        return fetch_image(url, resolve=self.resolve, connect=self.connect, **options)

    def put(self, path: str, body: bytes, status: str = "200 OK", **headers: str) -> None:
        """Have a page answered whole; `content_type` is the header content-type."""
        named = {"content-length": str(len(body)), **headers}
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
        self.pages[path] = "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body

    def redirect(self, path: str, location: str, status: str = "302 Found") -> None:
        self.put(path, b"", status, location=location)

    def resolve(self, host: str, port: int) -> list[str]:
        self.looked_up.append(f"{host}:{port}")
        return self.addresses.get(host, [self.address])

    def connect(self, address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
        self.connected.append(f"{address}:{port}")
        mine = self._server.getsockname()[1]
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", mine, timeout_s)

    def close(self) -> None:
        self._closed.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closed.is_set():
                connection, _ = self._server.accept()
                threading.Thread(target=self._answer, args=(connection,)).start()

    def _answer(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self._say(connection, self.greeting)
            secured = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            with secured:
                request = secured.recv(65536)
                if not request.startswith(b"GET "):  # TLS, where none is played
                    return
                self.requests.append(request)
                page = self.pages[request.split()[1].decode()]
                self._say(secured, [page] if isinstance(page, bytes) else page())

    def _say(self, connection: socket.socket, answer: Answer) -> None:
        for part in answer:
            if isinstance(part, float):
                self._closed.wait(part)
            else:
                connection.sendall(part)
            if self._closed.is_set():
                return


@pytest.fixture
def internet() -> Iterator[Internet]:
    internet = Internet()
    yield internet
    internet.close()
