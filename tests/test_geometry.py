"""Boxes are half-open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.geometry import Box

NUMBERS = st.integers(-50, 50)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0, y0 = draw(NUMBERS), draw(NUMBERS)
    return Box(x0, y0, x0 + draw(st.integers(0, 50)), y0 + draw(st.integers(0, 50)))


def cells(box: Box) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box.x0, box.x1) for y in range(box.y0, box.y1)}


@given(boxes(), boxes())
def test_an_intersection_is_the_area_that_both_boxes_cover(first: Box, second: Box) -> None:
    shared = first.intersection(second)
    assert cells(shared) == cells(first) & cells(second)
    assert first.overlaps(second) == bool(shared.area)


@given(boxes(), boxes())
def test_union_contains_both(first: Box, second: Box) -> None:
    union = first.union(second)
    assert union.contains(first)
    assert union.contains(second)


@given(boxes(), NUMBERS, NUMBERS)
def test_a_shifted_box_keeps_its_size(box: Box, dx: int, dy: int) -> None:
    moved = box.shifted(dx, dy)
    assert (moved.width, moved.height) == (box.width, box.height)
    assert moved.centre == (box.centre[0] + dx, box.centre[1] + dy)


def test_touching_boxes_do_not_overlap() -> None:
    assert not Box(0, 0, 4, 4).overlaps(Box(4, 0, 8, 4))


def test_a_box_cannot_be_inside_out() -> None:
    with pytest.raises(ValueError, match="must not precede"):
        Box(4, 0, 0, 4)
