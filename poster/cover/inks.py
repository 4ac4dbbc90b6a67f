"""Measured grounds -> the colour that type takes on them.

Knows what a ground measures, not where it is.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour

WHITE: Colour = (255, 255, 255)
INK: Colour = (18, 17, 15)
"""A warm black: pure black looks cut out of a graded photo."""

MASTHEAD_INKS: tuple[Colour, ...] = (
    (245, 239, 168),  # pale yellow
    (250, 247, 239),  # paper white
    (255, 214, 64),  # signal yellow
    (255, 122, 89),  # coral
    (214, 34, 42),  # red
    (24, 62, 140),  # blue
    INK,
)

MASTHEAD_FLOOR = 3.0
TEXT_FLOOR = 4.5
"""Least contrast of large and of small type. Source: WCAG 2.2, success criterion 1.4.3."""


def choose_masthead_ink(
    ground: NDArray[np.uint8], contrast_of: Callable[[Colour], float]
) -> Colour:
    """Choose the ink that stands best on the masthead's ground.

    Args:
        ground: N3 uint8, sRGB: the pixels round the visible ink.
        contrast_of: measured contrast of a colour on that ground.

    Returns:
        Among the inks that pass the floor, the one with the best mix of contrast and distance in
        hue from the ground; where none passes, the one with the highest contrast.
    """
    contrasts = {ink: contrast_of(ink) for ink in MASTHEAD_INKS}
    passing = [ink for ink in MASTHEAD_INKS if contrasts[ink] >= MASTHEAD_FLOOR * 1.1]
    if not passing:
        return max(contrasts, key=lambda ink: contrasts[ink])
    mean = _lab(ground.reshape(-1, 3).mean(0))

    def appeal(ink: Colour) -> float:
        # Contrast past 7 adds nothing that an eye would thank for; hue distance does.
        hue_distance = float(np.hypot(*(_lab(np.array(ink)) - mean)[1:])) / 60
        return min(contrasts[ink], 7.0) / 7 + 0.35 * min(hue_distance, 1.0)

    return max(passing, key=appeal)


def choose_text_ink(contrast_of: Callable[[Colour], float]) -> Colour:
    """White or ink, whichever reads better; white where they are close, as on a photo it is kin.

    Args:
        contrast_of: measured contrast of a colour on the text's ground.

    Returns:
        The colour.
    """
    return INK if contrast_of(INK) > 1.15 * contrast_of(WHITE) else WHITE


def _lab(colour: NDArray[np.floating | np.integer]) -> NDArray[np.float32]:
    """CIE L*a*b* of one sRGB colour in [0, 255]."""
    pixel = (np.asarray(colour, np.float32) / 255).reshape(1, 1, 3)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB), np.float32)[0, 0]
