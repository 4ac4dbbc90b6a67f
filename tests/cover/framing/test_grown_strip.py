"""A strip that continues the photo scores low; a smear, a step, streaks and drift score above 1."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.cover.framing.grown_strip import measure_strip
from poster.cover.framing.headroom import grow_headroom

ROWS, HEIGHT, WIDTH = 120, 600, 420
NOBODY = np.zeros((HEIGHT, WIDTH), np.float32)

Pixels = NDArray[np.uint8]


def plaster(seed: int = 1, contrast: float = 12.0, level: float = 150.0) -> NDArray[np.float64]:
    """Blotches of about two cells, on one tone."""
    noise = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH))
    blotches = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.asarray(level + contrast * blotches / blotches.std())


def picture_of(values: NDArray[np.float64]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)[..., None].repeat(3, 2)


def test_a_strip_of_the_same_wall_cannot_be_told_from_it() -> None:
    for contrast in (0.0, 2.0, 12.0):
        strip = measure_strip(picture_of(plaster(contrast=contrast)), NOBODY, ROWS)
        assert strip.score < 0.5


@pytest.mark.parametrize("rows", [1, 2, 3, 5, HEIGHT - 1])
def test_a_strip_of_any_height_is_compared(rows: int) -> None:
    assert measure_strip(picture_of(plaster(contrast=2.0)), NOBODY, rows).step < 1


def test_a_smear_has_too_little_detail() -> None:
    values = plaster()
    values[:ROWS] = cv2.GaussianBlur(values[:ROWS], (0, 0), 12)
    strip = measure_strip(picture_of(values), NOBODY, ROWS)
    assert strip.score == strip.energy > 1


def test_repeated_things_above_a_plain_wall_have_too_much() -> None:
    values = plaster(contrast=1.0)
    values[:ROWS:12, ::20] = 40
    assert measure_strip(picture_of(values), NOBODY, ROWS).energy > 1


def test_columns_that_are_drawn_upward_are_streaks() -> None:
    values = plaster()
    values[:ROWS] = values[ROWS]
    assert measure_strip(picture_of(values), NOBODY, ROWS).streaks > 1


@pytest.mark.parametrize("change", [20.0, -20.0])
def test_another_tone_is_a_step(change: float) -> None:
    values = plaster()
    values[:ROWS] += change
    assert measure_strip(picture_of(values), NOBODY, ROWS).step > 1


@pytest.mark.parametrize("change", [3.0, -3.0])
def test_a_faint_edge_across_a_plain_page_is_a_step(change: float) -> None:
    plain, rough = plaster(contrast=0.5), plaster(contrast=12.0)
    for values in (plain, rough):
        values[:ROWS] += change
    assert measure_strip(picture_of(plain), NOBODY, ROWS).step > 1
    assert measure_strip(picture_of(rough), NOBODY, ROWS).step < 0.7


def test_a_piece_of_a_facade_above_the_sky_is_foreign() -> None:
    # Windows at the left only, so that the whole strip has as much detail as the photo.
    values = plaster(contrast=0.5, level=200)
    windows = np.kron(np.tile([[1, 0], [0, 0]], (HEIGHT // 10, 14)), np.ones((5, 5)))
    values[:, :140] -= 60 * windows
    assert measure_strip(picture_of(values), NOBODY, ROWS).score < 1
    moved = values.copy()
    moved[20:80, 300:380] = values[200:260, 20:100]
    assert measure_strip(picture_of(moved), NOBODY, ROWS).foreign > 1


def test_a_tone_that_fades_to_another_has_drifted() -> None:
    values = plaster(contrast=1.0)
    values[:ROWS] += np.linspace(80, 0, ROWS)[:, None]
    strip = measure_strip(picture_of(values), NOBODY, ROWS)
    assert strip.drift > 1
    # A sky that darkens upward in the photo may go on doing so.
    sky = plaster(contrast=1.0, level=90) + np.linspace(0, 120, HEIGHT)[:, None]
    assert measure_strip(picture_of(sky), NOBODY, ROWS).score < 1


def test_the_subject_is_not_compared() -> None:
    values, matte = plaster(), NOBODY.copy()
    values[ROWS:, 100:300] = 20
    matte[ROWS:, 100:300] = 1
    assert measure_strip(picture_of(values), matte, ROWS).score < 0.5
    matte[:] = 1
    assert measure_strip(picture_of(values), matte, ROWS).score == 0


@pytest.mark.parametrize("contrast", [0.0, 3.0])
def test_headroom_that_is_grown_above_a_wall_passes(contrast: float) -> None:
    below = picture_of(plaster(contrast=contrast))[ROWS:]
    tall, matte = grow_headroom(below, NOBODY[ROWS:], ROWS)
    assert measure_strip(tall, matte, ROWS).score < 1
