# ruff: noqa: RUF001  # letters that look alike are the matter here
"""HarfBuzz measures lines and Typst draws them, so both must place glyphs equally."""

import math
from itertools import pairwise

import numpy as np
import pytest

from poster.errors import MissingGlyphError
from poster.typography.itemise import Run
from poster.typography.optical import sized_runs
from poster.typography.shape import advance_of, gap_between, shape
from poster.typography.typeset import Typesetter


def measured(runs: tuple[Run, ...], language: str) -> list[float]:
    """Start of each inked glyph of left-to-right runs, in 1/1000 em."""
    found, start = [], 0.0
    for run, following in pairwise([*runs, runs[-1]]):
        found += [
            1000 * (start + glyph.x)
            for glyph in shape(run, language)
            if not run.text[glyph.cluster].isspace()
        ]
        start += advance_of(run, language) + gap_between(run, following)
    return sorted(found)


@pytest.mark.parametrize(
    ("text", "language", "voice"),
    [
        ("office Waffle To Ty", "en", "masthead"),
        ("office Waffle To Ty", "en", "headline"),
        ("office Waffle To Ty", "en", "grotesque"),
        ("office Waffle", "en", "didone"),
        ("Σιωπή", "el", "masthead"),
        ("Σιωπή", "el", "serif"),
        ("Тишина", "ru", "headline"),
        ("Kремль", "ru", "stacked"),  # two runs of one face: its tracking continues between them
        ("서울의 밤", "ko", "stacked"),
        ("静かなコーヒー", "ja", "masthead"),
        ("क्षत्रिय", "hi", "masthead"),
        ("ที่นี่ น้ำ", "th", "masthead"),
        ("هدوء المدينة", "ar", "masthead"),
    ],
)
@pytest.mark.parametrize("points", [8.0, 200.0])
def test_glyphs_are_measured_where_they_are_drawn(
    typesetter: Typesetter, text: str, language: str, voice: str, points: float
) -> None:
    copy = typesetter._prepare(text, voice, language, breakable=False)
    runs = sized_runs(copy.runs, points)
    [glyphs] = typesetter.compiler.set_glyphs([runs], language, copy.direction)
    drawn = sorted(glyph.x for glyph in glyphs if len(glyph.curves))
    # Both round anchors and kerning, but differently.
    np.testing.assert_allclose(measured(runs, language), drawn, atol=1.05)


def test_tracking_continues_across_scripts_in_the_same_face(
    typesetter: Typesetter,
) -> None:
    def second(text: str) -> float:
        copy = typesetter._prepare(text, "masthead", "ko", breakable=False)
        [glyphs] = typesetter.compiler.set_glyphs([sized_runs(copy.runs, math.inf)], "ko", "ltr")
        return max(glyph.x for glyph in glyphs)

    assert second("서直") == second("서서")


def test_a_control_character_drawn_as_a_missing_glyph_is_refused(typesetter: Typesetter) -> None:
    # Unicode says it needs no glyph, but HarfBuzz does not treat it as ignorable.
    with pytest.raises(MissingGlyphError, match=r"U\+1BCA0"):
        typesetter.set_block("SIL\U0001bca0ENCE", "masthead", size_px=90, measure=900)
