"""Steps along the top edge are those of things that leave the photo, not of light or texture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.photo.top_edge import measure_steps

HEIGHT, WIDTH, PLACES = 400, 600, 128
NOBODY = np.zeros((HEIGHT, WIDTH), np.float32)


def wall(level: int = 150) -> NDArray[np.uint8]:
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def test_a_pole_is_a_step_at_both_its_sides() -> None:
    picture = wall()
    picture[:, 300:330] = 40
    steps = measure_steps(picture, NOBODY, PLACES)
    assert steps.shape == (PLACES,)
    assert {int(place) for place in np.flatnonzero(steps > 12)} & {63, 64, 69, 70}
    assert steps[:50].max() == steps[90:].max() == 0


def test_a_change_of_hue_alone_is_a_step() -> None:
    picture = wall()
    picture[:, 300:] = (190, 130, 140)
    assert measure_steps(picture, NOBODY, PLACES).max() > 12


def test_slow_light_and_fine_grain_are_none() -> None:
    light = np.linspace(60, 200, WIDTH)[None, :, None].repeat(HEIGHT, 0).repeat(3, 2)
    grain = np.random.default_rng(1).normal(0, 10, light.shape)
    picture = np.clip(light + grain, 0, 255).astype(np.uint8)
    assert measure_steps(picture, NOBODY, PLACES).max() < 6


def test_what_ends_just_below_the_top_hardly_counts() -> None:
    picture = wall()
    picture[20:, 300:330] = 40
    assert measure_steps(picture, NOBODY, PLACES).max() < 9


def test_the_outline_of_the_subject_is_none() -> None:
    picture, matte = wall(), NOBODY.copy()
    picture[:, 300:400] = 20
    matte[:, 300:400] = 1
    assert measure_steps(picture, matte, PLACES).max() < 6


def test_a_tiny_picture_is_measured_too() -> None:
    assert measure_steps(wall()[:3, :40], NOBODY[:3, :40], PLACES).shape == (PLACES,)
