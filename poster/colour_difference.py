"""Two colours -> how different they look, as CIEDE2000.

Source: Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
Supplementary Test Data, and Mathematical Observations", 2005, whose symbols the code uses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import linear_from_srgb

_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
"""Linear sRGB -> XYZ under D65. Source: IEC 61966-2-1."""

_WHITE = _XYZ.sum(axis=1)

_EPSILON, _KAPPA = 216 / 24389, 24389 / 27
"""Source: CIE 15:2004, with the exact fractions."""


def lab_from_srgb(pixels: NDArray[np.uint8]) -> Floats:
    """Convert pixels to CIELAB under D65.

    Args:
        pixels: uint8 of shape (..., 3), sRGB, [0, 255].

    Returns:
        float32 of the same shape: L* in [0, 100], a* and b* about [-110, 110].
    """
    ratio = linear_from_srgb(pixels) @ _XYZ.T / _WHITE
    f = np.where(ratio > _EPSILON, np.cbrt(ratio), (_KAPPA * ratio + 16) / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return np.asarray(lab, np.float32)


def colour_difference(first: Floats, second: Floats) -> Floats:
    """Compute the CIEDE2000 difference of colours, with all weights 1.

    Args:
        first: float32 of shape (..., 3), CIELAB.
        second: of the same shape.

    Returns:
        float32 without the last axis: 0 or more. About 1 can just be seen side by side, 2 to 3 at a
        close look, and 10 at a glance.
    """
    l1, a1, b1 = (first[..., k] for k in range(3))
    l2, a2, b2 = (second[..., k] for k in range(3))
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)))
    g1, g2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(g1, b1), np.hypot(g2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((g1, b1), (g2, b2)))
    # Hues are compared the short way round; a grey has no hue.
    turn = (h2 - h1 + 180) % 360 - 180
    is_grey = c1 * c2 == 0
    dh = np.where(is_grey, 0, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2))
    # Opposite hues, 180 degrees apart, have two means; Sharma takes that below 360 degrees.
    mean_h = np.where(is_grey, h1 + h2, _mean_hue(h1, h2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    off = (mean_l - 50) ** 2
    s_l = 1 + 0.015 * off / np.sqrt(20 + off)
    s_c = 1 + 0.045 * mean_c
    s_h = 1 + 0.015 * mean_c * t
    rotation = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))
    r_t = -2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7)) * np.sin(np.radians(2 * rotation))
    lightness, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, dh / s_h
    squared = lightness**2 + chroma**2 + hue**2 + r_t * chroma * hue
    return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)


def _mean_hue(h1: Floats, h2: Floats) -> Floats:
    total = h1 + h2
    is_near = np.abs(h1 - h2) <= 180
    far = np.where(total < 360, (total + 360) / 2, (total - 360) / 2)
    return np.asarray(np.where(is_near, total / 2, far), np.float32)
