from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.geometry import Box
from poster.typography.outlines import bounds, read_path
from poster.typography.rasterise import flatten, inked_box, rasterise


def square(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"M {x0} {y0}L {x1} {y0}L {x1} {y1}L {x0} {y1}Z"


@given(st.floats(0, 4), st.floats(0, 4), st.floats(0.1, 4), st.floats(0.1, 4))
def test_a_rectangle_covers_each_pixel_in_proportion(
    x: float, y: float, wide: float, high: float
) -> None:
    ink = rasterise(read_path(square(x, y, x + wide, y + high)), 8, 8)
    lows, highs = np.arange(8), np.arange(1, 9)
    across = np.clip(np.minimum(highs, x + wide) - np.maximum(lows, x), 0, 1)
    down = np.clip(np.minimum(highs, y + high) - np.maximum(lows, y), 0, 1)
    expected = 255 * np.outer(down, across)
    assert np.abs(ink - expected).max() <= 0.5 + 1e-6


def test_a_triangle_covers_half_of_the_pixels_on_its_edge() -> None:
    ink = rasterise(read_path("M 0 0L 4 4L 0 4Z"), 4, 4)
    assert ink.tolist() == [
        [128, 0, 0, 0],
        [255, 128, 0, 0],
        [255, 255, 128, 0],
        [255, 255, 255, 128],
    ]


def test_a_circle_has_its_area() -> None:
    k = 0.5522847498  # of a quarter circle by one cubic
    path = (
        f"M 20 10C 20 {10 + 10 * k} {10 + 10 * k} 20 10 20C {10 - 10 * k} 20 0 {10 + 10 * k} 0 10"
        f"C 0 {10 - 10 * k} {10 - 10 * k} 0 10 0C {10 + 10 * k} 0 20 {10 - 10 * k} 20 10Z"
    )
    assert rasterise(read_path(path), 20, 20).sum() / 255 == pytest.approx(np.pi * 100, rel=2e-3)


def test_a_contour_with_opposite_winding_is_a_hole() -> None:
    ink = rasterise(read_path(square(0, 0, 4, 4) + "M 1 1L 1 3L 3 3L 3 1Z"), 4, 4)
    assert ink[1:3, 1:3].max() == 0
    assert ink[0].min() == 255


def test_contours_that_overlap_fill_as_one() -> None:
    both = rasterise(read_path(square(0, 0, 5, 3) + square(2, 0, 8, 3)), 8, 3)
    assert both.min() == both.max() == 255


def test_edges_that_overlap_along_their_length_do_not_darken() -> None:
    ink = rasterise(read_path(square(0, 1 / 3, 5, 3) + square(2, 1 / 3, 8, 3)), 8, 3)
    assert set(ink[0].tolist()) == {170}


def test_the_box_is_that_of_the_curve_and_not_of_its_control_points() -> None:
    assert bounds(read_path("M 0 0C 0 4 6 4 6 0Z")) == pytest.approx((0, 0, 6, 3))
    assert bounds(read_path("M 1 2Q 4 8 7 2Z")) == pytest.approx((1, 2, 7, 5))


def test_chords_stay_within_a_fiftieth_of_a_pixel() -> None:
    chords = flatten(read_path("M 0 0Q 150 300 300 0")[:1])
    middles = chords.mean(axis=1)
    on_curve = 300 * 2 * (middles[:, 0] / 300) * (1 - middles[:, 0] / 300)
    assert np.abs(middles[:, 1] - on_curve).max() < 0.02


def test_the_box_of_the_ink_is_found_without_drawing_it() -> None:
    disc = "M 30.4 4C 30.4 19.5 4.2 19.5 4.2 4C 4.2 -0.001 30.4 -0.001 30.4 4Z"
    slash = "M 36 1.999L 47.0004 17L 45 17L 34 1.999Z"
    ink = rasterise(read_path(disc + slash), 50, 20)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    # Reaching a thousandth of a pixel into a row or column leaves no ink there.
    assert box.y0 > 0
    assert box.x1 == 47
    assert inked_box(read_path(disc + slash), 50, 20) == box


def test_no_ink_has_an_empty_box() -> None:
    assert inked_box(read_path(""), 8, 8).area == 0


def test_supersampling_many_rows_leaves_no_seam() -> None:
    bars = "".join(square(x, 1 / 3, x + 3, 199 + 1 / 3) for x in (0, 2))
    ink = rasterise(read_path(bars), 6, 200)
    assert (ink[1:199, :5] == 255).all()
    assert set(ink[0, :5].tolist()) == {170}
    assert set(ink[199, :5].tolist()) == {85}
