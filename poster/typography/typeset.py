"""Text, a voice and a measure -> a block of type, broken into lines and set by Typst.

Does not know colours, pictures or where on a page the block will stand.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import numpy as np
import typst

from poster.errors import AssetError, TextDoesNotFitError
from poster.graphemes import graphemes
from poster.typography.block import Align, Copy, Line, TypeBlock, draw_block, largest_size
from poster.typography.breaks import Piece, balance, line_widths, narrowest
from poster.typography.fonts import font_folders
from poster.typography.ink import bounds
from poster.typography.itemise import Run, clean, cut_runs, itemise
from poster.typography.measure import advance_of, gap_between
from poster.typography.outlines import Glyph, read_glyphs
from poster.typography.scripts import (
    direction,
    guess_language,
    is_ignorable,
    primary_subtag,
    script_of,
)

MORE_LINES_PAY = 1.2
"""How much larger another line must make the type: less is no gain that a reader would see, and
the extra line costs quiet. A minor third, the usual step between two sizes."""

_RAG = 1.06
"""How much wider than the narrowest the measure may be for the sake of better breaks: a loss of
size that nobody sees."""

_TRIES = 4
"""Ways to break a line that reaches past the measure; each is shorter by what was too much."""

_REFERENCE = 1000.0
"""Points to the em in which Typst sets; outlines scale. Units of most faces, so nothing rounds."""

_ROW = 20 * _REFERENCE
"""Points between lines in Typst's page: no glyph reaches half as far."""


class Typesetter:
    """Sets blocks of type; one compiler serves them all.

    Raises:
        AssetError: a font package is missing or broken.
    """

    def __init__(self) -> None:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in font_folders()],
        )
        self._compiler = typst.Compiler(font_paths=fonts, ignore_system_fonts=True)
        templates = files("poster.typography")
        self._block = (templates / "block.typ").read_bytes()
        self._places = (templates / "places.typ").read_bytes()

    def set_block(
        self,
        text: str,
        voice: str,
        *,
        size_px: float,
        measure: float,
        align: Align = "left",
        language: str | None = None,
    ) -> TypeBlock:
        """Set a text at a given size, in as few lines as the measure allows, balanced.

        Args:
            text: any text; line breaks count as spaces.
            voice: one of voices.VOICE_NAMES.
            size_px: pixels to the em.
            measure: the most that a line's ink may be wide, in pixels.
            align: of the lines to one another.
            language: BCP 47 tag; None guesses it from the script.

        Returns:
            The block; its ink is no wider than the measure.

        Raises:
            TypesettingError: it holds what cannot be set.
            MissingGlyphError: no face has one of its characters.
            TextDoesNotFitError: one word alone is wider than the measure.
        """
        copy = self._prepare(text, voice, language, breakable=True)
        widths = line_widths(copy.pieces)
        least = narrowest(widths, len(copy.pieces))
        limit = math.floor(measure) / size_px
        # Letters may reach past their advance: then the lines are broken anew, a little shorter.
        bound = limit
        for _ in range(_TRIES):
            count = next((n for n, width in enumerate(least, 1) if width <= bound), 0)
            if not count:
                break
            [lines] = self._set_lines(copy, [balance(copy.pieces, widths, count, bound)])
            excess = max(line.width for line in lines) - limit
            if excess <= 0:
                return draw_block(copy, lines, size_px, align)
            bound -= excess
        widest = max(copy.pieces, key=lambda piece: piece.width)
        raise TextDoesNotFitError(
            f"“{widest.text.strip()}” is {math.ceil(widest.width * size_px)} px wide at "
            f"{size_px:g} px to the em and the measure is {math.floor(measure)} px: "
            "use a shorter word"
        )

    def fit_block(
        self,
        text: str,
        voice: str,
        *,
        measure: float,
        max_height: float,
        max_lines: int,
        min_size_px: float,
        align: Align = "left",
        language: str | None = None,
    ) -> TypeBlock:
        """Set a text as large as it fits, in one to max_lines balanced lines.

        Args:
            text: any text; line breaks count as spaces.
            voice: one of voices.VOICE_NAMES.
            measure: the most that the ink may be wide, in pixels.
            max_height: the most that the ink may be high, in pixels.
            max_lines: 1 or more; another line is used where it makes the type a fifth larger.
            min_size_px: the smallest size that is still legible.
            align: of the lines to one another.
            language: BCP 47 tag; None guesses it from the script.

        Returns:
            The block: as wide as the measure to the pixel, or as high as max_height (several
            lines may stay a few rows short of it, since baselines stand on whole pixels).

        Raises:
            TypesettingError: it holds what cannot be set.
            MissingGlyphError: no face has one of its characters.
            TextDoesNotFitError: it would have to be smaller than min_size_px.
        """
        copy = self._prepare(text, voice, language, breakable=max_lines > 1)
        widths = line_widths(copy.pieces)
        ways = [
            balance(copy.pieces, widths, count, narrow * _RAG)
            for count, narrow in enumerate(narrowest(widths, max_lines), 1)
        ]
        size, chosen = 0.0, None
        for lines in self._set_lines(copy, ways):
            larger = largest_size(copy, lines, math.floor(measure), math.floor(max_height))
            if larger > size * (MORE_LINES_PAY if size >= min_size_px else 1):
                size, chosen = larger, lines
        if chosen is None or size < min_size_px:
            raise TextDoesNotFitError(_too_long(copy.text, size, min_size_px, max_lines))
        return draw_block(copy, chosen, size, align)

    def _prepare(self, text: str, voice: str, language: str | None, *, breakable: bool) -> Copy:
        text = clean(text)
        language = language or guess_language(text)
        runs = itemise(text, voice, language)
        stops = self._legal_breaks(text, language) if breakable else [0, len(text)]
        pieces = []
        for start, stop in pairwise(stops):
            words = start + len(text[start:stop].rstrip())
            advance, space = (
                sum(advance_of(run, language) for run in cut_runs(runs, first, stop))
                for first in (start, words)
            )
            weak = _splits_phrase(text[stop - 1], text[stop : stop + 1])
            pieces.append(Piece(text[start:stop], advance, space, weak))
        base = direction(text, language)
        return Copy(text, voice, language, base, runs, tuple(stops), tuple(pieces))

    def _legal_breaks(self, text: str, language: str) -> list[int]:
        """Where a line may start, with 0 and the end. Source: UAX #14 and ICU's dictionaries.

        Typst sets the text in no width at all and tells the height of each grapheme's end.
        """
        clusters = graphemes(text)
        # Where a line may break is no matter of the face.
        data = {"graphemes": clusters, "lang": _subtags(language)[0], "family": "Anton"}
        found = re.search(rb'"places:([^"]*)"', self._compile(self._places, places=data))
        if found is None:
            raise AssetError("the template for line breaks told no places")
        stops, index = [0], 0
        for (before, after), (cluster, following) in zip(
            pairwise(found[1].split(b",")), pairwise(clusters), strict=True
        ):
            index += len(cluster)
            inked = not all(map(is_ignorable, text[stops[-1] : index]))
            if before != after and inked and _may_break(cluster, following, language):
                stops.append(index)
        # What is left after the last break may be joiners and spaces alone: no line of its own.
        while len(stops) > 1 and all(map(is_ignorable, text[stops[-1] :])):
            stops.pop()
        return [*stops, len(text)]

    def _set_lines(self, copy: Copy, ways: Sequence[Sequence[tuple[int, int]]]) -> list[list[Line]]:
        """Set every line of several ways to break a text, all in one page."""
        texts = [copy.line_runs(first, last) for way in ways for first, last in way]
        lines = []
        for runs, glyphs in zip(texts, self._set_glyphs(copy, texts), strict=True):
            curves = np.concatenate([glyph.placed for glyph in glyphs]) / _REFERENCE
            lines.append(Line(runs, curves, *bounds(curves)))
        remaining = iter(lines)
        return [[next(remaining) for _ in way] for way in ways]

    def _set_glyphs(self, copy: Copy, lines: Sequence[Sequence[Run]]) -> list[list[Glyph]]:
        """The outlines of each line, from its start on the baseline, _REFERENCE to the em."""
        language, region = _subtags(copy.language)
        data = {
            "size": _REFERENCE,
            "row": _ROW,
            "lang": language,
            "region": region,
            "rtl": copy.direction == "rtl",
            "lines": [_runs_data(runs) for runs in lines],
        }
        rows: list[list[Glyph]] = [[] for _ in lines]
        for glyph in read_glyphs(self._compile(self._block, block=data)):
            row = round(glyph.y / _ROW)
            rows[row].append(replace(glyph, y=glyph.y - row * _ROW))
        return rows

    def _compile(self, source: bytes, **data: object) -> bytes:
        inputs = {name: json.dumps(value) for name, value in data.items()}
        result = self._compiler.compile(source, format="svg", sys_inputs=inputs)
        if not isinstance(result, bytes):
            raise AssetError("a template for type gave more than one page")
        return result


