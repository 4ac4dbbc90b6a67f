# ruff: noqa: RUF001  # letters that look alike are the matter here
"""No two letters touch, whatever the face's kerning and the voice's tracking."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from poster.typography.collisions import MIN_GAP, join_parted, part_touching
from poster.typography.itemise import Run
from poster.typography.optical import sized_runs
from poster.typography.shape import line_advance
from poster.typography.typeset import Typesetter
from poster.typography.voices import VOICES

PAIRS = ["KY", "KA", "XA", "rv", "vy", "kx", "tt", "АЯ", "ЖЖ", "ня", "ΚΑ", "χγ"]
VOICES_OF_TITLES = ["masthead", "stacked", "serif", "didone", "grotesque", "headline"]


def runs_of(typesetter: Typesetter, text: str, voice: str, points: float) -> tuple[Run, ...]:
    copy = typesetter._prepare(text, voice, "en", breakable=False)
    return sized_runs(copy.runs, points)


@pytest.mark.parametrize("voice", VOICES_OF_TITLES)
@pytest.mark.parametrize("pair", PAIRS)
def test_two_letters_are_two_pieces_of_ink(typesetter: Typesetter, pair: str, voice: str) -> None:
    block = typesetter.set_block(pair, voice, size_px=400, measure=1400, language="en")
    count, _ = cv2.connectedComponents((block.ink > 0).astype(np.uint8))
    assert count - 1 == len(pair)  # the ground is one component


@pytest.mark.parametrize("voice", ["masthead", "grotesque"])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nor_do_they_touch_at_any_width_of_a_face(
    typesetter: Typesetter, voice: str, share: float
) -> None:
    # A taller or a wider room draws the face narrower or wider.
    height = 500 if share == 0 else 150
    block = typesetter.fit_block(
        "KAXAKY", voice, measure=900, max_height=height, max_lines=1, min_size_px=40
    )
    count, _ = cv2.connectedComponents((block.ink > 0).astype(np.uint8))
    assert count - 1 == len("KAXAKY")


def test_letters_that_do_not_touch_are_left_as_they_are(typesetter: Typesetter) -> None:
    for voice in VOICES:
        runs = runs_of(typesetter, "HOME", voice, 200)
        assert part_touching(runs, "en") == runs


def test_only_the_pair_that_would_touch_is_set_wider(typesetter: Typesetter) -> None:
    runs = runs_of(typesetter, "OSLO SKY", "grotesque", 200)
    parted = part_touching(runs, "en")
    assert [run.text for run in parted] == ["OSLO SK", "Y"]
    wider = line_advance(parted, "en") - line_advance(runs, "en")
    assert MIN_GAP < wider < 0.08  # K and Y overlap by 0.04 em


def test_parting_can_be_undone(typesetter: Typesetter) -> None:
    runs = runs_of(typesetter, "SKY, TEXAS и ЖЖ", "grotesque", 200)
    parted = part_touching(runs, "en")
    assert len(parted) > len(runs)
    assert join_parted(parted) == runs


def test_parted_letters_are_measured_where_they_are_drawn(typesetter: Typesetter) -> None:
    runs = part_touching(runs_of(typesetter, "SKY TEXAS vry", "didone", math.inf), "en")
    assert len(runs) > 1
    [whole] = typesetter.compiler.set_glyphs([runs], "en", "ltr")
    last = len(runs[-1].text.replace(" ", ""))
    drawn = sorted(glyph.x for glyph in whole if len(glyph.curves))[-last]
    before = line_advance(runs, "en") - line_advance(runs[-1:], "en")
    assert drawn == pytest.approx(1000 * before, abs=1.05)


@pytest.mark.parametrize("text", ["השקט", "서울의 밤", "هدوء", "क्षत्रिय"])
def test_other_scripts_are_left_alone(typesetter: Typesetter, text: str) -> None:
    runs = runs_of(typesetter, text, "masthead", 200)
    assert part_touching(runs, "en") == runs
