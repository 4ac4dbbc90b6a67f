"""Copy -> type, set once and not yet placed: the galley that layout cuts its pieces from.

Knows the format, not the picture. The sizes of all roles stand here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from poster.cover.dummy import Copy, safe_area
from poster.typography.block import Align, TypeBlock
from poster.typography.typeset import Typesetter

REFERENCE_WIDTH = 1024
"""Sizes are given in pixels on a cover of this width."""

MASTHEAD_HEIGHT = 0.235
"""Most height of a masthead's ink over the cover's; measured on the spikes' covers."""

SHRINKS = (1.0, 0.88, 0.77, 0.66)
"""Sizes to try for cover lines, the best first; the last sets decks at 11 px of 1024, which is
6.4 pt on a trim of 210 mm."""

_MASTHEAD_LEAST = 26.0
"""Least size of a masthead: under it a title is no larger than the cover lines."""

_LEAD = (42.0, 19.0, 430.0)
_LINE = (31.0, 17.0, 350.0)
"""Headline size, deck size and measure of the first cover line and of the others."""

_SMALL = 15.0
"""Size of kicker and folio line."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of type within its group; x and y are its ink's corner, from the group's own."""

    role: str
    type: TypeBlock
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Group:
    """A headline above its deck, stacked as one piece."""

    parts: tuple[Part, ...]
    align: Align
    width: int
    height: int


class Galley:
    """All type of a cover.

    Args:
        copy: the words.
        width: of the cover, in pixels.
        height: of the cover, in pixels.
        typesetter: sets the type.

    Raises:
        MissingGlyphError: a character of the title, the kicker or the folio line has no glyph.
        TextDoesNotFitError: the title is too long at the smallest legible size.
    """

    def __init__(self, copy: Copy, width: int, height: int, typesetter: Typesetter) -> None:
        self._copy = copy
        self._typesetter = typesetter
        self._unit = width / REFERENCE_WIDTH
        self._measure = safe_area(width, height).width
        self._set: dict[float, list[tuple[Group, Group]]] = {}
        self.masthead = typesetter.fit_block(
            copy.title,
            "masthead",
            measure=self._measure,
            max_height=MASTHEAD_HEIGHT * height,
            max_lines=3,
            min_size_px=_MASTHEAD_LEAST * self._unit,
            language=copy.language_of(copy.title),
        )
        self.folio = self._set_small(copy.folio)
        self.kicker = self._set_small(copy.kicker)

    def groups(self, shrink: float) -> list[tuple[Group, Group]]:
        """Every cover line, set for the left side and for the right.

        Args:
            shrink: of all sizes; the measures stay, so that a long word may fit after all.

        Returns:
            A pair for each line, in order.

        Raises:
            MissingGlyphError: a character has no glyph.
            TextDoesNotFitError: a word is wider than its measure.
        """
        if shrink not in self._set:
            self._set[shrink] = [
                (self._stack(number, shrink, "left"), self._stack(number, shrink, "right"))
                for number in range(len(self._copy.coverlines))
            ]
        return self._set[shrink]

    def _set_small(self, text: str) -> TypeBlock | None:
        if not text:
            return None
        return self._typesetter.set_block(
            text,
            "small",
            size_px=_SMALL * self._unit,
            measure=self._measure,
            language=self._copy.language_of(text),
        )

    def _stack(self, number: int, shrink: float, align: Align) -> Group:
        unit = self._unit * shrink
        headline_size, deck_size, measure = _LEAD if number == 0 else _LINE
        headline, deck = self._copy.coverlines[number]
        blocks = [
            self._typesetter.set_block(
                text,
                role,
                size_px=size * unit,
                measure=measure * self._unit,
                align=align,
                language=self._copy.language_of(text),
            )
            for role, text, size in (
                ("headline", headline, headline_size),
                ("deck", deck, deck_size),
            )
            if text
        ]
        width = max(block.ink.shape[1] for block in blocks)
        tops = [0]
        for above, below in pairwise(blocks):
            # From the headline's last baseline to the deck's cap height, never closer than ink.
            apart = above.baseline + 0.85 * deck_size * unit - below.cap_top
            tops.append(max(round(apart), above.ink.shape[0] + round(4 * unit)))
        parts = tuple(
            Part(block.voice, block, width - block.ink.shape[1] if align == "right" else 0, top)
            for block, top in zip(blocks, tops, strict=True)
        )
        return Group(parts, align, width, tops[-1] + blocks[-1].ink.shape[0])
