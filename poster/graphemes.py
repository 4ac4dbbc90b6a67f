"""Text -> user-perceived characters."""

from __future__ import annotations

import regex


def graphemes(text: str) -> list[str]:
    """Split a text into user-perceived characters.

    Args:
        text: any text.

    Returns:
        Extended grapheme clusters, in order. Source: Unicode UAX #29.
    """
    return regex.findall(r"\X", text)
