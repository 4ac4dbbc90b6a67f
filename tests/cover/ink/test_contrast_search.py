"""Every colour reaches its floor, as a whole and in each letter, with the least change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from poster.cover.ink.contrast_search import (
    NO_ADJUSTMENT,
    Surround,
    find_adjustment,
    rank_text_inks,
)
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR, WARM_BLACK, WHITE

CHANNEL = st.integers(0, 255)


def ground(*letters: tuple[int, int, int], each: int = 100) -> Surround:
    pixels = np.repeat(np.array(letters, np.uint8), each, axis=0)
    numbers = np.repeat(np.arange(len(letters)), each)
    return Surround(pixels, np.ones(len(pixels), np.float32), numbers)


BLACK, GREY, PALE = (5, 5, 5), (119, 119, 119), (240, 240, 240)


def test_a_legible_background_is_left_as_it_is() -> None:
    assert find_adjustment([ground(BLACK)], WHITE, TEXT_FLOOR).strength == 0
    assert find_adjustment([ground(PALE)], WARM_BLACK, TEXT_FLOOR).strength == 0


def test_one_illegible_letter_is_enough_to_adjust_the_background() -> None:
    line = ground(*[BLACK] * 15, PALE)
    assert line.contrast(WHITE) > 15
    adjustment = find_adjustment([line], WHITE, TEXT_FLOOR)
    assert adjustment.strength > 0
    assert line.is_legible(WHITE, TEXT_FLOOR, adjustment)


def test_light_type_burns_the_background_and_dark_type_dodges_it() -> None:
    assert sum(find_adjustment([ground(PALE)], WHITE, TEXT_FLOOR).tone) < 100
    assert sum(find_adjustment([ground(BLACK)], WARM_BLACK, TEXT_FLOOR).tone) > 650


def test_a_colour_that_could_be_adjusted_either_way_takes_the_smaller_change() -> None:
    red = (205, 30, 40)
    assert sum(find_adjustment([ground((50, 50, 50))], red, MASTHEAD_FLOOR).tone) < 100
    assert sum(find_adjustment([ground((150, 150, 150))], red, MASTHEAD_FLOOR).tone) > 650


@example((0, 149, 4), [(187, 6, 245)])  # dodging changes less, but is not enough
@given(
    colour=st.tuples(CHANNEL, CHANNEL, CHANNEL),
    letters=st.lists(st.tuples(CHANNEL, CHANNEL, CHANNEL), min_size=1, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_any_colour_on_any_background_reaches_the_mastheads_floor(
    colour: tuple[int, int, int], letters: list[tuple[int, int, int]]
) -> None:
    surround = ground(*letters)
    adjustment = find_adjustment([surround], colour, MASTHEAD_FLOOR)
    assert surround.is_legible(colour, MASTHEAD_FLOOR, adjustment)


def greys(ratio: float) -> Surround:
    """An even background on which white has a given contrast, to the precision of 8 bits."""
    level = min(range(256), key=lambda grey: abs(ground((grey,) * 3).contrast(WHITE) - ratio))
    return ground((level,) * 3)


@pytest.mark.parametrize("floor", [MASTHEAD_FLOOR, TEXT_FLOOR])
def test_a_background_is_adjusted_until_the_floor_holds_under_grain_and_no_further(
    floor: float,
) -> None:
    # Grain reduces contrast by up to 5 %.
    assert find_adjustment([greys(1.03 * floor)], WHITE, floor).strength > 0
    assert find_adjustment([greys(1.10 * floor)], WHITE, floor).strength == 0


@pytest.mark.parametrize("floor", [MASTHEAD_FLOOR, TEXT_FLOOR])
def test_a_letter_keeps_two_thirds_of_its_blocks_floor(floor: float) -> None:
    """Small type keeps 3.0 in every letter, and a masthead 2.0."""
    for share, reads in ((0.60, False), (0.76, True)):
        letter = greys(share * floor).pixels[0]
        line = ground(*[BLACK] * 15, (int(letter[0]),) * 3)
        assert line.is_legible(WHITE, floor, NO_ADJUSTMENT) is reads


def test_a_background_is_not_adjusted_towards_a_tone_on_which_type_is_hardly_legible() -> None:
    # On white paper this grey has 3.4, which only a flat tint would reach.
    grey = (138, 138, 138)
    tone = find_adjustment([ground((150, 150, 150))], grey, MASTHEAD_FLOOR).tone
    assert sum(tone) < 100


def test_small_type_takes_the_ink_for_which_its_background_changes_less() -> None:
    assert rank_text_inks([[ground((80, 80, 80), (160, 160, 160))]])[0] == [WARM_BLACK]


def test_small_type_is_not_set_in_an_ink_as_light_as_its_background_whatever_the_ratio() -> None:
    assert rank_text_inks([[ground((93, 133, 82))]])[0] == [WHITE]
    assert rank_text_inks([[ground((175, 55, 252))]])[0] == [WARM_BLACK]


def test_of_several_pieces_in_one_ink_the_one_closest_to_its_background_decides() -> None:
    assert rank_text_inks([[ground((19, 212, 113)), ground((127, 24, 177))]])[0] == [WARM_BLACK]
    assert rank_text_inks([[ground((230, 187, 216)), ground((67, 24, 3))]])[0] == [WHITE]


def test_two_similar_backgrounds_share_an_ink_even_if_each_alone_would_choose_another() -> None:
    darker, lighter = ground((120, 120, 120)), ground((168, 168, 168))
    assert rank_text_inks([[darker]])[0] == [WHITE]
    assert rank_text_inks([[lighter]])[0] == [WARM_BLACK]
    assert rank_text_inks([[darker], [lighter]])[0] == [WARM_BLACK, WARM_BLACK]


def test_a_tone_well_above_the_floor_is_preferred_to_one_that_just_reaches_it() -> None:
    adjustment = find_adjustment([ground((154, 78, 62))], (124, 69, 212), MASTHEAD_FLOOR)
    assert sum(adjustment.tone) > 650


@pytest.mark.parametrize(
    ("picture", "ink"),
    [((120, 190, 90), WHITE), ((40, 90, 50), WARM_BLACK), ((60, 90, 220), WARM_BLACK)],
)
def test_a_background_is_adjusted_towards_shadow_or_paper_and_not_a_colour(
    picture: tuple[int, int, int], ink: tuple[int, int, int]
) -> None:
    tone = find_adjustment([ground(picture)], ink, TEXT_FLOOR).tone
    assert max(tone) - min(tone) <= (5 if ink == WHITE else 20)


def test_small_type_takes_the_ink_that_suits_its_background() -> None:
    assert rank_text_inks([[ground(BLACK)], [ground(BLACK)]])[0] == [WHITE, WHITE]
    assert rank_text_inks([[ground(PALE)]])[0] == [WARM_BLACK]


def test_on_very_different_backgrounds_each_group_has_its_own_ink_and_a_shared_one_comes_next() -> (
    None
):
    ranked = rank_text_inks([[ground(BLACK)], [ground(PALE)], [ground(PALE)]])
    assert ranked[0] == [WHITE, WARM_BLACK, WARM_BLACK]
    assert ranked[1] == [WARM_BLACK, WARM_BLACK, WARM_BLACK]


def test_all_small_type_shares_one_ink_if_that_costs_little() -> None:
    nearly = (100, 100, 100)
    assert rank_text_inks([[ground(BLACK)], [ground(nearly)]])[0] == [WHITE, WHITE]


def test_black_on_a_deep_blue_does_not_count_as_legible() -> None:
    assert rank_text_inks([[ground((40, 110, 200))]])[0] == [WHITE]
