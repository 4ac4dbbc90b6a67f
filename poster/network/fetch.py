"""An image's URL -> its bytes, from the public internet and from nowhere else.

Whoever sends a job chooses the URL, and could have a worker ask what only it can reach: neighbours,
the host, a cloud's metadata. Every connection, a redirect's too, is made by poster.
public_network, below HTTP; here a reply is held to its bounds in size and time. Does not know
whether the bytes are an image.
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
    Connect,
    NobodyWaits,
    NotPublicError,
    PublicNetwork,
    Resolve,
    connect_to,
    resolve_host,
)
from poster.paint import Watch
from poster.request import LIMITS, check_image_size
from poster.version import __version__

REDIRECTS_MAX = 3

URL_MAX = 8000
"""Characters. Source: RFC 9110, 4.1, what any server should take; signed URLs come near half."""

POLL_S = 0.1
"""How long a cancelled or overdue fetch may go unnoticed."""

USER_PORTS = range(1024, 65536)
"""Below them, but for 80 and 443, are mail, shells and the like. Source: RFC 6335, 6."""

_REDIRECTS = {301, 302, 303, 307, 308}

_HEADERS = (
    ("user-agent", f"poster-maker/{__version__}"),
    ("accept", "image/*,*/*;q=0.5"),
    # Nothing is unpacked here, so that what is small on the wire stays small.
    ("accept-encoding", "identity"),
)

# It logs the headers of replies, where a redirect's address may hold a signature.
logging.getLogger("httpcore2").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a fetch may take.

    Args:
        total_s: seconds for all of it, from looking up the name to the last byte.
        silence_s: seconds for each answer: a connection, a handshake, a read.
    """

    total_s: float = 30.0
    silence_s: float = 8.0


PATIENCE = Patience()
"""30 s bring the largest image allowed at 11 Mbit/s; a GPU is paid for meanwhile."""


def fetch_image(
    url: str,
    *,
    watch: Watch | None = None,
    patience: Patience = PATIENCE,
    resolve: Resolve = resolve_host,
    connect: Connect = connect_to,
) -> bytes:
    """Fetch an image, refusing what is not public, too large or too slow.

    Args:
        url: http or https, without credentials.
        watch: may cancel, which is noticed within POLL_S.
        patience: how long it may take.
        resolve: finds a host's addresses.
        connect: connects to an address that was found to be public.

    Returns:
        The image's bytes, at most LIMITS.image_bytes.

    Raises:
        RequestError: of `image`; it cannot be fetched, or must not be.
        Cancelled: the caller does not want it any more.
    """
    work: Future[bytes] = Future()
    network = PublicNetwork(resolve, connect)
    # A thread of its own, since looking up a name knows no timeout. Left behind, it ends at its
    # next read; a daemon, it holds up nobody's exit.
    target = (work, url, network, patience.silence_s)
    Thread(target=_work, args=target, name="fetch", daemon=True).start()
    deadline = time.monotonic() + patience.total_s
    try:
        while not wait([work], timeout=POLL_S).done:
            if watch and watch.cancelled():
                raise Cancelled("cancelled by the caller")
            if time.monotonic() > deadline:
                raise _refusal(f"takes longer than {patience.total_s:g} s; use a faster server")
    finally:
        network.leave()
    return work.result()


def _work(work: Future[bytes], url: str, network: PublicNetwork, silence_s: float) -> None:
    try:
        work.set_result(_fetch(url, network, silence_s))
    except Exception as error:  # noqa: BLE001 - whoever waits raises it
        work.set_exception(error)


def _fetch(url: str, network: PublicNetwork, silence_s: float) -> bytes:
    try:
        return _follow(_read_url(url), network, silence_s)
    except NotPublicError as error:
        # One answer for all hosts, lest those of a private network be found out by asking.
        trouble = "is at a host without a public address; put it on a public one"
        raise _refusal(trouble) from error
    except httpcore2.TimeoutException as error:
        trouble = f"is at a server silent for {silence_s:g} s; use a faster one"
        raise _refusal(trouble) from error
    except httpcore2.ConnectError as error:
        is_untrusted = isinstance(error.args[0], ssl.SSLCertVerificationError)
        trouble = "whose certificate is not valid" if is_untrusted else "that cannot be reached"
        raise _refusal(f"is at a server {trouble}; check the URL") from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, NobodyWaits) as error:
        raise _refusal("is at a server that broke off; try again") from error


def _follow(url: httpx2.URL, network: PublicNetwork, silence_s: float) -> bytes:
    timeouts = dict.fromkeys(("connect", "read", "write"), silence_s)
    with httpcore2.ConnectionPool(max_keepalive_connections=0, network_backend=network) as pool:
        for _ in range(REDIRECTS_MAX + 1):
            # In parts: what was checked is not parsed again.
            target = httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            )
            with pool.stream(
                "GET",
                target,
                headers=[("host", url.netloc.decode("ascii")), *_HEADERS],
                extensions={"timeout": timeouts},
            ) as reply:
                fields = {name.lower(): value for name, value in reply.headers}
                if reply.status not in _REDIRECTS or b"location" not in fields:
                    return _read(reply, fields)
                url = _read_url(fields[b"location"].decode("utf-8", "replace"), url)
    raise _refusal(f"is redirected more than {REDIRECTS_MAX} times; give its last URL")


def _read_url(text: str, before: httpx2.URL | None = None) -> httpx2.URL:
    """A URL that may be asked; `before` is the one that redirects to it."""
    try:
        url = before.join(text) if before else httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError) as error:
        raise _refusal("has a URL that cannot be read; write https://host/path") from error
    if url.scheme not in {"http", "https"} or not url.host or len(url.raw_path) > URL_MAX:
        raise _refusal(f"must be an http or https URL of at most {URL_MAX} characters")
    if url.userinfo:
        raise _refusal("has a URL with a name or password in it; give a signed URL")
    if url.port not in {None, 80, 443} and url.port not in USER_PORTS:
        raise _refusal("is at a port that serves no images; use 80, 443 or one from 1024 on")
    if before and before.scheme == "https" != url.scheme:
        raise _refusal("is redirected from https to http; give its last URL")
    return url


def _read(reply: httpcore2.Response, fields: dict[bytes, bytes]) -> bytes:
    if reply.status != httpx2.codes.OK:
        raise _refusal(f"has a URL that is answered with status {reply.status}; check it")
    if fields.get(b"content-encoding", b"identity").strip().lower() not in {b"", b"identity"}:
        raise _refusal("comes compressed, which was not asked for; turn that off at its server")
    check_image_size(int(fields.get(b"content-length", 0)))
    body = bytearray()
    for chunk in reply.iter_stream():
        body += chunk
        if len(body) > LIMITS.image_bytes:
            raise _refusal(f"has more than {LIMITS.image_bytes / 1e6:.0f} MB; use a smaller one")
    return bytes(body)


def _refusal(trouble: str) -> RequestError:
    return RequestError("image", f"{trouble}, or send the image itself as base64")
