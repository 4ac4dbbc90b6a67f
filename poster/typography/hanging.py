# ruff: noqa: RUF001  # signs that look alike are the matter here
"""A line and the outlines of its glyphs -> where its letters begin and end, for alignment.

Does not know how lines are broken or what they are set beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poster.typography.ink import bounds
from poster.typography.outlines import Glyph
from poster.typography.scripts import Direction

_HANGING = frozenset("\"'`*.,-’‘‚‛“”„‟«»‹›‐‑،۔、。，．｡､")
"""Signs so light that a line looks indented, or short, where they stand on its edge. Source:
Bringhurst, Elements of Typographic Style, 5.2 and 2.2: opening quotes, stops and hyphens hang."""

_HALF_HANGING = frozenset("–—―")
"""Dashes hang by half: whole, they leave a hole."""


def letter_edges(text: str, glyphs: Sequence[Glyph], direction: Direction) -> tuple[float, float]:
    """Find the edges of a line by its letters, with what hangs left out.

    Args:
        text: of the line.
        glyphs: its outlines, of which one at least has ink.
        direction: of the paragraph.

    Returns:
        Left and right, in the glyphs' units; the ink's own where the line is all signs.
    """
    boxes = [bounds(glyph.placed) for glyph in glyphs if len(glyph.curves)]
    first, last = _hangs(text), _hangs(reversed(text))
    if direction == "rtl":
        first, last = last, first
    # Signs at the ends of a line stand at its ends in sight, too, and each is one glyph.
    by_left = sorted(boxes)
    by_right = sorted(boxes, key=lambda box: box[2], reverse=True)
    if len(first) + len(last) >= len(boxes):
        return by_left[0][0], by_right[0][2]
    left = min(box[0] for box in by_left[len(first) :])
    right = max(box[2] for box in by_right[len(last) :])
    if first and first[-1] == 0.5:
        left = (left + by_left[len(first) - 1][0]) / 2
    if last and last[-1] == 0.5:
        right = (right + by_right[len(last) - 1][2]) / 2
    return left, right


def _hangs(characters: Iterable[str]) -> list[float]:
    """Shares by which the first characters hang; a dash ends them."""
    shares: list[float] = []
    for character in characters:
        if character in _HALF_HANGING:
            return [*shares, 0.5]
        if character not in _HANGING:
            break
        shares.append(1.0)
    return shares
