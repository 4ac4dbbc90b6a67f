from __future__ import annotations

import cv2
import numpy as np
import pytest

from poster.arrays import Floats
from poster.cover.framing.crown import find_cut_crowns
from poster.cover.framing.headroom import grow_headroom


def disc(centre_y: int, radius: int = 80) -> Floats:
    """A head, round and centred 200 pixels from the left, on a 400 x 300 picture."""
    matte = np.zeros((300, 400), np.float32)
    cv2.circle(matte, (200, centre_y), radius, 1.0, -1)
    return matte


@pytest.mark.parametrize("missing", [4, 12, 25])
def test_the_cap_of_a_cut_circle_is_the_missing_part(missing: int) -> None:
    (crown,) = find_cut_crowns(disc(80 - missing))
    assert crown.centre == pytest.approx(200.5, abs=1)
    assert crown.height == pytest.approx(missing, abs=2.5)
    whole = disc(80)
    cap = crown.cap(400)
    drawn = np.zeros((missing + 6, 400), np.float32)
    drawn[-len(cap) :] = cap[-len(drawn) :]
    wanted = np.zeros_like(drawn)
    wanted[6:] = whole[:missing]
    assert np.abs(drawn - wanted).sum() < 0.3 * wanted.sum() + 40


@pytest.mark.parametrize("centre_y", [81, 120, 400])
def test_a_head_that_the_edge_does_not_cut_needs_no_crown(centre_y: int) -> None:
    assert find_cut_crowns(disc(centre_y)) == []


def test_a_head_that_is_half_gone_gets_none() -> None:
    assert find_cut_crowns(disc(-20)) == []


@pytest.mark.parametrize(
    ("left", "right"), [(150, 250), (0, 100), (300, 400), (10, 390), (200, 206)]
)
def test_towers_corners_walls_and_wires_get_none(left: int, right: int) -> None:
    matte = np.zeros((300, 400), np.float32)
    matte[:, left:right] = 1
    assert find_cut_crowns(matte) == []


def test_a_head_that_is_cut_at_the_brow_gets_a_flatter_crown_than_its_own() -> None:
    # 42 pixels are missing; mirroring that many would show the brow again.
    (crown,) = find_cut_crowns(disc(38))
    assert 0.4 * crown.half_width < crown.height < 0.5 * crown.half_width


@pytest.mark.parametrize(
    ("centre", "radius"),
    [((200, 260), 300), ((20, 50), 80), ((385, 50), 80)],
    ids=["a hill", "at the left corner", "at the right corner"],
)
def test_a_hill_and_a_head_in_a_corner_get_none(centre: tuple[int, int], radius: int) -> None:
    matte = np.zeros((300, 400), np.float32)
    cv2.circle(matte, centre, radius, 1.0, -1)
    assert find_cut_crowns(matte) == []


def test_two_heads_get_a_crown_each_from_left_to_right() -> None:
    matte = np.maximum(np.roll(disc(45, 50), -110, 1), np.roll(disc(40, 50), 110, 1))
    first, second = find_cut_crowns(matte)
    assert first.centre < 200 < second.centre
    assert first.height < second.height


def test_a_cut_head_is_rounded_off_in_its_own_colour() -> None:
    matte = disc(60)
    picture = np.full((300, 400, 3), 190, np.uint8)
    picture[matte > 0] = (90, 60, 30)
    tall, tall_matte = grow_headroom(picture, matte, 90)
    assert np.abs(tall[84, 200].astype(int) - (90, 60, 30)).max() < 8
    assert tall_matte[84, 200] == 1
    assert np.abs(tall[40, 200].astype(int) - 190).max() < 8
    assert not tall_matte[:60].any()
    assert np.array_equal(tall[90:], picture)


def test_a_crown_higher_than_the_headroom_is_cut_by_it() -> None:
    matte = disc(60)
    tall, tall_matte = grow_headroom(np.full((300, 400, 3), 120, np.uint8), matte, 6)
    assert tall.shape == (306, 400, 3)
    assert tall_matte[0, 200] == 1
