"""Light from a magazine and its envelope: warm paper, and highlights that glow."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from poster.arrays import Floats
from poster.colour import Colour
from poster.envelope.inlay import Inlay
from poster.envelope.light import compute_glow, gather_light
from poster.envelope.plates import Plates
from poster.paint_settings import EnvelopeAppearance


@pytest.fixture(scope="module")
def dark(plates: Plates) -> Plates:
    """The first envelope, without any light."""
    none = np.zeros_like(plates.glare)
    return replace(plates, glare=none, plastic=none, pages=none, closure=none)


def glow_of(
    plates: Plates, level: int, appearance: EnvelopeAppearance | None = None
) -> Floats | None:
    cover = np.full((90, 62, 3), level, np.uint8)
    return compute_glow(Inlay(cover, plates), plates, appearance or EnvelopeAppearance())


def spot_on(plates: Plates, light: float, radius: int) -> Floats:
    spot = np.zeros_like(plates.glare)
    cv2.circle(spot, (plates.width // 2, plates.height // 2), radius, light, -1)
    return spot


def test_cut_paper_and_the_closure_are_warm(plates: Plates) -> None:
    inlay = Inlay(np.zeros((90, 62, 3), np.uint8), plates)
    red, green, blue = gather_light(inlay, plates, EnvelopeAppearance(glare=0.0), 0, plates.height)
    for part in (plates.pages > 0.3, plates.closure > 0.7):
        assert (red[part] > green[part] + 0.01).all()
        assert (green[part] > blue[part] + 0.01).all()


def test_white_paper_does_not_glow(dark: Plates) -> None:
    assert glow_of(dark, 255) is None


def test_a_sixth_of_a_highlights_excess_is_scattered(dark: Plates) -> None:
    glow = glow_of(replace(dark, glare=spot_on(dark, 3.0, 5)), 0)
    assert glow is not None
    too_much = np.maximum(spot_on(dark, 3.0, 5) - 1, 0).sum()
    assert 0.13 < glow.sum() / too_much < 0.2


def test_the_glow_stays_within_a_hundredth_or_so_of_the_frame(dark: Plates) -> None:
    glow = glow_of(replace(dark, glare=spot_on(dark, 9.0, 0)), 0)
    assert glow is not None
    across = glow.sum(axis=0).astype(np.float64)
    at = np.arange(across.size)
    middle = np.average(at, weights=across)
    deviation = np.average((at - middle) ** 2, weights=across) ** 0.5
    assert 1 / 160 < deviation / dark.width < 1 / 100


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255)])
def test_a_highlight_of_one_colour_glows_as_its_brightness_says(
    dark: Plates, colour: Colour
) -> None:
    appearance = EnvelopeAppearance(closure=colour)
    faint, strong = (replace(dark, closure=spot_on(dark, light, 5)) for light in (2.9, 6.0))
    assert glow_of(faint, 0, appearance) is None
    glow = glow_of(strong, 0, appearance)
    assert glow is not None
    assert glow.max() == pytest.approx(0.16, rel=0.3)
