"""The window keeps faces whole and clear of the masthead, and has the cover's aspect."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.cover.framing.choose import MAX_HEADROOM, choose_window
from poster.cover.framing.view import crop_facts
from poster.cover.framing.weigh import WindowWeigher
from poster.cover.layout.dummy import CoverText, Slot
from poster.cover.layout.galley import Galley
from poster.cover.layout.place import place_masthead
from poster.cover.layout.styles import CLASSIC
from poster.geometry import Box
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
COVER = Box(0, 0, WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def masthead() -> Slot:
    return place_masthead(Galley(CoverText("TABASCO"), CLASSIC, WIDTH, HEIGHT, Typesetter()))


def test_a_face_at_the_very_top_is_given_headroom(masthead: Slot) -> None:
    face = Box(500, 20, 700, 270)
    facts = facts_of(1200, 1600, face, subject=Box(350, 0, 850, 1600))
    window = choose_window(facts, COVER, masthead, 480, is_behind=True).window
    assert window.y0 < 0
    in_cover = crop_facts(facts, window, COVER).faces[0]
    assert not in_cover.overlaps(masthead.box)
    assert Box(0, 0, WIDTH, HEIGHT).contains(in_cover)


def test_a_photo_with_space_above_needs_no_synthesised_headroom(masthead: Slot) -> None:
    face = Box(500, 700, 700, 950)
    facts = facts_of(1200, 2400, face, subject=Box(350, 600, 850, 2400))
    assert choose_window(facts, COVER, masthead, 480, is_behind=True).window.y0 >= 0


def test_a_face_at_the_side_is_followed(masthead: Slot) -> None:
    face = Box(1800, 500, 2000, 750)
    facts = facts_of(2400, 1350, face, subject=Box(1650, 400, 2150, 1350))
    window = choose_window(facts, COVER, masthead, 480, is_behind=True).window
    assert window.contains(face)


@pytest.mark.parametrize("eyes", range(1500, 2500, 130))
def test_a_face_stands_at_the_eye_line_and_not_at_the_next_row_of_a_grid(eyes: int) -> None:
    face = Box(550, eyes - 60, 650, eyes + 60)
    window = choose_window(facts_of(1200, 4000, face), COVER, None, 480).window
    assert (eyes - window.y0) / window.height == pytest.approx(0.40, abs=0.012)


@pytest.mark.parametrize("middle", [900, 1200, 1500, 1900])
def test_a_face_anywhere_along_a_wide_photo_is_near_the_middle(middle: int) -> None:
    face = Box(middle - 60, 500, middle + 60, 650)
    window = choose_window(facts_of(2800, 1500, face), COVER, None, 480).window
    assert (middle - window.x0) / window.width == pytest.approx(0.5, abs=0.12)


# A head just touches the title, and the best row of the coarse grid is not near the optimum.
@pytest.mark.parametrize(
    ("size", "face"),
    [
        ((1539, 2185), Box(585, 283, 802, 554)),
        ((1036, 2370), Box(752, 630, 951, 878)),
        ((1839, 2562), Box(986, 808, 1276, 1170)),
    ],
)
def test_hardly_any_window_is_better_than_the_one_that_is_chosen(
    masthead: Slot, size: tuple[int, int], face: Box
) -> None:
    width, height = size
    body = Box(
        max(0, face.x0 - face.width // 2),
        face.y0 - face.width // 3,
        min(width, face.x1 + face.width // 2),
        height,
    )
    facts = facts_of(width, height, face, subject=body)
    chosen = choose_window(facts, COVER, masthead, 480, is_behind=True)
    widest = min(width, height / (1 - MAX_HEADROOM) * WIDTH / HEIGHT)
    weigher = WindowWeigher(facts, COVER, masthead, is_behind=True)
    for zoom in (1.0, 0.92, 0.84, 0.76, 0.68):
        wide, high = round(zoom * widest), round(zoom * widest * HEIGHT / WIDTH)
        others = [
            Box(round(x), round(y), round(x) + wide, round(y) + high)
            for x in np.linspace(0, width - wide, 12)
            for y in np.linspace(-MAX_HEADROOM * high, height - high, 60)
        ]
        closer = 0.5 * (1 - zoom)
        assert chosen.cost < weigher.weigh(others).min() + closer + 0.06


def test_a_photo_is_shown_as_wide_as_possible_and_each_turn_shows_another_part() -> None:
    # Without a face or a subject, nothing else decides the zoom.
    turns = [
        choose_window(facts_of(4096, 5888), COVER, None, 480, turn=turn).window.width
        for turn in range(5)
    ]
    assert turns[0] == 4096
    assert len(set(turns)) == 5


def test_a_title_at_the_foot_needs_no_headroom(masthead: Slot) -> None:
    face = Box(500, 20, 700, 270)
    facts = facts_of(1200, 1800, face, subject=Box(420, 0, 780, 1800))
    at_foot = replace(masthead, y=1100)
    assert choose_window(facts, COVER, masthead, 480).window.y0 < 0
    assert choose_window(facts, COVER, at_foot, 480).window.y0 == 0


def test_a_photo_that_is_too_low_gets_headroom_even_without_a_title_at_the_head() -> None:
    window = choose_window(facts_of(1200, 640), COVER, None, 480).window
    assert window.width >= 480
    assert window.y0 < 0


@given(st.integers(500, 4000), st.integers(700, 4000), st.floats(0, 0.9), st.floats(0, 0.9))
@settings(max_examples=15, deadline=None)
def test_every_window_has_the_covers_aspect_and_is_inside_the_photo(
    width: int, height: int, left: float, top: float
) -> None:
    galley = Galley(CoverText("TABASCO"), CLASSIC, WIDTH, HEIGHT, _TYPESETTER)
    masthead = place_masthead(galley)
    x, y = int(left * (width - 100)), int(top * (height - 120))
    facts = facts_of(width, height, Box(x, y, x + 100, y + 120))
    window = choose_window(facts, COVER, masthead, 480, is_behind=True).window
    assert window.width / window.height == pytest.approx(WIDTH / HEIGHT, abs=0.005)
    assert window.x0 >= 0
    assert window.x1 <= width + 1
    assert window.y1 <= height + 1
    assert window.y0 >= -MAX_HEADROOM * window.height - 1


_TYPESETTER = Typesetter()


@pytest.mark.parametrize("left", range(100, 1000, 150))
def test_a_sign_is_shown_whole_or_not_at_all(left: int) -> None:
    # Beside a subject that the window would otherwise centre, wherever that cuts the sign.
    subject = Box(left + 620, 700, left + 920, 1100)
    sign = Box(left, 600, left + 420, 680)
    facts = facts_of(2400, 1472, subject=subject, lettering=(sign,))
    window = choose_window(facts, COVER, None, 480).window
    shown = window.intersection(sign).area / sign.area
    assert shown < 0.02 or shown > 0.98
    assert window.contains(subject)


def test_the_masthead_leaves_a_sign_clear(masthead: Slot) -> None:
    sign = Box(300, 300, 900, 420)
    facts = facts_of(1200, 2400, lettering=(sign,))
    window = choose_window(facts, COVER, masthead, 480).window
    [seen] = crop_facts(facts, window, COVER).lettering or (Box(0, 0, 0, 0),)
    assert not seen.overlaps(masthead.box)
