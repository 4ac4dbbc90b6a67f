"""A block of type -> whether its outlines equal those of HarfBuzz's glyphs for its text.

An exact check in addition to OCR. HarfBuzz shapes the text again and draws each glyph; Typst must
have set the same outlines in the same order, and the block's ink must match them. Does not know
covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import uharfbuzz as hb  # type: ignore[import-untyped]  # ships no types

from poster.typography.block import TypeBlock
from poster.typography.fonts import shaping_face
from poster.typography.itemise import Run
from poster.typography.outlines import Curves, Glyph, place_glyphs, read_path
from poster.typography.rasterise import rasterise
from poster.typography.shape import gap_between
from poster.typography.typeset import Typesetter

_SAME_EM = 1.1e-3
"""Allowed difference of outlines and heights: anchors of marks are rounded to whole units."""

_KERNING_EM = 0.05
"""Allowed difference of the distance between neighbours. For some pairs Typst uses the kerning of
the default weight and width: off by 0.041 in black, narrow Noto Sans Hebrew, by 0.012 in Oswald."""

_UNITS = 1000.0
"""Typst's units per em."""

_FINE = 1 << 16
"""Units per em for HarfBuzz's outlines; advances use the font's own units, rounded as in Typst."""

_MISSING = np.zeros((1, 4, 2))
"""An outline that matches no glyph."""

_SAME_INK = 24
"""Allowed difference of coverage, of 255: coverage is sampled where contours overlap, and starting
points are rounded. The maximum in 1681 titles was 12; a missing or moved stroke changes whole
pixels."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """An outline at its position on a line, in em, y downwards."""

    curves: Curves
    x: float
    y: float


class _PathPen:
    """Records HarfBuzz's drawing as an SVG path."""

    def __init__(self) -> None:
        self.path = ""

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self._add("M", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self._add("L", point)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self._add("Q", *points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802  # the pen protocol's name
        self._add("C", *points)

    def closePath(self) -> None:  # noqa: N802  # the pen protocol's name
        self._add("Z")

    def _add(self, command: str, *points: tuple[float, float]) -> None:
        self.path += command + " ".join(f"{x:.3f} {y:.3f}" for x, y in points)


def is_set_as_shaped(block: TypeBlock, typesetter: Typesetter) -> bool:
    """Check a block.

    Args:
        block: the block that the typesetter set.
        typesetter: sets its runs again.

    Returns:
        Whether its ink equals that of HarfBuzz's glyphs, and no glyph is missing.
    """
    lines = []
    drawn = typesetter.compiler.set_glyphs(block.runs, block.language, block.direction)
    for runs, glyphs, start in zip(block.runs, drawn, block.starts, strict=True):
        shaped = _shape_line(runs, block)
        # Typst writes the runs of a line in logical order, or from left to right.
        orders = shaped, sorted(shaped, key=lambda run: min((glyph.x for glyph in run), default=0))
        if not any(_are_same(glyphs, [*chain.from_iterable(order)]) for order in orders):
            return False
        curves = place_glyphs(glyphs) / _UNITS
        lines.append(curves * block.size_px + np.array(start))
    rows, columns = block.ink.shape
    ink = rasterise(np.concatenate(lines), columns, rows)
    return bool(np.abs(ink.astype(int) - block.ink).max() <= _SAME_INK)


def _shape_line(runs: Sequence[Run], block: TypeBlock) -> list[list[_Placed]]:
    """Shape a line with HarfBuzz only; return the outlines of each run, in text order."""
    order = _visual_order(runs) if block.direction == "rtl" else list(range(len(runs)))
    placed: list[list[_Placed]] = [[] for _ in runs]
    x = 0.0
    for index, following in zip(order, [*order[1:], None], strict=True):
        run = runs[index]
        units = shaping_face(run.cut.family).upem
        buffer = hb.Buffer()
        buffer.add_str(run.text)
        buffer.direction, buffer.script, buffer.language = run.direction, run.script, block.language
        hb.shape(_font(run, units), buffer)
        clusters = [info.cluster for info in buffer.glyph_infos]
        tracked = [a != b for a, b in pairwise([*clusters, clusters[-1]])]
        glyphs = zip(buffer.glyph_infos, buffer.glyph_positions, tracked, strict=True)
        for info, position, track in glyphs:
            outline = _outline(run, info.codepoint) if info.codepoint else _MISSING
            if len(outline):
                place = x + position.x_offset / units, -position.y_offset / units
                placed[index].append(_Placed(outline, *place))
            x += position.x_advance / units + run.cut.tracking * track
        x += gap_between(run, runs[following]) if following is not None else 0.0
    return placed


def _are_same(glyphs: Sequence[Glyph], shaped: Sequence[_Placed]) -> bool:
    drawn = [glyph for glyph in glyphs if len(glyph.curves)]
    if len(drawn) != len(shaped):
        return False
    drift = 0.0
    for glyph, wanted in zip(drawn, shaped, strict=True):
        curves = _without_specks(glyph.curves * np.array([1.0, -1.0]) / _UNITS)
        outline = _without_specks(wanted.curves)
        if curves.shape != outline.shape or np.abs(curves - outline).max() > _SAME_EM:
            return False
        if abs(glyph.y / _UNITS - wanted.y) > _SAME_EM:
            return False
        before, drift = drift, glyph.x / _UNITS - wanted.x
        if abs(drift - before) > _KERNING_EM:
            return False
    return True


def _without_specks(curves: Curves) -> Curves:
    """Drop curves that only close a contour across a rounding error."""
    kept: Curves = curves[np.ptp(curves, axis=1).max(axis=1) > _SAME_EM]
    return kept


def _font(run: Run, units: int) -> hb.Font:
    font = hb.Font(shaping_face(run.cut.family))
    font.scale = (units, units)
    axes = {"wght": run.cut.weight, "wdth": run.cut.stretch}
    if run.cut.optical is not None:
        axes["opsz"] = run.cut.optical
    font.set_variations(axes)
    return font


def _outline(run: Run, glyph: int) -> Curves:
    pen = _PathPen()
    _font(run, _FINE).draw_glyph_with_pen(glyph, pen)
    outline: Curves = read_path(pen.path) * np.array([1.0, -1.0]) / _FINE
    return outline


def _visual_order(runs: Sequence[Run]) -> list[int]:
    """Order the runs of a right-to-left line from left to right. Source: UAX #9, L2, two levels."""
    ordered: list[int] = []
    words: list[int] = []
    for index, run in enumerate(runs):
        if run.direction == "ltr":
            words.append(index)
            continue
        ordered = [index, *words, *ordered]
        words = []
    return [*words, *ordered]
