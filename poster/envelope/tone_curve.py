"""Linear light -> display levels, through a film-like shoulder; and back, for flat colours.

Independent of any picture.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import Colour, linear_from_srgb

SHOULDER = 0.86
"""Linear radiance up to which the curve is linear: just below white paper on a cover, 0.90."""
SOFTNESS = 2
"""Exponent of the shoulder: it starts with the slope of the linear part and ends with slope 0."""
END = 255.5
"""Level at the end of the curve, shown as 255, so that 255 is reached, at a radiance of 1.10,
with as much room for dither as any other level."""
STEPS = 65536
"""Entries of the lookup tables: a step is less than a hundredth of a level everywhere."""


def _linear(level: float) -> float:
    """Return the linear light of a level above the toe. Source: IEC 61966-2-1."""
    return float(((level / 255 + 0.055) / 1.055) ** 2.4)


ROOM = _linear(END) - SHOULDER
BRIGHTEST = SHOULDER + SOFTNESS * ROOM
"""Radiance at and above which everything is white."""

INDEX_SCALE = np.float32((STEPS - 1) / BRIGHTEST**0.5)
"""Factor from the square root of radiance to an index into `levels`."""


@cache
def levels() -> Floats:
    """Lookup table: 8-bit sRGB levels with fractions, [0, END], by the square root of radiance."""
    light = bend(np.linspace(0, BRIGHTEST**0.5, STEPS) ** 2)
    curve = 1.055 * light ** (1 / 2.4) - 0.055
    return np.asarray(255 * np.where(light <= 0.0031308, 12.92 * light, curve), np.float32)


def bend(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply the shoulder to linear light.

    Args:
        light: radiance, not negative.

    Returns:
        The same up to SHOULDER; compressed above it, to slightly more than 1 at most.
    """
    over = np.clip((light - SHOULDER) / (BRIGHTEST - SHOULDER), 0, 1)
    return np.minimum(light, SHOULDER) + ROOM * (1 - (1 - over) ** SOFTNESS)


def radiance_of(colour: Colour) -> tuple[float, float, float]:
    """Find the light that the curve turns into a given colour (its inverse).

    Args:
        colour: sRGB.

    Returns:
        Radiance of red, green and blue.
    """
    light = linear_from_srgb(np.array(colour, np.uint8)).astype(np.float64)
    left = np.clip(1 - (light - SHOULDER) / ROOM, 0, 1) ** (1 / SOFTNESS)
    red, green, blue = np.minimum(light, SHOULDER) + (BRIGHTEST - SHOULDER) * (1 - left)
    return float(red), float(green), float(blue)
