"""A word is shown whole or not at all, and the larger it is, the more it costs to cut or cover."""

import numpy as np
import pytest

from poster.cover.framing.lettering_cost import COSTS, weigh_lettering
from poster.geometry import Box
from tests.support.facts import facts_of

WORD = Box(300, 800, 700, 860)
TITLE = Box(46, 46, 978, 300)


def cost(
    *windows: Box,
    lettering: tuple[Box, ...] = (WORD,),
    title: Box | None = None,
    height: int = 9000,
) -> list[float]:
    facts = facts_of(9000, height, lettering=lettering)
    edges = np.array([window.edges for window in windows], np.float64).T
    scale = 1024 / (edges[2] - edges[0])
    costs: list[float] = weigh_lettering(facts, title, edges, scale).tolist()
    return costs


def test_a_word_that_is_whole_or_not_shown_costs_nothing_and_one_that_is_cut_costs() -> None:
    window = Box(0, 0, 1024, 1472)
    whole, cut, gone = cost(window, window.shifted(500, 0), window.shifted(700, 0))
    assert whole == gone == 0
    assert cut == pytest.approx(COSTS.cut)


def test_it_does_not_matter_which_part_is_cut_off_unless_it_is_only_the_margin() -> None:
    window = Box(0, 0, 1024, 1472)
    half, most, margin = cost(*(window.shifted(x, 0) for x in (500, 620, 305)))
    assert half == most == pytest.approx(COSTS.cut)
    assert 0 < margin < 0.2 * COSTS.cut


def test_small_lettering_costs_less_and_what_nobody_reads_nothing() -> None:
    # A window twice as wide shows the word half as high.
    widths = (1024, 2048, 3072, 8192)
    costs = cost(*(Box(500, 0, 500 + width, 1472 * width // 1024) for width in widths))
    assert costs[0] == pytest.approx(COSTS.cut)
    assert costs[0] > costs[1] > costs[2] > costs[3] == 0


def test_a_word_under_the_title_costs() -> None:
    window = Box(0, 0, 1024, 1472)
    clear, half, under = cost(*(window.shifted(0, y) for y in (0, 530, 700)), title=TITLE)
    assert clear == 0
    assert half == pytest.approx(COSTS.under_title / 2, rel=0.02)
    assert under == pytest.approx(COSTS.under_title)
    assert cost(window.shifted(0, 700)) == [0]


def test_a_street_of_signs_costs_no_more_than_one_large_sign_twice() -> None:
    signs = tuple(
        Box(x, y, x + 150, y + 40) for x in range(0, 1200, 200) for y in range(0, 2000, 90)
    )
    [many] = cost(Box(70, 20, 1094, 1492), lettering=signs, title=TITLE)
    assert COSTS.cut < many <= COSTS.cut + COSTS.under_title


def test_the_part_of_a_page_of_print_that_is_not_shown_costs() -> None:
    lines = tuple(Box(100, y, 8900, y + 90) for y in range(50, 1000, 100))
    whole, half = cost(Box(0, 0, 9000, 1050), Box(0, 0, 9000, 545), lettering=lines, height=1050)
    assert whole == 0
    assert half == pytest.approx(COSTS.lost / 2)
