"""A cover's text -> its galley: type that is set but not yet placed, for layout to place.

Knows the format and the style, not the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Generic, NamedTuple

from poster.cover.layout.columns import FEW, GUTTER, Grid, Need, divide_field
from poster.cover.layout.dummy import CoverText, safe_area
from poster.cover.layout.styles import REFERENCE_WIDTH, Style
from poster.errors import TypesettingError
from poster.typography.block import Align, Block, BlockMeasures, TypeBlock
from poster.typography.optical import POINTS_PER_PIXEL, apparent_scale
from poster.typography.scripts import direction
from poster.typography.typeset import BlockSettings, Typesetter

SHRINKS = (1.0, 0.9, 0.8, 0.68, 0.57, 0.46)
"""Scales to try for cover lines, the best first. The last sets decks at 11 px on a page 1024 px
wide, which is 6.4 pt on a trim of 210 mm."""

_DECK_LEADING = 0.85
"""From a headline's last baseline to the cap height of its deck, in em of the deck."""
_MIN_GAP = 8.0
"""Minimum gap between their ink, in pixels on a page of REFERENCE_WIDTH."""

_ROLES = ("headline", "deck")

_INK = 1.03
"""Width of a column over the advance widths of its lines: ink may be a little wider."""


@dataclass(frozen=True, slots=True)
class GroupedBlock(Generic[Block]):
    """A piece of type within its group; (x, y) is its ink's corner, relative to the group's."""

    role: str
    type: Block
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Group(Generic[Block]):
    """A headline above its deck, placed as one."""

    pieces: tuple[GroupedBlock[Block], ...]
    align: Align
    width: int
    height: int


class _Part(NamedTuple):
    """A headline or a deck to set; size and measure are in pixels."""

    role: str
    text: str
    voice: str
    size: float
    measure: float


class _Blocks(Generic[Block]):
    """Sets each part once for a side; a single line is the same for both sides.

    Args:
        set_part: draws or measures a part.
    """

    def __init__(self, set_part: Callable[[_Part, Align], Block]) -> None:
        self._set_part: Callable[[_Part, Align], Block] = set_part
        self._kept: dict[tuple[_Part, Align | None], Block] = {}

    def find(self, part: _Part, align: Align) -> Block:
        """Return a part aligned to a side."""
        block = self._kept.get((part, None)) or self._kept.get((part, align))
        if block is None:
            block = self._set_part(part, align)
            self._kept[part, None if block.line_count == 1 else align] = block
        return block


@contextmanager
def _naming(field: str) -> Iterator[None]:
    """Name the field of the request in an error about its text."""
    try:
        yield
    except TypesettingError as error:
        raise type(error)(f"{field}: {error}") from error


