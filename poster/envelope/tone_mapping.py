"""Linear light -> 8-bit sRGB with a film-like tone curve, grain and dither.

Independent of the envelope; what is behind the light is a flat colour, or left open as alpha.
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
from poster.envelope.tone_curve import BRIGHTEST, INDEX_SCALE, STEPS, bend, levels

_UNSEEN = 1e-4
"""A lower radiance is less than half a level, even over black."""


def tone_map(
    lights: Sequence[Floats],
    share: Floats,
    surface: Sequence[float],
    noise: Floats,
    dither: Floats,
    out: NDArray[np.uint8],
) -> None:
    """Add light to that of an evenly lit surface, and convert the sum to 8-bit sRGB.

    Args:
        lights: red, green, blue: HW float32, linear; overwritten.
        share: HW float32, [0, 1]: share of the surface's light that reaches the camera.
        surface: its radiance in red, green and blue.
        noise: HW float32: grain in mid tones, in levels. It is scaled down where the surface's
            light dominates, so that a flat background stays flat.
        dither: HW float32, less than half a level either way.
        out: HW3 uint8, written.
    """
    if any(surface):
        own = cv2.add(cv2.add(lights[0], lights[1]), lights[2])
        whole = own + share * np.float32(sum(surface))
        part = own / np.maximum(whole, np.float32(_UNSEEN))
        noise = np.asarray(noise * part, np.float32)
        for light, radiance in zip(lights, surface, strict=True):
            cv2.scaleAdd(share, radiance, light, light)
    codes = [_codes(light) for light in lights]
    grain = noise * cv2.LUT(codes[1], weights()) + dither
    shown = [cv2.add(cv2.LUT(code, levels()), grain, dtype=cv2.CV_8U) for code in codes]
    cv2.merge(shown, out)


def tone_map_with_alpha(
    lights: Sequence[Floats],
    share: Floats,
    noise: Floats,
    dither: Floats,
    out: NDArray[np.uint8],
) -> None:
    """Convert light to 8-bit sRGB with straight alpha, for any background.

    Light adds to the background, alpha compositing cannot: where film reflects more than it hides,
    alpha is raised until the colour is no brighter than white.

    Args:
        lights: red, green, blue: HW float32, linear; overwritten.
        share: HW float32, [0, 1]: share of the background's light that reaches the camera.
        noise: HW float32: grain in mid tones, in levels.
        dither: HW float32, less than half a level either way.
        out: HW4 uint8, written.
    """
    bent = [cv2.LUT(_codes(light), _bent()) for light in lights]
    brightest = np.maximum(np.maximum(bent[0], bent[1]), bent[2])
    brightest[brightest < _UNSEEN] = 0
    hidden = np.rint((1 - share) * np.float32(255))
    # Slightly less, so that rounding in the tables does not cost a whole step of alpha.
    alpha = np.maximum(hidden, np.ceil(brightest * np.float32(255) - np.float32(0.01)))
    np.clip(alpha, 0, 255, out=alpha)
    rise = np.float32(255) / np.maximum(alpha, 1)
    rise[alpha == 0] = 0
    codes = [_codes(np.minimum(light * rise, np.float32(1))) for light in bent]
    grain = noise * cv2.LUT(codes[1], weights()) + dither
    shown = [cv2.add(cv2.LUT(code, _plain()), grain, dtype=cv2.CV_8U) for code in codes]
    cv2.merge([*shown, alpha.astype(np.uint8)], out)


def _codes(light: Floats) -> NDArray[np.uint16]:
    """Return the index of each radiance into the lookup tables; the light is overwritten."""
    np.minimum(light, np.float32(BRIGHTEST), out=light)
    cv2.sqrt(light, light)
    light *= INDEX_SCALE
    return light.astype(np.uint16)


def _radiances() -> NDArray[np.float64]:
    return np.asarray(np.linspace(0, BRIGHTEST**0.5, STEPS) ** 2)


@cache
def _bent() -> Floats:
    """Lookup table: light after the shoulder, [0, 1], by the square root of radiance."""
    return np.minimum(bend(_radiances()), 1).astype(np.float32)


@cache
def _plain() -> Floats:
    """Lookup table: 8-bit levels without a shoulder, by the square root of radiance."""
    return srgb_from_linear(_radiances().astype(np.float32)) * np.float32(255)
