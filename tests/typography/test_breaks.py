from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.typography.breaks import Piece, balance, line_widths, narrowest


def pieces_of(widths: list[float]) -> tuple[Piece, ...]:
    return tuple(Piece("x", width + 0.25, 0.25) for width in widths)


def every_way(count: int, lines: int) -> list[list[tuple[int, int]]]:
    return [list(pairwise([0, *cuts, count])) for cuts in combinations(range(1, count), lines - 1)]


def width_of(widths: list[float], first: int, last: int) -> float:
    return sum(widths[first:last]) + 0.25 * (last - first - 1)


@given(
    st.lists(st.floats(0.5, 8), min_size=1, max_size=7),
    st.integers(1, 4),
)
def test_balance_finds_the_most_even_breaks(widths: list[float], lines: int) -> None:
    lines = min(lines, len(widths))
    pieces = pieces_of(widths)
    table = line_widths(pieces)
    narrow = list(narrowest(table))[lines - 1]
    ways = every_way(len(widths), lines)
    assert narrow == pytest.approx(min(max(width_of(widths, *line) for line in w) for w in ways))

    mean = width_of(widths, 0, len(widths)) / lines

    def cost(way: list[tuple[int, int]]) -> float:
        short = [width_of(widths, *line) < mean / 3 for line in way if lines > 2]
        return sum(width_of(widths, *line) ** 2 for line in way) + sum(short) * mean**2 / 4

    fitting = [w for w in ways if max(width_of(widths, *line) for line in w) <= narrow * 1.1]
    chosen = balance(pieces, table, lines, narrow * 1.1)
    assert cost(chosen) == pytest.approx(min(map(cost, fitting)))


def test_more_lines_than_pieces_are_not_offered() -> None:
    assert len(list(narrowest(line_widths(pieces_of([1, 1]))))) == 2


def test_a_break_at_a_comma_is_better_than_a_slightly_more_even_one() -> None:
    weak = [True, True, False, True, True, True, True, True]
    pieces = tuple(Piece("字", 1.0, 0.0, split) for split in weak)
    table = line_widths(pieces)
    assert balance(pieces, table, 2, 5.0) == [(0, 3), (3, 8)]


@pytest.mark.parametrize(("first", "at"), [(2.5, 1), (0.5, 3)])
def test_a_phrase_is_split_rather_than_leave_a_line_a_third_as_long(first: float, at: int) -> None:
    widths = [(first, False), (2.5, True), (2.5, True), (5.0 - first, True)]
    pieces = tuple(Piece("字", width, 0.0, split) for width, split in widths)
    assert balance(pieces, line_widths(pieces), 2, 10.0) == [(0, at), (at, 4)]


def test_a_widow_is_spared_where_another_break_costs_little() -> None:
    pieces = pieces_of([1.5, 2.9, 5.7, 0.9])
    # By squares alone, the last word would be a line: 4.65, 5.7, 0.9.
    assert balance(pieces, line_widths(pieces), 3, 7.7) == [(0, 1), (1, 2), (2, 4)]


def test_a_widow_stays_where_there_is_no_other_break() -> None:
    pieces = pieces_of([6.0, 6.0, 1.0])
    assert balance(pieces, line_widths(pieces), 3, 6.0) == [(0, 1), (1, 2), (2, 3)]
