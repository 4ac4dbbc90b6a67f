"""The curve rises, and for every flat colour there is a light that it turns into that colour."""

import numpy as np
import pytest

from poster.envelope.tone_curve import (
    BRIGHTEST,
    END,
    INDEX_SCALE,
    SHOULDER,
    bend,
    levels,
    radiance_of,
)


def level_of(radiance: float) -> float:
    index = np.float32(np.sqrt(np.float32(min(radiance, BRIGHTEST)))) * INDEX_SCALE
    return float(levels()[int(index)])


def test_the_curve_rises_from_black_to_its_end_without_a_jump() -> None:
    table = levels()
    assert table[0] == 0
    assert table[-1] == pytest.approx(END, abs=1e-3)
    steps = np.diff(table)
    assert steps.min() >= 0
    assert steps.max() < 0.02


def test_light_below_the_shoulder_is_left_alone() -> None:
    light = np.linspace(0, SHOULDER, 100)
    np.testing.assert_array_equal(bend(light), light)


def test_the_shoulder_begins_without_a_kink() -> None:
    below, above = (bend(np.array([SHOULDER - 1e-3, SHOULDER + step]))[1] for step in (0.0, 1e-3))
    assert above - below == pytest.approx(1e-3, rel=0.02)


@pytest.mark.parametrize("level", range(0, 256, 5))
def test_every_flat_colour_comes_out_as_itself(level: int) -> None:
    red, green, blue = radiance_of((level, 255 - level, 7))
    assert level_of(red) == pytest.approx(level, abs=0.01)
    assert level_of(green) == pytest.approx(255 - level, abs=0.01)
    assert level_of(blue) == pytest.approx(7, abs=0.01)


def test_white_is_slightly_brighter_than_paper() -> None:
    # Otherwise shadows on a white table would disappear.
    assert 1 < radiance_of((255, 255, 255))[0] < 1.15
