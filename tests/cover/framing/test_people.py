from __future__ import annotations

import numpy as np
import pytest

from poster.cover.framing.people import weigh_cuts
from poster.geometry import Box
from poster.photo.facts import Photo, PhotoFacts, measure_photo

WIDTH, HEIGHT = 640, 1280
FACE = Box(290, 100, 350, 180)


def standing(*faces: Box, is_cut_out: bool = True) -> PhotoFacts:
    """People from the crown to the photo's foot."""
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    for face in faces:
        if is_cut_out:
            matte[face.y0 - 20 :, face.x0 - 40 : face.x1 + 40] = 1
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    return measure_photo(Photo(picture, matte, faces))


def cost(facts: PhotoFacts, foot: float, *, left: float = 0, right: float = WIDTH) -> float:
    return float(weigh_cuts(facts, np.array([[left], [0], [right], [foot]], np.float64))[0])


def below(faces: float) -> float:
    """A row so many faces below the chin."""
    return FACE.y1 + faces * FACE.height


@pytest.mark.parametrize(
    ("joint", "clear"), [(0.05, 1.2), (2.45, 1.8), (3.55, 4.4), (5.5, 4.6), (7.4, 6.5)]
)
def test_a_cut_at_a_joint_costs_more_than_one_between_joints(joint: float, clear: float) -> None:
    facts = standing(FACE)
    assert cost(facts, below(clear)) == 0
    assert cost(facts, below(joint)) > 0.05


def test_the_neck_is_the_worst_place() -> None:
    facts = standing(FACE)
    rows = np.linspace(0, 8, 161)
    assert rows[np.argmax([cost(facts, below(row)) for row in rows])] < 0.4


def test_who_is_not_cut_costs_nothing() -> None:
    assert cost(standing(FACE, is_cut_out=False), below(5.5)) == 0


def test_a_face_against_the_windows_side_costs() -> None:
    facts = standing(FACE)
    tight, roomy = (cost(facts, below(1.2), left=FACE.x0 - room) for room in (0, 60))
    assert tight > 0.2
    assert roomy == 0


def test_the_larger_face_weighs_more() -> None:
    small = Box(100, 150, 130, 190)
    facts = standing(FACE, small)
    assert cost(facts, below(0.05)) > cost(facts, small.y1 + 0.05 * small.height)


def test_without_a_face_nothing_is_known() -> None:
    assert cost(standing(), 700) == 0
