"""Adjusting tone burns highlights and dodges shadows, and leaves tones on which type is legible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.cover.ink.dodge_burn import LocalAdjustment, ToneAdjustment, adjust_tone

DARK, LIGHT = (4, 4, 5), (250, 249, 246)
RAMP = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
FULL = np.ones((1, 256), np.float32)


@pytest.mark.parametrize("tone", [DARK, LIGHT])
def test_nothing_changes_without_strength_or_mask(tone: tuple[int, int, int]) -> None:
    assert np.array_equal(adjust_tone(RAMP, FULL, ToneAdjustment(0, tone)), RAMP)
    assert np.array_equal(adjust_tone(RAMP, 0 * FULL, ToneAdjustment(0.9, tone)), RAMP)


def test_burning_darkens_highlights_more_than_shadows() -> None:
    lost = RAMP[0, :, 0].astype(int) - adjust_tone(RAMP, FULL, ToneAdjustment(0.5, DARK))[0, :, 0]
    assert lost[255] > 70
    assert abs(lost[40]) <= 1


def test_dodging_lightens_shadows_more_than_highlights() -> None:
    won = adjust_tone(RAMP, FULL, ToneAdjustment(0.5, LIGHT))[0, :, 0].astype(int) - RAMP[0, :, 0]
    assert won[0] > 70
    assert abs(won[215]) <= 1


@given(st.floats(0, 0.95), st.floats(0, 1))
def test_lighter_stays_lighter(strength: float, reach: float) -> None:
    mask = np.full((1, 256), reach, np.float32)
    for tone in (DARK, LIGHT):
        adjusted = adjust_tone(RAMP, mask, ToneAdjustment(strength, tone))[0, :, 0].astype(int)
        assert (np.diff(adjusted) >= 0).all()


def test_burning_keeps_the_hue() -> None:
    sky = np.full((1, 1, 3), (90, 150, 230), np.uint8)
    red, green, blue = adjust_tone(
        sky, np.ones((1, 1), np.float32), ToneAdjustment(0.7, (0, 0, 0))
    )[0, 0].astype(float)
    assert blue < 150
    assert (red / blue, green / blue) == pytest.approx((90 / 230, 150 / 230), abs=0.02)


def test_a_picture_is_adjusted_under_the_mask_and_the_input_is_unchanged() -> None:
    picture = np.full((40, 40, 3), 200, np.uint8)
    mask = np.zeros((40, 40), np.float32)
    mask[10:20, 10:20] = 1
    adjusted = LocalAdjustment(mask, ToneAdjustment(0.8, DARK)).over(picture)
    assert (adjusted[10:20, 10:20] < 120).all()
    adjusted[10:20, 10:20] = 200
    assert (adjusted == 200).all()
    assert (picture == 200).all()


def test_an_empty_mask_changes_nothing() -> None:
    picture = np.full((8, 8, 3), 200, np.uint8)
    assert np.array_equal(
        LocalAdjustment(np.zeros((8, 8), np.float32), ToneAdjustment(0.8, DARK)).over(picture),
        picture,
    )
