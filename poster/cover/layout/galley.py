"""A cover's text -> its galley: type that is set but not yet placed, for layout to place.

Knows the format and the style, not the picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from poster.cover.layout.dummy import CoverText, safe_area
from poster.cover.layout.styles import REFERENCE_WIDTH, Style
from poster.errors import TypesettingError
from poster.typography.block import Align, TypeBlock
from poster.typography.optical import POINTS_PER_PIXEL, apparent_scale
from poster.typography.scripts import direction
from poster.typography.typeset import BlockSettings, Typesetter

SHRINKS = (1.0, 0.88, 0.77, 0.66)
"""Scales to try for cover lines, the best first. The last sets decks at 11 px on a page 1024 px
wide, which is 6.4 pt on a trim of 210 mm."""

_DRAWN_TOGETHER = 4
"""Cover lines that are drawn together. Fewer take more pages, and more would be drawn in vain on a
page that is full before the last line."""

_DECK_LEADING = 0.85
"""From a headline's last baseline to the cap height of its deck, in em of the deck."""
_MIN_GAP = 4.0
"""Minimum gap between their ink, in pixels on a page of REFERENCE_WIDTH."""


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A piece of type within its group; (x, y) is its ink's corner, relative to the group's."""

    role: str
    type: TypeBlock
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Group:
    """A headline above its deck, placed as one."""

    pieces: tuple[PlacedBlock, ...]
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
        self._set: dict[tuple[int, float], dict[Align, Group]] = {}
        self._single_lines: dict[_Part, TypeBlock] = {}
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

    @property
    def count(self) -> int:
        """Number of cover lines."""
        return len(self._text.coverlines)

    @property
    def columns(self) -> int:
        """Number of columns that cover lines may stand in, one above the other."""
        sides = {side for headline, _ in self._text.coverlines for side in self._sides(headline)}
        return len(sides) * max(1, len(self.style.lines.columns))

    def groups(self, shrink: float) -> Iterator[dict[Align, Group]]:
        """Set the cover lines one by one, each once for every side that its style may align it to.

        Args:
            shrink: scale of all sizes. The measures stay as they are, so a long word may then fit.

        Yields:
            For each cover line in order, a mapping of side -> group.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is wider than its measure.
        """
        for number, (headline, _) in enumerate(self._text.coverlines):
            if (number, shrink) not in self._set:
                if number % _DRAWN_TOGETHER == 0:
                    self._draw_ahead(number, shrink)
                self._set[number, shrink] = {
                    side: self._stack(number, shrink, side) for side in self._sides(headline)
                }
            yield self._set[number, shrink]

    def _draw_ahead(self, first: int, shrink: float) -> None:
        numbers = range(first, min(first + _DRAWN_TOGETHER, self.count))
        parts = [part for number in numbers for part in self._parts(number, shrink)]
        self._typesetter.draw_ahead((part.text, part.voice, self._settings(part)) for part in parts)

    def min_heights(self, shrink: float) -> Iterator[int]:
        """Find how high the cover lines are at least, without drawing them.

        Args:
            shrink: scale of all sizes.

        Yields:
            For each cover line in order, the distance between the first and the last baseline of
            its headline, plus that of its deck, in pixels.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is surely wider than its measure.
        """
        for number in range(self.count):
            height = 0
            for part in self._parts(number, shrink):
                with _naming(f"coverlines: line {number + 1}, {part.role}"):
                    settings = self._settings(part)
                    height += self._typesetter.min_height(part.text, part.voice, settings)
            yield height

    def check_lines(self) -> None:
        """Refuse cover lines that cannot be set on any photo, without drawing them.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is surely too wide at the smallest legible size.
        """
        for _ in self.min_heights(SHRINKS[-1]):
            pass  # measuring a line refuses it

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
        return [
            _Part(role, text, spec.voice, spec.size * self._unit * shrink, measure * self._unit)
            for role, spec, text in zip(
                ("headline", "deck"), settings, self._text.coverlines[number], strict=True
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

    def _set_part(self, part: _Part, align: Align) -> TypeBlock:
        """Set a headline or a deck; a single line is the same for both sides, so it is set once."""
        block = self._single_lines.get(part)
        if block is None:
            block = self._typesetter.set_block(
                part.text, part.voice, align=align, **self._settings(part)
            )
            if len(block.lines) == 1:
                self._single_lines[part] = block
        return block

    def _stack(self, number: int, shrink: float, align: Align) -> Group:
        unit = self._unit * shrink
        parts = self._parts(number, shrink)
        deck_size = (self.style.lines.rest if number else self.style.lines.lead)[1].size * unit
        blocks = []
        for part in parts:
            with _naming(f"coverlines: line {number + 1}, {part.role}"):
                blocks.append(self._set_part(part, align))
        starts = _align(blocks, align)
        width = max(x + block.shape[1] for x, block in zip(starts, blocks, strict=True))
        tops = [0]
        for above, below in pairwise(blocks):
            apart = above.baseline + _DECK_LEADING * deck_size - below.cap_top
            tops.append(max(round(apart), above.shape[0] + round(_MIN_GAP * unit)))
        pieces = tuple(
            PlacedBlock(part.role, block, x, top)
            for part, block, x, top in zip(parts, blocks, starts, tops, strict=True)
        )
        return Group(pieces, align, width, tops[-1] + blocks[-1].shape[0])


def _align(blocks: list[TypeBlock], align: Align) -> list[int]:
    """Return the left columns of blocks aligned to one edge; hanging punctuation is outside it."""
    if align == "right":
        bodies = [block.shape[1] - block.hang_right for block in blocks]
        return [max(bodies) - body for body in bodies]
    margin = max(block.hang_left for block in blocks)
    return [margin - block.hang_left for block in blocks]
