from __future__ import annotations

import numpy as np

from poster.typography.outlines import place_glyphs, read_glyphs, read_path


def ends(path: str) -> list[list[float]]:
    curves: list[list[float]] = read_path(path)[:, 3].tolist()
    return curves


def test_relative_and_absolute_commands_mean_the_same() -> None:
    assert ends("M 1 1H 5V 4L 1 4Z") == ends("m 1 1h 4v 3l -4 0Z")


def test_a_quadratic_curve_becomes_the_same_cubic_one() -> None:
    [curve] = read_path("M 0 0Q 3 6 6 0Z")[:1]
    np.testing.assert_allclose(curve, [[0, 0], [2, 4], [4, 4], [6, 0]])


def test_contours_without_a_z_are_closed_and_the_next_starts_from_their_end() -> None:
    # CFF fonts end their last contour like this; an open contour would smear ink along the row.
    curves = read_path("m 0 0l 4 0l 0 4m 10 0l 1 0l 0 1Z")
    assert curves[:, 3].tolist() == [[4, 0], [4, 4], [0, 0], [15, 4], [15, 5], [14, 4]]


def test_groups_move_their_glyphs() -> None:
    svg = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
    <g transform="translate(10)"><g transform="matrix(1 0 0 -1 5 40)">
    <use xlink:href="#a" x="2" y="3"/></g><g transform="scale(1 -1)"><use xlink:href="#a"/></g></g>
    <defs><symbol id="a"><path d="M 0 0L 1 0L 1 2Z"/></symbol></defs></svg>"""
    first, second = read_glyphs(svg)
    assert (first.x, first.y, second.x, second.y) == (17, 37, 10, 0)
    np.testing.assert_allclose(place_glyphs([first])[:, 3], [[18, 37], [18, 35], [17, 37]])
