"""Linear light -> display levels, as film gives way at its bright end; and back, for flat colours.

Knows no picture: only the curve.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import Colour, linear_from_srgb

SHOULDER = 0.86
"""Linear radiance up to which the curve is straight: just below white paper on a cover, 0.90."""
SOFTNESS = 2
"""Power of the shoulder: it leaves the straight with the same slope, and ends without any."""
END = 255.5
"""Level at the curve's end, which is shown as 255: so that 255 itself is reached, at a radiance of
1.10, with as much room for dither as any other level."""
STEPS = 65536
"""Of the table: a step is less than a hundredth of a level everywhere."""


def _linear(level: float) -> float:
    """A level above the toe as linear light. Source: IEC 61966-2-1."""
    return float(((level / 255 + 0.055) / 1.055) ** 2.4)


ROOM = _linear(END) - SHOULDER
BRIGHTEST = SHOULDER + SOFTNESS * ROOM
"""Radiance from which on everything is white."""

INDEX_SCALE = np.float32((STEPS - 1) / BRIGHTEST**0.5)
"""What the square root of radiance is multiplied by to give an index into `levels`."""


@cache
def levels() -> Floats:
    """8-bit sRGB levels, with fractions, [0, END], over the square root of radiance."""
    light = bend(np.linspace(0, BRIGHTEST**0.5, STEPS) ** 2)
    curve = 1.055 * light ** (1 / 2.4) - 0.055
    return np.asarray(255 * np.where(light <= 0.0031308, 12.92 * light, curve), np.float32)


def bend(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is left of linear light after the shoulder.

    Args:
        light: radiance, 0 and up.

    Returns:
        The same up to SHOULDER; above it less, and little more than 1 at the most.
    """
    over = np.clip((light - SHOULDER) / (BRIGHTEST - SHOULDER), 0, 1)
    return np.minimum(light, SHOULDER) + ROOM * (1 - (1 - over) ** SOFTNESS)


def radiance_of(colour: Colour) -> tuple[float, float, float]:
    """The light that comes out as a colour: the curve's inverse.

    Args:
        colour: sRGB.

    Returns:
        Radiance of red, green and blue.
    """
    light = linear_from_srgb(np.array(colour, np.uint8)).astype(np.float64)
    left = np.clip(1 - (light - SHOULDER) / ROOM, 0, 1) ** (1 / SOFTNESS)
    red, green, blue = np.minimum(light, SHOULDER) + (BRIGHTEST - SHOULDER) * (1 - left)
    return float(red), float(green), float(blue)
