"""A caller's text and a voice -> runs of one face each, every character covered, or an error.

Does not know sizes, lines or pixels.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import regex

from poster.errors import MissingGlyphError, TypesettingError
from poster.graphemes import graphemes
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

_SPACE_AND_BREAKS = regex.compile(r"[\s--\u00A0\u2007\u202F\u3000]+", regex.VERSION1)
"""Whitespace other than the fixed spaces, which are there on purpose."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring characters that are shaped together.

    Args:
        text: at least one grapheme.
        cut: the face that has all of its glyphs.
        script: ISO 15924 code.
        direction: that of its letters; digits run from left to right even in Arabic.
    """

    text: str
    cut: Cut
    script: str
    direction: Direction


def clean(text: str) -> str:
    """Bring a text into the form in which it is set.

    Args:
        text: as the caller wrote it.

    Returns:
        Composed (NFC), with line breaks and runs of whitespace as single spaces, trimmed, without
        soft hyphens. Nothing else changes: quotes, dashes and dots stay as they are.

    Raises:
        TypesettingError: it holds what no typesetter can set (control characters, halves of
            surrogate pairs), or nothing.
        MissingGlyphError: private or unassigned code points.
    """
    spaced = _SPACE_AND_BREAKS.sub(" ", text).strip().replace("\u00ad", "")
    for character in spaced:
        category = unicodedata.category(character)
        if category in {"Cc", "Cs"}:
            kind = "a control character" if category == "Cc" else "half of a surrogate pair"
            raise TypesettingError(
                f"the text contains {kind}, U+{ord(character):04X}: remove or retype it"
            )
        if category in {"Co", "Cn"} or character == "\ufffd":
            raise MissingGlyphError(missing_glyph(character))
    if all(is_ignorable(character) for character in spaced):
        raise TypesettingError("the text is empty: write at least one visible character")
    return unicodedata.normalize("NFC", spaced)


def itemise(text: str, voice: str, language: str) -> tuple[Run, ...]:
    """Cut a text into runs and choose a face for each.

    Letters of one script, or of the alphabets together, are set in the first cut that covers all
    of them, so that two faces never meet inside a word; signs that this cut lacks come from the
    first one that has them.

    Args:
        text: as clean() returns it.
        voice: one of voices.VOICE_NAMES.
        language: BCP 47 tag.

    Returns:
        Runs in the order of the text, which they cover.

    Raises:
        MissingGlyphError: a character is in none of the faces.
    """
    pieces = graphemes(text)
    scripts = _resolved_scripts(pieces)
    # Which nation's forms to draw is the text's own affair where the language has none.
    national = primary_subtag(language) in {"ko", "ja", "zh", "bg"}
    forms = language if national else guess_language(text)
    ladders = _ladders(pieces, scripts, voice, forms)
    keys = [
        (_first_that_covers(piece, ladders[_group(script)]), script, _direction(piece, script))
        for piece, script in zip(pieces, scripts, strict=True)
    ]
    runs = []
    for (cut, script, direction), items in groupby(
        zip(keys, pieces, strict=True), key=lambda item: item[0]
    ):
        runs.append(Run("".join(piece for _, piece in items), cut, script, direction))
    return tuple(runs)


def cut_runs(runs: Sequence[Run], start: int, stop: int) -> tuple[Run, ...]:
    """Take part of a text's runs.

    Args:
        runs: as itemise() returns them.
        start: index of the first code point taken.
        stop: index of the first one left out.

    Returns:
        The runs between, the outer ones shortened.
    """
    parts = []
    offset = 0
    for run in runs:
        text = run.text[max(start - offset, 0) : max(stop - offset, 0)]
        if text:
            parts.append(replace(run, text=text))
        offset += len(run.text)
    return tuple(parts)


def check_coverage(text: str, families: Sequence[str]) -> None:
    """Make sure that every character has a glyph.

    Args:
        text: any text; spaces and default-ignorable characters need no glyph.
        families: keys of fonts.FACES.

    Raises:
        MissingGlyphError: none of the families has a character; it is named.
    """
    for character in text:
        if not is_ignorable(character) and not any(
            ord(character) in covered(family) for family in families
        ):
            raise MissingGlyphError(missing_glyph(character))


def missing_glyph(character: str) -> str:
    """Say which character cannot be set, and what to do about it."""
    name = unicodedata.name(character, "unnamed character")
    printed = f" “{character}”" if character.isprintable() else ""
    return (
        f"no bundled font has a glyph for{printed} U+{ord(character):04X} ({name}): "
        "remove it or use another character"
    )


def _resolved_scripts(pieces: Sequence[str]) -> list[str]:
    """A script for each grapheme; signs take that of the letter before them, or else after."""
    own = [next(filter(None, map(script_of, piece)), None) for piece in pieces]
    current = next(filter(None, own), "Latn")
    resolved = []
    for script in own:
        current = script or current
        resolved.append(current)
    return resolved


def _group(script: str) -> str:
    """Name the scripts that share a face: the alphabets, and Han with kana and Hangul."""
    if script in ALPHABETS:
        return "alphabets"
    return "cjk" if script in CJK_SCRIPTS else script


def _ladders(
    pieces: Sequence[str], scripts: Sequence[str], voice: str, language: str
) -> dict[str, tuple[Cut, ...]]:
    """For each group of scripts the cuts to try, the one that has all of its letters first."""
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
    """Choose the first cut that has the whole grapheme."""
    needed = {ord(character) for character in piece if not is_ignorable(character)}
    for cut in ladder:
        if needed <= covered(cut.family):
            return cut
    check_coverage(piece, [cut.family for cut in ladder])
    raise MissingGlyphError(
        f"no single bundled font has every part of “{piece}” "
        f"({' '.join(f'U+{ord(part):04X}' for part in piece)}): write it without combining marks"
    )


def _direction(piece: str, script: str) -> Direction:
    if script not in RTL_SCRIPTS or unicodedata.bidirectional(piece[0]) in {"EN", "AN"}:
        return "ltr"
    return "rtl"
