"""Each cost follows its rule, although it is computed from summed-area tables."""

from dataclasses import replace

import numpy as np
import pytest

from poster.cover.framing.weigh import COSTS, WindowWeigher
from poster.cover.layout.dummy import CoverText, Slot
from poster.cover.layout.galley import Galley
from poster.cover.layout.place import place_masthead
from poster.cover.layout.styles import CLASSIC
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
COVER = Box(0, 0, WIDTH, HEIGHT)
WHOLE = Box(0, 0, 1024, 1472)


def weigh(
    facts: PhotoFacts, *windows: Box, title: Slot | None = None, is_behind: bool = False
) -> list[float]:
    costs: list[float] = (
        WindowWeigher(facts, COVER, title, is_behind=is_behind).weigh(windows).tolist()
    )
    return costs


@pytest.fixture(scope="module")
def masthead() -> Slot:
    return place_masthead(Galley(CoverText("TABASCO"), CLASSIC, WIDTH, HEIGHT, Typesetter()))


CENTRED = Box(352, 720, 672, 992)
"""A subject in the middle of the picture, slightly below the centre line."""


def test_a_subject_in_the_middle_costs_nothing() -> None:
    assert weigh(facts_of(WIDTH, HEIGHT, subject=CENTRED), WHOLE) == [pytest.approx(0, abs=1e-6)]


def test_windows_cost_the_same_alone_and_together(masthead: Slot) -> None:
    facts = facts_of(
        WIDTH, HEIGHT, Box(400, 300, 600, 550), subject=Box(300, 200, 700, 1472), edges=0.03
    )
    windows = [WHOLE, WHOLE.shifted(0, -200), Box(100, 50, 900, 1200)]
    for is_behind in (False, True):
        together = weigh(facts, *windows, title=masthead, is_behind=is_behind)
        alone = [weigh(facts, one, title=masthead, is_behind=is_behind)[0] for one in windows]
        assert together == pytest.approx(alone)


def test_a_cut_subject_costs_in_proportion_to_the_part_lost() -> None:
    facts = facts_of(2048, HEIGHT, subject=Box(724, 720, 1324, 992))
    # The subject is in the middle of all three windows.
    whole, cut, halved = weigh(
        facts,
        Box(512, 0, 1536, 1472),
        Box(774, 137, 1274, 1337),
        Box(874, 137, 1174, 1337),
    )
    assert whole == pytest.approx(0, abs=1e-6)
    assert cut > 0.15
    # Both edges cut it at equal length.
    both = 2 * COSTS.cut
    assert halved - both > 2.5 * (cut - both)


def test_a_photo_enlarged_until_it_is_soft_costs() -> None:
    facts = facts_of(WIDTH, HEIGHT)
    whole, sharp, soft, softer = weigh(
        facts, WHOLE, Box(0, 0, 683, 982), Box(0, 0, 512, 736), Box(0, 0, 256, 368)
    )
    assert whole == sharp == 0
    assert 0 < soft < softer


def test_a_subject_off_to_the_side_costs_and_one_near_the_middle_does_not() -> None:
    facts = facts_of(2048, HEIGHT, subject=Box(912, 720, 1136, 992))
    middle, nearly, aside, farther, other = weigh(
        facts, *(Box(512, 0, 1536, 1472).shifted(dx, 0) for dx in (0, 32, 120, 240, -240))
    )
    assert middle == nearly == pytest.approx(0, abs=1e-6)
    assert 0.05 < aside < farther
    assert other == pytest.approx(farther, abs=1e-6)


def test_a_subject_looks_best_slightly_below_the_middle() -> None:
    facts = facts_of(WIDTH, 2944, subject=Box(352, 1336, 672, 1608))
    # The share of the window's height at which the subject's middle is.
    at = {share: weigh(facts, WHOLE.shifted(0, 1472 - round(share * 1472)))[0] for share in SHARES}
    assert min(at, key=lambda share: at[share]) == 0.58
    assert at[0.30] > at[0.42] > 0.05
    assert at[0.86] > at[0.74] > 0.05


SHARES = (0.30, 0.42, 0.58, 0.74, 0.86)


def test_a_speck_may_be_anywhere() -> None:
    # Less than one cell; then a few.
    cell = facts_of(WIDTH, HEIGHT, subject=Box(8, 8, 16, 16))
    [speck] = weigh(replace(cell, matte=np.float32(0.9) * cell.matte), WHOLE)
    [seen] = weigh(facts_of(WIDTH, HEIGHT, subject=Box(8, 8, 40, 40)), WHOLE)
    assert speck < 0.02
    assert seen > 0.5


