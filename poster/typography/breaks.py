"""Widths of unbreakable pieces and a number of lines -> where to break so that lines balance.

Does not know which places are legal, nor what the pieces say.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_SLACK = 1e-6
"""Widths come from sums of floats; lines as long as the bound must still count as fitting."""


@dataclass(frozen=True, slots=True)
class BreakCosts:
    """What even lines are given up for; none of it is measured.

    What is kept least is the sum of the lines' squared widths, so that a difference of d between
    two lines costs d * d / 2, and every cost is weighed against that.

    Args:
        split: of splitting a phrase, by the square of the mean width: two lines may differ by three
            fifths of the mean to spare the phrase.
        short: width under which a line of three or more looks left over, in shares of the mean;
            the last such line is a widow.
        short_line: of a line as short, by the square of the mean: two lines may differ by seven
            tenths of the mean to spare one.
    """

    split: float = 0.18
    short: float = 1 / 3
    short_line: float = 0.25


COSTS = BreakCosts()


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two legal breaks.

    Args:
        text: with the space that follows it.
        advance: in em, with that space.
        space: in em, of that space alone; it vanishes at the end of a line.
        weak: whether a break behind it, though legal, splits a phrase: neither space nor
            punctuation stands there.
    """

    text: str
    advance: float
    space: float
    weak: bool = False

    @property
    def width(self) -> float:
        """In em, without the space."""
        return self.advance - self.space


def line_widths(pieces: tuple[Piece, ...]) -> NDArray[np.float64]:
    """Tabulate how wide a line of neighbouring pieces is.

    Args:
        pieces: in order.

    Returns:
        N x N+1 float64, in em: row i, column j is the line of pieces i to j, j excluded;
        infinite where j <= i.
    """
    starts = np.concatenate([[0.0], np.cumsum([piece.advance for piece in pieces])])
    spaces = np.array([0.0, *(piece.space for piece in pieces)])
    widths = (starts - spaces)[None, :] - starts[:-1, None]
    count = len(pieces)
    lines: NDArray[np.float64] = np.where(
        np.arange(count + 1)[None, :] > np.arange(count)[:, None], widths, np.inf
    )
    return lines


def narrowest(widths: NDArray[np.float64], most_lines: int) -> list[float]:
    """Find how narrow a measure can be for each number of lines.

    Args:
        widths: from line_widths().
        most_lines: 1 or more.

    Returns:
        Width of the widest line, in em, for 1, 2, ... lines, as far as there are pieces.
    """
    count = widths.shape[0]
    best = widths[0]
    found = [float(best[count])]
    for _ in range(min(most_lines, count) - 1):
        # The last line starts at i; what comes before it is already broken as well as can be.
        best = np.min(np.maximum(best[:-1, None], widths), axis=0)
        found.append(float(best[count]))
    return found


def balance(
    pieces: tuple[Piece, ...], widths: NDArray[np.float64], lines: int, measure: float
) -> list[tuple[int, int]]:
    """Break into lines as even as can be, at spaces and punctuation rather than inside phrases.

    Of three lines or more none is one short word, where another break costs little.

    Args:
        pieces: in order.
        widths: from line_widths(), of these pieces.
        lines: how many; no more than there are pieces.
        measure: the most that a line may be wide, in em; at least narrowest()'s for these lines.

    Returns:
        For each line its first piece and the one after its last.
    """
    count = len(pieces)
    fits = np.isfinite(widths) & (widths <= measure + _SLACK)
    # Least squares of fixed sum are even lines, and an even last line is no widow.
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
