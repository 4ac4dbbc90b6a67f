"""What a reader sees of the difference between two plans."""

from __future__ import annotations

import pytest

from poster.cover.layout.difference import compare
from poster.cover.layout.dummy import Dummy, TypeArea
from poster.cover.layout.page import Page
from poster.geometry import Box

PAGE = Page.full_bleed(1024, 1472)
TITLE, LINE, DECK = Box(46, 46, 900, 260), Box(700, 700, 970, 760), Box(760, 770, 970, 790)
WINDOW = Box(0, 0, 1000, 1438)


def plan(title: Box = TITLE, shift: int = 0, window: Box = WINDOW) -> Dummy:
    areas = (
        TypeArea("masthead", title, 300),
        TypeArea("headline", LINE.shifted(shift, 0), 50),
        TypeArea("deck", DECK.shifted(shift, 0), 20),
        TypeArea("folio", Box(46, 1400 - shift, 200, 1420 - shift), 16),
    )
    return Dummy(PAGE, window, areas)


def test_the_same_plan_does_not_differ() -> None:
    assert compare(plan(), plan()).share == 0


@pytest.mark.parametrize(("shift", "is_seen"), [(-20, False), (-600, True)])
def test_lines_must_move_far_enough(shift: int, *, is_seen: bool) -> None:
    difference = compare(plan(), plan(shift=shift))
    assert difference.has_moved is is_seen
    assert (difference.share >= 1) is is_seen
    assert not difference.shows_another_part


def test_a_title_at_the_foot_has_moved() -> None:
    assert compare(plan(), plan(title=TITLE.shifted(0, 1100))).has_moved


@pytest.mark.parametrize(
    ("window", "is_seen"),
    [
        (Box(30, 43, 970, 1395), False),  # zoomed in to 0.94
        (Box(80, 115, 920, 1323), True),  # and to 0.84
        (Box(60, 0, 1060, 1438), False),
        (Box(200, 0, 1200, 1438), True),
        (Box(2000, 0, 3000, 1438), True),
    ],
)
def test_a_window_must_show_another_part(window: Box, *, is_seen: bool) -> None:
    difference = compare(plan(), plan(window=window))
    assert difference.shows_another_part is is_seen
    assert not difference.has_moved


def test_small_type_alone_is_no_difference() -> None:
    moved = plan()
    areas = (*moved.areas[:3], TypeArea("folio", Box(800, 60, 960, 80), 16))
    assert compare(plan(), Dummy(PAGE, WINDOW, areas)).share == 0
