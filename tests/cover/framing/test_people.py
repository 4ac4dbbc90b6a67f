from __future__ import annotations

import numpy as np
import pytest

from poster.cover.framing.people import weigh_cuts, weigh_faces
from poster.geometry import Box
from poster.photo.facts import Photo, PhotoFacts, measure_photo

WIDTH, HEIGHT = 640, 1280
FACE = Box(290, 100, 350, 180)


def standing(*faces: Box, is_cut_out: bool = True) -> PhotoFacts:
    """People from the crown to the foot of the photo."""
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    for face in faces:
        if is_cut_out:
            matte[face.y0 - 20 :, face.x0 - 40 : face.x1 + 40] = 1
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    return measure_photo(Photo(picture, matte, faces))


def cost(facts: PhotoFacts, foot: float, *, left: float = 0, right: float = WIDTH) -> float:
    return float(weigh_cuts(facts, np.array([[left], [0], [right], [foot]], np.float64))[0])


def below(faces: float) -> float:
    """The row at a distance below the chin, in face heights."""
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


def test_a_person_who_is_not_cut_costs_nothing() -> None:
    assert cost(standing(FACE, is_cut_out=False), below(5.5)) == 0


def test_a_face_at_the_side_of_the_window_costs() -> None:
    facts = standing(FACE)
    tight, roomy = (cost(facts, below(1.2), left=FACE.x0 - room) for room in (0, 60))
    assert tight > 0.2
    assert roomy == 0


def test_the_larger_face_weighs_more() -> None:
    small = Box(100, 150, 130, 190)
    facts = standing(FACE, small)
    assert cost(facts, below(0.05)) > cost(facts, small.y1 + 0.05 * small.height)


def test_without_a_face_cuts_cost_nothing() -> None:
    assert cost(standing(), 700) == 0


LARGE = Box(220, 380, 420, 680)
"""A face whose centre is about two fifths down a picture of this size."""


def faces_cost(*windows: Box, faces: tuple[Box, ...] = (LARGE,)) -> list[float]:
    edges = np.array([window.edges for window in windows], np.float64).T
    return [float(cost) for cost in weigh_faces(faces, None, edges, WIDTH / (edges[2] - edges[0]))]


WINDOW = Box(0, 0, WIDTH, HEIGHT)


def test_a_face_off_to_the_side_costs_and_one_near_the_middle_does_not() -> None:
    middle, nearly, aside, farther = faces_cost(
        *(WINDOW.shifted(dx, 0) for dx in (0, 30, 120, 200))
    )
    assert middle == nearly
    assert aside > middle + 0.1
    assert farther > aside + 0.1


def test_a_face_costs_least_at_the_eye_line() -> None:
    # Small, so that there is room for its hair in any position.
    face = Box(300, 900, 340, 950)
    costs = {
        share: faces_cost(WINDOW.shifted(0, 925 - round(share * HEIGHT)), faces=(face,))[0]
        for share in (0.2, 0.3, 0.4, 0.5, 0.6)
    }
    assert min(costs, key=lambda share: costs[share]) == 0.4
    assert costs[0.2] > costs[0.3] + 0.05
    assert costs[0.6] > costs[0.5] + 0.05


def test_a_head_without_room_for_its_hair_costs_more_than_one_as_far_below_the_eye_line() -> None:
    middle = round(0.4 * HEIGHT) - LARGE.centre[1]
    high, low = faces_cost(
        WINDOW.shifted(0, round(320 - middle)), WINDOW.shifted(0, round(-320 - middle))
    )
    assert high > low + 0.5


def test_a_face_under_the_title_costs_in_proportion_to_the_part_covered() -> None:
    edges = np.array([[0, 0, WIDTH, HEIGHT]], np.float64).T
    clear, touched, under = (
        float(weigh_faces((LARGE,), Box(20, 20, 600, foot), edges, np.ones(1))[0])
        for foot in (380, 400, 680)
    )
    assert touched > clear + 5
    assert under > clear + 50


def test_of_two_faces_the_larger_is_cut_last() -> None:
    small = Box(20, 420, 100, 520)
    none, lost_small, lost_large = faces_cost(
        WINDOW, Box(110, 0, 1000, HEIGHT), Box(0, 0, 215, HEIGHT), faces=(LARGE, small)
    )
    assert none + 1 < lost_small < lost_large - 10