def test_a_cut_face_and_a_face_under_the_title_all_but_rule_a_window_out(masthead: Slot) -> None:
    face = Box(400, 500, 600, 750)
    [whole] = weigh(facts_of(WIDTH, HEIGHT, face), WHOLE, title=masthead)
    [cut] = weigh(facts_of(WIDTH, HEIGHT, face), WHOLE.shifted(500, 0), title=masthead)
    [under] = weigh(facts_of(WIDTH, HEIGHT, face.shifted(0, -450)), WHOLE, title=masthead)
    assert whole < 1
    assert cut > 10
    assert under > 50


def test_a_window_that_cuts_a_person_at_a_joint_costs_more() -> None:
    # A face whose neck is exactly at the foot of the window, or well above it.
    face = Box(462, 500, 562, 600)
    facts = facts_of(WIDTH, 2 * HEIGHT, face, subject=Box(412, 480, 612, 2 * HEIGHT))
    window = Box(0, 0, 1024, 1472)
    neck, chest = 605 - 1472, 720 - 1472
    apart = [weigh(facts, window.shifted(0, foot))[0] for foot in (neck, chest)]
    without = [
        weigh(replace(facts, matte=np.zeros_like(facts.matte)), window.shifted(0, foot))[0]
        for foot in (neck, chest)
    ]
    assert apart[0] - without[0] > apart[1] - without[1] + 0.3


def test_a_title_in_front_of_the_subject_costs_if_it_covers_it(masthead: Slot) -> None:
    box = masthead.box

    def covered(share: float) -> float:
        subject = Box(box.x0, box.y0, box.x0 + round(share * box.width), box.y1)
        facts = facts_of(WIDTH, HEIGHT, subject=subject)
        return weigh(facts, WHOLE, title=masthead)[0] - weigh(facts, WHOLE)[0]

    assert covered(0.25) > 0.2
    assert covered(0.5) == pytest.approx(2 * covered(0.25), rel=0.1)
    # More than a subject at the edge of the page costs.
    assert covered(1) > 1


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_an_edge_that_cuts_a_thing_costs_unless_the_photo_ends_there(side: str) -> None:
    thing = Box(400, 600, 700, 900)
    cuts = {
        "left": Box(410, 300, 1200, 1300),
        "top": Box(100, 610, 1100, 1500),
        "right": Box(0, 300, 690, 1300),
        "bottom": Box(100, 200, 1100, 890),
    }
    facts = facts_of(1600, 1600, subject=thing)
    [cut] = weigh(facts, cuts[side])
    x0, y0, x1, y1 = cuts[side].edges
    clear = {
        "left": Box(x0 - 30, y0, x1 - 30, y1),
        "top": Box(x0, y0 - 30, x1, y1 - 30),
        "right": Box(x0 + 30, y0, x1 + 30, y1),
        "bottom": Box(x0, y0 + 30, x1, y1 + 30),
    }
    [whole] = weigh(facts, clear[side])
    assert cut > whole + 0.2
    # The same cut by the photo's own edge is no fault of the window.
    ended = facts_of(1600, 1600, subject=Box(0, 600, 300, 900))
    [at_edge] = weigh(ended, Box(0, 300, 690, 1300))
    [inside] = weigh(ended, Box(20, 300, 710, 1300))
    assert inside > at_edge + 0.2


def test_a_window_is_better_where_its_title_lies_calm(masthead: Slot) -> None:
    facts = facts_of(2048, HEIGHT, busy=Box(0, 0, 300, 500))
    busy, calm = weigh(facts, WHOLE, WHOLE.shifted(1000, 0), title=masthead)
    assert busy > calm + 0.25
    # A title on paper does not care.
    busy, calm = weigh(facts, WHOLE, WHOLE.shifted(1000, 0))
    assert busy == pytest.approx(calm)


@pytest.mark.parametrize("gap", [4, 14])
def test_a_thing_that_all_but_reaches_an_edge_costs_more_than_one_with_air(gap: int) -> None:
    facts = facts_of(1600, 1600, subject=Box(400, 600, 700, 900))
    windows = {
        "left": Box(400 - gap, 300, 1200, 1300),
        "top": Box(100, 600 - gap, 1100, 1500),
        "right": Box(0, 300, 700 + gap, 1300),
        "bottom": Box(100, 200, 1100, 900 + gap),
    }
    for window in windows.values():
        [tight] = weigh(facts, window)
        [airy] = weigh(facts, window.grown(30, 30))
        assert tight > airy + 0.1


def test_a_head_that_touches_a_field_costs_and_a_body_at_the_foot_does_not() -> None:
    face, body = Box(400, 420, 600, 650), Box(350, 310, 650, 1500)
    facts = facts_of(1600, 1600, face, subject=body)
    [tight] = weigh(facts, Box(0, 300, 1000, 1300))
    [airy] = weigh(facts, Box(0, 250, 1000, 1250))
    [bare] = weigh(facts_of(1600, 1600, face), Box(0, 300, 1000, 1300))
    [bare_airy] = weigh(facts_of(1600, 1600, face), Box(0, 250, 1000, 1250))
    assert tight - airy > bare - bare_airy + 0.05
