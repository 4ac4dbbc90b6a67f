"""An application and its sockets -> an HTTP server that does not wait for slow clients for ever.

Does not know what is served.
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
from collections.abc import Callable
from types import FrameType

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from poster.errors import UnavailableError

HEADERS_WITHIN_S = 10.0
"""For a connection's first request, from its opening to the end of the headers, and for each
further one from its first byte."""

END_WITHIN_S = 10
"""How long answers may take to be read while the server ends."""

_BACKLOG = 2048

_ACCEPTED_AT_ONCE = 32
"""Connections that are accepted before any of them is looked at: as many are open beyond the limit
for a moment."""

_MAX_CONNECTIONS = 4096
_RESERVED_FILES = 128
"""Open files that connections leave for Cog's pipes and sockets, webhooks, and new workers."""
_MIN_FILES = 256

_MAX_CHUNKS = 10_000
"""Chunks of a body, each with two line ends. Clients send some kilobytes in each; parsing one takes
as long whatever its size, and without chunks, a body of JSON has few line ends."""


class TimedProtocol(H11Protocol):
    """Closes a connection that sends no whole request head in time, or is one too many.

    Source: uvicorn has a timeout between requests only (timeout_keep_alive).
    """

    _deadline: asyncio.TimerHandle | None = None
    _line_ends = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        # Cog's own connections come to another address, and are few.
        beside = sum(one.server == self.server for one in self.connections)  # type: ignore[union-attr]
        if beside > min(_MAX_CONNECTIONS, _count_files() - _RESERVED_FILES):
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once the head is complete."""
        if self.conn.their_state is h11.IDLE:
            self._line_ends = 0
        self._line_ends += data.count(b"\r\n")
        if self._line_ends > 2 * _MAX_CHUNKS:
            self.transport.abort()
            return
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEADERS_WITHIN_S, self.transport.close)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class HttpServer(uvicorn.Server):
    """A server that leaves it to its caller what a signal does.

    Args:
        app: what is served.
        on_signal: called with the signal's number, in the main thread.
    """

    def __init__(self, app: ASGIApp, on_signal: Callable[[int], None]) -> None:
        config = uvicorn.Config(
            app,
            http=TimedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            backlog=_ACCEPTED_AT_ONCE,  # asyncio uses it as that, too
            timeout_graceful_shutdown=END_WITHIN_S,
        )
        super().__init__(config)
        self._on_signal = on_signal

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let more connections wait than are accepted at once."""
        await super().startup(sockets)
        for one in sockets or []:
            one.listen(_BACKLOG)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Pass a signal on."""
        self._on_signal(sig)


def listen(host: str, port: int) -> socket.socket:
    """Listen on an address.

    Args:
        host: an IP address.
        port: a TCP port; 0 takes any free one.

    Returns:
        The socket.

    Raises:
        UnavailableError: the address or the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        troubles = {
            errno.EADDRINUSE: "is in use; choose another one with --port",
            errno.EACCES: "needs root; choose one from 1024 on with --port",
            errno.EADDRNOTAVAIL: f"is not on this machine's address {host}; check --host",
        }
        trouble = troubles.get(
            error.errno or 0, f"cannot be opened: {os.strerror(error.errno or 0)}"
        )
        raise UnavailableError(f"serve: port {port} {trouble}") from error


def allow_many_connections() -> None:
    """Raise this process's limit on open files to what the system allows it.

    Raises:
        UnavailableError: that is too few to serve.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if _count_files() < _MIN_FILES:
        trouble = f"only {hard} files may be open at once, and {_MIN_FILES} are needed"
        raise UnavailableError(f"serve: {trouble}: raise the limit with ulimit -n")


def _count_files() -> int:
    """Return how many files this process may have open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MAX_CONNECTIONS + _RESERVED_FILES if soft == resource.RLIM_INFINITY else soft
