from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.photo.grade import add_grain, grade, measure_noise

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> NDArray[np.float32]:
    image = Image.open(EXAMPLES / f"{name}.jpg").convert("RGB")
    image.thumbnail((400, 400))
    return np.asarray(image).astype(np.float32) / np.float32(255)


def luma(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return picture @ np.array([0.299, 0.587, 0.114], np.float32)


def grey(width: int = 256) -> NDArray[np.float32]:
    row = np.linspace(0, 1, width, dtype=np.float32)
    return np.ascontiguousarray(np.tile(row[None, :, None], (64, 1, 3)))


def test_the_grade_works_in_place_and_stays_in_range() -> None:
    picture = example("astronaut")
    assert grade(picture) is picture
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert picture.max() <= 1


def test_tones_keep_their_order() -> None:
    assert (np.diff(luma(grade(grey()))[0]) >= 0).all()


def test_blacks_are_lifted_and_whites_are_lowered() -> None:
    graded = grade(grey())[0]
    assert 0.01 < graded[0].mean() < 0.05
    assert 0.95 < graded[-1].mean() < 0.99


def test_shadows_turn_cool_and_lights_warm() -> None:
    graded = grade(grey())[0]
    assert graded[60, 2] > graded[60, 0] + 0.004
    assert graded[200, 0] > graded[200, 2] + 0.004
    assert np.ptp(graded[60]) < 0.04


def test_tints_are_half_as_strong_as_a_visible_cast_and_spare_black_and_white() -> None:
    cast = np.ptp(grade(grey(1024))[0], axis=-1)
    assert 0.008 < cast.max() < 0.018
    assert cast[[0, -1]].max() < 0.002


def test_middle_tones_gain_the_contrast_that_the_ends_lose() -> None:
    slope = np.diff(luma(grade(grey(1024))[0])) * 1023
    assert 1.03 < slope[500:524].mean() < 1.15
    assert slope[10:30].mean() < 0.9
    assert slope[-30:-10].mean() < 0.9


def test_no_tone_is_lost_on_the_way() -> None:
    assert len(np.unique(grade(grey(1024))[0, :, 1])) > 900


def tones(low: float, middle: float, high: float) -> NDArray[np.float32]:
    """A picture of one tone, with just enough darker and lighter pixels for auto levels."""
    picture = np.full((100, 100, 3), middle, np.float32)
    picture[:3], picture[-3:] = low, high
    return picture


def graded_tones(low: float, middle: float, high: float) -> list[float]:
    picture = grade(tones(low, middle, high))
    return [float(luma(picture[row, 0])) for row in (0, 50, -1)]


def test_haze_is_cut_and_fog_stays_fog() -> None:
    assert graded_tones(0.08, 0.5, 0.96)[0] < 0.065
    low, _, high = graded_tones(0.3, 0.5, 0.7)
    assert low > 0.25
    assert high < 0.85


def test_a_dim_photo_is_brightened_and_night_stays_night() -> None:
    assert graded_tones(0.03, 0.5, 0.6)[2] > 0.68
    assert graded_tones(0.03, 0.1, 0.3)[2] < 0.55


def test_lights_that_brightening_pushes_past_white_stay_apart() -> None:
    picture = tones(0.03, 0.5, 0.7)
    picture[50, 50], picture[50, 51] = 0.90, 0.95
    first, second = luma(grade(picture)[50, 50:52])
    assert first + 0.005 < second < 0.983


def test_a_dark_median_moves_halfway_to_the_midtones() -> None:
    assert 0.20 < graded_tones(0.03, 0.15, 0.96)[1] < 0.26
    assert 0.26 < graded_tones(0.03, 0.25, 0.96)[1] < 0.31
    assert graded_tones(0.03, 0.05, 0.96)[1] < 0.13


@pytest.mark.parametrize("median", [0.4, 0.5, 0.65])
def test_a_median_in_the_midtones_is_unchanged(median: float) -> None:
    assert graded_tones(0.03, median, 0.96)[1] == pytest.approx(median, abs=0.03)


def test_every_colour_comes_a_little_nearer_to_grey() -> None:
    picture = tones(0.03, 0.5, 0.96)
    picture[40], picture[41], picture[42] = (0.55, 0.5, 0.45), 0.55, 0.45
    colour, light, dark = grade(picture)[40:43, 0]
    kept = np.ptp(colour) / (luma(light) - luma(dark))
    assert 0.8 < kept < 0.96


def test_colour_is_calmed_but_not_drained() -> None:
    picture = example("fig")
    before = np.ptp(picture, axis=-1).mean()
    after = np.ptp(grade(picture), axis=-1).mean()
    assert 0.75 * before < after < 1.05 * before


def test_a_dull_photo_gains_contrast_without_clipping() -> None:
    picture = 0.35 + 0.3 * example("mountains")
    before = luma(picture).std()
    grade(picture)
    assert luma(picture).std() > 1.15 * before
    assert ((picture < 0.02) | (picture > 0.97)).mean() < 0.01


def test_a_night_photo_is_lifted_but_stays_night() -> None:
    picture = 0.2 * example("mountains")
    before = np.median(luma(picture))
    after = np.median(luma(grade(picture)))
    assert 1.2 * before < after < 0.3


def test_a_high_key_photo_stays_light() -> None:
    picture = 0.78 + 0.2 * example("dogs")
    grade(picture)
    assert np.median(luma(picture)) > 0.75
    assert (picture > 0.985).mean() < 0.01


def test_a_photo_without_colour_gets_no_visible_cast() -> None:
    picture = np.repeat(luma(example("astronaut"))[..., None], 3, axis=2)
    assert np.ptp(grade(picture), axis=-1).max() < 0.06


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_picture_does_not_break(value: float) -> None:
    picture = grade(np.full((32, 32, 3), value, np.float32))
    assert np.isfinite(picture).all()
    assert np.ptp(picture, axis=(0, 1)).max() < 0.001


def test_the_same_seed_gives_the_same_grain_and_another_seed_another() -> None:
    first, again, other = (add_grain(example("fig"), seed) for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_grain_is_as_strong_as_asked_and_has_no_colour() -> None:
    flat = np.full((300, 300, 3), 0.5, np.float32)
    grain = add_grain(flat.copy(), 1, amount=0.02) - flat
    assert grain.std() == pytest.approx(0.02, rel=0.1)
    assert abs(grain.mean()) < 0.001
    assert np.ptp(grain, axis=-1).max() < 1e-6


def test_grain_dies_out_towards_black_and_white() -> None:
    grain = add_grain(grey(), 1) - grey()
    deviation = grain[..., 0].std(axis=0)
    assert deviation[:3].max() < 0.3 * deviation[128]
    assert deviation[-3:].max() < 0.3 * deviation[128]


def test_a_noisy_photo_gets_less_grain() -> None:
    noise = np.random.default_rng(0).normal(0, 0.03, (300, 300, 1)).astype(np.float32)
    noisy = np.clip(0.5 + noise, 0, 1).repeat(3, axis=2)
    grain = add_grain(noisy.copy(), 1, amount=0.014) - noisy
    assert 0.3 * 0.014 < grain.std() < 0.5 * 0.014


def test_grain_is_about_a_pixel_wide() -> None:
    flat = np.full((300, 300, 3), 0.5, np.float32)
    grain = (add_grain(flat.copy(), 1, amount=0.02) - flat)[..., 0]
    likeness = np.corrcoef(grain[:, 1:].ravel(), grain[:, :-1].ravel())[0, 1]
    assert 0.1 < likeness < 0.3


def test_paper_and_solid_ink_have_less_grain_than_a_picture() -> None:
    paper, red, ink = (
        np.full((200, 200, 3), colour, np.float32)
        for colour in ((0.97, 0.95, 0.92), (0.8, 0.5, 0.45), (0.07, 0.07, 0.06))
    )
    amounts = [float((add_grain(flat.copy(), 1, 0.012) - flat).std()) for flat in (paper, red, ink)]
    assert amounts[0] < 0.35 * amounts[1]
    assert amounts[2] < 0.45 * amounts[1]


@pytest.mark.parametrize("deviation", [2.0, 5.0])
def test_noise_is_measured_as_it_is_and_edges_are_not_noise(deviation: float) -> None:
    noise = np.random.default_rng(0).normal(0, deviation, (200, 200, 1))
    picture = (128 + noise).repeat(3, axis=2).astype(np.float32)
    picture[:, ::20] -= 100
    assert measure_noise(picture) == pytest.approx(deviation, rel=0.25)
    assert measure_noise(picture[:, 1:19]) == pytest.approx(deviation, rel=0.1)
