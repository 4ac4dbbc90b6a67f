"""A caller's text -> text for one line of a message or a terminal: printable, and not too long.

Does not know what the text says. Control characters could move a terminal's cursor or add a line to
a log, and invisible ones could make a message read as another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_ELLIPSIS = "…"


def make_printable(text: str, escape: Callable[[str], str] | None = None) -> str:
    """Replace every character that is not visible, except spaces, by an escape sequence.

    Args:
        text: any text; it can contain lone surrogates, as undecodable file names do.
        escape: character -> its replacement; None writes it as in a Python literal.

    Returns:
        One line without control, format and unassigned characters, such as line breaks, ANSI
        escapes, bidirectional overrides and zero-width characters. Printable text is unchanged.
    """
    if text.isprintable():
        return text
    escape = escape or _escape
    return text.translate({ord(one): escape(one) for one in set(text) if not _is_printable(one)})


def shorten(text: str, limit: int) -> str:
    """Leave out the middle of a text that is too long.

    In a message, the beginning says what it is about, and the end, how to fix it.

    Args:
        text: any text.
        limit: maximum number of code points to return, at least 3.

    Returns:
        The text, or its beginning, an ellipsis and its end.
    """
    if len(text) <= limit:
        return text
    end = (limit - 1) // 2
    return f"{text[: limit - 1 - end]}{_ELLIPSIS}{text[-end:]}"


def quote(text: str, limit: int = 60) -> str:
    """Quote the beginning of a text as a Python literal, which escapes what is not printable.

    Args:
        text: any text.
        limit: maximum number of code points to show.

    Returns:
        The text in quotation marks; an ellipsis stands for the rest of a longer one.
    """
    return repr(text if len(text) <= limit else text[:limit] + _ELLIPSIS)


def _is_printable(character: str) -> bool:
    # str.isprintable() is false for every space but U+0020; the others are harmless.
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