def _may_break(before: str, after: str, language: str) -> bool:
    """Whether a legal break is a good one.

    No line starts with a dash, and Korean, which has spaces, breaks only at them.
    """
    if unicodedata.category(after[0]) == "Pd":
        return False
    if before.isspace():
        return True
    hangul = "Hang" in {script_of(before[-1]), script_of(after[0])}
    return not hangul and primary_subtag(language) != "ko"


def _splits_phrase(before: str, after: str) -> bool:
    """Whether neither a space nor punctuation parts two characters."""
    closed = unicodedata.category(before)[0] in "PZ"
    opened = bool(after) and unicodedata.category(after) in {"Ps", "Pi"}
    return not closed and not opened


def _runs_data(runs: Sequence[Run]) -> list[dict[str, object]]:
    gaps = [gap_between(run, following) for run, following in pairwise(runs)] + [0.0]
    return [
        {
            "text": run.text,
            "family": run.cut.family,
            "weight": run.cut.weight,
            "stretch": run.cut.stretch,
            "tracking": run.cut.tracking,
            "gap": gap,
        }
        for run, gap in zip(runs, gaps, strict=True)
    ]


def _subtags(language: str) -> tuple[str, str | None]:
    """What Typst wants of a BCP 47 tag: a language of 2-3 letters, a region of 2 or none."""
    primary = primary_subtag(language)
    regions = re.findall(r"-([A-Za-z]{2})(?=-|$)", language)
    return (
        primary if re.fullmatch("[a-z]{2,3}", primary) else "en",
        regions[0].upper() if regions else None,
    )


def _too_long(text: str, size: float, least: float, most_lines: int) -> str:
    clusters = graphemes(text)
    count = len(clusters)
    over = min(max(1, math.ceil(count * (1 - size / least))), count - 1)
    room = "one line" if most_lines == 1 else f"{most_lines} lines"
    shown = text if count <= 40 else "".join(clusters[:40]) + "…"
    trouble = f"about {over} too many for {room}" if over else f"too wide for {room}"
    return (
        f"“{shown}” has {count} characters, {trouble}: it would be set at {size:.1f} px and the "
        f"smallest legible size is {least:g} px; shorten it"
    )
