"""Costs of things at every height -> where to stack them, one above the other, at least cost.

Solves it exactly, by dynamic programming from the last thing to the first. Does not know what is
stacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Doubles


@dataclass(frozen=True, slots=True)
class Item:
    """A thing to stack.

    Args:
        costs: N, at each of N heights, from the top down; infinite where it cannot be.
        steps: least number of heights from its own to that of the thing below it.
    """

    costs: Doubles
    steps: int


class Stack:
    """Things in their order, from the top down; none is a stack of cost 0.

    Args:
        items: the things, all with N costs.
        size: N.
    """

    def __init__(self, items: Sequence[Item], size: int) -> None:
        self.exact: Doubles = np.zeros(size)
        """Least cost of all things, if the first one is at this height."""
        self.costs: Doubles = np.zeros(size)
        """The same, if the first one is at this height or below it."""
        self._places: list[NDArray[np.intp]] = []
        for item in reversed(items):
            below = np.full(size, np.inf)
            below[: max(0, size - item.steps)] = self.costs[item.steps :]
            if not self._places:
                below[:] = 0.0
            self.exact = item.costs + below
            self.costs, places = _cheapest_from(self.exact)
            self._places.insert(0, places)
        self._steps = [item.steps for item in items]

    def place(self, first: int = 0, *, is_exact: bool = False) -> list[int]:
        """Find the cheapest heights.

        Args:
            first: height of the first thing, or the least one, with finite cost.
            is_exact: whether the first thing is there, and not below.

        Returns:
            Index of the height of each thing.
        """
        heights: list[int] = []
        for places, steps in zip(self._places, self._steps, strict=True):
            heights.append(first if is_exact and not heights else int(places[first]))
            first = heights[-1] + steps
        return heights


def place_two(one: Stack, other: Stack) -> tuple[float, list[int], list[int]]:
    """Place two stacks side by side, of which the second does not begin above the first.

    Args:
        one: the first.
        other: the second.

    Returns:
        Their cost, infinite if they do not fit, and the heights of each.
    """
    totals = one.exact + other.costs
    start = int(np.argmin(totals))
    if not np.isfinite(totals[start]):
        return np.inf, [], []
    return float(totals[start]), one.place(start, is_exact=True), other.place(start)


def _cheapest_from(costs: Doubles) -> tuple[Doubles, NDArray[np.intp]]:
    """Return the least of the costs from each index on, and where it is."""
    backwards = costs[::-1]
    least = np.minimum.accumulate(backwards)
    is_new = np.concatenate([[True], backwards[1:] <= least[:-1]])  # the higher one of equals
    places = np.maximum.accumulate(np.where(is_new, np.arange(len(costs)), 0))
    return least[::-1], (len(costs) - 1 - places)[::-1]
