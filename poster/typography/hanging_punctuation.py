# ruff: noqa: RUF001  # look-alike characters are intended here
"""A line and the extents of its glyphs -> its optical margins, outside which punctuation hangs.

Does not know how lines are broken or placed; block.py aligns lines by these margins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poster.typography.as_typed import numbers_as_typed
from poster.typography.scripts import Direction

_HANGING = frozenset("\"'`*.,-’‘‚‛“”„‟‐‑،۔、。，．｡､")
"""Punctuation so light that a line starting or ending with it looks indented or short. Source:
Bringhurst, Elements of Typographic Style, 5.2 and 2.2: opening quotes, stops and hyphens hang.
Guillemets do not: with the space inside them they are as wide as a letter, and what stands below
would be indented by that much."""

_HALF_HANGING = frozenset("–—―")
"""Dashes hang by half their width: hanging fully, they would leave a gap."""


def letter_edges(
    text: str, spans: Sequence[tuple[float, float]], direction: Direction
) -> tuple[float, float]:
    """Find the optical margins of a line: its edges without hanging punctuation.

    Args:
        text: of the line.
        spans: left and right of each glyph with ink; at least one.
        direction: of the paragraph.

    Returns:
        Left and right, in the spans' units; the edges of the ink if the line is all punctuation.
    """
    for start, end in numbers_as_typed(text, direction):
        # Its first sign may not be where the line begins, as in a percentage after Hebrew.
        text = text[:start] + "0" * (end - start) + text[end:]
    first, last = _hangs(text), _hangs(reversed(text))
    if direction == "rtl":
        first, last = last, first
    # Punctuation at the ends of the text is also at the ends visually, one glyph for each mark.
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
    """Return the shares by which the leading characters hang; a dash is the last of them."""
    shares: list[float] = []
    for character in characters:
        if character in _HALF_HANGING:
            return [*shares, 0.5]
        if character not in _HANGING:
            break
        shares.append(1.0)
    return shares
