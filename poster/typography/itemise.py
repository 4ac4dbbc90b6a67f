"""A caller's text and a voice -> runs of one face each that cover every character, or an error.

Does not know sizes, lines or pixels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

import regex

from poster.errors import MissingGlyphError, TypesettingError
from poster.graphemes import graphemes
from poster.typography.bidi import in_numbers
from poster.typography.fonts import covered
from poster.typography.scripts import (
    CJK_SCRIPTS,
    RTL_SCRIPTS,
    Direction,
    guess_language,
    is_ignorable,
    primary_subtag,
    script_of,
)
from poster.typography.voices import ALPHABETS, Cut, cuts_for

_SPACE_AND_BREAKS = regex.compile(r"[\s--\u00A0\u2000-\u200A\u202F\u205F\u3000]+", regex.VERSION1)
"""Whitespace except the no-break and fixed-width spaces, which are intentional."""

_LINE_ENDS = regex.compile(r"\r\n|[\n\v\f\r\x85\u2028\u2029]")
"""Source: Unicode 16, 5.8, newline guidelines."""

SOFT_HYPHEN = "\u00ad"
ZERO_WIDTH_SPACE = "\u200b"
BREAK_HINTS = (SOFT_HYPHEN, ZERO_WIDTH_SPACE)
"""Where an author allows a line to end, with a hyphen and without one."""

_HYPHEN = "-"

_MAX_MARKS = 12
"""Maximum number of combining marks in a cluster. Stacked, each takes up to two thirds of an em,
and more of them would reach into the rows of other lines in typst_compiler. Burmese needs up to
9."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive characters that are shaped together.

    Args:
        text: at least one grapheme.
        cut: a face with all of its glyphs.
        script: ISO 15924 code.
        direction: of its letters; digits run from left to right even in Arabic.
        space: between it and the next run, in em, if letters would touch there otherwise.
    """

    text: str
    cut: Cut
    script: str
    direction: Direction
    space: float | None = None


def clean(text: str) -> str:
    """Normalise a text for setting.

    Args:
        text: as the caller wrote it.

    Returns:
        The text in NFC, trimmed, with line breaks and runs of whitespace replaced by single spaces.
        Quotes, dashes, dots, fixed-width spaces and hints where to break are not changed.

    Raises:
        TypesettingError: it contains characters that cannot be set (control characters, halves of
            surrogate pairs, marks without a letter or too many on one), or nothing visible.
        MissingGlyphError: it contains private-use or unassigned code points.
    """
    spaced = _collapse_spaces(text)
    for character in spaced:
        category = unicodedata.category(character)
        if category in {"Cc", "Cs"}:
            kind = "a control character" if category == "Cc" else "half of a surrogate pair"
            raise TypesettingError(
                f"the text contains {kind}, U+{ord(character):04X}: remove or retype it"
            )
        if category in {"Co", "Cn"} or character in "\ufffc\ufffd":
            raise MissingGlyphError(missing_glyph(character))
    if all(is_ignorable(character) for character in spaced):
        raise TypesettingError("the text is empty: write at least one visible character")
    composed = unicodedata.normalize("NFC", spaced)
    before = " "
    for cluster in graphemes(composed):
        mark = cluster.removeprefix(" ")[:1]
        # Some vowel signs of Burmese are clusters of their own, after the letter they belong to.
        follows_letter = not cluster.startswith(" ") and unicodedata.category(before)[0] in "LMN"
        is_mark = mark and unicodedata.category(mark)[0] == "M" and not is_ignorable(mark)
        if is_mark and not follows_letter:
            raise TypesettingError(lone_mark(mark))
        marks = sum(unicodedata.category(character)[0] == "M" for character in cluster)
        if marks > _MAX_MARKS:
            raise TypesettingError(
                f"“{cluster[0]}” has {marks} combining marks; at most {_MAX_MARKS} are allowed"
            )
        before = cluster[-1]
    return composed


def line_ends(text: str) -> tuple[int, ...]:
    """Find where a caller broke a text into lines.

    Args:
        text: as the caller wrote it.

    Returns:
        Indices in clean(text) at which a line begins, except the first; empty lines do not count.
    """
    lines = filter(None, map(_collapse_spaces, _LINE_ENDS.split(text)))
    lengths = [len(unicodedata.normalize("NFC", line)) + 1 for line in lines]
    return tuple(accumulate(lengths[:-1]))


def without_hyphens(run: Run, *, ends_line: bool) -> Run:
    """Remove soft hyphens from a run; the last character of a line that goes on becomes a hyphen.

    Args:
        run: of a line.
        ends_line: whether the run is the last of a line that is not the text's last.

    Returns:
        The run as it is drawn.
    """
    text = run.text.replace(SOFT_HYPHEN, "")
    if ends_line and run.text.endswith(SOFT_HYPHEN) and ord(_HYPHEN) in covered(run.cut.family):
        text += _HYPHEN
    return replace(run, text=text)


def itemise(text: str, voice: str, language: str) -> tuple[Run, ...]:
    """Split a text into runs and choose a face for each.

    The letters of one script, or of the alphabets together, are set in the first cut that covers
    all of them, so that two faces never mix in a word. Other characters that this cut lacks come
    from the first cut that has them. A price in a text with Han, kana or Hangul is set like its
    other numbers, even if letters name the currency.

    Args:
        text: as clean() returns it.
        voice: one of voices.VOICE_NAMES.
        language: BCP 47 tag.

    Returns:
        Runs that cover the text, in its order.

    Raises:
        MissingGlyphError: no face has a character.
    """
    pieces = graphemes(text)
    scripts = _resolved_scripts(pieces)
    # If the language does not decide the national forms of characters, the text itself does.
    national = primary_subtag(language) in {"ko", "ja", "zh", "bg"}
    forms = language if national else guess_language(text)
    ladders = _ladders(pieces, scripts, voice, forms)
    keys = [
        (
            _first_that_covers(piece, ladders[_group(script)]),
            script,
            "ltr" if is_number or script not in RTL_SCRIPTS else "rtl",
        )
        for piece, script, is_number in zip(pieces, scripts, in_numbers(pieces), strict=True)
    ]
    runs = []
    for (cut, script, direction), items in groupby(
        zip(keys, pieces, strict=True), key=lambda item: item[0]
    ):
        runs.append(Run("".join(piece for _, piece in items), cut, script, direction))
    return tuple(runs)


def cut_runs(runs: Sequence[Run], start: int, stop: int) -> tuple[Run, ...]:
    """Return the runs of a part of a text.

    Args:
        runs: as itemise() returns them.
        start: index of the part's first code point.
        stop: index after its last.

    Returns:
        The runs of that part; the outer ones are shortened.
    """
    parts = []
    offset = 0
    for run in runs:
        text = run.text[max(start - offset, 0) : max(stop - offset, 0)]
        if text:
            ends = stop - offset >= len(run.text)
            parts.append(replace(run, text=text, space=run.space if ends else None))
        offset += len(run.text)
    return tuple(parts)


def check_coverage(text: str, families: Sequence[str]) -> None:
    """Check that every character has a glyph.

    Args:
        text: any text; spaces and default-ignorable characters need no glyph.
        families: keys of fonts.FACES.

    Raises:
        MissingGlyphError: none of the families has a character; the message names it.
    """
    for character in text:
        if not is_ignorable(character) and not any(
            ord(character) in covered(family) for family in families
        ):
            raise MissingGlyphError(missing_glyph(character))


def missing_glyph(character: str) -> str:
    """Return the message for a character without a glyph."""
    name = unicodedata.name(character, "unnamed character")
    printed = f" “{character}”" if character.isprintable() else ""
    return (
        f"no bundled font has a glyph for{printed} U+{ord(character):04X} ({name}): "
        "remove it or use another character"
    )


def lone_mark(mark: str) -> str:
    """Return the message for a combining mark that has no letter to combine with."""
    return (
        f"the combining mark U+{ord(mark):04X} ({unicodedata.name(mark, 'unnamed')}) has no letter "
        "that it can belong to: write it after its letter, or remove it"
    )


def _collapse_spaces(text: str) -> str:
    return _SPACE_AND_BREAKS.sub(" ", text).strip()


def _resolved_scripts(pieces: Sequence[str]) -> list[str]:
    """Return a script for each grapheme; common characters take that of the letter before them.

    At the start of the text, they take that of the first letter after them.
    """
    own = [next(filter(None, map(script_of, piece)), None) for piece in pieces]
    cjk = next((script for script in own if script in CJK_SCRIPTS), None)
    if cjk:
        in_price = _in_prices(pieces)
        own = [cjk if is_price else script for script, is_price in zip(own, in_price, strict=True)]
    current = next(filter(None, own), "Latn")
    resolved = []
    for script in own:
        current = script or current
        resolved.append(current)
    return resolved


def _in_prices(pieces: Sequence[str]) -> list[bool]:
    """Return whether each grapheme is in a word with a currency sign."""
    marked: list[bool] = []
    for _, grouped in groupby(pieces, str.isspace):
        word = list(grouped)
        marked += [any(unicodedata.category(piece[0]) == "Sc" for piece in word)] * len(word)
    return marked


def _group(script: str) -> str:
    """Return the key of scripts that share a face: the alphabets, and Han with kana and Hangul."""
    if script in ALPHABETS:
        return "alphabets"
    return "cjk" if script in CJK_SCRIPTS else script


def _ladders(
    pieces: Sequence[str], scripts: Sequence[str], voice: str, language: str
) -> dict[str, tuple[Cut, ...]]:
    """Return the cuts to try for each group of scripts; one with all its letters comes first."""
    letters: dict[str, set[int]] = {}
    member: dict[str, str] = {}
    for piece, script in zip(pieces, scripts, strict=True):
        group = _group(script)
        member.setdefault(group, script)
        if any(map(script_of, piece)):
            needed = {ord(character) for character in piece if not is_ignorable(character)}
            letters.setdefault(group, set()).update(needed)
    ladders = {}
    for group, script in member.items():
        ladder = cuts_for(voice, script, language)
        whole = (cut for cut in ladder if letters.get(group, set()) <= covered(cut.family))
        ladders[group] = (next(whole, ladder[0]), *ladder)
    return ladders


def _first_that_covers(piece: str, ladder: Sequence[Cut]) -> Cut:
    """Return the first cut that has the whole grapheme."""
    needed = {ord(character) for character in piece if not is_ignorable(character)}
    for cut in ladder:
        if needed <= covered(cut.family):
            return cut
    check_coverage(piece, [cut.family for cut in ladder])
    raise MissingGlyphError(
        f"no single bundled font has every part of “{piece}” "
        f"({' '.join(f'U+{ord(part):04X}' for part in piece)}): write it without combining marks"
    )
