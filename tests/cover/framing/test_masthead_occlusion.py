"""The share of a title that planning expects to be hidden is the share that the receipt reports."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.cover.framing.masthead_occlusion import MastheadOcclusion
from poster.cover.ink.compose import compose_cover
from poster.cover.layout.dummy import CoverText, Slot
from poster.cover.layout.galley import Galley
from poster.cover.layout.place import place_masthead
from poster.cover.layout.styles import CLASSIC
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.typeset import Typesetter

WIDTH, HEIGHT = 512, 736
COVER = Box(0, 0, WIDTH, HEIGHT)
TYPESETTER = Typesetter()
CELL = WIDTH // CELLS_ACROSS

TITLES = {
    "Latin": "VERTIGO",
    "Korean": "서울의 밤",
    "Arabic": "محمصة القهوة",
    "Devanagari": "क्षत्रिय की शांति",
}


def masthead(title: str) -> Slot:
    return place_masthead(Galley(CoverText(title), CLASSIC, WIDTH, HEIGHT, TYPESETTER))


def facts_with(cells: NDArray[np.float32], *faces: Box) -> PhotoFacts:
    nothing = np.zeros_like(cells)
    return PhotoFacts(WIDTH, HEIGHT, float(CELL), nothing, nothing, cells, faces)


NOBODY = facts_with(np.zeros((HEIGHT // CELL, CELLS_ACROSS), np.float32))


@pytest.mark.parametrize("script", TITLES)
def test_planning_and_receipt_agree_on_the_letter_that_loses_most(script: str) -> None:
    slot = masthead(TITLES[script])
    behind = MastheadOcclusion(slot, COVER)
    loses = []
    for left in range(slot.box.x0 // CELL, slot.box.x1 // CELL - 8, 13):
        # A thing that reaches into the lower part of the title, at several places along it.
        cells = np.zeros((HEIGHT // CELL, CELLS_ACROSS), np.float32)
        cells[slot.box.y1 // CELL - 6 :, left : left + 8] = 1
        matte = cells.repeat(CELL, axis=0).repeat(CELL, axis=1)
        picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
        composed = compose_cover(picture, matte, (slot,), CLASSIC, "#FFFFFF", 1)
        block = composed.blocks[0]
        hidden = behind.hidden(facts_with(cells), [COVER])
        if composed.layers.is_behind:
            assert hidden.letters.max() == pytest.approx(block.letter_hidden, abs=0.03)
            assert hidden.all[0] == pytest.approx(block.hidden, abs=0.01)
            loses.append(block.letter_hidden)
        else:
            assert hidden.letters.max() > 0.37
    assert max(loses) > 0.1


@pytest.mark.parametrize("script", ["Arabic", "Devanagari"])
def test_a_word_whose_letters_join_is_several_letters(script: str) -> None:
    hidden = MastheadOcclusion(masthead(TITLES[script]), COVER).hidden(NOBODY, [COVER])
    assert hidden.letters.shape[1] >= 2 * len(TITLES[script].split())


def test_a_title_of_many_tiny_components_can_be_hidden_too() -> None:
    slot = masthead("흥행 " * 22)
    everywhere = facts_with(np.ones((HEIGHT // CELL, CELLS_ACROSS), np.float32))
    hidden = MastheadOcclusion(slot, COVER).hidden(everywhere, [COVER])
    assert hidden.letters.max() == pytest.approx(1)


COUNT = 7
BARS = masthead("I" * COUNT)
"""Seven identical vertical bars, each a letter."""
BEHIND = MastheadOcclusion(BARS, COVER)


FACE = Box(200, 400, 300, 520)


def cost_of(subject: Box, *, is_thing: bool = False) -> float:
    """Cost of a window with the subject, a person or a thing, in these places."""
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[subject.slices] = 1
    cells = matte.reshape(HEIGHT // CELL, CELL, CELLS_ACROSS, CELL).mean(axis=(1, 3))
    faces = () if is_thing else (FACE,)
    return float(BEHIND.weigh(facts_with(cells, *faces), [COVER])[0])


def band(share: float, *letters: int, at: float = 0.5) -> Box:
    """A band over a share of the height of all or some letters, centred at another share."""
    box = BARS.box
    first, last = (letters[0], letters[-1]) if letters else (0, COUNT - 1)
    wide = box.width / COUNT
    middle, half = box.y0 + at * box.height, share * box.height / 2
    return Box(
        round(box.x0 + first * wide),
        round(middle - half),
        round(box.x0 + (last + 1) * wide),
        round(middle + half),
    )


def test_a_subject_that_leaves_the_title_alone_costs_more_than_one_that_touches_it() -> None:
    below = Box(0, BARS.box.y1 + 8, WIDTH, HEIGHT)
    assert cost_of(below) > 0.3
    assert cost_of(Box(0, round(BARS.box.y1 - 0.05 * BARS.box.height), WIDTH, HEIGHT)) < 0.01


def test_much_of_the_title_costs_though_no_letter_loses_much() -> None:
    assert cost_of(band(0.06)) < 0.01
    assert 0.1 < cost_of(band(0.15)) < cost_of(band(0.20))


def test_hiding_more_than_the_design_allows_all_but_rules_a_window_out() -> None:
    allowed = cost_of(band(0.27)) - cost_of(band(0.23))
    refused = cost_of(band(0.36)) - cost_of(band(0.32))
    assert refused > 4 * allowed


def test_one_letter_costs_though_the_title_loses_little() -> None:
    spread, one = cost_of(band(0.17, 2, 3)), cost_of(band(0.34, 2))
    assert spread < 0.01
    assert one > 0.3


@pytest.mark.parametrize("end", [1 / 6, 5 / 6])
def test_the_end_of_a_letter_costs_more_than_its_middle(end: float) -> None:
    assert cost_of(band(0.2, 2, at=end)) > cost_of(band(0.2, 2)) + 1


def test_a_thing_may_hide_less_of_a_letter_than_a_head() -> None:
    foot = band(0.12, 2, at=0.94)
    assert cost_of(foot) < 0.3
    assert cost_of(foot, is_thing=True) > cost_of(foot) + 0.5
    tip = band(0.04, 2, at=0.98)
    assert cost_of(tip, is_thing=True) < 0.4


def test_a_sliver_of_a_thing_before_one_letter_costs_and_of_a_head_does_not() -> None:
    straw = band(0.15, 2)
    below = Box(0, BARS.box.y1 + 8, WIDTH, HEIGHT)
    assert cost_of(straw, is_thing=True) > cost_of(below, is_thing=True) + 0.2
    assert cost_of(straw) < cost_of(below)
