"""Lines, a size and an alignment -> a block: its measures, and its ink once Typst has drawn them.

Does not know how the lines were broken or drawn.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.typography.breaks import Piece, line_widths
from poster.typography.hanging_punctuation import letter_edges
from poster.typography.itemise import SOFT_HYPHEN, Run, cut_runs, without_hyphens
from poster.typography.outlines import Curves
from poster.typography.rasterise import inked_box, rasterise
from poster.typography.scripts import Direction, dominant_script, script_of
from poster.typography.shape import InkBox, letter_height
from poster.typography.voices import Cut, leading_for

Align = Literal["left", "right", "center"]

CLEARANCE_EM = 0.08
"""Minimum gap between the ink of one line and the next: about a thin stroke of a bold face, so that
a g never seems to touch the accent below it."""

_SHARES: dict[Align, float] = {"left": 0.0, "center": 0.5, "right": 1.0}

_ROUNDING_PX = 1e-6
"""Tolerance for sums of floats, so that a rounding error does not add a column."""


@dataclass(frozen=True, eq=False)
class GlyphOutlines:
    """Outlines at their final size, rasterised on first use.

    A cover is laid out in every style but shown in one, and rasterising is half of the work.

    Args:
        curves: closed contours in pixels, y downwards.
        width: columns that they extend into.
        height: rows that they extend into.
    """

    curves: Curves
    width: int
    height: int

    @cached_property
    def box(self) -> Box:
        """Box of the pixels with ink; it may be smaller, as edge coverage may round to 0."""
        return inked_box(self.curves, self.width, self.height)

    @cached_property
    def ink(self) -> NDArray[np.uint8]:
        """HW uint8, coverage, [0, 255], of the box; every side touches ink. Read-only."""
        whole = rasterise(self.curves, self.width, self.height)
        ink = np.ascontiguousarray(whole[self.box.slices])
        ink.flags.writeable = False
        return ink


@dataclass(frozen=True, slots=True)
class BlockMeasures:
    """A block that is measured and not drawn; its ink may be a few pixels smaller or larger.

    Args:
        direction: of the paragraph.
        size_px: pixels per em.
        line_count: number of its lines.
        shape: rows and columns of its ink.
        cap_top: as of TypeBlock.
        baseline: as of TypeBlock.
        hang_left: as of TypeBlock.
        hang_right: as of TypeBlock.
    """

    direction: Direction
    size_px: float
    line_count: int
    shape: tuple[int, int]
    cap_top: float
    baseline: float
    hang_left: int
    hang_right: int


@dataclass(frozen=True, slots=True)
class TypeBlock:
    """The ink of a set text, and how it was set.

    Args:
        text: as set: normalised (NFC), with single spaces.
        lines: the same, broken into lines.
        voice: one of voices.VOICE_NAMES.
        script: ISO 15924 code of most of its letters.
        language: BCP 47 tag.
        direction: of the paragraph.
        font: family of most of its letters.
        size_px: pixels per em.
        outlines: its ink, not yet rasterised.
        cap_top: top of the first line's capitals (or ordinary letters), in rows of ink.
        baseline: of the last line, in rows of ink.
        hang_left: columns of ink left of the lines' optical margin: an opening quote hangs, so that
            letters align with letters. Neighbouring blocks align to that margin.
        hang_right: the same on the right.
        missing_glyphs: number of characters without a glyph; always 0, as such text raises.
        runs: the runs of each line, with faces and spacing as drawn.
        starts: of each line, its origin on the baseline: (column, row) of ink.
    """

    text: str
    lines: tuple[str, ...]
    voice: str
    script: str
    language: str
    direction: Direction
    font: str
    size_px: float
    outlines: GlyphOutlines
    cap_top: float
    baseline: float
    hang_left: int = 0
    hang_right: int = 0
    missing_glyphs: int = 0
    runs: tuple[tuple[Run, ...], ...] = ()
    starts: tuple[tuple[float, float], ...] = ()

    @property
    def line_count(self) -> int:
        """Number of its lines."""
        return len(self.lines)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of its ink; known without rasterising it."""
        return self.outlines.box.height, self.outlines.box.width

    @property
    def ink(self) -> NDArray[np.uint8]:
        """HW uint8, coverage, [0, 255]; every side touches ink; read-only."""
        return self.outlines.ink


