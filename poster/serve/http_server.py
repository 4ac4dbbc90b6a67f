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


class TimedProtocol(H11Protocol):
    """Closes a connection whose client does not send a whole request head in time.

    Source: uvicorn has a timeout between requests only (timeout_keep_alive).
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once the head is complete."""
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
            backlog=_BACKLOG,
            timeout_graceful_shutdown=END_WITHIN_S,
        )
        super().__init__(config)
        self._on_signal = on_signal

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
    """Raise this process's limit on open files to what the system allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
