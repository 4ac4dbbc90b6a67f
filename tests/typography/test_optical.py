from __future__ import annotations

import math

import pytest

from poster.typography.optical import apparent_scale, sized
from poster.typography.typeset import Typesetter
from poster.typography.voices import Cut

ARCHIVO = Cut("Archivo", 500, tracking=-0.0223)


@pytest.mark.parametrize(
    ("pixels", "tracking"), [(8, 0.0235), (12, 0), (16, -0.011), (24, -0.0195)]
)
def test_tracking_follows_the_published_curve(pixels: float, tracking: float) -> None:
    assert sized(ARCHIVO, "Latn", pixels * 0.75).tracking == pytest.approx(tracking, abs=0.001)


def test_display_type_has_the_tracking_of_its_voice() -> None:
    assert sized(ARCHIVO, "Latn", 60).tracking == pytest.approx(-0.022)
    assert sized(ARCHIVO, "Latn", math.inf).tracking == pytest.approx(-0.022)


def test_han_is_set_solid_in_text_and_tightens_as_it_grows() -> None:
    han = Cut("Noto Sans CJK JP", 900, tracking=-0.04)
    found = [sized(han, "Hani", points).tracking for points in (6, 9, 18, 40, math.inf)]
    assert found[0] == found[1] == 0
    assert found == sorted(found, reverse=True)
    assert found[-1] == -0.04


@pytest.mark.parametrize("script", ["Arab", "Deva", "Thai", "Khmr"])
def test_letters_that_join_or_stack_are_never_tracked(script: str) -> None:
    assert sized(Cut("Noto Sans", 500), script, 6).tracking == 0


def test_hairlines_are_finer_the_larger_the_type() -> None:
    bodoni = Cut("Bodoni Moda", 600)
    found = [sized(bodoni, "Latn", points).optical for points in (5, 50, 100, math.inf)]
    assert found == [6, 10, 20, 40]
    assert sized(ARCHIVO, "Latn", 50).optical is None


@pytest.mark.parametrize(
    ("text", "voice", "language"), [("H", "didone", "en"), ("н", "serif", "bg")]
)
def test_thin_strokes_are_sturdy_in_text_and_fine_in_titles(
    typesetter: Typesetter, text: str, voice: str, language: str
) -> None:
    def crossbar(size: float) -> float:
        ink = typesetter.set_block(text, voice, size_px=size, measure=900, language=language).ink
        return float(ink[:, ink.shape[1] // 2].sum() / 255)

    assert crossbar(30) > (1.0 if voice == "didone" else 1.5)
    assert crossbar(120) < 0.036 * 120


@pytest.mark.parametrize("script", ["Armn", "Cyrl", "Ethi", "Geor", "Grek", "Hebr"])
def test_every_script_with_separate_letters_is_tracked_like_latin(script: str) -> None:
    for points in (6, 9, 60):
        assert sized(ARCHIVO, script, points) == sized(ARCHIVO, "Latn", points)


def test_arabic_is_set_larger_beside_latin_and_latin_is_not() -> None:
    arabic = apparent_scale("رسائل من الشاطئ")
    assert 1.2 < arabic < 1.4
    assert apparent_scale("Letters 2026") == 1.0
    # Their letters are closer to Latin's in size, and their marks need room above.
    for text in ("क्षत्रिय की शांति", "ความเงียบของเมือง", "শহরের নীরবতা"):
        assert 1.05 < apparent_scale(text) < arabic
