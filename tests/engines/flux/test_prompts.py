"""Prompts describe the dummy's areas and contain none of its words."""

import pytest

from poster.cover.layout.dummy import Dummy, TypeArea
from poster.cover.layout.page import Page
from poster.engines.flux.prompts import cover_prompt, envelope_prompt
from poster.geometry import Box

WIDTH, HEIGHT = 1024, 1472


def dummy(*boxes: Box, masthead_foot: int = 300) -> Dummy:
    masthead = TypeArea("masthead", Box(46, 50, 978, masthead_foot), 40.0)
    lines = tuple(TypeArea("headline", box, 40.0) for box in boxes)
    return Dummy(Page.full_bleed(WIDTH, HEIGHT), Box(0, 0, WIDTH, HEIGHT), (masthead, *lines))


def line_at(x: int, y: int) -> Box:
    return Box(x, y, x + 200, y + 60)


def test_no_word_of_the_cover_is_in_its_prompt() -> None:
    prompt = cover_prompt(dummy(line_at(50, 900)))
    assert "TABASCO" not in prompt
    assert "Zanzibar" not in prompt


def test_the_picture_is_asked_for_without_lettering() -> None:
    for word in ("no lettering", "no words", "no letters", "no logo", "no watermark"):
        assert word in cover_prompt(dummy())


@pytest.mark.parametrize(("foot", "depth"), [(100, "sixth"), (460, "third"), (700, "half")])
def test_the_masthead_keeps_its_share_of_the_frame_calm(foot: int, depth: str) -> None:
    assert f"The upper {depth} of the frame is calm" in cover_prompt(dummy(masthead_foot=foot))


@pytest.mark.parametrize(
    ("boxes", "places"),
    [
        ([line_at(50, 1300)], "Leave the foot left of"),
        ([line_at(750, 700)], "Leave the middle right of"),
        ([line_at(50, 700), line_at(750, 1300)], "Leave the middle left and the foot right of"),
        ([line_at(50, 1300), line_at(750, 1300)], "Leave the whole foot of"),
        (
            [line_at(50, 400), line_at(50, 700), line_at(750, 1300)],
            "Leave the top left, the middle left and the foot right of",
        ),
    ],
)
def test_the_areas_of_lines_stay_clean(boxes: list[Box], places: str) -> None:
    assert places in cover_prompt(dummy(*boxes))


def test_a_cover_without_lines_names_no_areas() -> None:
    assert "stays empty" not in cover_prompt(dummy())


def test_covers_with_lines_in_the_same_places_share_a_prompt() -> None:
    first, second = dummy(line_at(50, 1300)), dummy(line_at(60, 1250), line_at(48, 1340))
    assert cover_prompt(first) == cover_prompt(second)


def test_the_envelope_is_clear_and_closed_with_string_and_button_on_black() -> None:
    for words in ("clear plastic envelope", "string-and-button closure", "black ground"):
        assert words in envelope_prompt()
