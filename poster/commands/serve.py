"""poster serve: runs Cog's HTTP server with the predictor that ships with the package."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from ipaddress import ip_address

from poster.commands.console import print_line
from poster.doors.serve import serve
from poster.errors import UnavailableError
from poster.settings import Settings

_LAST_PORT = 65535


def add_serve(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of serve.

    Args:
        parser: parser of `poster serve`; its result gets the command's function as `run`.
    """
    parser.add_argument(
        "--host",
        type=_host,
        metavar="ADDRESS",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 is all interfaces (default: 127.0.0.1)",
    )
    parser.add_argument(
        "--port", type=_port, metavar="PORT", default=5000, help="port to listen on (default: 5000)"
    )
    parser.set_defaults(run=_serve)


def _host(text: str) -> str:
    """Check an IP address, the only form of host that Cog's server accepts."""
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        address = None
    # Cog's server does not read the zone of an IPv6 address, such as %eth0.
    if address is None or "%" in text:
        trouble = f"must be an IP address such as 127.0.0.1 or 0.0.0.0, not {text[:60]!r}"
        raise argparse.ArgumentTypeError(trouble)
    return f"[{address}]" if address.version == 6 else str(address)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"must be between 1 and {_LAST_PORT}, not {text[:20]}")
    return int(text)


def _serve(options: argparse.Namespace, _settings: Settings) -> int:
    if find_spec("cog") is None:
        raise UnavailableError(
            "serve: Cog is missing; install the wheel with the [cog] extra, or run make serve in a "
            "checkout"
        )
    print_line(f"starting http://{options.host}:{options.port}/predictions; press Ctrl-C to stop")
    return serve(options.host, options.port)
