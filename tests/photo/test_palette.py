"""A palette has a picture's own colours, ordered by share, and is reproducible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.photo.palette import accent_of, colour_at, measure_palette, swatch_of


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


def test_a_wall_with_noise_is_of_one_colour() -> None:
    noise = np.random.default_rng(0).normal(0, 9, (96, 96, 3))
    [swatch] = measure_palette(np.clip(130 + noise, 0, 255).astype(np.uint8))
    assert swatch.share == 1
    assert swatch.colour == pytest.approx((130, 130, 130), abs=2)


def test_noise_around_a_few_colours_adds_no_colours() -> None:
    picture = np.full((96, 96, 3), (90, 100, 110), float)
    picture[:, 60:], picture[:30, :30] = (150, 120, 90), (60, 120, 70)
    picture += np.random.default_rng(0).normal(0, 14, picture.shape)
    palette = measure_palette(np.clip(picture, 0, 255).astype(np.uint8))
    assert min(swatch.share for swatch in palette) > 0.05


def test_a_grey_and_a_rosy_wall_are_of_two_colours() -> None:
    assert len(measure_palette(halves((128, 128, 128), (150, 110, 110), 50))) == 2


@pytest.mark.parametrize(("side", "accents"), [(10, 0), (24, 1)])
def test_a_detail_is_not_an_accent(side: int, accents: int) -> None:
    picture = np.full((100, 100, 3), 128, np.uint8)
    picture[:side, :side] = (200, 20, 30)
    found = accent_of(measure_palette(picture))
    assert (found is not None) == bool(accents)


def test_a_muted_colour_is_an_accent_and_a_warm_grey_is_not() -> None:
    muted = accent_of(measure_palette(halves((128, 128, 128), (160, 110, 90), 60)))
    assert muted is not None
    assert muted.colour == pytest.approx((160, 110, 90), abs=3)
    assert accent_of(measure_palette(halves((128, 128, 128), (140, 120, 110), 60))) is None


def test_the_accent_is_the_loudest_colour_and_not_the_largest() -> None:
    accent = accent_of(measure_palette(halves((200, 20, 30), (60, 90, 150), 20)))
    assert accent is not None
    assert accent.colour == pytest.approx((200, 20, 30), abs=3)


@pytest.mark.parametrize("hue", [30, 90, 150, 260, 320])
def test_a_colour_too_loud_for_srgb_keeps_its_hue_and_lightness(hue: float) -> None:
    found = swatch_of(np.array(colour_at(0.6, 0.4, hue), float), 1.0)
    assert found.hue == pytest.approx(hue, abs=5)
    assert found.lightness == pytest.approx(0.6, abs=0.02)


def test_a_grey_picture_has_no_accent() -> None:
    assert accent_of(measure_palette(halves((10, 10, 10), (240, 240, 240), 50))) is None


def test_the_same_picture_has_the_same_palette() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (80, 60, 3)).astype(np.uint8)
    assert measure_palette(noise) == measure_palette(noise.copy())


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_any_colour_is_fitted_to_srgb(lightness: float, chroma: float, hue: float) -> None:
    assert all(0 <= channel <= 255 for channel in colour_at(lightness, chroma, hue))
