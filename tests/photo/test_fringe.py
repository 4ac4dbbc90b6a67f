from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.photo.fringe import refine_fringe

SIDE = 450


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def head(
    *, ground: int = 200, own: int = 40, noise: float = 3.0, hair: int = 0
) -> tuple[NDArray[np.uint8], Floats]:
    """A dark head with this much hair in front of a wall, and its true matte."""
    truth = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(truth, (225, 300), 140, 1.0, -1)
    for column in range(150, 300, 7 if hair else SIDE):
        top = 300 - round((140**2 - (column - 225) ** 2) ** 0.5) - hair
        cv2.line(truth, (column, 200), (column, top), 1.0, 1, cv2.LINE_AA)
    truth = np.clip(cv2.GaussianBlur(truth, (0, 0), 0.7), 0, 1)
    grain = np.random.default_rng(4).normal(0, noise, (SIDE, SIDE, 3))
    picture = ground + (own - ground) * truth[..., None] + grain
    return np.clip(picture, 0, 255).astype(np.uint8), np.asarray(truth, np.float32)


def smeared(truth: Floats, by: float = 3.0) -> Floats:
    """The same matte as a small network returns it."""
    return np.asarray(cv2.GaussianBlur(truth, (0, 0), by), np.float32)


def test_hair_is_found_again_in_a_smeared_matte() -> None:
    picture, truth = head(hair=10)
    before = smeared(truth)
    after = refine_fringe(picture, before)
    assert np.abs(after - truth).mean() < 0.6 * np.abs(before - truth).mean()


def test_a_rim_of_backdrop_is_cut_off() -> None:
    picture, truth = head()
    wide = (cv2.dilate(truth, np.ones((7, 7), np.uint8)) > 0.5).astype(np.float32)
    after = refine_fringe(picture, wide)
    rim = (wide == 1) & (truth < 0.01)
    assert rim.sum() > 500
    assert after[rim].mean() < 0.2


def test_dark_hair_before_a_dark_wall_is_left_to_the_network() -> None:
    picture, truth = head(ground=46, own=40)
    before = smeared(truth)
    after = refine_fringe(picture, before)
    inside = before > 0.85
    assert (after[inside] > 0.8).mean() > 0.99


def test_an_uncertain_pixel_that_looks_like_the_wall_is_wall() -> None:
    picture, truth = head(ground=46, own=40)
    before = smeared(truth)
    doubtful = (before > 0.05) & (before < 0.3)
    assert refine_fringe(picture, before)[doubtful].mean() < 0.05


def test_colours_that_differ_by_less_than_noise_decide_nothing() -> None:
    picture, truth = head(ground=50, own=40, noise=0)
    wide = (cv2.dilate(truth, np.ones((9, 9), np.uint8)) > 0.5).astype(np.float32)
    # What the network is sure of stays, for all that it looks like the wall.
    rim = (wide == 1) & (truth < 0.01)
    assert refine_fringe(picture, wide)[rim].mean() > 0.9


def test_dark_hair_around_a_light_face_is_not_taken_for_backdrop() -> None:
    hair, face = np.zeros((2, SIDE, SIDE), np.float32)
    cv2.circle(hair, (225, 225), 140, 1.0, -1)
    cv2.circle(face, (225, 225), 131, 1.0, -1)
    grain = np.random.default_rng(4).normal(0, 3, (SIDE, SIDE, 3))
    picture = 120 + (40 - 120) * hair[..., None] + (210 - 40) * face[..., None] + grain
    after = refine_fringe(np.clip(picture, 0, 255).astype(np.uint8), smeared(hair, 2.0))
    assert after[(hair == 1) & (face == 0)].mean() > 0.8


def test_a_hedge_of_the_jackets_colour_does_not_become_jacket() -> None:
    picture, truth = head()
    away = cv2.distanceTransform((truth < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    hedge = (away > 7) & (away < 10)
    picture[hedge] = 40
    before = smeared(truth)
    assert before[hedge].max() > 0.005
    assert refine_fringe(picture, before)[hedge].max() < 0.1


def test_nothing_grows_where_the_network_saw_nothing() -> None:
    picture, truth = head()
    cv2.circle(picture, (60, 60), 15, (40, 40, 40), -1)
    after = refine_fringe(picture, smeared(truth))
    assert after[60, 60] == 0


def test_pixels_far_from_the_edge_are_unchanged() -> None:
    picture, truth = head(noise=20)
    after = refine_fringe(picture, truth)
    assert (after[250:330, 180:270] == 1).all()
    assert not after[:100].any()


@pytest.mark.parametrize("matte", [0.0, 0.5, 1.0])
def test_a_matte_without_two_sides_is_returned_as_it_is(matte: float) -> None:
    flat = np.full((120, 90), matte, np.float32)
    picture = np.full((120, 90, 3), 128, np.uint8)
    assert np.array_equal(refine_fringe(picture, flat), flat)


@pytest.mark.usefixtures("threads")
def test_a_fringe_does_not_depend_on_the_thread_count() -> None:
    picture, truth = head()
    fringes = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        fringes.append(refine_fringe(picture, smeared(truth)).tobytes())
    assert len(set(fringes)) == 1
