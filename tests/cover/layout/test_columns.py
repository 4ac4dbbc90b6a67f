"""Cover lines on a field have columns in which they break by sense."""

from __future__ import annotations

from itertools import pairwise

import pytest

from poster.cover.layout.columns import Grid, Need, divide_field

WIDTH, GUTTER = 932.0, 64.0


def divide(*needs: Need) -> Grid:
    return divide_field(3, needs, WIDTH, GUTTER)


def even(count: int) -> Grid:
    return divide(*[Need(0.0, 0.0)] * count)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_the_lead_has_the_widest_column_and_the_rest_share_the_others(count: int) -> None:
    grid = even(count)
    assert (grid.lead, len(grid.columns)) == ("column", min(count, 3))
    lead, *rest = grid.columns
    assert lead.start == 0
    assert grid.columns[-1].start + grid.columns[-1].width == pytest.approx(WIDTH)
    assert all(column.width == pytest.approx(lead.width / 1.35) for column in rest)
    for left, right in pairwise(grid.columns):
        assert right.start - left.start - left.width == pytest.approx(GUTTER)
    assert [grid.cell(number)[0] for number in range(count)] == [0, 0, 0, 1, 1][:count]
    assert all(grid.cell(number)[1] in rest for number in range(1, count))


@pytest.mark.parametrize("count", [4, 6])
def test_the_lead_has_a_row_if_the_rest_would_leave_a_hole_beside_it(count: int) -> None:
    grid = even(count)
    assert (grid.lead, len(grid.columns)) == ("row", 3)
    row, whole = grid.cell(0)
    assert (row, whole.start) == (0, 0)
    assert whole.width == pytest.approx(WIDTH)
    assert [grid.cell(number)[0] for number in range(1, count)] == [1, 1, 1, 2, 2][: count - 1]
    assert grid.cell(1)[1] == grid.columns[0]
    assert grid.scale(0) > grid.scale(1) == 1


@pytest.mark.parametrize("count", [1, 7, 12])
def test_one_line_and_many_have_equal_columns(count: int) -> None:
    grid = even(count)
    assert grid.lead == "among"
    assert len({round(column.width) for column in grid.columns}) == 1
    assert [grid.cell(number)[0] for number in range(count)] == [n // 3 for n in range(count)]


def test_columns_are_as_wide_as_their_lines_need() -> None:
    needs = [Need(300, 560), Need(150, 150), Need(200, 390)]
    grid = divide(*needs)
    assert grid.lead == "column"
    widths = [column.width for column in grid.columns]
    assert sum(widths) == pytest.approx(WIDTH - 2 * GUTTER)
    assert all(width >= need.least for width, need in zip(widths, needs, strict=True))
    # There is not enough to spare for the whole lead in one line.
    assert widths[0] < 560


def test_what_is_to_spare_goes_to_lines_that_then_need_no_second_one() -> None:
    grid = divide(Need(200, 390), Need(150, 150), Need(150, 150))
    assert grid.columns[0].width >= 390
    last = divide(Need(300, 900), Need(150, 150), Need(150, 300))
    assert last.columns[2].width >= 300


def test_lines_that_need_more_than_there_is_get_fewer_columns_below_the_lead() -> None:
    three = divide(Need(400, 700), Need(300, 500), Need(300, 500))
    assert (three.lead, len(three.columns)) == ("row", 2)
    five = divide(Need(400, 700), *[Need(300, 500)] * 4)
    assert (five.lead, len(five.columns)) == ("row", 2)


def test_lines_that_fit_nowhere_get_the_usual_columns() -> None:
    grid = divide(*[Need(5000, 9000)] * 3)
    assert grid == even(3)
