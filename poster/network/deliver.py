"""A webhook's URL and a message -> an HTTP status, only from the public internet if so required.

Connections go to addresses that were checked, as in poster.network.fetch. Follows no redirect, and
does not know what the message says or whether to try again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore2

from poster.network.public_network import (
    ADDRESSES_MAX,
    NotPublicError,
    find_public_addresses,
    resolve_host,
)
from poster.network.web_url import BadUrlError, parse_web_url, to_host_header, to_target

DELIVER_WITHIN_S = 20.0
LOOK_UP_WITHIN_S = 5.0

_PORTS = {"http": 80, "https": 443}


class BadWebhookError(Exception):
    """A webhook's URL is invalid or not allowed; the message says why and how to fix it."""


class UndeliveredError(Exception):
    """The webhook's server cannot be reached, or did not answer in time."""


async def check_webhook(url: str, *, private: bool) -> None:
    """Check a webhook's URL before the work that it is to report on.

    Args:
        url: as the caller sent it.
        private: allow hosts that are not on the public internet.

    Raises:
        BadWebhookError: it is not an http or https URL, or its host is not allowed.
    """
    try:
        target = parse_web_url(url)
    except BadUrlError as error:
        raise BadWebhookError(str(error)) from error
    if private:
        return
    try:
        async with asyncio.timeout(LOOK_UP_WITHIN_S):
            await _look_up(target.host, target.port or _PORTS[target.scheme])
    except (NotPublicError, TimeoutError) as error:
        raise BadWebhookError(
            "is on a host that cannot be found from here or has no public address; use a public "
            "URL, or start poster serve with --allow-private-webhooks"
        ) from error


async def deliver(url: str, message: bytes, headers: Mapping[str, str], *, private: bool) -> int:
    """Send a message to a webhook.

    Args:
        url: has passed check_webhook; its host is looked up and checked again.
        message: JSON.
        headers: sent with it.
        private: allow hosts that are not on the public internet.

    Returns:
        The status that the webhook's server answered with.

    Raises:
        UndeliveredError: no answer came within DELIVER_WITHIN_S.
    """
    target = parse_web_url(url)
    network = None if private else _PublicNetwork()
    fields = {"host": to_host_header(target), **headers, "content-length": str(len(message))}
    try:
        async with (
            asyncio.timeout(DELIVER_WITHIN_S),
            httpcore2.AsyncConnectionPool(network_backend=network) as pool,
            pool.stream(
                "POST",
                to_target(target),
                headers=list(fields.items()),
                content=message,
            ) as reply,
        ):
            return int(reply.status)
    except (
        NotPublicError,
        TimeoutError,
        OSError,
        httpcore2.TimeoutException,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
    ) as error:
        raise UndeliveredError(type(error).__name__) from error


async def _look_up(host: str, port: int) -> list[str]:
    return await asyncio.to_thread(find_public_addresses, host, port, resolve_host)


class _PublicNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses only."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception | None = None
        for address in (await _look_up(host, port))[:ADDRESSES_MAX]:
            try:
                return await httpcore2.AnyIOBackend().connect_tcp(address, port, timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or NotPublicError
