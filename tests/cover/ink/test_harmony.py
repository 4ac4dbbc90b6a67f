"""A title's ink is of the picture, and stands out from it."""

from __future__ import annotations

import numpy as np
import pytest

from poster.colour import Colour
from poster.cover.ink.contrast_search import NO_REMEDY, Surround
from poster.cover.ink.harmony import PAPER_WHITE, SIGNALS, choose_ink
from poster.photo.palette import Swatch, swatch_of
from poster.typography.contrast import INK, MASTHEAD_FLOOR


def ground(colour: Colour) -> Surround:
    pixels = np.full((200, 3), colour, np.uint8)
    return Surround(pixels, np.ones(200, np.float32), np.zeros(200, np.intp))


def palette(*colours: Colour) -> tuple[Swatch, ...]:
    return tuple(swatch_of(np.array(colour, float), 1 / len(colours)) for colour in colours)


NIGHT, YELLOW = (14, 20, 24), (240, 205, 60)


def test_a_bright_accent_is_taken_up_on_a_dark_ground() -> None:
    ink = choose_ink(ground(NIGHT), palette(NIGHT, YELLOW), is_colourful=True)
    assert swatch_of(np.array(ink, float), 0).hue == pytest.approx(
        swatch_of(np.array(YELLOW, float), 0).hue, abs=3
    )


def test_a_ground_in_the_accents_own_colour_gets_another_ink() -> None:
    ink = choose_ink(ground(YELLOW), palette(YELLOW, (230, 190, 50)), is_colourful=True)
    assert ground(YELLOW).contrast(ink) >= MASTHEAD_FLOOR


def test_a_grey_picture_gets_a_signal_colour_or_none() -> None:
    ink = choose_ink(ground((225, 225, 225)), palette((225, 225, 225), NIGHT), is_colourful=True)
    assert ink in {*SIGNALS, INK}


@pytest.mark.parametrize(("colour", "ink"), [(NIGHT, PAPER_WHITE), ((235, 230, 220), INK)])
def test_a_quiet_style_prints_in_white_or_ink(colour: Colour, ink: Colour) -> None:
    assert choose_ink(ground(colour), (), is_colourful=False) == ink


@pytest.mark.parametrize("colour", [(30, 90, 180), (20, 110, 60), (180, 40, 40), (110, 60, 150)])
def test_on_a_deep_colour_the_title_is_light(colour: Colour) -> None:
    ink = choose_ink(ground(colour), palette(colour), is_colourful=True)
    assert swatch_of(np.array(ink, float), 0).lightness > 0.75
    assert ground(colour).reads(ink, MASTHEAD_FLOOR, NO_REMEDY)


def test_no_ink_glows_as_no_press_prints() -> None:
    for hue in ((200, 40, 40), (40, 170, 160), (60, 160, 60), (150, 60, 160)):
        ink = swatch_of(
            np.array(choose_ink(ground(NIGHT), palette(NIGHT, hue), is_colourful=True), float), 0
        )
        assert not (ink.lightness > 0.8 and ink.chroma > 0.14 and 120 < ink.hue < 330), ink
