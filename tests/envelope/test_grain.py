"""A cover's surroundings are as grainy as the cover, and a grainy cover gets no more grain."""

import numpy as np
import pytest

from poster.arrays import Floats
from poster.colour import floats_from_pixels, pixels_from_floats
from poster.envelope.grain import Grain, weights
from poster.envelope.tone_curve import BRIGHTEST, STEPS
from poster.photo.grade import add_grain


def grey(level: float, noise: float = 0.0) -> Floats:
    ramp = np.broadcast_to(np.linspace(level - 20, level + 20, 400, dtype=np.float32), (96, 400))
    return ramp + noise * np.random.default_rng(1).standard_normal((96, 400), np.float32)


def test_a_cover_without_grain_gets_as_much_as_its_surroundings() -> None:
    grain = Grain.like(grey(128), 1)
    assert grain.inside == grain.outside == pytest.approx(0.7)


def test_the_grain_of_a_cover_is_found_and_given_to_its_surroundings() -> None:
    flat = np.full((400, 400, 3), 0.5, np.float32)
    cover = pixels_from_floats(add_grain(flat, 3, 0.006)).astype(np.float32)[..., 1]
    grain = Grain.like(cover, 1)
    assert grain.outside == pytest.approx(0.006 * 255, rel=0.1)
    assert grain.inside == pytest.approx(0, abs=0.4)


@pytest.mark.parametrize("level", [0.12, 0.88])
def test_grain_is_measured_equally_in_dark_light_and_mid_tones(level: float) -> None:
    flat = np.full((400, 400, 3), level, np.float32)
    cover = add_grain(flat, 3, 0.006)[..., 1] * np.float32(255)
    assert Grain.like(cover, 1).outside == pytest.approx(0.006 * 255, rel=0.1)


def test_a_noisy_photo_does_not_make_its_surroundings_noisy() -> None:
    grain = Grain.like(grey(128, 12.0), 1)
    assert grain.outside == pytest.approx(1.8)
    assert grain.inside == 0


def test_type_and_edges_are_not_mistaken_for_grain() -> None:
    lettered = grey(200)
    lettered[::8, ::3] = 20
    assert Grain.like(lettered, 1).outside < 1.8
    striped = grey(200)
    striped[:, ::24] = 20
    assert Grain.like(striped, 1).outside == pytest.approx(0.7)


@pytest.mark.parametrize("level", [0.0, 255.0])
def test_fully_black_or_white_covers_can_be_measured_too(level: float) -> None:
    grain = Grain.like(np.full((96, 400), level, np.float32), 1)
    assert grain.outside == pytest.approx(0.7)
    assert grain.inside == pytest.approx(0.7)


def test_rows_of_grain_join_without_a_seam() -> None:
    grain = Grain.like(grey(128), 5)
    whole, _ = grain.rows(0, 1200, 1100)
    assert whole.shape == (1200, 1100)
    parts = [grain.rows(top, top + 100, 1100)[0] for top in range(0, 1200, 100)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    # Neighbouring pixels differ no more across a tile's edge than elsewhere.
    steps = np.abs(np.diff(whole, axis=1)).mean(axis=0)
    assert steps[511] == pytest.approx(steps.mean(), rel=0.15)
    assert whole.std() == pytest.approx(1, abs=0.05)


def test_dither_leaves_whole_levels_alone() -> None:
    _, dither = Grain.like(grey(128), 5).rows(0, 512, 512)
    assert abs(dither).max() < 0.495
    assert dither.std() > 0.25


def test_grain_fades_out_in_black_and_white() -> None:
    share = weights()
    assert share[0] == 0
    assert share[-1] == pytest.approx(0, abs=0.01)
    middle = int((0.2159 / BRIGHTEST) ** 0.5 * STEPS)
    assert share[middle] == pytest.approx(1, abs=0.01)


def test_another_seed_gives_other_noise() -> None:
    one, other = (Grain.like(grey(128), seed).noise for seed in (1, 2))
    assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02


def test_levels_are_the_pictures_own() -> None:
    # The measure is in 8-bit levels, as the noise is.
    noisy = grey(128, 1.2)
    again = floats_from_pixels(np.clip(np.rint(noisy), 0, 255).astype(np.uint8)) * np.float32(255)
    assert Grain.like(again, 1).outside == pytest.approx(Grain.like(noisy, 1).outside, rel=0.15)
