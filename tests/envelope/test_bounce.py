"""Interreflection of cover and film: how a cover's surroundings change it, and where."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.colour import linear_from_srgb
from poster.envelope.bounce import Bounce, compute_gain
from poster.envelope.inlay import Inlay
from poster.envelope.plates import Plates
from poster.envelope.projection import map_points

BOUNCE = Bounce(baked_reflectance=0.5, share=0.16, sigma=0.033)
COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(COLOURS)
def test_a_plain_cover_gains_its_interreflection(paint: tuple[int, int, int]) -> None:
    gain = compute_gain(np.full((88, 62, 3), paint, np.uint8), BOUNCE)
    reflected = linear_from_srgb(np.array(paint, np.uint8)).astype(np.float64)
    # The film returns the light of the cover; the plates contain the same for grey.
    back = sum((0.16 * reflected) ** times for times in range(40))
    grey = sum((0.16 * 0.5) ** times for times in range(40))
    np.testing.assert_allclose(gain, np.broadcast_to(back / grey, gain.shape), rtol=1e-5)


def test_the_grey_of_the_renders_is_left_unchanged() -> None:
    gain = compute_gain(np.full((300, 200, 3), 188, np.uint8), BOUNCE)
    assert gain == pytest.approx(1, abs=0.001)


def test_type_finer_than_the_reach_is_lit_equally_in_black_and_white() -> None:
    cover = np.zeros((1472, 1024, 3), np.uint8)
    cover[:, (np.arange(1024) // 8) % 2 == 0] = 255
    # As bright as the grey that plates were lit with, and no stripes left; at its very edge the
    # last stripe goes on. Its codes' mean would give 0.955.
    gain = compute_gain(cover, BOUNCE)[:, 9:-9]
    assert gain == pytest.approx(1, abs=0.02)
    assert np.ptp(gain) < 0.004


@pytest.mark.parametrize("phase", [0.0, 0.1])
def test_stripes_as_fine_as_a_cell_are_not_sampled_as_all_black_or_white(phase: float) -> None:
    cover = np.zeros((1472, 1024, 3), np.uint8)
    cover[:, (np.arange(1024) * 96 / 1024 + phase) % 1 < 0.5] = 255
    assert compute_gain(cover, BOUNCE)[:, 9:-9] == pytest.approx(1, abs=0.03)


def test_light_from_beyond_the_reach_does_not_count() -> None:
    cover = np.zeros((600, 400, 3), np.uint8)
    cover[:, 200:] = 255
    row = compute_gain(cover, BOUNCE)[40, :, 0]
    assert row[: 3 * 96 // 8] == pytest.approx(0.92, abs=0.001)
    assert row[-3 * 96 // 8 :] == pytest.approx(0.92 / 0.84, abs=0.001)
    assert (np.diff(row) > -1e-6).all()


def test_light_spreads_by_the_given_sigma() -> None:
    cover = np.zeros((600, 400, 3), np.uint8)
    cover[:, 200:] = 255
    row = compute_gain(cover, BOUNCE)[40, :, 0]
    glow = (1 - 0.92 / row) / BOUNCE.share
    # A blurred edge rises from 16 to 84 % within one sigma on either side.
    first, last = np.interp((0.16, 0.84), glow, np.arange(len(row)))
    assert (last - first) / 2 / len(row) == pytest.approx(BOUNCE.sigma, rel=0.1)


@settings(max_examples=10, deadline=None)
@given(COLOURS, st.integers(0, 300))
def test_a_cover_in_its_frame_gets_the_gain_of_a_flat_one(
    plates: Plates, paint: tuple[int, int, int], top: int
) -> None:
    cover = np.full((200, 140, 3), paint, np.uint8)
    under = replace(plates, bounce=BOUNCE)
    seen = np.stack(Inlay(cover, under).rows(top, top + 60), axis=-1)
    gain = compute_gain(cover, BOUNCE)[0, 0]
    bare = np.stack(Inlay(cover, plates).rows(top, top + 60), axis=-1)
    np.testing.assert_allclose(seen, bare * gain, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("size", [(256, 368), (512, 736), (640, 640)])
def test_the_gain_of_a_white_half_is_where_that_half_is_in_the_frame(
    plates: Plates, size: tuple[int, int]
) -> None:
    width, height = size
    fitted = replace(plates.at(*size), bounce=BOUNCE)
    # The lower half, with grey beside it, so that light can be divided by light.
    cover = np.full((height, width, 3), 100, np.uint8)
    cover[height // 2 :] = 255
    ratio = [
        Inlay(cover, film).rows(0, height)[1] for film in (fitted, replace(fitted, bounce=None))
    ]
    gain = ratio[0] / ratio[1]
    dark, light = 0.92 / (1 - 0.16 * linear_from_srgb(np.array((100, 255), np.uint8)))
    ((x, y),) = map_points(fitted.cover_quad, size, [(width / 2, height / 2)])
    column = gain[:, round(x)]
    reached = int(np.argmax(column > (1 / 2) * (dark + light)))
    # A mean of ratios is slightly less than the ratio of means.
    assert reached == pytest.approx(y, abs=0.006 * width + 1)
    assert column[: int(y - 0.12 * width)] == pytest.approx(dark, abs=0.002)
    assert column[int(y + 0.12 * width) :] == pytest.approx(light, abs=0.002)


def test_plates_without_a_measured_bounce_leave_a_cover_unchanged(plates: Plates) -> None:
    assert plates.bounce is None
    cover = np.full((90, 62, 3), 255, np.uint8)
    assert Inlay(cover, plates).rows(100, 110)[0] == pytest.approx(1, abs=1e-5)


def test_the_same_envelope_in_another_frame_has_the_same_bounce(plates: Plates) -> None:
    under = replace(plates, bounce=BOUNCE)
    assert under.at(320, 512).bounce == BOUNCE
    assert under.shrunk(4).bounce == BOUNCE