class Galley:
    """All type of a cover.

    Args:
        text: of the cover.
        style: what they are set in.
        width: of the cover, in pixels.
        height: of the cover, in pixels.
        typesetter: sets the type.

    Raises:
        MissingGlyphError: a character of the title, the kicker or the folio line has no glyph.
        TextDoesNotFitError: the title is too long at the smallest legible size.
    """

    def __init__(
        self, text: CoverText, style: Style, width: int, height: int, typesetter: Typesetter
    ) -> None:
        self.style = style
        self.width, self.height = width, height
        self._text = text
        self._typesetter = typesetter
        self._unit = width / REFERENCE_WIDTH
        self._points_per_px = POINTS_PER_PIXEL / self._unit
        self._measure = safe_area(width, height).width
        self._measured = _Blocks(self._measure_part)
        self._drawn = _Blocks(self._draw_part)
        title = style.masthead
        with _naming("title"):
            self.masthead = typesetter.fit_block(
                text.title,
                title.voice,
                measure=title.measure * self._measure,
                max_height=title.height * height,
                max_lines=title.lines,
                min_size_px=title.min_size * self._unit,
                align=self._start(text.title),
                language=text.language_of(text.title),
                points_per_px=self._points_per_px,
            )
        with _naming("issue"):
            self.folio = self._set_small(text.folio)
        with _naming("kicker"):
            self.kicker = self._set_small(text.kicker)

    @cached_property
    def grid(self) -> Grid | None:
        """Columns of the cover lines in the safe area, in pixels; None if they align to margins."""
        columns = self.style.lines.columns
        if not columns or not self.count:
            return None
        few = self.count if self.count <= FEW else 0
        needs = [self._need(number) for number in range(few)] or [Need(0.0, 0.0)] * self.count
        return divide_field(columns, needs, self._measure, GUTTER * self._unit)

    def _need(self, number: int) -> Need:
        """Return what width a cover line needs at its full size."""
        specs = self.style.lines.rest if number else self.style.lines.lead
        least, one_line = 0.0, 0.0
        for role, text, spec in zip(_ROLES, self._text.coverlines[number], specs, strict=True):
            if text:
                part = _Part(role, text, spec.voice, spec.size * self._unit, self._measure)
                with _naming(f"coverlines: line {number + 1}, {role}"):
                    whole, *halves = self._typesetter.comfortable_measures(
                        text, spec.voice, self._settings(part)
                    )
                # A deck no longer than its headline is not divided, even if the headline is.
                least = max(least, min(_INK * whole, max(_INK * min(halves or [whole]), one_line)))
                one_line = max(one_line, _INK * whole)
        return Need(least, one_line)

    @property
    def small_lines(self) -> tuple[TypeBlock, ...]:
        """The kicker and the folio line, as far as there are any."""
        return tuple(one for one in (self.kicker, self.folio) if one)

    @property
    def count(self) -> int:
        """Number of cover lines."""
        return len(self._text.coverlines)

    def measured_groups(self, shrink: float) -> Iterator[dict[Align, Group[BlockMeasures]]]:
        """Measure the cover lines one by one, for every side that its style may align them to.

        Args:
            shrink: scale of all sizes. The measures stay as they are, so a long word may then fit.

        Yields:
            For each cover line in order, a mapping of side -> group.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is surely wider than its measure.
        """
        return self._stack_all(shrink, self._measured)

    def groups(self, shrink: float) -> Iterator[dict[Align, Group[TypeBlock]]]:
        """Set the cover lines, all drawn together, as measured_groups() measures them.

        Args:
            shrink: scale of all sizes.

        Yields:
            For each cover line in order, a mapping of side -> group.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is wider than its measure.
        """
        parts = [part for number in range(self.count) for part in self._parts(number, shrink)]
        self._typesetter.draw_ahead((part.text, part.voice, self._settings(part)) for part in parts)
        return self._stack_all(shrink, self._drawn)

    def check_lines(self) -> None:
        """Refuse cover lines that cannot be set on any photo, without drawing them.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is surely too wide at the smallest legible size.
        """
        for number in range(self.count):
            for part in self._parts(number, SHRINKS[-1]):
                with _naming(f"coverlines: line {number + 1}, {part.role}"):
                    self._typesetter.check_block(part.text, part.voice, self._settings(part))

    def _sides(self, headline: str) -> tuple[Align, ...]:
        """Return the sides a line may align to; in columns, only where its script starts."""
        return (self._start(headline),) if self.style.lines.columns else ("left", "right")

    def _start(self, text: str) -> Align:
        """Return the side on which a text's lines start."""
        language = self._text.language_of(text)
        return "right" if direction(text, language) == "rtl" else "left"

    def _set_small(self, text: str) -> TypeBlock | None:
        if not text:
            return None
        return self._typesetter.set_block(
            text,
            self.style.small.voice,
            size_px=self.style.small.size * self._unit * apparent_scale(text),
            measure=self._measure,
            language=self._text.language_of(text),
            points_per_px=self._points_per_px,
        )

    def _parts(self, number: int, shrink: float) -> list[_Part]:
        lines = self.style.lines
        settings, measure = (
            (lines.rest, lines.rest_measure) if number else (lines.lead, lines.lead_measure)
        )
        unit, scale = self._unit, 1.0
        if self.grid:
            measure = min(measure, self.grid.cell(number)[1].width / unit)
            scale = self.grid.scale(number)
        return [
            _Part(role, text, spec.voice, spec.size * unit * shrink * size, measure * unit)
            for role, spec, text, size in zip(
                _ROLES,
                settings,
                self._text.coverlines[number],
                (scale, 1.0),
                strict=True,
            )
            if text
        ]

    def _settings(self, part: _Part) -> BlockSettings:
        return {
            "size_px": part.size * apparent_scale(part.text),
            "measure": part.measure,
            "language": self._text.language_of(part.text),
            "points_per_px": self._points_per_px,
        }

    def _measure_part(self, part: _Part, align: Align) -> BlockMeasures:
        return self._typesetter.measure_block(part.text, part.voice, align, self._settings(part))

    def _draw_part(self, part: _Part, align: Align) -> TypeBlock:
        settings = self._settings(part)
        return self._typesetter.set_block(part.text, part.voice, align=align, **settings)

    def _stack_all(
        self, shrink: float, blocks: _Blocks[Block]
    ) -> Iterator[dict[Align, Group[Block]]]:
        for number, (headline, _) in enumerate(self._text.coverlines):
            sides = self._sides(headline)
            yield {side: self._stack(number, shrink, side, blocks) for side in sides}

    def _stack(
        self, number: int, shrink: float, align: Align, blocks_of: _Blocks[Block]
    ) -> Group[Block]:
        unit = self._unit * shrink
        parts = self._parts(number, shrink)
        deck_size = (self.style.lines.rest if number else self.style.lines.lead)[1].size * unit
        blocks = []
        for part in parts:
            with _naming(f"coverlines: line {number + 1}, {part.role}"):
                blocks.append(blocks_of.find(part, align))
        starts = _align(blocks, align)
        width = max(x + block.shape[1] for x, block in zip(starts, blocks, strict=True))
        tops = [0]
        for above, below in pairwise(blocks):
            apart = above.baseline + _DECK_LEADING * deck_size - below.cap_top
            tops.append(max(round(apart), above.shape[0] + round(_MIN_GAP * unit)))
        pieces = tuple(
            GroupedBlock(part.role, block, x, top)
            for part, block, x, top in zip(parts, blocks, starts, tops, strict=True)
        )
        return Group(pieces, align, width, tops[-1] + blocks[-1].shape[0])


def _align(blocks: Sequence[TypeBlock] | Sequence[BlockMeasures], align: Align) -> list[int]:
    """Return the left columns of blocks aligned to one edge; hanging punctuation is outside it."""
    if align == "right":
        bodies = [block.shape[1] - block.hang_right for block in blocks]
        return [max(bodies) - body for body in bodies]
    margin = max(block.hang_left for block in blocks)
    return [margin - block.hang_left for block in blocks]
