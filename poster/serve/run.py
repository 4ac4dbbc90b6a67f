"""Options -> poster serve, until a signal ends it.

Does not know the command line.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import tempfile
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from poster.claimed_folder import ClaimedFolder
from poster.serve.admission import Rate, Token
from poster.serve.cog_server import check_predictions_folder
from poster.serve.exchange import Exchange
from poster.serve.guard import Guard, build_relay_app
from poster.serve.http_server import HttpServer, allow_many_connections, listen
from poster.serve.relay import Relay
from poster.serve.slot import Slot
from poster.serve.supervisor import Supervisor

DELIVER_WITHIN_S = 5.0
"""How long webhooks may take while the server ends."""

_PREFIX = "poster-serve-"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """How to serve.

    Args:
        host: IP address to listen on.
        port: TCP port to listen on.
        token: the bearer token that callers must send; empty needs none.
        max_body: maximum size of a request's body, in bytes.
        rate: number of requests allowed from one address in a unit of time; None allows any.
        private_webhooks: allow webhooks on hosts that are not on the public internet.
        job_limit_s: maximum time of a prediction.
        grace_s: how long the current prediction may take to be finished after SIGTERM.
    """

    host: str
    port: int
    token: str
    max_body: int
    rate: tuple[int, str] | None
    private_webhooks: bool
    job_limit_s: float
    grace_s: float


def serve(options: ServeOptions) -> None:
    """Serve predictions until SIGTERM or Ctrl-C.

    Args:
        options: how.

    Raises:
        AssetError: predict.py is missing from the package.
        UnavailableError: the port cannot be used, too few files may be open, or Cog's server does
            not start.
        KeyboardInterrupt: Ctrl-C.
    """
    allow_many_connections()
    check_predictions_folder()
    public, inner = listen(options.host, options.port), listen("127.0.0.1", 0)
    claimed = ClaimedFolder(Path(tempfile.gettempdir()), _PREFIX)
    try:
        with public, inner:
            asyncio.run(_serve(options, claimed.path, public, inner))
    finally:
        claimed.remove()


async def _serve(
    options: ServeOptions, folder: Path, public: socket.socket, inner: socket.socket
) -> None:
    slot = Slot()
    relay = Relay(private=options.private_webhooks)
    supervisor = Supervisor(folder, slot, options.job_limit_s)
    host, port = inner.getsockname()
    exchange = Exchange(slot, relay, f"http://{host}:{port}", supervisor)
    guard = Guard(
        exchange,
        supervisor,
        slot,
        options.max_body,
        private_webhooks=options.private_webhooks,
    )
    signals: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def on_signal(number: int) -> None:
        loop.call_soon_threadsafe(signals.put_nowait, number)

    # A terminal that is closed ends this as a signal does, unless nohup has said otherwise.
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, on_signal, signal.SIGHUP)
    apps = {(host, port): build_relay_app(relay, exchange)}
    server = HttpServer(_by_socket(apps, _admit(guard, options)), on_signal)
    keeping = asyncio.create_task(supervisor.run(exchange.end_lost))
    serving = asyncio.create_task(server.serve([public, inner]))
    number = await _wait_for_first(signals.get(), keeping, serving)
    if number is not None:
        log.info("shutting down")
        # A second signal ends at once.
        await _wait_for_first(signals.get(), asyncio.create_task(guard.drain(options.grace_s)))
    keeping.cancel()
    await asyncio.wait({keeping})
    exchange.end_lost()
    await relay.drain(DELIVER_WITHIN_S)
    server.should_exit = True
    await serving
    if not keeping.cancelled():
        keeping.result()
    if number == signal.SIGINT:
        raise KeyboardInterrupt


async def _wait_for_first(
    signalled: Coroutine[Any, Any, int], *tasks: asyncio.Task[None]
) -> int | None:
    """Wait for a signal or for one of the tasks to end; the signal's number, if there was one."""
    waiting = asyncio.create_task(signalled)
    await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None


def _admit(guard: Guard, options: ServeOptions) -> ASGIApp:
    app: ASGIApp = guard.build_app()
    if options.token:
        app = Token(app, options.token)
    # Before the token, so that tokens cannot be tried out quickly.
    return Rate(app, *options.rate) if options.rate else app


def _by_socket(apps: Mapping[tuple[str, int], ASGIApp], other: ASGIApp) -> ASGIApp:
    """Choose the application by the address and port that a request came to."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await apps.get(scope["server"], other)(scope, receive, send)

    return app