Block = TypeVar("Block", TypeBlock, BlockMeasures)
"""What layout places: drawn or only measured."""


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """The extents of a line in em, from its origin on the baseline, y downwards.

    Args:
        runs: its text and faces.
        left: of its ink.
        top: of its ink.
        right: of its ink.
        bottom: of its ink.
        edges: left and right optical margin, without hanging punctuation.
    """

    runs: tuple[Run, ...]
    left: float
    top: float
    right: float
    bottom: float
    edges: tuple[float, float]

    def anchor(self, align: Align) -> float:
        """Return the x coordinate that lines of this alignment have in common."""
        share = _SHARES[align]
        return (1 - share) * self.edges[0] + share * self.edges[1]


def line_extents(
    runs: Sequence[Run], boxes: Sequence[InkBox], direction: Direction
) -> tuple[float, float, float, float, tuple[float, float]]:
    """Find the extents of a line.

    Args:
        runs: its text and faces.
        boxes: of the ink of its glyphs, in em; at least one.
        direction: of the paragraph.

    Returns:
        Left, top, right, bottom and edges, as MeasuredLine has them.
    """
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    text = "".join(run.text for run in runs)
    edges = letter_edges(text, list(zip(lefts, rights, strict=True)), direction)
    return min(lefts), min(tops), max(rights), max(bottoms), edges


@dataclass(frozen=True, slots=True)
class Line(MeasuredLine):
    """A line as drawn.

    Args:
        curves: its outlines, in em, from its origin on the baseline, y downwards.
    """

    curves: Curves


@dataclass(frozen=True)
class Breakable:
    """A text ready for line breaking.

    Args:
        text: as itemise.clean() returns it.
        voice: one of voices.VOICE_NAMES.
        language: BCP 47 tag.
        direction: of the paragraph.
        runs: of the whole text.
        break_points: indices at which a line may start, including 0 and the end.
        pieces: the pieces between the break points.
        line_ends: indices at which the caller begins a line; each is a break point.
        within_words: the break points and those inside words, for a word that is too wide; empty if
            that is all the same.
    """

    text: str
    voice: str
    language: str
    direction: Direction
    runs: tuple[Run, ...]
    break_points: tuple[int, ...]
    pieces: tuple[Piece, ...]
    line_ends: tuple[int, ...] = ()
    within_words: tuple[int, ...] = ()

    @cached_property
    def widths(self) -> NDArray[np.float64]:
        """The widths of all lines of consecutive pieces, as breaks.line_widths() returns them."""
        return line_widths(self.pieces)

    @property
    def widest(self) -> float:
        """The width of the widest piece, in em, exactly as it is in widths."""
        return float(np.diagonal(self.widths, 1).max())

    def breaking_words(self) -> Breakable | None:
        """The text with breaks inside words; None if it has none."""
        if not self.within_words:
            return None
        return replace(self, break_points=self.within_words, pieces=(), within_words=())

    def line_runs(self, first: int, last: int) -> tuple[Run, ...]:
        """Return the runs of the line of pieces [first, last), without its trailing space.

        A soft hyphen at the end of the line is drawn; others are left out.
        """
        start = self.break_points[first]
        stop = start + len(self.text[start : self.break_points[last]].rstrip())
        runs = cut_runs(self.runs, start, stop)
        is_cut = last < len(self.pieces)
        drawn = (without_hyphens(run, ends_line=is_cut and run is runs[-1]) for run in runs)
        return tuple(run for run in drawn if run.text)

    def leading(self, lines: Sequence[MeasuredLine]) -> float:
        """Return the leading in em: the voice's, or more if the ink of two lines would touch."""
        scripts = frozenset(run.script for run in self.runs)
        clear = [CLEARANCE_EM + upper.bottom - lower.top for upper, lower in pairwise(lines)]
        return max([leading_for(self.voice, scripts), *clear])


def spread(lines: Sequence[MeasuredLine], align: Align) -> tuple[float, float]:
    """Find the horizontal extent of the ink of lines, including hanging punctuation.

    Args:
        lines: at least one.
        align: alignment of the lines.

    Returns:
        Left and right, in em from the x coordinate that the lines have in common.
    """
    anchors = [line.anchor(align) for line in lines]
    return (
        min(line.left - anchor for line, anchor in zip(lines, anchors, strict=True)),
        max(line.right - anchor for line, anchor in zip(lines, anchors, strict=True)),
    )


def filling_sizes(
    paragraph: Breakable, lines: Sequence[Line], align: Align, width: int, height: int
) -> tuple[float, float]:
    """Find the size at which lines fill a width, and that for a height, in pixels per em."""
    left, right = spread(lines, align)
    total_leading = (len(lines) - 1) * paragraph.leading(lines)
    return width / (right - left), height / (lines[-1].bottom - lines[0].top + total_leading)


