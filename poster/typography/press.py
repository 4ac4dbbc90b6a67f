"""Runs -> outlines, and a text -> its legal breaks: all that Typst is asked.

Does not know sizes in pixels, or which breaks are chosen.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

import numpy as np
import typst

from poster.errors import AssetError
from poster.graphemes import graphemes
from poster.typography.block import Line
from poster.typography.fonts import font_folders
from poster.typography.hanging import letter_edges
from poster.typography.ink import extents
from poster.typography.itemise import Run
from poster.typography.measure import gap_between
from poster.typography.outlines import Glyph, read_glyphs
from poster.typography.scripts import Direction, is_ignorable, primary_subtag, script_of

REFERENCE = 1000.0
"""Points to the em in which Typst sets; outlines scale. Units of most faces, so nothing rounds."""

_ROW = 20 * REFERENCE
"""Points between lines in Typst's page: no glyph reaches half as far."""

_KEPT_TEXTS = 64
_KEPT_PAGES = 128
"""Answers that a press remembers: a cover that is tried in every style asks for the breaks of each
of its texts five times, and for some of its lines as often; these hold all of the largest."""


class Press:
    """Sets lines of type; one compiler serves them all.

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
        lines, block, page, places = (
            (templates / f"{name}.typ").read_bytes()
            for name in ("lines", "block", "page", "places")
        )
        self._block, self._page, self._places = lines + block, lines + page, places
        self._stops_of = lru_cache(_KEPT_TEXTS)(self._ask_stops)
        self._lines_of = lru_cache(_KEPT_PAGES)(self._draw_lines)

    def legal_breaks(self, text: str, language: str) -> tuple[int, ...]:
        """Find where a line may start. Source: UAX #14 and ICU's dictionaries.

        Typst sets the text in no width at all and tells the height of each grapheme's end.

        Args:
            text: as itemise.clean() returns it.
            language: BCP 47 tag.

        Returns:
            Indices of code points, with 0 and the end.
        """
        return self._stops_of(text, language)

    def set_lines(
        self, lines: Sequence[Sequence[Run]], language: str, direction: Direction
    ) -> tuple[Line, ...]:
        """Draw lines, all in one page.

        Args:
            lines: each of one run at least, with ink.
            language: BCP 47 tag.
            direction: of the paragraph.

        Returns:
            Each line as it was drawn, 1 to the em.
        """
        return self._lines_of(tuple(map(tuple, lines)), language, direction)

    def _ask_stops(self, text: str, language: str) -> tuple[int, ...]:
        clusters = graphemes(text)
        # Where a line may break is no matter of the face.
        data = {"graphemes": clusters, "lang": subtags(language)[0], "family": "Anton"}
        found = re.search(rb'"places:([^"]*)"', self._compile(self._places, places=data))
        if found is None:
            raise AssetError("the line-break template returned no positions")
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
        return *stops, len(text)

    def _draw_lines(
        self, lines: tuple[tuple[Run, ...], ...], language: str, direction: Direction
    ) -> tuple[Line, ...]:
        drawn = []
        for runs, glyphs in zip(lines, self.set_glyphs(lines, language, direction), strict=True):
            inked = [glyph.placed for glyph in glyphs if len(glyph.curves)]
            curves = np.concatenate(inked) / REFERENCE
            low, high = extents(curves)
            starts = np.cumsum([0, *map(len, inked[:-1])])
            lefts = np.minimum.reduceat(low[:, 0], starts).tolist()
            rights = np.maximum.reduceat(high[:, 0], starts).tolist()
            text = "".join(run.text for run in runs)
            edges = letter_edges(text, list(zip(lefts, rights, strict=True)), direction)
            (left, top), (right, bottom) = low.min(axis=0).tolist(), high.max(axis=0).tolist()
            drawn.append(Line(runs, curves, left, top, right, bottom, edges))
        return tuple(drawn)

    def set_glyphs(
        self, lines: Sequence[Sequence[Run]], language: str, direction: Direction
    ) -> list[list[Glyph]]:
        """Draw lines, and keep their glyphs apart.

        Args:
            lines: each of one run at least.
            language: BCP 47 tag.
            direction: of the paragraph.

        Returns:
            The outlines of each line, from its start on the baseline, REFERENCE to the em.
        """
        subtag, region = subtags(language)
        data = {
            "size": REFERENCE,
            "row": _ROW,
            "lang": subtag,
            "region": region,
            "rtl": direction == "rtl",
            "lines": [runs_data(runs) for runs in lines],
        }
        rows: list[list[Glyph]] = [[] for _ in lines]
        for glyph in read_glyphs(self._compile(self._block, block=data)):
            row = round(glyph.y / _ROW)
            rows[row].append(replace(glyph, y=glyph.y - row * _ROW))
        return rows

    def print_page(self, page: Mapping[str, object]) -> bytes:
        """Print pictures and live type.

        Args:
            page: as page.typ reads it; lengths in points, from the trim's top left corner.

        Returns:
            A PDF of one page, with a trim box; every face embedded, by the glyphs that it uses.
        """
        return self._compile(self._page, "pdf", page=page)

    def _compile(self, source: bytes, kind: Literal["svg", "pdf"] = "svg", **data: object) -> bytes:
        inputs = {name: json.dumps(value) for name, value in data.items()}
        result = self._compiler.compile(source, format=kind, sys_inputs=inputs)
        if not isinstance(result, bytes):
            raise AssetError("a Typst template produced more than one page")
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


def runs_data(runs: Sequence[Run]) -> list[dict[str, object]]:
    """Spell the runs of a line as lines.typ reads them."""
    gaps = [gap_between(run, following) for run, following in pairwise(runs)] + [0.0]
    return [
        {
            "text": run.text,
            "family": run.cut.family,
            "weight": run.cut.weight,
            "stretch": run.cut.stretch,
            "tracking": run.cut.tracking,
            "optical": run.cut.optical,
            "gap": gap,
        }
        for run, gap in zip(runs, gaps, strict=True)
    ]


def subtags(language: str) -> tuple[str, str | None]:
    """What Typst wants of a BCP 47 tag: a language of 2-3 letters, a region of 2 or none."""
    primary = primary_subtag(language)
    regions = re.findall(r"-([A-Za-z]{2})(?=-|$)", language)
    if primary == "zh" and not regions and "-hant" in language.lower():
        # Without one, Typst shapes traditional Chinese in the mainland's forms.
        regions = ["TW"]
    return (
        primary if re.fullmatch("[a-z]{2,3}", primary) else "en",
        regions[0].upper() if regions else None,
    )
