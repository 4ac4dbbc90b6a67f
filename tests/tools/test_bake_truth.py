"""The truth bench tells the sum's own error from the render's noise."""

import numpy as np
import pytest

from bench.envelope_truth import measure, similarity

ALL = np.ones((128, 128), np.bool_)


def test_a_small_error_is_found_beneath_the_noise_of_the_renders() -> None:
    rng = np.random.default_rng(5)
    true = rng.uniform(0.3, 0.7, (128, 128, 3)).astype(np.float32)
    first, second = (true + 0.05 * rng.standard_normal(true.shape, np.float32) for _ in range(2))
    row = measure((true + np.float32(0.01), first, second), ALL)
    assert row["clean"] == pytest.approx(40, abs=0.5)
    assert row["psnr"] < 30
    assert row["noise_psnr"] == pytest.approx(-10 * np.log10(2 * 0.05**2), abs=0.2)
    assert row["ratio"] == pytest.approx(0.2, abs=0.02)


def test_a_picture_is_like_itself_and_less_like_its_noise() -> None:
    rng = np.random.default_rng(6)
    picture = np.repeat(rng.uniform(0, 1, (64, 64, 1)), 3, axis=2).astype(np.float32)
    noisy = picture + 0.2 * rng.standard_normal(picture.shape, np.float32)
    assert similarity(picture, picture).min() == pytest.approx(1, abs=1e-4)
    assert similarity(picture, noisy).mean() < 0.9
