"""A line -> invisible marks with which its numbers read as typed in right-to-left text.

Does not reorder anything: Typst does. Source: UAX #9, Unicode 16, whose rules are named here.
"""

# ruff: noqa: RUF001  # the dashes, quotes and signs of numbers are meant

from __future__ import annotations

import re

from poster.typography.bidi import direction_code

_PLAIN = r"[0-9]+(?:[.,:/'’][0-9]+)*"
_FRACTION = "[¼-¾⅐-⅞]"
_CURRENCY = "[$€£¥₪₹₺₽₩]"
_SIGNS = rf"{_CURRENCY}?[-+−±#*~≈<>≤≥]?{_CURRENCY}?"
_MEASURE = (
    "(?:[kcm]?m[²³]?|km/h|[kcm]?[gl]|[km]?L|[µn]?m|k?W|kWh|k?V|m?Ah?|[kMG]?Hz|[kMGT]B|px|pt|dpi|°[CF]?"
    "|ha|ft|oz|lb|mi|mph|k?cal|kJ|h|min|s|ms)"
)
_UNIT = rf"[\u00a0\u202f]?[%‰]|[ \u00a0\u202f]?{_MEASURE}(?!\w)|{_CURRENCY}|[*#+]"
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

_LRI, _PDI, _LRO, _PDF = "\u2066", "\u2069", "\u202d", "\u202c"
_RLM, _ALM = "\u200f", "\u061c"
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates."""

_ARABIC = re.compile(
    r"(?<![\w.])[٠-٩۰-۹]+(?:[.,:/٫٬][٠-٩۰-۹]+)*(?:[٪%؉]|[-–—][٠-٩۰-۹]+(?:[.,:/٫٬][٠-٩۰-۹]+)*[٪%]?)"
)
"""Arabic and Persian digits with a sign behind them, or in a range."""

_ARABIC_PHONE = re.compile(
    r"(?<![\w.])(?=(?:[-–—./()+ \u00a0]{0,3}[٠-٩۰-۹]){7})(?:\+|(?=[٠۰(]))\(?[٠-٩۰-۹]"
    r"(?:[-–—./() \u00a0]{0,2}[٠-٩۰-۹])+"
)
"""A phone number in Arabic or Persian digits, which is read from left to right: seven digits or
more, and it begins with +, 0 or a bracket."""

_ARABIC_DEGREES = re.compile(r"(?<![\w.])[-+−]?[٠-٩۰-۹٫.]+°?(?:[-–][-−]?[٠-٩۰-۹٫.]+)?°[CF](?!\w)")
"""A temperature in Arabic or Persian digits and a Latin unit."""


def numbers_as_typed(text: str, base: str) -> list[tuple[int, int]]:
    """Find the numbers of a text that UAX #9 alone would not set as typed.

    It sets `+971 4 555-0123` after Arabic from right to left, group by group, and `+18.5%` after
    Hebrew with its sign on the right. People expect what they typed.

    Args:
        text: of a line or a paragraph.
        base: direction of the paragraph, rtl or ltr.

    Returns:
        The beginning and end of each such number in right-to-left text. None if the author has
        embedded or isolated a part of it.
    """
    if _CONTROLS.search(text):
        return []
    arabic = [
        found.span()
        for pattern in (_ARABIC_PHONE, _ARABIC_DEGREES)
        for found in pattern.finditer(text)
    ]
    return arabic + [
        found.span()
        for found in _AS_TYPED.finditer(text)
        # A number after a left-to-right word is part of it (W7).
        if _direction_at(text, found.start(), base) == "R" and not _IS_PLAIN.fullmatch(found[0])
    ]


def isolate_numbers(text: str, base: str) -> list[str]:
    """Put invisible marks around the numbers of a line that must read as typed.

    Args:
        text: of one line; at least one character.
        base: direction of the paragraph, rtl or ltr.

    Returns:
        The line's characters, some with marks before or after them: an isolate around each such
        number, and a mark that keeps it in the right-to-left text. A range or a percentage in
        Arabic digits gets a mark with which it is read from right to left wherever it stands: after
        a Latin word, it would not be.
    """
    characters = list(text)
    spans = numbers_as_typed(text, base)
    if base == "rtl" and not _CONTROLS.search(text):
        for found in _ARABIC.finditer(text):
            if not any(start <= found.start() < end for start, end in spans):
                characters[found.start()] = _ALM + characters[found.start()]
    for start, end in spans:
        # Spaces between Arabic digits run from right to left even in an isolate.
        is_arabic = re.search("[٠-٩۰-۹]", text[start:end]) is not None
        characters[start] = _LRI + _LRO * is_arabic + characters[start]
        characters[end - 1] += _PDF * is_arabic + _PDI + _RLM
    return characters


def _direction_at(text: str, index: int, base: str) -> str:
    """Return the direction of the last letter before a place: R or L."""
    codes = map(direction_code, reversed(text[:index]))
    return next((code for code in codes if code in "LR"), "R" if base == "rtl" else "L")
