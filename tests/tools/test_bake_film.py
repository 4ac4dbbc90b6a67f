"""The film drapes over the magazine without cutting it, and shifts what is under it."""

from dataclasses import replace

import numpy as np
import pytest

from tools.bake import film
from tools.bake.designs import DESIGNS
from tools.bake.film import Film
from tools.bake.frame import (
    CLASSIC,
    MAGAZINE_W,
    MAGAZINE_Z,
    TABLE_Z,
    Frame,
    Placement,
    turned,
)

STRAIGHT = Frame(CLASSIC, Placement(envelope_turn=0.0, magazine_turn=0.0))
SIZE = (512, 736)


@pytest.fixture(scope="module")
def sheets() -> film.Sheets:
    design = DESIGNS["north"]
    return film.sheets(design.frame, design.film)


def test_sheets_are_above_each_other_and_above_the_table(sheets: film.Sheets) -> None:
    frame = DESIGNS["north"].frame
    x, y = film.grid(frame)
    at_x, at_y = frame.magazine_at
    mx, my = turned(x - at_x, y - at_y, -frame.placement.magazine_turn)
    on_cover = (abs(mx) <= MAGAZINE_W / 2) & (abs(my) <= frame.magazine_h / 2)
    assert sheets.front[on_cover].min() > MAGAZINE_Z + 1e-3
    assert (sheets.flap > sheets.front).all()
    assert (sheets.front > sheets.back).all()
    assert (sheets.back > TABLE_Z).all()


def test_the_same_seed_gives_the_same_film(sheets: film.Sheets) -> None:
    design = DESIGNS["north"]
    again = film.sheets(design.frame, design.film)
    np.testing.assert_array_equal(again.front, sheets.front)
    other = film.sheets(design.frame, Film(design.film.seed + 1))
    assert abs(other.front - sheets.front).max() > 1e-3


def test_a_fold_that_is_left_out_changes_nothing_elsewhere(sheets: film.Sheets) -> None:
    design = DESIGNS["north"]
    assert 17 in design.film.without
    more = replace(design.film, without=tuple(n for n in design.film.without if n != 17))
    changed = abs(film.sheets(design.frame, more).front - sheets.front) > 1e-6
    rows, columns = np.nonzero(changed)
    assert len(rows)
    # It is in the lower right corner.
    assert rows.min() > 0.8 * changed.shape[0]
    assert columns.min() > 0.6 * changed.shape[1]


def test_flat_film_displaces_nothing() -> None:
    level = np.full_like(film.grid(STRAIGHT)[0], 0.02)
    assert not film.displacement(STRAIGHT, level, SIZE).any()


def test_sloping_film_displaces_uphill_by_snells_law() -> None:
    x, y = film.grid(STRAIGHT)
    right = film.displacement(STRAIGHT, 0.1 * x, SIZE)
    up = film.displacement(STRAIGHT, 0.1 * y, SIZE)
    middle = (SIZE[1] // 8, SIZE[0] // 8)
    cover = SIZE[0] * MAGAZINE_W / CLASSIC.width
    expected = 0.1 * (1 - 1 / 1.52) * 0.3 / 210 * cover
    np.testing.assert_allclose(right[middle], [expected, 0], atol=0.02 * expected)
    np.testing.assert_allclose(up[middle], [0, -expected], atol=0.02 * expected)


def test_a_stored_shift_stays_within_a_pixel(sheets: film.Sheets) -> None:
    shift = film.displacement(DESIGNS["north"].frame, sheets.front, CLASSIC.pixels)
    assert shift.shape == (CLASSIC.pixels[1] // 4, CLASSIC.pixels[0] // 4, 2)
    assert 0.01 < abs(shift).max() < 1
