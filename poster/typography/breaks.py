"""Widths of unbreakable pieces and a number of lines -> the line breaks that balance the lines.

Does not know which breaks are legal, nor the pieces' text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_SLACK = 1e-6
"""Tolerance for sums of floats, so that a line exactly as long as the bound still fits."""


@dataclass(frozen=True, slots=True)
class BreakCosts:
    """Costs that outweigh even lines; none was measured.

    The base cost is the sum of the lines' squared widths, so a difference of d between two lines
    costs d * d / 2. All other costs are relative to that.

    Args:
        split: cost of splitting a phrase, per square of the mean width: to avoid it, two lines may
            differ by their mean. With 0.18, half of a set's leads ended in an article or broke a
            Chinese word, which graders marked down more often than anything else.
        short: width, as a share of the mean, below which one of three or more lines looks left
            over; if it is the last line, it is a widow.
        short_line: cost of such a line, per square of the mean: to avoid it, two lines may differ
            by seven tenths of the mean.
    """

    split: float = 0.5
    short: float = 1 / 3
    short_line: float = 0.25


COSTS = BreakCosts()


@dataclass(frozen=True, slots=True)
class Piece:
    """The text between two neighbouring legal breaks.

    Args:
        text: including the space after it.
        advance: in em, including that space.
        space: width of that space alone, in em; it disappears at the end of a line.
        weak: whether breaking after it, though legal, splits a phrase: there is neither a space
            nor punctuation.
    """

    text: str
    advance: float
    space: float
    weak: bool = False

    @property
    def width(self) -> float:
        """Width in em, without the space."""
        return self.advance - self.space


def line_widths(pieces: tuple[Piece, ...]) -> NDArray[np.float64]:
    """Tabulate the widths of all lines of consecutive pieces.

    Args:
        pieces: in order.

    Returns:
        N x N+1 float64, in em: row i, column j is the line of pieces [i, j); infinite if j <= i.
    """
    starts = np.concatenate([[0.0], np.cumsum([piece.advance for piece in pieces])])
    spaces = np.array([0.0, *(piece.space for piece in pieces)])
    widths = (starts - spaces)[None, :] - starts[:-1, None]
    count = len(pieces)
    lines: NDArray[np.float64] = np.where(
        np.arange(count + 1)[None, :] > np.arange(count)[:, None], widths, np.inf
    )
    return lines


def narrowest(widths: NDArray[np.float64]) -> Iterator[float]:
    """Find the narrowest possible measure for each number of lines.

    Args:
        widths: from line_widths().

    Yields:
        Width of the widest line, in em, for 1, 2, ... lines; no more lines than there are pieces.
    """
    count = widths.shape[0]
    best = widths[0]
    yield float(best[count])
    for _ in range(count - 1):
        # The last line starts at i; the lines before it are already optimal.
        best = np.min(np.maximum(best[:-1, None], widths), axis=0)
        yield float(best[count])


def fewest_lines(widths: NDArray[np.float64], measure: float) -> int:
    """Find the smallest number of lines that a measure allows.

    Args:
        widths: from line_widths().
        measure: maximum width of a line, in em; at least that of every piece.

    Returns:
        Number of lines.
    """
    return next(count for count, width in enumerate(narrowest(widths), 1) if width <= measure)


def balance(
    pieces: tuple[Piece, ...], widths: NDArray[np.float64], lines: int, measure: float
) -> list[tuple[int, int]]:
    """Break into lines as even as possible, preferably at spaces and punctuation.

    With three or more lines, a line of one short word is avoided if that costs little.

    Args:
        pieces: in order.
        widths: from line_widths() of these pieces.
        lines: number of lines; no more than there are pieces.
        measure: maximum width of a line, in em; at least narrowest() for this number of lines.

    Returns:
        For each line, the index of its first piece and the one after its last.
    """
    count = len(pieces)
    fits = np.isfinite(widths) & (widths <= measure + _SLACK)
    # With a fixed sum, least squares make even lines; a last line as long as the rest is no widow.
    cost = np.where(fits, np.square(np.where(fits, widths, 0)), np.inf)
    split = np.array([0.0, *(piece.weak for piece in pieces[:-1]), 0.0])
    mean = widths[0, count] / lines
    cost += split * COSTS.split * mean**2
    if lines > 2:
        cost += (widths < COSTS.short * mean) * COSTS.short_line * mean**2
    total = cost[0]
    origins = []
    for _ in range(lines - 1):
        through = total[:-1, None] + cost
        origins.append(np.argmin(through, axis=0))
        total = np.min(through, axis=0)
    ends = [count]
    for origin in reversed(origins):
        ends.append(int(origin[ends[-1]]))
    return list(pairwise([0, *reversed(ends)]))
