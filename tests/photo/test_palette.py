"""A palette holds a picture's own colours, by their shares, the same each time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.photo.palette import accent_of, colour_at, measure_palette


def halves(left: tuple[int, int, int], right: tuple[int, int, int], at: int) -> np.ndarray:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, :at], picture[:, at:] = left, right
    return picture


def test_the_largest_colour_comes_first_and_shares_add_up() -> None:
    palette = measure_palette(halves((250, 250, 250), (200, 20, 30), 75))
    assert palette[0].colour == (250, 250, 250)
    assert sum(swatch.share for swatch in palette) == pytest.approx(1)


def test_the_accent_is_the_most_colourful_part_and_not_a_detail() -> None:
    assert accent_of(measure_palette(halves((128, 128, 128), (200, 20, 30), 90))) is not None
    red = accent_of(measure_palette(halves((60, 70, 80), (200, 20, 30), 60)))
    assert red is not None
    assert red.colour == pytest.approx((200, 20, 30), abs=3)


def test_a_palette_has_the_colours_of_the_picture_and_not_only_its_shades() -> None:
    picture = np.zeros((96, 96, 3), np.uint8)
    picture[:] = np.linspace(0, 255, 96, dtype=np.uint8)[:, None, None]
    colours = [(210, 90, 40), (30, 90, 190), (50, 150, 60)]
    for number, colour in enumerate(colours):
        picture[30 * number : 30 * number + 24, 10:34] = colour
    found = [swatch.colour for swatch in measure_palette(picture)]
    for colour in colours:
        nearest = min(np.abs(np.subtract(colour, other)).max() for other in found)
        assert nearest < 25, (colour, found)


def test_shares_are_those_of_the_picture() -> None:
    shares = [swatch.share for swatch in measure_palette(halves((10, 10, 10), (250, 250, 250), 25))]
    assert shares == pytest.approx([0.75, 0.25], abs=0.03)


def test_a_grey_picture_has_no_accent() -> None:
    assert accent_of(measure_palette(halves((10, 10, 10), (240, 240, 240), 50))) is None


def test_the_same_picture_has_the_same_palette() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (80, 60, 3)).astype(np.uint8)
    assert measure_palette(noise) == measure_palette(noise.copy())


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_any_colour_asked_for_is_one_that_srgb_has(
    lightness: float, chroma: float, hue: float
) -> None:
    assert all(0 <= channel <= 255 for channel in colour_at(lightness, chroma, hue))
