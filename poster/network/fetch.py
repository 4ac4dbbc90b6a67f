"""An image's URL -> its bytes, only from the public internet.

The sender of a job chooses the URL, and could make a worker fetch what only the worker can reach:
neighbours, the host, a cloud's metadata. Every connection, including those of redirects, is made
by poster.network.public_network, below HTTP; this module limits a reply's size and time. Does not
know whether the bytes are an image.
"""

from __future__ import annotations

import logging
import ssl
import time
from concurrent.futures import Future, wait
from dataclasses import dataclass
from threading import Thread

import httpcore2
import httpx2

from poster.errors import Cancelled, RequestError
from poster.network.public_network import (
    AbandonedError,
    Connect,
    NotPublicError,
    PublicNetwork,
    Resolve,
    connect_to,
    resolve_host,
)
from poster.network.web_url import BadUrlError, parse_web_url, to_host_header, to_target
from poster.progress import ProgressMonitor
from poster.request import LIMITS, check_image_size
from poster.version import __version__

REDIRECTS_MAX = 3

POLL_S = 0.1
"""Maximum delay before a cancelled or overdue fetch is noticed."""

USER_PORTS = range(1024, 65536)
"""Lower ports, except 80 and 443, are for mail, shells and the like. Source: RFC 6335, 6."""

_REDIRECTS = {301, 302, 303, 307, 308}

_HEADERS = (
    ("user-agent", f"poster-maker/{__version__}"),
    ("accept", "image/*,*/*;q=0.5"),
    # No decompression, so that a small reply cannot expand to a large one.
    ("accept-encoding", "identity"),
)

# httpcore2 logs the headers of replies, where a redirect's URL can contain a signature.
logging.getLogger("httpcore2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a fetch can take.

    Args:
        total_s: seconds for the whole fetch, from the name lookup to the last byte.
        silence_s: seconds for each operation: a connection, a handshake, a read.
    """

    total_s: float = 30.0
    silence_s: float = 8.0


TIMEOUTS = Timeouts()
"""30 s are enough for the largest allowed image at 11 Mbit/s; the GPU is paid for meanwhile."""


def fetch_image(
    url: str,
    *,
    monitor: ProgressMonitor | None = None,
    timeouts: Timeouts = TIMEOUTS,
    resolve: Resolve = resolve_host,
    connect: Connect = connect_to,
) -> bytes:
    """Fetch an image; reject hosts that are not public, and replies that are too large or slow.

    Args:
        url: http or https, without credentials.
        monitor: can cancel; noticed within POLL_S.
        timeouts: how long the fetch can take.
        resolve: finds a host's addresses.
        connect: connects to an address that has been checked to be public.

    Returns:
        The image's bytes, at most LIMITS.image_bytes.

    Raises:
        RequestError: `image` cannot be fetched or is not allowed to be.
        Cancelled: the caller cancelled.
    """
    work: Future[bytes] = Future()
    network = PublicNetwork(resolve, connect)
    # A separate thread, because a name lookup has no timeout. Once abandoned, it ends at its next
    # read; as a daemon, it does not delay the process's exit.
    target = (work, url, network, timeouts.silence_s)
    thread = Thread(target=_work, args=target, name="fetch", daemon=True)
    deadline = time.monotonic() + timeouts.total_s
    try:
        thread.start()
        while not wait([work], timeout=POLL_S).done:
            if monitor and monitor.cancelled():
                raise Cancelled("cancelled by the caller")
            if time.monotonic() > deadline:
                raise _rejection(
                    f"takes more than {timeouts.total_s:g} s to download; use a faster server"
                )
    finally:
        network.abandon()
    return work.result()


def _work(work: Future[bytes], url: str, network: PublicNetwork, silence_s: float) -> None:
    try:
        work.set_result(_fetch(url, network, silence_s))
    except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
        work.set_exception(error)


def _fetch(url: str, network: PublicNetwork, silence_s: float) -> bytes:
    try:
        return _follow(_read_url(url), network, silence_s)
    except NotPublicError as error:
        # The same answer for all hosts, so that callers cannot probe a private network.
        trouble = (
            "is on a host that cannot be found from here or has no public address; use a public URL"
        )
        raise _rejection(trouble) from error
    except httpcore2.TimeoutException as error:
        trouble = f"is on a server that did not respond for {silence_s:g} s; use a faster one"
        raise _rejection(trouble) from error
    except httpcore2.ConnectError as error:
        is_untrusted = isinstance(error.args[0], ssl.SSLCertVerificationError)
        trouble = "whose certificate is not valid" if is_untrusted else "that cannot be reached"
        raise _rejection(f"is on a server {trouble}; check the URL") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, AbandonedError) as error:
        raise _rejection("is on a server that broke the connection; try again") from error


def _follow(url: httpx2.URL, network: PublicNetwork, silence_s: float) -> bytes:
    timeouts = dict.fromkeys(("connect", "read", "write"), silence_s)
    with httpcore2.ConnectionPool(max_keepalive_connections=0, network_backend=network) as pool:
        for _ in range(REDIRECTS_MAX + 1):
            with pool.stream(
                "GET",
                to_target(url),
                headers=[("host", to_host_header(url)), *_HEADERS],
                extensions={"timeout": timeouts},
            ) as reply:
                fields = {name.lower(): value for name, value in reply.headers}
                if reply.status not in _REDIRECTS or b"location" not in fields:
                    return _read(reply, fields)
                url = _read_url(fields[b"location"].decode("utf-8", "replace"), url)
    raise _rejection(f"is redirected more than {REDIRECTS_MAX} times; use the final URL")


def _read_url(text: str, before: httpx2.URL | None = None) -> httpx2.URL:
    """Parse and check a URL; `before` is the one that redirects to it."""
    try:
        url = parse_web_url(text, before)
    except BadUrlError as error:
        raise _rejection(str(error)) from error
    if url.port not in {None, 80, 443} and url.port not in USER_PORTS:
        raise _rejection("has a URL with a port that is not allowed; use 80, 443 or 1024 to 65535")
    if before and before.scheme == "https" != url.scheme:
        raise _rejection("is redirected from https to http; use the final URL")
    return url


def _read(reply: httpcore2.Response, fields: dict[bytes, bytes]) -> bytes:
    if reply.status != httpx2.codes.OK:
        raise _rejection(f"has a URL that returns status {reply.status}; check the URL")
    if fields.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
        raise _rejection("is sent compressed, which was not requested; turn off compression")
    check_image_size(int(fields.get(b"content-length", 0)))
    body = bytearray()
    for chunk in reply.iter_stream():
        body += chunk
        if len(body) > LIMITS.image_bytes:
            raise _rejection(f"is more than {LIMITS.image_bytes / 1e6:.0f} MB; use a smaller one")
    return bytes(body)


def _rejection(trouble: str) -> RequestError:
    return RequestError("image", f"{trouble}, or send the image itself as base64")
