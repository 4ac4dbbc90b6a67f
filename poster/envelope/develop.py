"""Linear light -> 8-bit sRGB, as film would show it: tone curve, grain, dither.

Knows no envelope; what lies behind the light is a colour, or left open as alpha.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import srgb_from_linear
from poster.envelope.grain import weights
from poster.envelope.tone import BRIGHTEST, INDEX_SCALE, STEPS, bend, levels

_UNSEEN = 1e-4
"""Radiance that is less than half a level even over black."""


def develop(
    lights: Sequence[Floats],
    share: Floats,
    table: Sequence[float],
    noise: Floats,
    dither: Floats,
    out: NDArray[np.uint8],
) -> None:
    """Lay light over an evenly lit table and develop both.

    Args:
        lights: red, green, blue: HW float32, linear; used up.
        share: HW float32: of the table's light that is seen, [0, 1].
        table: its radiance in red, green and blue.
        noise: HW float32: grain in mid tones, in levels. It goes where there is light and no bare
            table, so that a flat background stays flat.
        dither: HW float32, less than half a level either way.
        out: HW3 uint8, written.
    """
    if any(table):
        own = cv2.add(cv2.add(lights[0], lights[1]), lights[2])
        whole = own + share * np.float32(sum(table))
        part = own / np.maximum(whole, np.float32(_UNSEEN))
        noise = np.asarray(noise * part, np.float32)
        for light, radiance in zip(lights, table, strict=True):
            cv2.scaleAdd(share, radiance, light, light)
    codes = [_codes(light) for light in lights]
    grain = noise * cv2.LUT(codes[1], weights()) + dither
    shown = [cv2.add(cv2.LUT(code, levels()), grain, dtype=cv2.CV_8U) for code in codes]
    cv2.merge(shown, out)


def develop_apart(
    lights: Sequence[Floats],
    share: Floats,
    noise: Floats,
    dither: Floats,
    out: NDArray[np.uint8],
) -> None:
    """Develop light alone, with the share of it that hides what lies behind as straight alpha.

    Light adds to what is behind it, alpha does not: where film mirrors more than it hides, alpha is
    raised until the colour fits under white.

    Args:
        lights: red, green, blue: HW float32, linear; used up.
        share: HW float32: of the light behind that is seen, [0, 1].
        noise: HW float32: grain in mid tones, in levels.
        dither: HW float32, less than half a level either way.
        out: HW4 uint8, written.
    """
    bent = [cv2.LUT(_codes(light), _bent()) for light in lights]
    most = np.maximum(np.maximum(bent[0], bent[1]), bent[2])
    most[most < _UNSEEN] = 0
    hidden = np.rint((1 - share) * np.float32(255))
    # A hair less, so that rounding in the tables costs no whole step.
    alpha = np.maximum(hidden, np.ceil(most * np.float32(255) - np.float32(0.01)))
    np.clip(alpha, 0, 255, out=alpha)
    rise = np.float32(255) / np.maximum(alpha, 1)
    rise[alpha == 0] = 0
    codes = [_codes(np.minimum(light * rise, np.float32(1))) for light in bent]
    grain = noise * cv2.LUT(codes[1], weights()) + dither
    shown = [cv2.add(cv2.LUT(code, _plain()), grain, dtype=cv2.CV_8U) for code in codes]
    cv2.merge([*shown, alpha.astype(np.uint8)], out)


def _codes(light: Floats) -> NDArray[np.uint16]:
    """Index of each radiance into the tables; the light is used up."""
    np.minimum(light, np.float32(BRIGHTEST), out=light)
    cv2.sqrt(light, light)
    light *= INDEX_SCALE
    return light.astype(np.uint16)


def _radiances() -> NDArray[np.float64]:
    return np.asarray(np.linspace(0, BRIGHTEST**0.5, STEPS) ** 2)


@cache
def _bent() -> Floats:
    """Light behind the shoulder, [0, 1], over the square root of radiance."""
    return np.minimum(bend(_radiances()), 1).astype(np.float32)


@cache
def _plain() -> Floats:
    """Levels without any shoulder, over the square root of radiance."""
    return srgb_from_linear(_radiances().astype(np.float32)) * np.float32(255)
