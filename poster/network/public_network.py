"""A host and a port -> a connection to a public address, or a refusal.

A name is resolved once, every address it leads to must be public, and the connection goes to one
that was checked: nothing above can ask again and be told otherwise. Does not know what is said over
the connection.
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
"""How many of a name's addresses are tried: two of each family, as a rule."""

_UNICAST_V6 = IPv6Network("2000::/3")
"""All of IPv6 that is handed out; IPv4-mapped, NAT64, local and multicast lie outside.

Source: IANA, Internet Protocol Version 6 Address Space.
"""

_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "168.63.129.16/32",  # a cloud's platform services, at an address that is global
        "192.0.0.0/24",  # protocol assignments; another cloud's metadata is at 192.0.0.192
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, with any IPv4 address inside
        "3fff::/20",  # documentation
    )
)
"""What ipaddress calls global in one version of Python or another, and is not public.

Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries.
"""

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port -> every address that the host leads to."""

Connect = Callable[[str, int, float | None], httpcore2.NetworkStream]
"""Address, port and seconds to wait -> an open connection."""


class NotPublicError(Exception):
    """A host leads to no address, or to one that is not public."""


class NobodyWaits(Exception):  # noqa: N818 - no fault: the connection is of no use any more
    """The network was left while a connection was in use."""


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, the same one whoever asks.

    Args:
        address: IPv4 or IPv6, as text.

    Returns:
        False also for what is no address, or holds another one inside.
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
    """Ask the system for a host's addresses; a number in any spelling is a host too.

    Args:
        host: a name or an address.
        port: a TCP port.

    Returns:
        Every address, as text.

    Raises:
        OSError, ValueError: there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


def connect_to(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
    """Connect to an address.

    Args:
        address: in numbers, so that nothing is looked up.
        port: a TCP port.
        timeout_s: seconds to wait.

    Returns:
        The open connection.

    Raises:
        httpcore2.ConnectError, httpcore2.ConnectTimeout: nobody answers.
    """
    return httpcore2.SyncBackend().connect_tcp(address, port, timeout_s)


class PublicNetwork(httpcore2.NetworkBackend):
    """The network as an HTTP client may use it, until it is left.

    Args:
        resolve: finds a host's addresses.
        connect: connects to an address that has passed.
    """

    def __init__(self, resolve: Resolve, connect: Connect) -> None:
        self._resolve = resolve
        self._connect = connect
        self._left = Event()

    def leave(self) -> None:
        """Let every connection end at its next read: nobody waits for what it brings."""
        self._left.set()

    def stay(self) -> None:
        """Go on, if somebody waits.

        Raises:
            NobodyWaits: the network was left.
        """
        if self._left.is_set():
            raise NobodyWaits

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
            NotPublicError: the host leads elsewhere.
            NobodyWaits: the network was left.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: nobody answers.
        """
        failure: Exception | None = None
        for address in self._look_up(host, port)[:ADDRESSES_MAX]:
            self.stay()
            try:
                return _Stream(self._connect(address, port, timeout), self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or NotPublicError

    def _look_up(self, host: str, port: int) -> list[str]:
        """Every address of a host, spelt so that it can only be read as that address."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, ValueError) as error:
            raise NotPublicError from error
        if not all(map(is_public, addresses)):
            raise NotPublicError
        return [str(ip_address(address)) for address in addresses]


class _Stream(httpcore2.NetworkStream):
    """A connection that ends when the network is left; httpcore2 states all its arguments."""

    def __init__(self, stream: httpcore2.NetworkStream, network: PublicNetwork) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._network.stay()
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
