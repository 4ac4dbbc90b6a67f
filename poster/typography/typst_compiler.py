"""Runs -> outlines, a text -> its legal line breaks, a page -> PDF: everything done by Typst.

Does not know sizes in pixels, or which breaks are chosen.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Literal

import typst

from poster.errors import AssetError
from poster.graphemes import graphemes
from poster.typography.as_typed import isolate_numbers
from poster.typography.block import Line, line_extents
from poster.typography.fonts import font_folders
from poster.typography.itemise import BREAK_HINTS, Run
from poster.typography.outlines import Glyph, place_glyphs, read_glyphs
from poster.typography.scripts import Direction, is_ignorable, primary_subtag, script_of
from poster.typography.shape import gap_between

REFERENCE = 1000.0
"""Points per em at which Typst sets type, to be scaled later; equal to the units per em of most
fonts, so that nothing is rounded."""

_ROW = 20 * REFERENCE
"""Points between the lines on Typst's page; no glyph reaches half as far."""

_KEPT_TEXTS = 64
_KEPT_LINES = 256
"""Sizes of the caches. A cover that is tried in every style needs the breaks of each text five
times, and a line again for every side that it may align to."""


_LineKey = tuple[tuple[Run, ...], str, Direction]


class TypstCompiler:
    """Compiles Typst templates; one instance serves all text.

    Raises:
        AssetError: a font package is missing or damaged.
    """

    def __init__(self) -> None:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in font_folders()],
        )
        # The templates read no file, but Typst wants a root, and its default is the current folder,
        # which may have been removed.
        root = Path(__file__).parent
        self._compiler = typst.Compiler(root=root, font_paths=fonts, ignore_system_fonts=True)
        templates = files("poster.typography")
        lines, block, page, places = (
            (templates / f"{name}.typ").read_bytes()
            for name in ("lines", "block", "page", "places")
        )
        self._block, self._page, self._places = lines + block, lines + page, places
        self._stops_of = lru_cache(_KEPT_TEXTS)(self._ask_stops)
        self._drawn: OrderedDict[_LineKey, Line] = OrderedDict()

    def legal_breaks(self, text: str, language: str) -> tuple[int, ...]:
        """Find where a line may start. Source: UAX #14 and ICU's dictionaries.

        Typst sets the text at zero width and reports the vertical position of each grapheme.

        Args:
            text: as itemise.clean() returns it.
            language: BCP 47 tag.

        Returns:
            Indices of code points, including 0 and the end.
        """
        return self._stops_of(text, language)

    def set_lines(
        self, lines: Sequence[Sequence[Run]], language: str, direction: Direction
    ) -> tuple[Line, ...]:
        """Draw lines, those that are new all on one page.

        Args:
            lines: each of at least one run, with ink.
            language: BCP 47 tag.
            direction: of the paragraph.

        Returns:
            Each line as drawn, in em.
        """
        keys = [(tuple(runs), language, direction) for runs in lines]
        new = [key for key in dict.fromkeys(keys) if key not in self._drawn]
        if new:
            drawn = self._draw_lines([runs for runs, _, _ in new], language, direction)
            self._drawn.update(zip(new, drawn, strict=True))
        found = tuple(map(self._drawn.__getitem__, keys))
        for key in keys:
            self._drawn.move_to_end(key)
        while len(self._drawn) > _KEPT_LINES:
            self._drawn.popitem(last=False)
        return found

    def _ask_stops(self, text: str, language: str) -> tuple[int, ...]:
        clusters = graphemes(text)
        # Legal breaks do not depend on the font.
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
        # Joiners and spaces after the last break are not a line of their own.
        while len(stops) > 1 and all(map(is_ignorable, text[stops[-1] :])):
            stops.pop()
        return *stops, len(text)

    def _draw_lines(
        self, lines: Sequence[tuple[Run, ...]], language: str, direction: Direction
    ) -> list[Line]:
        drawn = []
        for runs, glyphs in zip(lines, self.set_glyphs(lines, language, direction), strict=True):
            boxes = [
                (
                    (glyph.x + x0) / REFERENCE,
                    (glyph.y - y1) / REFERENCE,
                    (glyph.x + x1) / REFERENCE,
                    (glyph.y - y0) / REFERENCE,
                )
                for glyph in glyphs
                if glyph.box
                for x0, y0, x1, y1 in [glyph.box]
            ]
            curves = place_glyphs(glyphs) / REFERENCE
            drawn.append(Line(runs, *line_extents(runs, boxes, direction), curves))
        return drawn

    def set_glyphs(
        self, lines: Sequence[Sequence[Run]], language: str, direction: Direction
    ) -> list[list[Glyph]]:
        """Draw lines as separate glyphs.

        Args:
            lines: each of at least one run.
            language: BCP 47 tag.
            direction: of the paragraph.

        Returns:
            The outlines of each line, from its origin on the baseline; REFERENCE units per em.
        """
        subtag, region = subtags(language)
        data = {
            "size": REFERENCE,
            "row": _ROW,
            "lang": subtag,
            "region": region,
            "rtl": direction == "rtl",
            "lines": [runs_data(runs, direction) for runs in lines],
        }
        rows: list[list[Glyph]] = [[] for _ in lines]
        for glyph in read_glyphs(self._compile(self._block, block=data)):
            row = round(glyph.y / _ROW)
            rows[row].append(replace(glyph, y=glyph.y - row * _ROW))
        return rows

    def print_page(self, page: Mapping[str, object]) -> bytes:
        """Write pictures and live type as PDF.

        Args:
            page: the data that page.typ reads; lengths in points, from the trim's top left corner.

        Returns:
            A PDF of one page with a trim box; all fonts are embedded as subsets.
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

    A line should not start with a dash; Korean, which has spaces, breaks only at them.
    """
    if unicodedata.category(after[0]) == "Pd":
        return False
    if before.isspace() or before in BREAK_HINTS:
        return True
    hangul = "Hang" in {script_of(before[-1]), script_of(after[0])}
    return not hangul and primary_subtag(language) != "ko"


def runs_data(runs: Sequence[Run], direction: Direction) -> list[dict[str, object]]:
    """Serialise the runs of a line for lines.typ.

    Args:
        runs: of the line.
        direction: of the paragraph.

    Returns:
        JSON types. The texts contain invisible marks where a number must read as typed.
    """
    characters = isolate_numbers("".join(run.text for run in runs), direction)
    ends = list(accumulate(len(run.text) for run in runs))
    gaps = [gap_between(run, following) for run, following in pairwise(runs)] + [0.0]
    return [
        {
            "text": "".join(characters[end - len(run.text) : end]),
            "family": run.cut.family,
            "weight": run.cut.weight,
            "stretch": run.cut.stretch,
            "tracking": run.cut.tracking,
            "optical": run.cut.optical,
            "gap": gap,
        }
        for run, end, gap in zip(runs, ends, gaps, strict=True)
    ]


def subtags(language: str) -> tuple[str, str | None]:
    """Split a BCP 47 tag for Typst: a language of 2-3 letters, and a region of 2 or None."""
    primary = primary_subtag(language)
    # A single letter begins an extension. Source: RFC 5646, 2.2.6.
    tag = re.split("-[A-Za-z0-9]-", language)[0]
    regions = re.findall(r"-([A-Za-z]{2})(?=-|$)", tag)
    if primary == "zh" and not regions and "-hant" in tag.lower():
        # Without a region, Typst draws traditional Chinese in mainland forms.
        regions = ["TW"]
    return (
        primary if re.fullmatch("[a-z]{2,3}", primary) else "en",
        regions[0].upper() if regions else None,
    )
