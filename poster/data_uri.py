"""Text that stands for an image: base64, bare or in a data URI -> its bytes; or a URL.

Uses the field's name for error messages; does not know what the bytes are, nor how to fetch a URL.
"""

from __future__ import annotations

import binascii
import re

from poster.errors import RequestError
from poster.printable import quote

_PLACE = re.compile(
    r"[a-z][a-z0-9+.-]{0,20}:|[^\n]{1,400}\.[a-z0-9]{1,5}$|(?!/9j/)[/~.\\][^\n]{0,400}$",
    re.IGNORECASE,
)
"""An address or a path, neither of which is base64: it has a scheme, ends in an extension, or
begins like a path and is too short for an image. A JPEG's base64 begins with /9j/."""

_SPACE_INSIDE = re.compile(r" (?<=\S ) *(?=\S)")
"""Spaces that neither end nor indent a line. The pattern begins with its space because a search for
a fixed character takes no time, and for a look-behind 30 ms per megabyte."""

_FOREIGN = re.compile(r"[^A-Za-z0-9+/=]")
"""A character that base64 does not use. Source: RFC 4648, 4."""


def read_sent_image(field: str, text: str, *, allows_url: bool = True) -> bytes | str:
    """Read an image as remote callers send it.

    Args:
        field: name of the request's field.
        text: base64, a data URI or a URL; white space around it does not matter.
        allows_url: whether it can be a URL.

    Returns:
        The bytes, or an http or https URL that has not been checked yet.

    Raises:
        RequestError: it is something else, or its base64 is not valid.
    """
    text = text.strip()
    if allows_url and is_web_url(text):
        return text
    if is_data_uri(text):
        return decode_data_uri(field, text)
    if _PLACE.match(text):
        allowed = (
            "base64, a data URI or an http or https URL" if allows_url else ("base64 or a data URI")
        )
        raise RequestError(field, f"must be {allowed}, not {quote(text)}")
    return decode_base64(field, text)


def is_web_url(text: str) -> bool:
    """Whether a text is an http or https URL, in any case and with or without space before it."""
    return text.lstrip()[:8].lower().startswith(("http://", "https://"))


def is_data_uri(text: str) -> bool:
    """Whether a text is meant as a data URI, in any case and with or without space before it."""
    return text.lstrip()[:5].lower() == "data:"


def decode_data_uri(field: str, uri: str) -> bytes:
    """Decode a data URI. Source: RFC 2397.

    Args:
        field: name of the request's field.
        uri: `data:image/jpeg;base64,...`; any media type; the case of letters before the comma
            does not matter, nor does white space around it.

    Returns:
        The bytes.

    Raises:
        RequestError: it is not a data URI, or its data is not base64.
    """
    head, comma, body = uri.partition(",")
    kind = head.strip().lower()
    if not (kind.startswith("data:") and kind.endswith(";base64") and comma):
        raise RequestError(field, "is not a base64 data URI; write data:image/jpeg;base64,...")
    return decode_base64(field, body)


def decode_base64(field: str, text: str) -> bytes:
    """Decode base64. Source: RFC 4648, 4.

    Args:
        field: name of the request's field.
        text: the base64, padded. Line breaks and white space around lines are ignored: `base64`
            and MIME encoders break lines.

    Returns:
        The bytes.

    Raises:
        RequestError: it is not base64.
    """
    if _SPACE_INSIDE.search(text):
        trouble = "is not valid base64: it contains a space, as if + had become one; send + as %2B"
        raise RequestError(field, trouble)
    text = "".join(text.split())
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error, or a plain ValueError if the text is not ASCII
        foreign = _FOREIGN.search(text)
        reason = f"it contains {foreign[0]!r}, which base64 does not use" if foreign else str(error)
        reason = reason[:1].lower() + reason[1:]
        raise RequestError(field, f"is not valid base64: {reason}") from error
    # The decoder accepts superfluous padding.
    if len(data) != len(text) * 3 // 4 - text[-2:].count("="):
        raise RequestError(field, "is not valid base64: excess padding")
    return data
