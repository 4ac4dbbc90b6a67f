"""Easing burns highlights and dodges shadows, and leaves tones on which type already reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.cover.ink.easing import Easing, ease

DARK, LIGHT = (4, 4, 5), (250, 249, 246)
RAMP = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
FULL = np.ones((1, 256), np.float32)


@pytest.mark.parametrize("tone", [DARK, LIGHT])
def test_nothing_changes_without_strength_or_veil(tone: tuple[int, int, int]) -> None:
    assert np.array_equal(ease(RAMP, FULL, 0, tone), RAMP)
    assert np.array_equal(ease(RAMP, 0 * FULL, 0.9, tone), RAMP)


def test_burning_darkens_highlights_more_than_shadows() -> None:
    lost = RAMP[0, :, 0].astype(int) - ease(RAMP, FULL, 0.5, DARK)[0, :, 0]
    assert lost[255] > 70
    assert abs(lost[40]) <= 1


def test_dodging_lightens_shadows_more_than_highlights() -> None:
    won = ease(RAMP, FULL, 0.5, LIGHT)[0, :, 0].astype(int) - RAMP[0, :, 0]
    assert won[0] > 70
    assert abs(won[215]) <= 1


@given(st.floats(0, 0.95), st.floats(0, 1))
def test_lighter_stays_lighter(strength: float, reach: float) -> None:
    veil = np.full((1, 256), reach, np.float32)
    for tone in (DARK, LIGHT):
        eased = ease(RAMP, veil, strength, tone)[0, :, 0].astype(int)
        assert (np.diff(eased) >= 0).all()


def test_burning_keeps_the_hue() -> None:
    sky = np.full((1, 1, 3), (90, 150, 230), np.uint8)
    red, green, blue = ease(sky, np.ones((1, 1), np.float32), 0.7, (0, 0, 0))[0, 0].astype(float)
    assert blue < 150
    assert (red / blue, green / blue) == pytest.approx((90 / 230, 150 / 230), abs=0.02)


def test_a_picture_is_eased_under_the_veil_and_the_input_is_unchanged() -> None:
    picture = np.full((40, 40, 3), 200, np.uint8)
    veil = np.zeros((40, 40), np.float32)
    veil[10:20, 10:20] = 1
    eased = Easing(veil, 0.8, DARK).over(picture)
    assert (eased[10:20, 10:20] < 120).all()
    eased[10:20, 10:20] = 200
    assert (eased == 200).all()
    assert (picture == 200).all()


def test_an_empty_veil_changes_nothing() -> None:
    picture = np.full((8, 8, 3), 200, np.uint8)
    assert np.array_equal(Easing(np.zeros((8, 8), np.float32), 0.8, DARK).over(picture), picture)
