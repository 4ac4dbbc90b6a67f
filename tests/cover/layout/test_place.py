"""Lines look for calm and get smaller before they are refused; soundness is tested by style."""

import pytest

from poster.cover.layout.dummy import Copy, Slot, safe_area
from poster.cover.layout.galley import Galley
from poster.cover.layout.page import Page
from poster.cover.layout.place import lay_out, place_masthead
from poster.cover.layout.styles import CLASSIC, EDITORIAL, POSTER, Style
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
PAGE = Page.full_bleed(WIDTH, HEIGHT)
TYPESETTER = Typesetter()


def place(copy: Copy, facts: PhotoFacts, style: Style = CLASSIC) -> tuple[Slot, ...]:
    galley = Galley(copy, style, WIDTH, HEIGHT, TYPESETTER)
    return lay_out(facts, PAGE, galley, place_masthead(galley))


def test_lines_leave_the_busy_side() -> None:
    facts = facts_of(WIDTH, HEIGHT, busy=Box(0, 400, 600, 1472))
    slots = place(Copy("TABASCO", (("A headline", "A deck"),)), facts)
    assert all(slot.x > 512 for slot in slots if slot.role in ("headline", "deck"))


def test_a_masthead_fills_the_measure_to_the_pixel() -> None:
    masthead = place_masthead(Galley(Copy("TABASCO"), CLASSIC, WIDTH, HEIGHT, TYPESETTER))
    assert abs(masthead.box.width - safe_area(WIDTH, HEIGHT).width) <= 1


@pytest.mark.parametrize("style", [EDITORIAL, POSTER])
def test_a_title_before_the_photo_stands_at_its_calm_end(style: Style) -> None:
    head, foot = Box(0, 0, WIDTH, 736), Box(0, 736, WIDTH, HEIGHT)
    for busy, is_at_foot in ((head, True), (foot, False)):
        [masthead] = place(Copy("ORBIT"), facts_of(WIDTH, HEIGHT, busy=busy), style)
        assert (masthead.y > HEIGHT / 2) is is_at_foot


def test_a_small_title_stands_on_the_calm_side() -> None:
    [masthead] = place(
        Copy("ORBIT"), facts_of(WIDTH, HEIGHT, busy=Box(0, 0, 500, HEIGHT)), EDITORIAL
    )
    assert masthead.box.x1 == safe_area(WIDTH, HEIGHT).x1


def test_a_title_stays_off_a_face() -> None:
    face = Box(200, 20, 800, 500)
    slots = place(Copy("ORBIT", (("A headline", ""),)), facts_of(WIDTH, HEIGHT, face), POSTER)
    assert not slots[0].box.overlaps(face)


def test_a_title_that_goes_behind_the_subject_stands_where_it_was_framed() -> None:
    [masthead] = place(Copy("ORBIT"), facts_of(WIDTH, HEIGHT, busy=Box(0, 0, WIDTH, 736)))
    assert masthead.y == safe_area(WIDTH, HEIGHT).y0


def test_more_lines_than_there_is_room_for_say_so() -> None:
    lines = tuple(("A long headline that needs its room " * 3, "and a deck") for _ in range(12))
    with pytest.raises(TextDoesNotFitError, match="fewer and shorter lines"):
        place(Copy("TABASCO", lines), facts_of(WIDTH, HEIGHT, Box(150, 400, 880, 1400)))


def test_a_long_word_is_set_smaller_before_it_is_refused() -> None:
    word = "Donaudampfschifffahrtsgesellschaft"
    slots = place(Copy("TABASCO", ((word, ""),)), facts_of(WIDTH, HEIGHT))
    assert slots[1].type.size_px < 42
    with pytest.raises(TextDoesNotFitError, match="use a shorter word"):
        place(Copy("TABASCO", ((word * 3, ""),)), facts_of(WIDTH, HEIGHT))
