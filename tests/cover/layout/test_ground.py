"""A background is free where nothing is in the way, and costs less the calmer it is."""

from __future__ import annotations

import numpy as np
import pytest

from poster.cover.layout.ground import FACE_ROOMS, Ground
from poster.cover.layout.page import Page, mount_facts, open_page
from poster.cover.layout.styles import PAPER
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
PAGE = Page.full_bleed(WIDTH, HEIGHT)
TITLE = Box(46, 46, 978, 300)
BOX = Box(400, 800, 600, 860)


def ground(facts: PhotoFacts, face_room: tuple[float, float] = FACE_ROOMS[-1]) -> Ground:
    return Ground(facts, PAGE, TITLE, face_room)


def lit(luminance: float) -> Ground:
    facts = facts_of(WIDTH, HEIGHT)
    facts.luminance[:] = luminance
    return ground(facts)


def test_edges_cost_and_the_subject_costs_more() -> None:
    calm, foliage, subject = (
        ground(facts).cost(BOX)
        for facts in (
            facts_of(WIDTH, HEIGHT),
            facts_of(WIDTH, HEIGHT, edges=0.06),
            facts_of(WIDTH, HEIGHT, subject=Box(0, 0, WIDTH, HEIGHT)),
        )
    )
    assert calm == 0
    assert 0.5 < foliage < subject


def test_half_a_box_on_the_subject_costs_half() -> None:
    half = ground(facts_of(WIDTH, HEIGHT, subject=Box(0, 0, 504, HEIGHT)))
    whole = ground(facts_of(WIDTH, HEIGHT, subject=Box(0, 0, WIDTH, HEIGHT)))
    assert half.subject(BOX) == pytest.approx(0.5, abs=0.03)
    assert half.cost(BOX) == pytest.approx(whole.cost(BOX) / 2, rel=0.05)


def test_a_background_on_which_neither_white_nor_ink_reads_costs_by_the_tone_it_lacks() -> None:
    costs = [lit(luminance).cost(BOX) for luminance in (0.05, 0.17, 0.18, 0.20, 0.24, 0.6)]
    assert costs[0] == costs[-1] == 0
    assert costs[1] < costs[2] > costs[4]
    # Small white type needs it slightly darker, to allow for grain.
    assert max(costs) < 1


def test_one_ink_must_read_on_all_of_a_box() -> None:
    facts = facts_of(WIDTH, HEIGHT)
    facts.luminance[:, 62:] = 0.8
    halves = ground(facts)
    # Half black and half white: as bad as a middle grey, though either half alone is good.
    assert halves.cost(Box(400, 800, 490, 860)) == 0
    assert halves.cost(Box(510, 800, 600, 860)) == 0
    assert halves.cost(BOX) > 0.5


def test_type_stays_clear_of_type_faces_and_the_safe_areas_edge() -> None:
    face = Box(300, 400, 500, 650)
    free = ground(facts_of(WIDTH, HEIGHT, face))
    assert free.is_free(BOX, [])
    assert not free.is_free(BOX, [Box(605, 800, 700, 860)])
    assert free.is_free(BOX, [Box(615, 800, 700, 860)])
    assert not free.is_free(Box(505, 500, 600, 560), [])
    assert not free.is_free(Box(10, 800, 100, 860), [])
    assert not free.is_free(Box(700, 1400, 800, 1450), [])


def test_a_face_keeps_more_clear_space_if_there_is_more() -> None:
    beside = Box(530, 450, 600, 500)
    facts = facts_of(WIDTH, HEIGHT, Box(300, 400, 500, 650))
    roomy, tight = (ground(facts, room) for room in (FACE_ROOMS[0], FACE_ROOMS[-1]))
    assert tight.is_free(beside, [])
    assert not roomy.is_free(beside, [])


def test_type_stands_on_the_photo_or_beside_it_and_not_across_its_edge() -> None:
    page = open_page(PAPER, WIDTH, HEIGHT, ())
    photo = page.picture
    facts = mount_facts(facts_of(page.picture.width, page.picture.height), page)
    sheet = Ground(facts, page, Box(46, 46, 978, 200), FACE_ROOMS[-1])
    line = Box(100, 0, 300, 40)
    assert sheet.is_free(line.shifted(0, photo.y1 + 40), [])
    assert sheet.is_free(line.shifted(0, photo.y1 - 90), [])
    assert not sheet.is_free(line.shifted(0, photo.y1 - 60), [])
    assert not sheet.is_free(line.shifted(0, photo.y1 - 20), [])
    assert not sheet.is_free(line.shifted(0, photo.y1 + 20), [])


def test_lines_may_use_the_rows_that_the_title_leaves() -> None:
    at_foot = Ground(facts_of(WIDTH, HEIGHT), PAGE, Box(46, 1100, 978, 1400), FACE_ROOMS[-1])
    assert ground(facts_of(WIDTH, HEIGHT)).room == (300, 1426)
    assert at_foot.room == (46, 1100)


def test_a_cell_that_a_box_only_touches_counts_too() -> None:
    facts = facts_of(WIDTH, HEIGHT)
    facts.edges[99] = 0.06
    cost = ground(facts).cost(Box(400, 740, 600, 793))
    assert cost > 0.1
    assert np.isclose(ground(facts).cost(Box(400, 740, 600, 792)), 0)


def test_type_stays_clear_of_words_in_the_photo_that_can_be_read() -> None:
    word, small = Box(420, 790, 580, 830), Box(420, 790, 580, 800)
    assert not ground(facts_of(WIDTH, HEIGHT, lettering=(word,))).is_free(BOX, [])
    assert ground(facts_of(WIDTH, HEIGHT, lettering=(word.shifted(0, -100),))).is_free(BOX, [])
    assert ground(facts_of(WIDTH, HEIGHT, lettering=(small,))).is_free(BOX, [])


def test_a_word_under_type_and_type_on_a_page_of_print_cover_as_much() -> None:
    word, print_, none = (
        ground(facts_of(WIDTH, HEIGHT, lettering=boxes))
        for boxes in ((Box(420, 810, 500, 840),), (Box(0, 400, WIDTH, HEIGHT),), ())
    )
    assert word.lettering(BOX) == print_.lettering(BOX) == 1
    assert word.lettering(BOX.shifted(60, 0)) == 0.5
    assert none.lettering(BOX) == 0
