"""The truth bench sums like the product, and separates its error from the render's noise."""

import numpy as np
import pytest

from bench.envelope_truth import Subject, add_plates, load_plates, measure, similarity
from poster.envelope.light import PAGE_TINT
from poster.envelope.plates import Plates

ALL = np.ones((128, 128), np.bool_)


def test_the_sum_has_every_part_once() -> None:
    glare, plastic, pages, cover, background, closure = (
        np.full((36, 24), value, np.float32) for value in (0.01, 0.02, 0.04, 0.5, 0.25, 0.1)
    )
    share = np.zeros((36, 24), np.uint8)
    plates = Plates(
        name="flat", width=24, height=36, glare=glare, plastic=plastic, pages=pages, cover=cover,
        background_share=background, closure=closure, on_cover=share, on_closure=share,
        shift=np.zeros((9, 6, 2), np.float32), cover_quad=((2, 4), (22, 4), (22, 34), (2, 34)),
        stretch_rows=(8, 30),
    )  # fmt: skip
    subject = Subject(np.full((60, 40, 3), 255, np.uint8), (0.4, 0.2, 0.0), (255, 0, 255))
    expected = 0.03 + 0.04 * np.array(PAGE_TINT) + 0.5 + np.array((0.1 + 0.1, 0.05, 0.1))
    np.testing.assert_allclose(add_plates(plates, subject)[18, 12], expected, rtol=1e-4)


def test_the_film_of_the_sum_does_not_bend_light() -> None:
    plates = load_plates("record")
    assert plates.name == "record"
    assert not plates.shift.any()


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
