"""A caller's text -> an http or https URL, checked as far as it can be without the network.

Does not know what the URL is for or where its host is.
"""

from __future__ import annotations

import httpcore2
import httpx2

URL_MAX = 8000
"""Characters. Source: RFC 9110, 4.1: every server should support this many; signed URLs have about
half as many."""


class BadUrlError(Exception):
    """A text is not a URL that may be used; the message says why and how to fix it."""


def parse_web_url(text: str, before: httpx2.URL | None = None) -> httpx2.URL:
    """Parse a URL.

    Args:
        text: as the caller sent it.
        before: the URL that redirects to it; None if none does.

    Returns:
        The URL, absolute.

    Raises:
        BadUrlError: it is not an http or https URL, is too long, or contains credentials.
    """
    try:
        url = before.join(text) if before else httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError) as error:
        raise BadUrlError("has an invalid URL; write https://host/path") from error
    if url.scheme not in {"http", "https"} or not url.host or len(url.raw_path) > URL_MAX:
        raise BadUrlError(f"must be an http or https URL of at most {URL_MAX} characters")
    if url.userinfo:
        raise BadUrlError("has a URL that contains a name or password; use a signed URL")
    return url


def to_target(url: httpx2.URL) -> httpcore2.URL:
    """Convert a URL part by part, so that what was checked is not parsed a second time.

    Args:
        url: from parse_web_url.

    Returns:
        The same, as httpcore2 takes it.
    """
    return httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def to_host_header(url: httpx2.URL) -> str:
    """Write the header `host` of a request for a URL.

    Args:
        url: from parse_web_url.

    Returns:
        Its host, and its port if it is not the scheme's own.
    """
    return url.netloc.decode("ascii")
