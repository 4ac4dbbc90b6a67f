"""A stack is in order, keeps its distances, and no other has a lower cost."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.cover.layout.stack import Item, Stack, place_two

SIZE = 9
COSTS = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, np.inf]), min_size=SIZE, max_size=SIZE)
ITEMS = st.lists(st.builds(Item, COSTS.map(np.array), st.integers(1, 4)), max_size=3)


def total(items: list[Item], heights: tuple[int, ...]) -> float:
    for (above, below), item in zip(pairwise(heights), items, strict=False):
        if below < above + item.steps:
            return np.inf
    return float(sum(item.costs[height] for item, height in zip(items, heights, strict=True)))


@given(ITEMS, ITEMS)
def test_two_stacks_cost_as_little_as_any_that_keep_order_and_distance(
    one: list[Item], other: list[Item]
) -> None:
    cost, *heights = place_two(Stack(one, SIZE), Stack(other, SIZE))
    least = min(
        total(one, first) + total(other, second)
        for first in product(range(SIZE), repeat=len(one))
        for second in product(range(SIZE), repeat=len(other))
        if not first or not second or first[0] <= second[0]
    )
    assert cost == least
    if np.isfinite(cost):
        first, second = map(tuple, heights)
        assert total(one, first) + total(other, second) == pytest.approx(cost)
        assert not first or not second or first[0] <= second[0]
