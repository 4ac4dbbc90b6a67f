"""The maps by which designs are chosen are means over cells of the cover."""

import numpy as np
import pytest

from tools.bake.maps import MAP_COLUMNS, MAP_ROWS, describe_maps, map_over_cover

QUAD = (51.0, 118.0), (461.0, 118.0), (461.0, 707.0), (51.0, 707.0)


def test_maps_are_means_over_the_cover() -> None:
    plate = np.zeros((736, 512), np.float32)
    plate[:412, :256] = 1.0  # the cover's upper left quarter

    cells = map_over_cover(plate, QUAD)

    assert cells.shape == (MAP_ROWS, MAP_COLUMNS)
    assert cells[: MAP_ROWS // 2 - 1, : MAP_COLUMNS // 2 - 1].min() > 0.99
    assert cells[MAP_ROWS // 2 + 1 :].max() < 0.01
    assert cells.mean() == pytest.approx(0.25, abs=0.01)


def test_a_description_contains_both_maps_rounded_to_a_ten_thousandth() -> None:
    glare, closure = (np.full((736, 512), value, np.float32) for value in (0.123456, 1.0))

    described = describe_maps(glare, closure, QUAD)

    assert described["glare_map"] == [" ".join(["1235"] * MAP_COLUMNS)] * MAP_ROWS
    assert described["cord_map"] == [" ".join(["10000"] * MAP_COLUMNS)] * MAP_ROWS


def test_a_fine_glint_is_as_bright_in_a_map_as_over_a_small_letter() -> None:
    plate = np.zeros((736, 512), np.float32)
    plate[:, 104:106] = 1.0  # on a cover of 410 pixels, a letter of the smallest type has 6.4

    cells = map_over_cover(plate, QUAD)

    assert cells.max() > 0.2
    assert (cells.max(axis=0) > 0.01).sum() <= 2
