"""Each cost is what its rule says, whatever summed areas it is weighed by."""

import pytest

from poster.cover.framing.weigh import WindowWeigher
from poster.cover.layout.dummy import Copy, Slot
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
    return place_masthead(Galley(Copy("TABASCO"), CLASSIC, WIDTH, HEIGHT, Typesetter()))


CENTRED = Box(352, 720, 672, 992)
"""A subject in the middle of the picture, a little below the centre line."""


def test_nothing_speaks_against_a_subject_in_the_middle() -> None:
    assert weigh(facts_of(WIDTH, HEIGHT, subject=CENTRED), WHOLE) == [pytest.approx(0, abs=1e-6)]


def test_windows_are_weighed_alike_alone_and_together(masthead: Slot) -> None:
    facts = facts_of(
        WIDTH, HEIGHT, Box(400, 300, 600, 550), subject=Box(300, 200, 700, 1472), edges=0.03
    )
    windows = [WHOLE, WHOLE.shifted(0, -200), Box(100, 50, 900, 1200)]
    for is_behind in (False, True):
        together = weigh(facts, *windows, title=masthead, is_behind=is_behind)
        alone = [weigh(facts, one, title=masthead, is_behind=is_behind)[0] for one in windows]
        assert together == pytest.approx(alone)


def test_half_a_subject_costs_half_of_what_it_is_worth() -> None:
    facts = facts_of(2048, HEIGHT, subject=Box(512, 720, 832, 992))
    # The window's edge goes through its middle; what is left stands at the side.
    [cost] = weigh(facts, Box(672, 0, 672 + 1024, 1472))
    assert cost == pytest.approx(1.5 * 0.5 + 1.6 * (0.5 - 80 / 1024 - 0.04), abs=0.02)


def test_a_face_that_is_cut_and_one_under_the_title_are_all_but_refused(masthead: Slot) -> None:
    face = Box(400, 500, 600, 750)
    [whole] = weigh(facts_of(WIDTH, HEIGHT, face), WHOLE, title=masthead)
    [cut] = weigh(facts_of(WIDTH, HEIGHT, face), WHOLE.shifted(500, 0), title=masthead)
    [under] = weigh(facts_of(WIDTH, HEIGHT, face.shifted(0, -450)), WHOLE, title=masthead)
    assert whole < 1
    assert cut > 10
    assert under > 50


def test_headroom_costs_more_above_a_busy_backdrop_and_most_above_a_cut_subject() -> None:
    grown = WHOLE.shifted(0, -147)
    plain, busy = (weigh(facts_of(WIDTH, HEIGHT, edges=edges), grown)[0] for edges in (0.0, 0.1))
    assert plain == pytest.approx(0.4 * 147 / 1472)
    assert busy == pytest.approx(1.0 * 147 / 1472)
    [cut] = weigh(facts_of(WIDTH, HEIGHT, subject=Box(0, 0, 1024, 1472)), grown)
    assert cut > 8 * 147 / 1472


def test_a_title_that_goes_before_the_subject_should_not_cover_it(masthead: Slot) -> None:
    box = masthead.box
    subject = Box(box.x0, box.y0, box.x0 + box.width // 2, box.y1)
    facts = facts_of(WIDTH, HEIGHT, subject=subject)
    [beside] = weigh(facts, WHOLE)
    [covered] = weigh(facts, WHOLE, title=masthead)
    assert covered - beside == pytest.approx(1.2 * 0.5, abs=0.03)


def test_a_subject_may_hide_a_little_of_the_title_and_no_letter(masthead: Slot) -> None:
    box = masthead.box
    letter = box.width // 7

    def cost(columns: int, rows: int) -> float:
        top = box.y1 - rows
        facts = facts_of(
            WIDTH, HEIGHT, subject=Box(box.x0 + letter, top, box.x0 + letter + columns, 1472)
        )
        [behind] = weigh(facts, WHOLE, title=masthead, is_behind=True)
        [without] = weigh(facts, WHOLE)
        return behind - without

    apart, touching, hiding = cost(4 * letter, 0), cost(4 * letter, 25), cost(letter, box.height)
    assert apart == pytest.approx(0.5, abs=0.01)
    assert touching < 0.1
    assert hiding > 3
