"""The pixels round type -> the colour that reads on them, and how far they must be eased for it.

Knows a ground's pixels, not where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour
from poster.typography.contrast import low_contrast

WHITE: Colour = (255, 255, 255)
INK: Colour = (18, 17, 15)
"""A warm black: pure black looks cut out of a graded photo."""

MASTHEAD_FLOOR = 3.0
TEXT_FLOOR = 4.5
"""Least contrast of large and of small type. Source: WCAG 2.2, success criterion 1.4.3."""

_MARGIN = 1.07
"""Contrast is sought this far above its floor: grain takes up to 5 % of it back."""

_PARTS = 8
_PART_FLOOR = 0.6
"""The line is also held to this share of its floor in each eighth of it: one letter that drowns in
its ground hides in a percentile of them all."""

_STRENGTHS = np.arange(0, 0.96, 0.05, dtype=np.float32)

_EASE_COST = 2.5
"""What a full easing costs an ink whose appeal is about 1: a tenth shows little, a half spoils
the photo."""


@dataclass(frozen=True)
class Surround:
    """The pixels that surround a piece of type.

    Args:
        pixels: N3 uint8, sRGB, [0, 255].
        veil: N float32, [0, 1]: how much of an easing reaches each pixel.
        columns: N integers, where each pixel stands along the line.
    """

    pixels: NDArray[np.uint8]
    veil: NDArray[np.float32]
    columns: NDArray[np.intp]

    def contrast(self, colour: Colour) -> float:
        """10th percentile of the WCAG ratio of a colour with the pixels as they are."""
        return low_contrast(self.pixels, colour)

    def strength_for(self, colour: Colour, floor: float) -> float:
        """How strongly the ground must be eased for a colour to pass a floor.

        Args:
            colour: of the type.
            floor: least contrast.

        Returns:
            The least strength of ease() that does, [0, 0.95]; the most where none does.
        """
        for strength in _STRENGTHS:
            eased = ease(self.pixels, self.veil, float(strength), colour)
            worst = min(low_contrast(eased[part], colour) for part in self._parts)
            if low_contrast(eased, colour) >= floor * _MARGIN and worst >= floor * _PART_FLOOR:
                break
        return float(strength)

    @cached_property
    def _parts(self) -> list[NDArray[np.bool_]]:
        """The pixels of each stretch of the line that has any."""
        ends = np.linspace(self.columns.min(), self.columns.max() + 1, _PARTS + 1)
        stretch = np.searchsorted(ends, self.columns, side="right")
        return [stretch == part for part in np.unique(stretch)]


def ease(
    pixels: NDArray[np.uint8], veil: NDArray[np.float32], strength: float, colour: Colour
) -> NDArray[np.uint8]:
    """Darken what lies under light type, lighten what lies under dark type.

    Args:
        pixels: uint8 of any shape that ends in 3, sRGB, [0, 255].
        veil: float32 of the shape without the 3, [0, 1].
        strength: 0 changes nothing; 1 under a full veil leaves black or white.
        colour: of the type.

    Returns:
        New pixels.
    """
    amount = np.float32(strength) * veil[..., None]
    target = np.float32(0 if sum(colour) > 3 * 110 else 255)
    return np.rint(pixels + (target - pixels) * amount).astype(np.uint8)


def choose_masthead_ink(surround: Surround, inks: tuple[Colour, ...]) -> Colour:
    """Choose the masthead's ink.

    Args:
        surround: of its visible ink.
        inks: to choose from.

    Returns:
        The ink with the best mix of contrast, distance in hue from the ground, and ground left
        as it is.
    """
    mean = _lab(surround.pixels.mean(0))

    def appeal(ink: Colour) -> float:
        # Contrast past 7 adds nothing that an eye would thank for.
        hue_distance = float(np.hypot(*(_lab(np.array(ink)) - mean)[1:])) / 60
        strength = surround.strength_for(ink, MASTHEAD_FLOOR)
        reach = max(surround.contrast(ink), MASTHEAD_FLOOR)
        return 1.2 * min(reach, 7.0) / 7 + 0.5 * min(hue_distance, 1.0) - _EASE_COST * strength

    return max(inks, key=appeal)


def choose_text_ink(surrounds: list[Surround]) -> Colour:
    """White or ink for a group, whichever needs less easing; white where they are close.

    Args:
        surrounds: what surrounds each piece of the group.

    Returns:
        The colour.
    """
    white, ink = (
        min(surround.contrast(colour) for surround in surrounds) for colour in (WHITE, INK)
    )
    return INK if ink > 1.15 * white else WHITE


def _lab(colour: NDArray[np.floating | np.integer]) -> NDArray[np.float32]:
    """CIE L*a*b* of one sRGB colour in [0, 255]."""
    pixel = (np.asarray(colour, np.float32) / 255).reshape(1, 1, 3)
    return np.asarray(cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB), np.float32).reshape(3)
