from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.colour import contrast_ratio, relative_luminance
from poster.geometry import Box
from poster.typography.contrast import (
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
    WARM_BLACK,
    WHITE,
    ground_limits,
    letter_contrast,
    low_contrast,
    sought,
    surroundings,
)

BLACK = (0, 0, 0)


def flat(*rgb: int) -> NDArray[np.uint8]:
    return np.full((60, 80, 3), rgb, np.uint8)


def bar() -> NDArray[np.uint8]:
    return np.full((10, 40), 255, np.uint8)


BOX = Box(20, 20, 60, 30)


def ink_contrast(
    picture: NDArray[np.uint8],
    ink: NDArray[np.uint8],
    box: Box,
    colour: tuple[int, int, int],
    *,
    size_px: float,
    hidden: NDArray[np.float32] | None = None,
) -> float:
    around = surroundings(ink, box, picture.shape[:2], size_px=size_px, hidden=hidden)
    return low_contrast(picture[around.rows, around.columns], colour)


def test_ink_on_a_flat_picture_has_the_wcag_ratio() -> None:
    assert ink_contrast(flat(118, 118, 118), bar(), BOX, WHITE, size_px=32) == pytest.approx(
        4.54, abs=0.005
    )


def test_only_pixels_around_the_ink_count_whether_it_is_drawn_or_not() -> None:
    picture = flat(0, 0, 0)
    picture[BOX.slices] = WHITE  # the ink itself, on the finished cover
    picture[:10] = WHITE  # far away
    assert ink_contrast(picture, bar(), BOX, WHITE, size_px=32) == pytest.approx(21)


def test_the_worst_tenth_decides() -> None:
    picture = flat(0, 0, 0)
    picture[:, :36] = WHITE
    assert ink_contrast(picture, bar(), BOX, WHITE, size_px=32) == pytest.approx(1)


def test_pixels_hidden_by_the_subject_do_not_count() -> None:
    picture = flat(0, 0, 0)
    picture[:, :36] = WHITE
    hidden = np.zeros((60, 80), np.float32)
    hidden[:, :36] = 1
    found = ink_contrast(picture, bar(), BOX, WHITE, size_px=32, hidden=hidden)
    assert found == pytest.approx(21)
    hidden[:] = 1
    assert ink_contrast(picture, bar(), BOX, WHITE, size_px=32, hidden=hidden) == 1


def test_ink_at_the_edge_of_the_picture_is_measured_by_what_is_there() -> None:
    ink = np.full((60, 10), 255, np.uint8)
    found = ink_contrast(flat(0, 0, 0), ink, Box(0, 0, 10, 60), WHITE, size_px=100)
    assert found == pytest.approx(21)


def two_bars() -> NDArray[np.uint8]:
    ink = bar()
    ink[:, 18:22] = 0
    return ink


def test_one_illegible_letter_is_found_in_a_line_that_reads_as_a_whole() -> None:
    picture = flat(0, 0, 0)
    picture[18:28, 60:62] = WHITE  # a twelfth of the band, and a sixth of the last letter's
    band = surroundings(two_bars(), BOX, picture.shape[:2], size_px=32)
    around = picture[band.rows, band.columns]
    assert low_contrast(around, WHITE) == pytest.approx(21)
    assert letter_contrast(around, band.letters, WHITE) == pytest.approx(1)


def test_letters_on_a_flat_background_have_its_ratio() -> None:
    picture = flat(118, 118, 118)
    band = surroundings(two_bars(), BOX, picture.shape[:2], size_px=32)
    around = picture[band.rows, band.columns]
    assert letter_contrast(around, band.letters, WHITE) == pytest.approx(4.54, abs=0.005)


def test_a_band_is_thinned_evenly_and_keeps_every_letter() -> None:
    band = surroundings(two_bars(), BOX, (60, 80), size_px=32)
    thin = band.thinned(40)
    assert 20 <= len(thin.rows) <= 40
    assert set(thin.letters) == set(band.letters) == {0, 1}


def test_without_pixels_the_contrast_is_one() -> None:
    nothing = np.empty((0, 3), np.uint8)
    assert letter_contrast(nothing, np.empty(0, np.intp), WHITE) == 1


@pytest.mark.parametrize("floor", [MASTHEAD_FLOOR, TEXT_FLOOR])
def test_at_the_background_limits_white_and_ink_have_exactly_the_sought_contrast(
    floor: float,
) -> None:
    for limit, colour in zip(ground_limits(floor), (WHITE, WARM_BLACK), strict=True):
        luminance = relative_luminance(np.array(colour, np.uint8))
        assert float(contrast_ratio(limit, luminance)) == pytest.approx(sought(floor), rel=1e-4)
    assert sought(floor) > floor
