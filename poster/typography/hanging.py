# ruff: noqa: RUF001  # signs that look alike are the matter here
"""A line and the boxes of its glyphs -> where its letters begin and end, for alignment.

What lies beyond hangs into the margin: block.py places it so. Does not know how lines are broken
or what they are set beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poster.typography.scripts import Direction

_HANGING = frozenset("\"'`*.,-’‘‚‛“”„‟«»‹›‐‑،۔、。，．｡､")
"""Signs so light that a line looks indented, or short, where they stand on its edge. Source:
Bringhurst, Elements of Typographic Style, 5.2 and 2.2: opening quotes, stops and hyphens hang."""

_HALF_HANGING = frozenset("–—―")
"""Dashes hang by half: whole, they leave a hole."""


def letter_edges(
    text: str, spans: Sequence[tuple[float, float]], direction: Direction
) -> tuple[float, float]:
    """Find the edges of a line by its letters, with what hangs left out.

    Args:
        text: of the line.
        spans: left and right of each of its glyphs that has ink; one at least.
        direction: of the paragraph.

    Returns:
        Left and right, in the spans' units; the ink's own where the line is all signs.
    """
    first, last = _hangs(text), _hangs(reversed(text))
    if direction == "rtl":
        first, last = last, first
    # Signs at the ends of a line stand at its ends in sight, too, and each is one glyph.
    lefts = sorted(left for left, _ in spans)
    rights = sorted((right for _, right in spans), reverse=True)
    if len(first) + len(last) >= len(spans):
        return lefts[0], rights[0]
    left, right = lefts[len(first)], rights[len(last)]
    if first and first[-1] == 0.5:
        left = (left + lefts[len(first) - 1]) / 2
    if last and last[-1] == 0.5:
        right = (right + rights[len(last) - 1]) / 2
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
