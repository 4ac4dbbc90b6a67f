"""Lines go to calm places and shrink before they are refused; test_styles tests soundness."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from poster.cover.layout.dummy import CoverText, Slot, safe_area
from poster.cover.layout.galley import Galley
from poster.cover.layout.page import Page, open_page
from poster.cover.layout.place import lay_out, place_masthead
from poster.cover.layout.styles import CLASSIC, EDITORIAL, PAPER, POSTER, Style
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
PAGE = Page.full_bleed(WIDTH, HEIGHT)
TYPESETTER = Typesetter()


def place(text: CoverText, facts: PhotoFacts, style: Style = CLASSIC) -> tuple[Slot, ...]:
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    return lay_out(facts, PAGE, galley)


def test_lines_avoid_the_busy_side() -> None:
    facts = facts_of(WIDTH, HEIGHT, busy=Box(0, 400, 600, 1472))
    slots = place(CoverText("TABASCO", (("A headline", "A deck"),)), facts)
    assert all(slot.x > 512 for slot in slots if slot.role in ("headline", "deck"))


def test_a_masthead_fills_the_measure_to_the_pixel() -> None:
    masthead = place_masthead(Galley(CoverText("TABASCO"), CLASSIC, WIDTH, HEIGHT, TYPESETTER))
    assert abs(masthead.box.width - safe_area(WIDTH, HEIGHT).width) <= 1


@pytest.mark.parametrize("style", [EDITORIAL, POSTER])
def test_a_title_in_front_of_the_photo_moves_to_its_calm_end(style: Style) -> None:
    head, foot = Box(0, 0, WIDTH, 736), Box(0, 736, WIDTH, HEIGHT)
    for busy, is_at_foot in ((head, True), (foot, False)):
        [masthead] = place(CoverText("ORBIT"), facts_of(WIDTH, HEIGHT, busy=busy), style)
        assert (masthead.y > HEIGHT / 2) is is_at_foot


def test_a_small_title_moves_to_the_calm_side() -> None:
    [masthead] = place(
        CoverText("ORBIT"), facts_of(WIDTH, HEIGHT, busy=Box(0, 0, 500, HEIGHT)), EDITORIAL
    )
    assert masthead.box.x1 == safe_area(WIDTH, HEIGHT).x1


def test_a_title_avoids_a_face_even_if_its_background_is_calmer() -> None:
    # The style places the title at the foot.
    face = Box(200, 900, 800, 1400)
    [masthead] = place(
        CoverText("ORBIT"), facts_of(WIDTH, HEIGHT, face, busy=Box(0, 0, WIDTH, 700)), POSTER
    )
    assert not masthead.box.overlaps(face)


def test_a_title_behind_the_subject_stays_where_the_window_was_chosen_for_it() -> None:
    [masthead] = place(CoverText("ORBIT"), facts_of(WIDTH, HEIGHT, busy=Box(0, 0, WIDTH, 736)))
    assert masthead.y == safe_area(WIDTH, HEIGHT).y0


def test_more_lines_than_fit_are_refused_with_the_reason() -> None:
    lines = tuple(("A long headline that needs its room " * 3, "and a deck") for _ in range(12))
    with pytest.raises(TextDoesNotFitError, match=r"^coverlines: no room is left"):
        place(CoverText("TABASCO", lines), facts_of(WIDTH, HEIGHT, Box(150, 400, 880, 1400)))


def test_a_long_word_is_set_smaller_before_it_is_refused() -> None:
    word = "Donaudampfschifffahrtsgesellschaft"
    slots = place(CoverText("TABASCO", ((word, ""),)), facts_of(WIDTH, HEIGHT))
    assert slots[1].type.size_px < 42
    with pytest.raises(TextDoesNotFitError, match="use a shorter word"):
        place(CoverText("TABASCO", ((word * 3, ""),)), facts_of(WIDTH, HEIGHT))


HEAD, FOOT = Box(0, 0, WIDTH, 200), Box(0, 1272, WIDTH, HEIGHT)
A_LITTLE, SOME, MUCH = 0.004, 0.012, 0.06
"""Edges of a blurred backdrop, of a wall with a picture on it, and of foliage."""


def uneven(*parts: tuple[Box, float]) -> PhotoFacts:
    """Facts that are calm except for the given edges in each part."""
    facts = facts_of(WIDTH, HEIGHT)
    for box, edges in parts:
        rows = slice(round(box.y0 / facts.cell), round(box.y1 / facts.cell))
        facts.edges[rows, round(box.x0 / facts.cell) : round(box.x1 / facts.cell)] = edges
    return facts


def by_role(slots: tuple[Slot, ...]) -> dict[str, list[Slot]]:
    roles: dict[str, list[Slot]] = {}
    for slot in slots:
        roles.setdefault(slot.role, []).append(slot)
    return roles


def is_at_head(slot: Slot) -> bool:
    return slot.box.centre[1] < HEIGHT / 2


def is_at_left(slot: Slot) -> bool:
    return slot.box.centre[0] < WIDTH / 2


def test_a_title_keeps_its_place_if_another_is_only_slightly_calmer() -> None:
    for edges, stays in ((A_LITTLE, True), (MUCH, False)):
        [masthead] = place(CoverText("ORBIT"), uneven((Box(0, 0, WIDTH, 700), edges)), EDITORIAL)
        assert is_at_head(masthead) is stays
    [masthead] = place(CoverText("Io"), uneven((Box(0, 0, 500, HEIGHT), A_LITTLE)), EDITORIAL)
    assert is_at_left(masthead)


def test_a_folio_line_stays_at_the_foot_even_if_the_head_is_calmer() -> None:
    text = CoverText("TABASCO", folio="No. 14")
    for edges, keeps in ((0.02, True), (MUCH, False)):
        [folio] = by_role(place(text, uneven((FOOT, edges))))["folio"]
        assert is_at_head(folio) is not keeps


def test_a_kicker_stays_near_the_title_even_if_the_foot_is_slightly_calmer() -> None:
    text = CoverText("TABASCO", kicker="A kicker")
    for edges, stays in ((0.0, True), (A_LITTLE, True), (MUCH, False)):
        facts = uneven((Box(0, 0, WIDTH, 500), edges))
        [kicker] = by_role(place(text, facts))["kicker"]
        assert is_at_head(kicker) is stays


def test_a_kicker_stays_at_the_head_if_the_title_is_at_the_foot() -> None:
    text = CoverText("ORBIT", kicker="A kicker")
    for edges, keeps in ((SOME, True), (MUCH, False)):
        [kicker] = by_role(place(text, uneven((HEAD, edges)), POSTER))["kicker"]
        assert (kicker.y < 200) is keeps


@pytest.mark.parametrize(
    ("kicker", "own_side"),
    [("A kicker", Box(0, 0, 512, HEIGHT)), ("عدد", Box(512, 0, 1024, HEIGHT))],
)
def test_small_lines_are_on_the_side_where_their_script_starts(kicker: str, own_side: Box) -> None:
    for edges, stays in ((0.0, True), (A_LITTLE, True), (MUCH, False)):
        slots = place(CoverText("TABASCO", kicker=kicker), uneven((own_side, edges)))
        [placed] = by_role(slots)["kicker"]
        assert own_side.contains(placed.box) is stays


LINES = CoverText("TABASCO", (("First", ""), ("Second", "")))


@pytest.mark.parametrize("style", [CLASSIC, EDITORIAL])
def test_on_an_even_background_lines_stand_close_where_their_style_wants_them(style: Style) -> None:
    slots = by_role(place(CoverText("TABASCO", FOUR), facts_of(WIDTH, HEIGHT), style))
    safe, title = safe_area(WIDTH, HEIGHT), slots["masthead"][0].box
    room = safe.y1 - title.y1
    first, last = slots["headline"][0].box, slots["headline"][-1].box
    assert style.lines.first - 0.2 < (first.centre[1] - title.y1) / room
    assert (last.centre[1] - title.y1) / room < style.lines.last + 0.05
    ends = [slot.box.y1 for slot in (*slots["deck"], *slots["headline"])]
    for headline in slots["headline"][1:]:
        above = max(end for end in ends if end < headline.y)
        assert 44 <= headline.y - above < 44 + 2 * 8


def test_lines_of_one_cover_keep_to_ground_of_one_tone() -> None:
    facts = facts_of(WIDTH, HEIGHT)
    facts.luminance[: len(facts.luminance) // 2] = 0.02
    facts.luminance[len(facts.luminance) // 2 :] = 0.9
    for style in (CLASSIC, POSTER):
        slots = by_role(place(CoverText("TABASCO", FOUR), facts, style))
        middle = HEIGHT / 2
        sides = {slot.box.centre[1] < middle for slot in (*slots["headline"], *slots["deck"])}
        assert len(sides) == 1


def test_right_to_left_lines_align_right_even_if_the_left_is_calmer() -> None:
    text = CoverText("هدوء", (("هندسة", ""),))
    right = Box(512, 0, WIDTH, HEIGHT)
    for edges, stays in ((0.0, True), (SOME, True), (MUCH, False)):
        [headline] = by_role(place(text, uneven((right, edges))))["headline"]
        assert is_at_left(headline) is not stays


FOUR = (("First", "deck"), ("Second", ""), ("Third", "a deck"), ("Fourth", ""))


def test_lines_change_sides_only_if_that_is_much_calmer() -> None:
    high, low = Box(512, 300, WIDTH, 1150), Box(0, 620, 512, HEIGHT)
    text = CoverText("TABASCO", FOUR)
    for edges, both in ((A_LITTLE, False), (5 * MUCH, True)):
        slots = by_role(place(text, uneven((high, edges), (low, edges))))
        assert len({is_at_left(slot) for slot in slots["headline"]}) == 1 + both


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("lead", ["First", "هندسة"])
def test_lines_are_read_in_their_order_down_each_side_and_the_lead_is_the_highest(
    seed: int, lead: str
) -> None:
    facts = facts_of(WIDTH, HEIGHT)
    blotches = np.random.default_rng(seed).uniform(0, 1, (6, 4)) ** 3 * MUCH
    facts.edges[:] = cv2.resize(
        blotches.astype(np.float32), facts.edges.shape[::-1], interpolation=cv2.INTER_NEAREST
    )
    style = (CLASSIC, EDITORIAL, POSTER)[seed % 3]
    text = CoverText("TABASCO", ((lead, "deck"), *FOUR[1:]), kicker="A kicker")
    headlines = by_role(place(text, facts, style))["headline"]
    assert [slot.type.text for slot in headlines] == [lead, "Second", "Third", "Fourth"]
    assert headlines[0].y == min(slot.y for slot in headlines)
    starts_left = lead == "First"
    sides = [is_at_left(slot) == starts_left for slot in headlines]
    # All at the side where reading starts come first.
    assert sides == sorted(sides, reverse=True)
    for first, second in pairwise(headlines):
        if is_at_left(first) == is_at_left(second):
            assert second.y > first.box.y1


def test_small_lines_stand_apart_from_cover_lines() -> None:
    text = CoverText("TABASCO", FOUR, kicker="A kicker", folio="No. 14, Summer 2026")
    # Calm only beside the small lines.
    calm = uneven((Box(0, 480, WIDTH, 1300), 3 * MUCH))
    for style in (CLASSIC, EDITORIAL, POSTER):
        slots = by_role(place(text, calm, style))
        for small in (*slots["kicker"], *slots["folio"]):
            for line in (*slots["headline"], *slots.get("deck", [])):
                apart = max(
                    line.y - small.box.y1, small.y - line.box.y1,
                    line.x - small.box.x1, small.x - line.box.x1,
                )  # fmt: skip
                assert apart >= 40


def test_headlines_in_a_row_are_level() -> None:
    text = CoverText("TABASCO", (("aceno", ""), ("Égypte", ""), ("gypsy", "deck")))
    galley = Galley(text, PAPER, WIDTH, HEIGHT, TYPESETTER)
    page = open_page(PAPER, WIDTH, HEIGHT, ())
    row = by_role(lay_out(facts_of(WIDTH, HEIGHT), page, galley))["headline"]
    levels = [slot.y + slot.type.cap_top for slot in row]
    assert max(levels) - min(levels) <= 1
    assert len({slot.y for slot in row}) > 1


def test_lines_of_a_grid_keep_their_row_even_if_another_is_slightly_calmer() -> None:
    text = CoverText("TABASCO", (("First", ""), ("Second", ""), ("Third", "")))
    galley = Galley(text, PAPER, WIDTH, HEIGHT, TYPESETTER)
    page = open_page(PAPER, WIDTH, HEIGHT, ())
    facts = uneven((Box(340, 0, WIDTH, 1240), A_LITTLE), (Box(340, 1240, WIDTH, HEIGHT), 0.02))
    slots = by_role(lay_out(facts, page, galley))
    levels = [slot.y + slot.type.cap_top for slot in slots["headline"]]
    assert max(levels) - min(levels) <= 1


def test_variants_lean_to_one_side_and_then_to_the_other() -> None:
    galley = Galley(LINES, CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    for turn, at_left in ((1, True), (2, False)):
        # The side away from which the turn leans is slightly calmer.
        side = Box(0, 0, 512, HEIGHT) if at_left else Box(512, 0, WIDTH, HEIGHT)
        for edges, leans in ((SOME, True), (MUCH, False)):
            facts = uneven((side, edges))
            slots = by_role(lay_out(facts, PAGE, galley, turn))
            assert {is_at_left(slot) for slot in slots["headline"]} == {at_left is leans}


def test_cover_lines_keep_their_distance() -> None:
    text = CoverText("TABASCO", tuple((f"Line {number}", "") for number in range(8)))
    # Only a strip on the left is calm.
    facts = uneven((Box(300, 0, WIDTH, HEIGHT), 5 * MUCH))
    boxes = sorted(
        (slot.box for slot in place(text, facts) if slot.role == "headline" and is_at_left(slot)),
        key=lambda box: box.y0,
    )
    assert len(boxes) > 4
    assert all(below.y0 - above.y1 >= 17 for above, below in pairwise(boxes))


def test_type_avoids_the_subject() -> None:
    facts = facts_of(WIDTH, HEIGHT, subject=Box(0, 300, 600, HEIGHT))
    assert not any(is_at_left(slot) for slot in by_role(place(LINES, facts))["headline"])


def test_type_goes_where_an_ink_reads() -> None:
    facts = facts_of(WIDTH, HEIGHT)
    # On a middle grey, neither white nor ink reads.
    facts.luminance[:, :64] = 0.185
    assert not any(is_at_left(slot) for slot in by_role(place(LINES, facts))["headline"])


def test_a_title_on_paper_stays_where_its_style_has_it() -> None:
    galley = Galley(CoverText("ORBIT"), PAPER, WIDTH, HEIGHT, TYPESETTER)
    page, home = open_page(PAPER, WIDTH, HEIGHT, ()), place_masthead(galley)
    [masthead] = lay_out(uneven((Box(0, 0, WIDTH, 736), MUCH)), page, galley)
    assert masthead == home


def test_a_title_at_the_foot_leaves_room_for_the_folio_line_below() -> None:
    slots = by_role(place(CoverText("ORBIT", folio="No. 14"), facts_of(WIDTH, HEIGHT), POSTER))
    [masthead], [folio] = slots["masthead"], slots["folio"]
    assert folio.y >= masthead.box.y1 + 17
    assert folio.box.y1 <= safe_area(WIDTH, HEIGHT).y1


def test_a_kicker_is_nearer_to_its_title_than_cover_lines_are_to_one_another() -> None:
    slots = by_role(place(CoverText("TABASCO", kicker="A kicker"), facts_of(WIDTH, HEIGHT)))
    [masthead], [kicker] = slots["masthead"], slots["kicker"]
    assert 12 < kicker.y + kicker.type.cap_top - masthead.box.y1 < 34


def test_a_face_that_fills_the_picture_gets_less_clear_space_before_a_line_is_refused() -> None:
    face = Box(260, 400, 820, 1460)
    [line] = by_role(place(CoverText("TABASCO", (("Sunday", ""),)), facts_of(WIDTH, HEIGHT, face)))[
        "headline"
    ]
    assert not line.box.overlaps(face)


def test_lines_and_a_title_in_front_leave_a_sign_clear() -> None:
    sign = Box(0, 900, WIDTH, 1472)
    facts = facts_of(WIDTH, HEIGHT, lettering=(sign,), busy=Box(0, 0, WIDTH, 300))
    for style in (CLASSIC, EDITORIAL, POSTER):
        slots = place(LINES, facts, style)
        assert not any(slot.box.overlaps(sign) for slot in slots)


def test_type_lies_on_lettering_before_it_is_refused() -> None:
    page_of_print = facts_of(WIDTH, HEIGHT, lettering=(Box(0, 0, WIDTH, HEIGHT),))
    on_print, plain = (place(LINES, facts) for facts in (page_of_print, facts_of(WIDTH, HEIGHT)))
    assert [slot.area for slot in on_print] == [slot.area for slot in plain]
