"""poster serve: serves predictions over HTTP, with the predictor that ships with the package."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import ip_address

from poster.commands.console import print_line
from poster.errors import UnavailableError
from poster.settings import Settings

_LAST_PORT = 65535
_COG_BODY_MB = 100
"""Cog's own limit on a body. Source: Cog 0.23.1, crates/coglet/src/transport/http/server.rs."""

_UNITS = ("second", "minute", "hour", "day")
_NEEDED = ("cog", "limits", "starlette", "uvicorn")


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of serve.

    Args:
        parser: parser of `poster serve`; its result gets the command's function as `run`.
    """
    parser.description = (
        "Serves Cog's HTTP API: POST and PUT /predictions, /predictions/ID/cancel, /openapi.json, "
        "and /healthz and /readyz for probes. A worker that dies or is stuck is replaced."
    )
    parser.epilog = "POSTER_TOKEN is the bearer token that callers must send; empty needs none."
    parser.add_argument(
        "--host",
        type=_host,
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 is all interfaces (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port",
        type=_bounded(1, _LAST_PORT),
        metavar="PORT",
        default=5000,
        help="port to listen on (default: 5000)",
    )
    parser.add_argument(
        "--max-body",
        type=_bounded(1, _COG_BODY_MB),
        metavar="MB",
        default=64,
        help="maximum size of a request's body; the largest image needs 54 (default: 64)",
    )
    parser.add_argument(
        "--rate",
        type=_rate,
        metavar="N/UNIT",
        help=f"requests allowed from one address, such as 30/minute; units: {', '.join(_UNITS)} "
        "(default: any number)",
    )
    parser.add_argument(
        "--allow-private-webhooks",
        action="store_true",
        help="send webhooks also to hosts that are not on the public internet",
    )
    parser.add_argument(
        "--job-limit",
        type=_bounded(10, 86400),
        metavar="SECONDS",
        default=900,
        help="maximum time of a prediction; then the worker is replaced (default: 900)",
    )
    parser.add_argument(
        "--grace",
        type=_bounded(0, 3600),
        metavar="SECONDS",
        default=8,
        help="how long the current prediction may take to end after SIGTERM; then it is cancelled. "
        "Docker kills a container 10 s after SIGTERM (default: 8)",
    )
    parser.set_defaults(run=_serve)


def _host(text: str) -> str:
    """Check an IP address; a name could have several."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        address = None
    if address is None or "%" in text:
        trouble = f"must be an IP address such as 127.0.0.1 or 0.0.0.0, not {text[:60]!r}"
        raise argparse.ArgumentTypeError(trouble)
    return str(address)


def _bounded(low: int, high: int) -> Callable[[str], int]:
    """Make a parser of whole numbers."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text[:9]) <= high):
            trouble = f"must be a whole number between {low} and {high}, not {text[:20]}"
            raise argparse.ArgumentTypeError(trouble)
        return int(text)

    return parse


def _rate(text: str) -> tuple[int, str]:
    number, _, unit = text.partition("/")
    if unit not in _UNITS or not (number.isascii() and number.isdecimal() and int(number[:9]) > 0):
        trouble = f"must be a number and a unit such as 30/minute, not {text[:40]!r}"
        raise argparse.ArgumentTypeError(trouble)
    return int(number), unit


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    if any(find_spec(name) is None for name in _NEEDED):
        raise UnavailableError(
            "serve: Cog is missing; install the wheel with the [cog] extra, or run make serve in a "
            "checkout"
        )
    # Imported here because the packages may be missing.
    from poster.serve.run import ServeOptions, serve  # noqa: PLC0415

    # Commands are silent at INFO, but these lines are what an operator has of a server.
    logging.getLogger("poster.serve").setLevel(settings.log_level)
    shown = f"[{options.host}]" if ":" in options.host else options.host
    print_line(f"starting http://{shown}:{options.port}/predictions; press Ctrl-C to stop")
    serve(
        ServeOptions(
            host=options.host,
            port=options.port,
            token=settings.token,
            max_body=options.max_body * 1_000_000,
            rate=options.rate,
            private_webhooks=options.allow_private_webhooks,
            job_limit_s=options.job_limit,
            grace_s=options.grace,
        )
    )
    return 0
