"""sRGB <-> linear light, luma, relative luminance and hex colours.

Source: IEC 61966-2-1 for the transfer function, WCAG 2.2 for relative luminance and contrast.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of encoded red, green and blue in luma. Source: ITU-R BT.601."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of linear red, green and blue in relative luminance. Source: WCAG 2.2, after BT.709."""

Colour = tuple[int, int, int]
"""Red, green and blue, sRGB, [0, 255]."""

FLARE = 0.05
"""Luminance that ambient light adds to every colour. Source: WCAG 2.2, contrast ratio."""


def floats_from_pixels(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 [0, 255] -> float32 [0, 1], still encoded."""
    return pixels * np.float32(1 / 255)


def pixels_from_floats(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """float32 -> uint8, clipped to [0, 1] and rounded to [0, 255], still encoded."""
    scaled = values * np.float32(255)
    np.clip(scaled, 0, 255, out=scaled)
    np.rint(scaled, out=scaled)
    return scaled.astype(np.uint8)


def linear_from_srgb(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Decode sRGB.

    Args:
        pixels: uint8 of any shape, sRGB, [0, 255].

    Returns:
        float32 of the same shape, linear, [0, 1].
    """
    return _linear_table()[pixels]


def srgb_from_linear(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Encode as sRGB.

    Args:
        light: float32 of any shape, linear; values outside [0, 1] are clipped.

    Returns:
        float32 of the same shape, sRGB, [0, 1].
    """
    light = np.clip(light, 0, 1)
    curve = np.float32(1.055) * np.power(light, np.float32(1 / 2.4)) - np.float32(0.055)
    toe = light * np.float32(12.92)
    return np.where(light <= np.float32(0.0031308), toe, curve)


def relative_luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute the relative luminance of encoded pixels.

    Args:
        pixels: uint8 whose last axis is red, green, blue; sRGB, [0, 255].

    Returns:
        float32 without the last axis, [0, 1].
    """
    return np.asarray(linear_from_srgb(pixels) @ LUMINANCE, np.float32)


def contrast_ratio(
    first: NDArray[np.float32] | float, second: NDArray[np.float32] | float
) -> NDArray[np.float32]:
    """Compute the WCAG contrast of two relative luminances.

    Args:
        first: relative luminance, [0, 1].
        second: relative luminance, [0, 1].

    Returns:
        (lighter + 0.05) / (darker + 0.05), [1, 21].
    """
    flare = np.float32(FLARE)
    lighter, darker = np.maximum(first, second), np.minimum(first, second)
    return np.asarray((lighter + flare) / (darker + flare), np.float32)


def parse_hex(text: str) -> Colour:
    """#RRGGBB -> (red, green, blue)."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def format_hex(colour: Colour) -> str:
    """(red, green, blue) -> #RRGGBB."""
    return "#{:02X}{:02X}{:02X}".format(*colour)


@cache
def _linear_table() -> NDArray[np.float32]:
    encoded = np.arange(256) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)
