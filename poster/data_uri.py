"""Base64 as callers write it, bare or in a data URI -> bytes, read strictly.

Knows only the name of the field, to say what is wrong with it; not what the bytes are.
"""

from __future__ import annotations

import binascii

from poster.errors import RequestError


def decode_data_uri(field: str, uri: str) -> bytes:
    """Decode a data URI. Source: RFC 2397.

    Args:
        field: where it stands.
        uri: `data:image/jpeg;base64,...`; any media type.

    Returns:
        The bytes.

    Raises:
        RequestError: it is no data URI, or not one of base64.
    """
    head, comma, body = uri.partition(",")
    if not (head.startswith("data:") and head.endswith(";base64") and comma):
        raise RequestError(field, "is no base64 data URI; write data:image/jpeg;base64,...")
    return decode_base64(field, body)


def decode_base64(field: str, text: str) -> bytes:
    """Decode base64 without line breaks or other strangers. Source: RFC 4648, 4.

    Args:
        field: where it stands.
        text: the base64, padded.

    Returns:
        The bytes.

    Raises:
        RequestError: it is not base64.
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error is one; text that is not ASCII raises another
        told = str(error)[:1].lower() + str(error)[1:]
        raise RequestError(field, f"is not valid base64: {told}") from error
    # The decoder lets padding pass where none is due.
    if len(data) != len(text) * 3 // 4 - text[-2:].count("="):
        raise RequestError(field, "is not valid base64: excess padding")
    return data
