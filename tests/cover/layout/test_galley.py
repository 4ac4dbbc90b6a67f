"""A headline and its deck form a group: they share an edge and stand close together."""

from __future__ import annotations

import pytest

from poster.cover.layout.dummy import CoverText
from poster.cover.layout.galley import SHRINKS, Galley, Group
from poster.cover.layout.styles import CLASSIC
from poster.typography.block import TypeBlock
from poster.typography.typeset import Typesetter

WIDTH, HEIGHT = 1024, 1472
TYPESETTER = Typesetter()


def group(headline: str, deck: str, *, shrink: float = 1.0, side: str = "left") -> Group[TypeBlock]:
    galley = Galley(CoverText("TABASCO", ((headline, deck),)), CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    [sides] = galley.groups(shrink)
    return sides[side]  # type: ignore[index]


def test_the_distance_from_headline_to_deck_does_not_depend_on_their_letters() -> None:
    for headline, deck in (("AHN", "Plain"), ("Ogygy", "plain"), ("AHN", "éclair")):
        upper, lower = group(headline, deck).pieces
        apart = lower.y + lower.type.cap_top - (upper.y + upper.type.baseline)
        assert apart == pytest.approx(22, abs=1)


def test_ink_of_headline_and_deck_never_touches() -> None:
    for headline, deck in (("ÇÇÇ", "ÂÂÂ"), ("ggg", "ÅÉÎ")):
        upper, lower = group(headline, deck).pieces
        assert lower.y >= upper.y + upper.type.shape[0] + 4


@pytest.mark.parametrize("side", ["left", "right"])
def test_headline_and_deck_align_to_the_same_edge(side: str) -> None:
    # Its quotes hang outside the margin, on either side.
    one = group("“Quoted”", "deck", side=side)
    upper, lower = one.pieces
    if side == "left":
        assert upper.x + upper.type.hang_left == lower.x + lower.type.hang_left
    else:
        ends = [piece.x + piece.type.shape[1] - piece.type.hang_right for piece in (upper, lower)]
        assert ends[0] == ends[1]
    assert one.width >= max(upper.type.shape[1], lower.type.shape[1])
    assert one.height == lower.y + lower.type.shape[0]


def test_an_opening_quote_hangs_outside_the_margin() -> None:
    upper, lower = group("“Quoted”", "deck").pieces
    assert upper.x == 0
    assert lower.x > 0


def test_each_size_is_smaller_than_the_one_before_and_type_is_set_once_for_each() -> None:
    galley = Galley(
        CoverText("TABASCO", (("A headline", "deck"),)), CLASSIC, WIDTH, HEIGHT, TYPESETTER
    )
    widths = [next(galley.groups(shrink))["left"].width for shrink in SHRINKS]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == len(SHRINKS)
    first, again = (next(galley.groups(SHRINKS[0]))["left"].pieces[0].type for _ in range(2))
    assert first is again


def test_the_first_line_leads_and_the_others_follow_smaller() -> None:
    text = CoverText("TABASCO", (("A headline", "deck"), ("A headline", "deck")))
    lead, other = Galley(text, CLASSIC, WIDTH, HEIGHT, TYPESETTER).groups(1.0)
    assert lead["left"].pieces[0].type.size_px > other["left"].pieces[0].type.size_px


def test_a_single_line_is_set_once_for_both_sides() -> None:
    [sides] = Galley(
        CoverText("TABASCO", (("A headline", ""),)), CLASSIC, WIDTH, HEIGHT, TYPESETTER
    ).groups(1.0)
    assert sides["left"].pieces[0].type is sides["right"].pieces[0].type
