"""A host and a port -> a connection to a public address, or an error.

A name is resolved once, each of its addresses must be public, and the connection goes to one of the
checked addresses: no higher layer can resolve it again with another result. Does not know what is
sent over the connection.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from threading import Event
from typing import Any

import httpcore2

ADDRESSES_MAX = 4
"""How many of a name's addresses are tried: usually two of each family."""

_UNICAST_V6 = IPv6Network("2000::/3")
"""All allocated IPv6 addresses; IPv4-mapped, NAT64, local and multicast ones are outside.

Source: IANA, Internet Protocol Version 6 Address Space.
"""

_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # a cloud's platform services, although the address is global
        "192.0.0.0/24",  # protocol assignments; another cloud's metadata is at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, with any IPv4 address inside
        "3fff::/20",  # documentation
    )
)
"""Networks that are not public, although ipaddress in some Python version calls them global.

Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries.
"""

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port -> all addresses of the host."""

Connect = Callable[[str, int, float | None], httpcore2.NetworkStream]
"""Address, port and seconds to wait -> an open connection."""


class NotPublicError(Exception):
    """A host has no address, or one that is not public."""


class AbandonedError(Exception):
    """The network was abandoned while a connection was in use."""


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, and means the same host from everywhere.

    Args:
        address: IPv4 or IPv6, as text.

    Returns:
        True if it is; False also for text that is not an address, and for an address that embeds
        another one.
    """
    try:
        place = ip_address(address)
    except ValueError:
        return False
    if isinstance(place, IPv6Address) and (place not in _UNICAST_V6 or place.scope_id):
        return False
    if place.is_multicast or not place.is_global:
        return False
    return not any(place in network for network in _NOT_PUBLIC)


def resolve_host(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses; the host can also be an address in any notation.

    Args:
        host: a name or an address.
        port: a TCP port.

    Returns:
        All addresses, as text.

    Raises:
        OSError, ValueError: it has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def find_public_addresses(host: str, port: int, resolve: Resolve) -> list[str]:
    """Find a host's addresses, all of which must be public.

    Args:
        host: a name or an address.
        port: a TCP port.
        resolve: finds a host's addresses.

    Returns:
        All of them, in their unambiguous standard notation.

    Raises:
        NotPublicError: it has none, or one that is not public.
    """
    try:
        addresses = resolve(host, port)
    except (OSError, ValueError) as error:
        raise NotPublicError from error
    if not all(map(is_public, addresses)):
        raise NotPublicError
    return [str(ip_address(address)) for address in addresses]


def connect_to(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
    """Connect to an address.

    Args:
        address: a numeric address, so that no lookup takes place.
        port: a TCP port.
        timeout_s: seconds to wait.

    Returns:
        The open connection.

    Raises:
        httpcore2.ConnectError, httpcore2.ConnectTimeout: the connection fails.
    """
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout_s)


class PublicNetwork(httpcore2.NetworkBackend):
    """The network that an HTTP client uses until it is abandoned.

    Args:
        resolve: finds a host's addresses.
        connect: connects to an address that has been checked.
    """

    def __init__(self, resolve: Resolve, connect: Connect) -> None:
        self._resolve = resolve
        self._connect = connect
        self._abandoned = Event()

    def abandon(self) -> None:
        """End every connection at its next read, because its result is no longer needed."""
        self._abandoned.set()

    def check(self) -> None:
        """Do nothing unless the network was abandoned.

        Raises:
            AbandonedError: the network was abandoned.
        """
        if self._abandoned.is_set():
            raise AbandonedError

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore2's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Connect to the first of a host's addresses that answers.

        Raises:
            NotPublicError: the host has no address, or one that is not public.
            AbandonedError: the network was abandoned.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: no address accepts a connection.
        """
        failure: Exception | None = None
        for address in find_public_addresses(host, port, self._resolve)[:ADDRESSES_MAX]:
            self.check()
            try:
                return _Stream(self._connect(address, port, timeout), self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or NotPublicError


class _Stream(httpcore2.NetworkStream):
    """A connection that ends when the network is abandoned; httpcore2 documents its methods."""

    def __init__(self, stream: httpcore2.NetworkStream, network: PublicNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._network.check()
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._network)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore2's signature
        return self._stream.get_extra_info(info)
