"""Ports on loopback for servers that do not choose one themselves."""

import contextlib
import secrets
import socket


def free_port() -> int:
    """A port at which nobody listens.

    Below 32768, where Linux begins to lend ports to clients: else a connection of another test
    could have it before the server does.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
