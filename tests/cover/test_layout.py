"""Type stands in the safe area, on no face and on no other type, or says that it cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.cover.dummy import Copy, Slot, safe_area
from poster.cover.galley import Galley
from poster.cover.layout import lay_out, place_masthead
from poster.cover.page import Page
from poster.cover.styles import CLASSIC
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.typeset import Typesetter

WIDTH, HEIGHT = 1024, 1472
PAGE = Page.full_bleed(WIDTH, HEIGHT)
TYPESETTER = Typesetter()


def facts_with(*faces: Box, busy: Box | None = None) -> PhotoFacts:
    cell = WIDTH / CELLS_ACROSS
    shape = (round(HEIGHT / cell), CELLS_ACROSS)
    edges = np.zeros(shape, np.float32)
    if busy:
        rows = slice(int(busy.y0 / cell), int(busy.y1 / cell))
        edges[rows, int(busy.x0 / cell) : int(busy.x1 / cell)] = 0.2
    return PhotoFacts(
        width=WIDTH,
        height=HEIGHT,
        cell=cell,
        luminance=np.full(shape, 0.05, np.float32),
        edges=edges,
        matte=np.zeros(shape, np.float32),
        faces=faces,
    )


def place(copy: Copy, facts: PhotoFacts) -> tuple[Slot, ...]:
    galley = Galley(copy, CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    return lay_out(facts, PAGE, galley, place_masthead(galley))


def assert_sound(slots: tuple[Slot, ...], facts: PhotoFacts) -> None:
    safe = safe_area(WIDTH, HEIGHT)
    for index, slot in enumerate(slots):
        assert safe.contains(slot.box), slot.role
        for other in slots[index + 1 :]:
            assert not slot.box.overlaps(other.box), (slot.role, other.role)
        if slot.role != "masthead":
            assert not any(slot.box.overlaps(face) for face in facts.faces), slot.role


def test_a_full_cover_is_sound() -> None:
    copy = Copy("TABASCO", (("A headline", "A deck"), ("Another", "")), "A kicker", "No. 1")
    facts = facts_with(Box(380, 420, 640, 780))
    slots = place(copy, facts)
    roles = [slot.role for slot in slots]
    assert sorted(roles) == ["deck", "folio", "headline", "headline", "kicker", "masthead"]
    assert_sound(slots, facts)


def test_lines_leave_the_busy_side() -> None:
    facts = facts_with(busy=Box(0, 400, 600, 1472))
    slots = place(Copy("TABASCO", (("A headline", "A deck"),)), facts)
    assert all(slot.x > 512 for slot in slots if slot.role in ("headline", "deck"))


def test_a_masthead_fills_the_measure_to_the_pixel() -> None:
    masthead = place_masthead(Galley(Copy("TABASCO"), CLASSIC, WIDTH, HEIGHT, TYPESETTER))
    assert abs(masthead.box.width - safe_area(WIDTH, HEIGHT).width) <= 1


def test_an_arabic_masthead_stands_on_the_right() -> None:
    masthead = place_masthead(Galley(Copy("هدوء"), CLASSIC, WIDTH, HEIGHT, TYPESETTER))
    assert masthead.box.x1 == safe_area(WIDTH, HEIGHT).x1


def test_more_lines_than_there_is_room_for_say_so() -> None:
    lines = tuple(("A long headline that needs its room " * 3, "and a deck") for _ in range(12))
    with pytest.raises(TextDoesNotFitError, match="fewer and shorter lines"):
        place(Copy("TABASCO", lines), facts_with(Box(150, 400, 880, 1400)))


def test_twelve_short_lines_find_room() -> None:
    lines = tuple((f"Headline {number}", "its deck") for number in range(12))
    facts = facts_with(Box(400, 420, 620, 700))
    slots = place(Copy("TABASCO", lines), facts)
    assert sum(slot.role == "headline" for slot in slots) == 12
    assert_sound(slots, facts)


WORDS = st.lists(
    st.sampled_from(["Sun", "discipline", "서울의", "밤", "夏", "هدوء", "गर्मी", "a"]),
    min_size=1,
    max_size=7,
).map(" ".join)


@given(
    title=WORDS,
    lines=st.lists(st.tuples(WORDS, st.one_of(st.just(""), WORDS)), max_size=4),
    kicker=st.one_of(st.just(""), WORDS),
    x=st.integers(0, 700),
    y=st.integers(380, 1200),
)
@settings(max_examples=30, deadline=None)
def test_random_copy_is_sound_or_refused(
    title: str, lines: list[tuple[str, str]], kicker: str, x: int, y: int
) -> None:
    facts = facts_with(Box(x, y, x + 240, y + 260))
    try:
        slots = place(Copy(title, tuple(lines), kicker), facts)
    except TextDoesNotFitError:
        return
    assert_sound(slots, facts)


def test_a_long_word_is_set_smaller_before_it_is_refused() -> None:
    word = "Donaudampfschifffahrtsgesellschaft"
    slots = place(Copy("TABASCO", ((word, ""),)), facts_with())
    assert slots[1].type.size_px < 42
    with pytest.raises(TextDoesNotFitError, match="use a shorter word"):
        place(Copy("TABASCO", ((word * 3, ""),)), facts_with())
