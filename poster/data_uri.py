"""Base64, bare or in a data URI -> bytes, decoded strictly.

Uses the field's name for error messages; does not know what the bytes are.
"""

from __future__ import annotations

import binascii

from poster.errors import RequestError


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
        text: the base64, padded. White space in it is ignored: `base64` and MIME encoders break
            lines.

    Returns:
        The bytes.

    Raises:
        RequestError: it is not base64.
    """
    text = "".join(text.split())
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:  # binascii.Error, or a plain ValueError if the text is not ASCII
        is_foreign = "ASCII" in str(error) or "Only base64" in str(error)
        reason = "it contains characters that base64 does not use" if is_foreign else str(error)
        reason = reason[:1].lower() + reason[1:]
        raise RequestError(field, f"is not valid base64: {reason}") from error
    # The decoder accepts superfluous padding.
    if len(data) != len(text) * 3 // 4 - text[-2:].count("="):
        raise RequestError(field, "is not valid base64: excess padding")
    return data
