"""Text -> its numbers, which must read as typed, and where a gap would change its visual order.

Does not reorder anything: Typst does. Source: UAX #9, Unicode 16, whose rules are named here.
"""

# ruff: noqa: RUF001  # the dashes, quotes and signs of numbers are meant

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


_PLAIN = r"[0-9]+(?:[.,:/'’][0-9]+)*"
_FRACTION = "[¼-¾⅐-⅞]"
_CURRENCY = "[$€£¥₪₹₺₽₩]"
_SIGNS = rf"{_CURRENCY}?[-+−±#*~≈]?{_CURRENCY}?"
_UNIT = rf"[\u00a0\u202f]?[%‰]|[\u00a0\u202f]?°[CF]?|{_CURRENCY}|[*#]"
_AMOUNT = rf"{_SIGNS}(?:{_PLAIN}{_FRACTION}?|{_FRACTION})(?:{_UNIT})?"
_JOINT = "(?:[-/:]{1,2}|[+×*^_=°])"
_GROUP = r"(?:\([0-9]+\)|[0-9]+)"

_AS_TYPED = re.compile(
    r"(?<![\w.])(?:"
    # A name or a tag, such as @name and #tag.
    r"[@#][A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*"
    # A phone number: seven digits or more, and it begins with +, 0, * or a bracket, or a bracket
    # follows its first digits.
    r"|(?=(?:[-–—./()+* \u00a0\u202f]{0,3}[0-9]){7})"
    rf"(?:\+ ?|\*|(?=[0(]|[0-9]{{1,3}} ?\())(?:\(\+[0-9]+\)|{_GROUP})"
    rf"(?:[-–—./ \u00a0\u202f]{{1,2}}{_GROUP}|\([0-9]+\)|(?<=\))[0-9]+)*"
    # Groups of three digits, such as 1 299 000.
    rf"|{_SIGNS}[1-9][0-9]{{0,2}}(?:[ \u00a0\u2009\u202f][0-9]{{3}})+(?:[.,][0-9]+)?(?! ?[0-9])"
    # A mixed number, such as 2 1/2.
    r"|[0-9]{1,3} [1-9]/(?:[2-9]|10|12|16)(?!/)"
    # A number and letters joined by signs, such as 2025-12-31T18:30, 2.0-beta and 50km/h.
    rf"|{_SIGNS}(?=[0-9./:+×*°-]+[A-Za-z^_=])[0-9](?:(?:{_JOINT}|[.,](?=[0-9]))?[0-9A-Za-z])+"
    # An amount, or several with signs between them, such as a range.
    rf"|{_AMOUNT}(?:[-–—−+×*]{_AMOUNT})*"
    # Never the beginning of more.
    rf")(?!\w|{_JOINT}[0-9A-Za-z])"
)
"""Numbers with the signs, spaces and letters that belong to them, and names and tags. Digits are
European: a range of Arabic digits is read from right to left."""

_IS_PLAIN = re.compile(_PLAIN)
"""Numbers that UAX #9 itself keeps as typed."""

_LRI, _PDI, _RLM = "\u2066", "\u2069", "\u200f"
_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def numbers_as_typed(text: str, base: str) -> list[tuple[int, int]]:
    """Find the numbers of a text that UAX #9 alone would not set as typed.

    It sets `+971 4 555-0123` after Arabic from right to left, group by group, and `+18.5%` after
    Hebrew with its sign on the right. People expect what they typed.

    Args:
        text: of a line or a paragraph.
        base: direction of the paragraph, rtl or ltr.

    Returns:
        The beginning and end of each such number in right-to-left text. None if the author has
        written marks that set the direction.
    """
    spans: list[tuple[int, int]] = []
    if _CONTROLS.search(text):
        return spans
    for found in _AS_TYPED.finditer(text):
        strong = (_code(character) for character in reversed(text[: found.start()]))
        before = next((code for code in strong if code in "LR"), "R" if base == "rtl" else "L")
        # A number after a left-to-right word is part of it (W7).
        if before == "R" and not _IS_PLAIN.fullmatch(found[0]):
            spans.append(found.span())
    return spans


def isolate_numbers(text: str, base: str) -> list[str]:
    """Put invisible marks around the numbers of a line that must read as typed.

    Args:
        text: of one line; at least one character.
        base: direction of the paragraph, rtl or ltr.

    Returns:
        The line's characters, some with marks before or after them: an isolate around each such
        number, and a mark that keeps it in the right-to-left text.
    """
    characters = list(text)
    for start, end in numbers_as_typed(text, base):
        characters[start] = _LRI + characters[start]
        characters[end - 1] += _PDI + _RLM
    return characters


def in_numbers(pieces: Sequence[str]) -> list[bool]:
    """Find the parts of numbers, which run from left to right in any text.

    Args:
        pieces: the graphemes of a text.

    Returns:
        For each grapheme, whether it is part of a number: a digit, or a sign that belongs to one.
    """
    codes = "".join(_code(piece[0]) for piece in pieces)
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
    last = next((code for code in map(_code, reversed(before)) if code != "m"), "m")
    first = _code(after[0])
    if " " in {last, first}:
        return True
    if first == "m":
        return False
    if {last, first} & {"s", "t"}:
        return not {last, first} & {"n"} and {last, first} != {"t"}
    # A number after a letter takes its direction (W7, N1); before a letter it may have another.
    return (last, first) in {("L", "L"), ("R", "R"), ("L", "n"), ("R", "n"), ("n", "R")}


def _code(character: str) -> str:
    return _CODES.get(unicodedata.bidirectional(character), " ")
