"""A title's ink takes its hue from the picture, and stands out from it."""

from __future__ import annotations

import numpy as np
import pytest

from poster.colour import Colour
from poster.cover.ink.contrast_search import NO_ADJUSTMENT, Surround
from poster.cover.ink.harmony import PAPER_WHITE, SIGNALS, rank_inks
from poster.photo.palette import Swatch, colour_at, swatch_of
from poster.typography.contrast import MASTHEAD_FLOOR, WARM_BLACK


def choose_ink(
    surround: Surround, colours: tuple[Swatch, ...], *, is_colourful: bool
) -> tuple[int, int, int]:
    return next(rank_inks(surround, colours, is_colourful=is_colourful))


def ground(colour: Colour) -> Surround:
    pixels = np.full((200, 3), colour, np.uint8)
    return Surround(pixels, np.ones(200, np.float32), np.zeros(200, np.intp))


def palette(*colours: Colour) -> tuple[Swatch, ...]:
    return tuple(swatch_of(np.array(colour, float), 1 / len(colours)) for colour in colours)


NIGHT, YELLOW = (14, 20, 24), (240, 205, 60)


def test_a_bright_accent_is_used_on_a_dark_background() -> None:
    ink = choose_ink(ground(NIGHT), palette(NIGHT, YELLOW), is_colourful=True)
    assert swatch_of(np.array(ink, float), 0).hue == pytest.approx(
        swatch_of(np.array(YELLOW, float), 0).hue, abs=3
    )


def test_a_background_in_the_accents_own_colour_gets_another_ink() -> None:
    ink = choose_ink(ground(YELLOW), palette(YELLOW, (230, 190, 50)), is_colourful=True)
    assert ground(YELLOW).contrast(ink) >= MASTHEAD_FLOOR


def test_a_grey_picture_gets_a_signal_colour_or_none() -> None:
    ink = choose_ink(ground((225, 225, 225)), palette((225, 225, 225), NIGHT), is_colourful=True)
    assert ink in {*SIGNALS, WARM_BLACK}


@pytest.mark.parametrize(("colour", "ink"), [(NIGHT, PAPER_WHITE), ((235, 230, 220), WARM_BLACK)])
def test_a_quiet_style_prints_in_white_or_ink(colour: Colour, ink: Colour) -> None:
    assert choose_ink(ground(colour), (), is_colourful=False) == ink


@pytest.mark.parametrize("colour", [(30, 90, 180), (20, 110, 60), (180, 40, 40), (110, 60, 150)])
def test_on_a_deep_colour_the_title_is_light(colour: Colour) -> None:
    ink = choose_ink(ground(colour), palette(colour), is_colourful=True)
    assert swatch_of(np.array(ink, float), 0).lightness > 0.75
    assert ground(colour).is_legible(ink, MASTHEAD_FLOOR, NO_ADJUSTMENT)


def test_no_ink_glows_as_no_press_prints() -> None:
    for hue in ((200, 40, 40), (40, 170, 160), (60, 160, 60), (150, 60, 160)):
        ink = swatch_of(
            np.array(choose_ink(ground(NIGHT), palette(NIGHT, hue), is_colourful=True), float), 0
        )
        assert not (ink.lightness > 0.8 and ink.chroma > 0.14 and 120 < ink.hue < 330), ink


def chosen(picture: Colour, *colours: Colour) -> Swatch:
    ink = choose_ink(ground(picture), palette(picture, *colours), is_colourful=True)
    return swatch_of(np.array(ink, float), 0)


RED, BLUE, GREEN, ORANGE, PINK = (
    (200, 40, 40),
    (40, 80, 200),
    (60, 150, 60),
    (230, 130, 40),
    (230, 120, 160),
)


@pytest.mark.parametrize("accent", [BLUE, GREEN, ORANGE])
def test_at_night_an_ink_is_bright_whatever_the_accents_own_lightness(accent: Colour) -> None:
    assert chosen(NIGHT, accent).lightness > 0.8


@pytest.mark.parametrize("accent", [RED, BLUE, PINK, (120, 60, 170)])
def test_at_night_a_colour_is_preferred_to_white(accent: Colour) -> None:
    assert chosen(NIGHT, accent).chroma > 0.12


def test_the_complementary_hue_is_used_where_it_stands_out_better() -> None:
    accent = swatch_of(np.array(BLUE, float), 0)
    assert abs(chosen(NIGHT, BLUE).hue - (accent.hue + 180) % 360) < 5


@pytest.mark.parametrize("accent", [RED, GREEN, ORANGE])
def test_a_cool_complement_is_never_used(accent: Colour) -> None:
    own = swatch_of(np.array(accent, float), 0)
    opposite = (own.hue + 180) % 360
    ink = chosen(colour_at(0.28, 0.10, own.hue), accent, colour_at(0.5, 0.06, opposite))
    assert ink.chroma < 0.05 or abs(ink.hue - opposite) > 15


def test_blue_is_not_set_on_maroon_even_if_the_picture_has_it() -> None:
    ink = chosen(colour_at(0.28, 0.10, 25), BLUE)
    assert ink.colour == PAPER_WHITE or 55 <= ink.hue <= 115


def test_a_neighbouring_hue_is_used_where_nothing_else_stands_out() -> None:
    accent, ink = swatch_of(np.array(GREEN, float), 0), chosen((5, 60, 90), GREEN)
    assert 20 < abs(ink.hue - accent.hue) < 40
    assert ink.chroma > 0.1


def test_white_and_ink_are_used_if_no_colour_is_much_better() -> None:
    assert chosen((30, 70, 150), BLUE).colour == PAPER_WHITE
    assert chosen(YELLOW, RED).colour == WARM_BLACK


@pytest.mark.parametrize("picture", [(235, 230, 220), NIGHT, (95, 70, 50)])
def test_a_picture_whose_accent_is_only_a_tinge_gets_a_signal_colour(picture: Colour) -> None:
    assert chosen(picture, (140, 110, 85)).colour in SIGNALS


@pytest.mark.parametrize(
    ("picture", "accent"), [((30, 70, 150), RED), ((30, 70, 150), PINK), ((60, 110, 60), RED)]
)
def test_no_ink_is_a_pastel(picture: Colour, accent: Colour) -> None:
    ink = chosen(picture, accent)
    assert ink.chroma < 0.03 or ink.chroma > 0.115


@pytest.mark.parametrize("accent", [RED, BLUE, GREEN])
def test_an_ink_that_would_change_the_background_much_is_passed_over(accent: Colour) -> None:
    """Half black, half grey: the most appealing ink is not the one that is legible as it is."""
    pixels = np.repeat(np.array([(0, 0, 0), (150, 150, 150)], np.uint8), 100, axis=0)
    mixed = Surround(pixels, np.ones(200, np.float32), np.repeat([0, 1], 100))
    assert choose_ink(mixed, palette((0, 0, 0), accent), is_colourful=True) == PAPER_WHITE
