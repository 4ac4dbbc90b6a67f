"""Only public addresses are connected to, in whatever notation an address is given."""

import socket

import httpcore2
import pytest

from poster.network.public_network import (
    ADDRESSES_MAX,
    AbandonedError,
    NotPublicError,
    PublicNetwork,
    connect_to,
    is_public,
    resolve_host,
)

PRIVATE = {
    "this host": "0.0.0.0",  # noqa: S104 - an address to refuse
    "loopback": "127.0.0.1",
    "loopback, elsewhere": "127.255.255.254",
    "private, 10": "10.0.0.1",
    "private, 172": "172.31.255.255",
    "private, 192": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "carrier-grade NAT, a cloud's metadata": "100.100.100.200",
    "link-local, clouds' metadata": "169.254.169.254",
    "protocol assignments": "192.0.0.9",
    "protocol assignments, a cloud's metadata": "192.0.0.192",
    "a cloud's platform at a global address": "168.63.129.16",
    "documentation": "192.0.2.1",
    "6to4 relay": "192.88.99.1",
    "benchmarks": "198.18.0.1",
    "multicast": "224.0.0.1",
    "multicast, global scope": "232.1.1.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "v6 unspecified": "::",
    "v6 loopback": "::1",
    "v6 link-local": "fe80::1",
    "v6 link-local with a zone": "fe80::1%eth0",
    "v6 global with a zone": "2606:4700:4700::1111%1",
    "v6 site-local": "fec0::1",
    "v6 unique local": "fc00::1",
    "v6 unique local, a cloud's metadata": "fd00:ec2::254",
    "v6 multicast": "ff02::1",
    "v6 multicast, global scope": "ff0e::1",
    "v6 documentation": "2001:db8::1",
    "v6 documentation, the new one": "3fff::1",
    "v6 discard": "100::1",
    "v6 segment routing": "5f00::1",
    "v6 benchmarks": "2001:2::1",
    "v6 ORCHID": "2001:20::1",
    "IPv4-mapped loopback": "::ffff:127.0.0.1",
    "IPv4-mapped, in hexadecimal": "::ffff:a9fe:a9fe",
    "IPv4-mapped public": "::ffff:8.8.8.8",
    "IPv4-compatible": "::127.0.0.1",
    "IPv4-translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::127.0.0.1",
    "NAT64 of a public address": "64:ff9b::8.8.8.8",
    "NAT64, local use": "64:ff9b:1::a00:1",
    "6to4": "2002:7f00:1::1",
    "6to4 of metadata": "2002:a9fe:a9fe::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "no address": "example.com",
    "nothing": "",
    "octal": "0177.0.0.1",
    "decimal": "2130706433",
}
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:4700:4700::1111", "2a00::1"]


def never_connect(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
    raise AssertionError(f"{address}:{port} was connected to, {timeout_s}")


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE.keys())
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)
    network = PublicNetwork(lambda *_: [address], never_connect)
    with pytest.raises(NotPublicError):
        network.connect_tcp("photos.example", 80)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_passes(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_refuses_them_all() -> None:
    network = PublicNetwork(lambda *_: ["8.8.8.8", "10.0.0.1"], never_connect)
    with pytest.raises(NotPublicError):
        network.connect_tcp("photos.example", 80)


def test_a_host_without_addresses_is_refused() -> None:
    network = PublicNetwork(lambda *_: [], never_connect)
    with pytest.raises(NotPublicError):
        network.connect_tcp("photos.example", 80)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "127.1",
        "0",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "3232235777",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "::1",
        "::ffff:7f00:1",
        "0:0:0:0:0:ffff:169.254.169.254",
        "x" * 64 + ".example",
        "a..b",
        "",
    ],
)
def test_internal_addresses_in_any_notation_are_refused(host: str) -> None:
    network = PublicNetwork(resolve_host, never_connect)
    with pytest.raises(NotPublicError):
        network.connect_tcp(host, 80)


def test_public_addresses_resolve_to_themselves() -> None:
    assert resolve_host("134744072", 80) == ["8.8.8.8"]
    assert resolve_host("2606:4700:4700::1111", 443) == ["2606:4700:4700::1111"]


def test_the_next_address_is_tried_if_one_does_not_answer() -> None:
    tried: list[str] = []

    def connect(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
        tried.append(f"{address} {port} {timeout_s}")
        if address == "8.8.8.8":
            raise httpcore2.ConnectTimeout
        return httpcore2.NetworkStream()

    network = PublicNetwork(lambda *_: ["8.8.8.8", "2606:4700:4700:0::1111"], connect)
    network.connect_tcp("photos.example", 443, timeout=3.0)

    # Spelt anew from what was checked.
    assert tried == ["8.8.8.8 443 3.0", "2606:4700:4700::1111 443 3.0"]


def test_only_a_few_of_many_dead_addresses_are_tried() -> None:
    tried: list[str] = []

    def connect(address: str, port: int, timeout_s: float | None) -> httpcore2.NetworkStream:
        tried.append(address)
        raise httpcore2.ConnectError(f"{port} {timeout_s}")

    network = PublicNetwork(lambda *_: [f"8.8.8.{last}" for last in range(200)], connect)
    with pytest.raises(httpcore2.ConnectError):
        network.connect_tcp("photos.example", 80)

    assert len(tried) == ADDRESSES_MAX


def test_nothing_is_connected_to_after_the_network_was_abandoned() -> None:
    network = PublicNetwork(lambda *_: ["8.8.8.8"], never_connect)
    network.abandon()
    with pytest.raises(AbandonedError):
        network.connect_tcp("photos.example", 80)


def test_a_connection_goes_to_the_address_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = connect_to("127.0.0.1", server.getsockname()[1], 5.0)
        accepted, _ = server.accept()
        with accepted:
            assert stream.get_extra_info("server_addr") == server.getsockname()
        stream.close()