def largest_size(
    paragraph: Breakable, lines: Sequence[Line], align: Align, width: int, height: int
) -> float:
    """Find the largest size at which lines fit a width and a height.

    Args:
        paragraph: the text of the lines.
        lines: at least one.
        align: alignment of the lines.
        width: columns.
        height: rows.

    Returns:
        Pixels per em; 0 if there is no room at all.
    """
    leading = paragraph.leading(lines)
    size = min(filling_sizes(paragraph, lines, align, width, height))
    # Baselines are on whole pixels, so the height grows in steps.
    while size > 0 and _rows(lines, leading, size)[2] > height:
        size = max(size - 0.05, 0.0)
    return size


def measure_block(
    paragraph: Breakable, lines: Sequence[MeasuredLine], size_px: float, align: Align
) -> BlockMeasures:
    """Find what draw_block() would make of lines, without drawing them.

    Args:
        paragraph: the text of the lines.
        lines: at least one.
        size_px: pixels per em.
        align: alignment of the lines.

    Returns:
        The measures of the block.
    """
    first, step, height = _rows(lines, paragraph.leading(lines), size_px)
    left, right = spread(lines, align)
    cut, script = _main_cut(lines)
    firsts, lasts = ([line.edges[side] - line.anchor(align) for line in lines] for side in (0, 1))
    return BlockMeasures(
        direction=paragraph.direction,
        size_px=size_px,
        line_count=len(lines),
        shape=(height, math.ceil((right - left) * size_px - _ROUNDING_PX)),
        cap_top=float(first - letter_height(cut, script) * size_px),
        baseline=float(first + (len(lines) - 1) * step),
        hang_left=round((min(firsts) - left) * size_px),
        hang_right=round((right - max(lasts)) * size_px),
    )


def draw_block(
    paragraph: Breakable, lines: Sequence[Line], size_px: float, align: Align
) -> TypeBlock:
    """Arrange the outlines of lines into a block.

    Lines align optically: by their ink rather than by side bearings, and with hanging punctuation.

    Args:
        paragraph: the text of the lines.
        lines: at least one.
        size_px: pixels per em.
        align: alignment of the lines.

    Returns:
        The block.
    """
    measures = measure_block(paragraph, lines, size_px, align)
    first, step, height = _rows(lines, paragraph.leading(lines), size_px)
    left, _ = spread(lines, align)
    starts = np.array(
        [
            (-(left + line.anchor(align)) * size_px, first + index * step)
            for index, line in enumerate(lines)
        ]
    )
    placed = [line.curves * size_px + start for line, start in zip(lines, starts, strict=True)]
    outlines = GlyphOutlines(np.concatenate(placed), measures.shape[1], height)
    box = outlines.box
    starts -= (box.x0, box.y0)
    return TypeBlock(
        text=paragraph.text.replace(SOFT_HYPHEN, ""),
        lines=tuple("".join(run.text for run in line.runs) for line in lines),
        runs=tuple(line.runs for line in lines),
        starts=tuple((float(x), float(y)) for x, y in starts),
        voice=paragraph.voice,
        script=dominant_script(paragraph.text),
        language=paragraph.language,
        direction=paragraph.direction,
        font=_main_cut(lines)[0].family,
        size_px=size_px,
        outlines=outlines,
        cap_top=measures.cap_top - box.y0,
        baseline=measures.baseline - box.y0,
        hang_left=measures.hang_left,
        hang_right=measures.hang_right,
    )


def _rows(lines: Sequence[MeasuredLine], leading: float, size: float) -> tuple[int, int, int]:
    """Return the row of the first baseline, the leading in rows, and the height in rows."""
    first = math.ceil(-lines[0].top * size - _ROUNDING_PX)
    step = math.ceil(leading * size) if len(lines) > 1 else 0
    below = math.ceil(lines[-1].bottom * size - _ROUNDING_PX)
    return first, step, first + (len(lines) - 1) * step + below


def _main_cut(lines: Sequence[MeasuredLine]) -> tuple[Cut, str]:
    """Return the cut and script of most letters; without letters, of most characters."""
    letters: Counter[tuple[Cut, str]] = Counter()
    characters: Counter[tuple[Cut, str]] = Counter()
    for run in (run for line in lines for run in line.runs):
        letters[run.cut, run.script] += sum(1 for character in run.text if script_of(character))
        characters[run.cut, run.script] += len(run.text)
    return max(characters, key=lambda key: (letters[key], characters[key]))
