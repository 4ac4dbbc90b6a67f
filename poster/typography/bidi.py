"""Text -> the directions of its characters, and where a gap would change their visual order.

Does not reorder anything: Typst does. Source: UAX #9, Unicode 16, whose rules are named here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_CODES = {
    **dict.fromkeys(("EN", "AN"), "n"),
    **dict.fromkeys(("ES", "CS"), "s"),
    "ET": "t",
    **dict.fromkeys(("NSM", "BN"), "m"),
    **dict.fromkeys(("R", "AL"), "R"),
    "L": "L",
}
"""Bidi class -> one letter: number, separator, terminator, mark, and the strong classes; others are
neutral."""

_NUMBER = re.compile("(?:t[tm]*)?n(?:[ntm]|s(?=m*n))*")
"""Digits with single separators between them and terminators (per cent, currency) beside them.
Source: rules W4 to W6."""


def in_numbers(pieces: Sequence[str]) -> list[bool]:
    """Find the parts of numbers, which run from left to right in any text.

    Args:
        pieces: the graphemes of a text.

    Returns:
        For each grapheme, whether it is part of a number: a digit, or a sign that belongs to one.
    """
    codes = "".join(direction_code(piece[0]) for piece in pieces)
    inside = [False] * len(pieces)
    for found in _NUMBER.finditer(codes):
        for index in range(*found.span()):
            inside[index] = True
    return inside


def may_part(before: str, after: str) -> bool:
    """Whether a space between two texts leaves the visual order of their characters as it is.

    A space is neutral: it ends a number, and between two characters of different directions it
    takes that of the paragraph.

    Args:
        before: a text of at least one character.
        after: what follows it.

    Returns:
        False also if the rest of the line would decide.
    """
    last = next((code for code in map(direction_code, reversed(before)) if code != "m"), "m")
    first = direction_code(after[0])
    if " " in {last, first}:
        return True
    if first == "m":
        return False
    if {last, first} & {"s", "t"}:
        return not {last, first} & {"n"} and {last, first} != {"t"}
    # A number after a letter takes its direction (W7, N1); before a letter it may have another.
    return (last, first) in {("L", "L"), ("R", "R"), ("L", "n"), ("R", "n"), ("n", "R")}


def direction_code(character: str) -> str:
    """Return a character's direction as one letter.

    Args:
        character: one code point.

    Returns:
        n number, s separator or t terminator of numbers, m mark, R or L, and a space if neutral.
    """
    return _CODES.get(unicodedata.bidirectional(character), " ")
