"""A picture -> the same picture with an editorial grade and film grain.

Works on sRGB-encoded floats, where photo editors' curves live. Does not know what the picture
shows.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import LUMA

_STEPS = 4096
"""Entries of a curve: a step is 1/16 of an 8-bit level."""

_SATURATION = 0.90
_CONTRAST = 0.26
"""Share of smoothstep in the S-curve."""
_SHADOW_TINT = np.array([-0.010, 0.002, 0.016], np.float32)
_LIGHT_TINT = np.array([0.012, 0.004, -0.014], np.float32)
"""Split toning, cool shadows and warm lights: by eye, half of what shows as a colour cast."""
_BLACK, _WHITE = 0.022, 0.982
"""Where black is lifted to and white is held, as ink on coated paper."""

_BRIGHTEST = 0.96
_MOST_GAIN = 1.20
_DARKEST = 0.03
_MOST_CUT = 0.045
"""Auto levels: the top 0.5 % goes to _BRIGHTEST and the bottom to _DARKEST, by no more than that,
so that fog stays fog and night stays night."""
_KNEE = 0.75
_MIDTONES = 0.34, 0.72
_MOST_GAMMA = 1.35
"""Medians in this range are left alone; others move towards it by half, within the bound."""

_GRAIN_SIZE = 0.65
"""Blur (sigma) of the noise, pixels: a little over one pixel, as a 400 ASA scan on a page."""
_LEAST_GRAIN = 0.4
"""Share of the grain that a photo gets which is as noisy already."""


def grade(picture: Floats) -> Floats:
    """Give a picture the look of a printed feature, in place.

    Sets exposure within bounds, then a soft S-curve with lifted blacks and held lights, cool
    shadows and warm lights, and slightly less colour. It is one matrix and three curves, so
    neighbouring pixels cannot affect each other.

    Args:
        picture: HWC float32, sRGB-encoded, [0, 1]; overwritten.

    Returns:
        The same array.
    """
    curves = _curves(picture)
    pull = (1 - _SATURATION) * np.tile(LUMA, (3, 1))
    matrix = (_SATURATION * np.eye(3, dtype=np.float32) + pull) * np.float32(_STEPS - 1)
    for strip in _strips(picture):
        index = cv2.transform(strip, matrix)
        np.rint(np.clip(index, 0, _STEPS - 1, out=index), out=index)
        steps = index.astype(np.intp)
        for channel in range(3):
            strip[..., channel] = curves[channel][steps[..., channel]]
    return picture


def add_grain(picture: Floats, seed: int, amount: float = 0.014) -> Floats:
    """Lay fine luminance grain over a picture, in place.

    Grain is strongest in the middle tones and dies out towards black and white; noise that the
    picture has already counts towards the amount.

    Args:
        picture: HWC float32, sRGB-encoded, [0, 1]; overwritten.
        seed: of the grain.
        amount: deviation in the middle tones, [0, 1].

    Returns:
        The same array.
    """
    height, width = picture.shape[:2]
    noise = np.random.default_rng(seed).standard_normal((height, width), dtype=np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), _GRAIN_SIZE), np.float32)
    present = measure_noise(picture)
    needed = np.sqrt(max(amount**2 - present**2, (_LEAST_GRAIN * amount) ** 2))
    noise *= np.float32(needed / max(float(noise.std()), 1e-6))
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    weight = 4 * luma * (1 - luma)
    np.clip(weight, 0, 1, out=weight)
    noise *= np.sqrt(weight)
    picture += noise[..., None]
    return np.clip(picture, 0, 1, out=picture)


def measure_noise(picture: Floats | NDArray[np.uint8]) -> float:
    """Measure how strong the pixel noise of a picture's luma is.

    Args:
        picture: HWC, on any scale.

    Returns:
        Its deviation, on the same scale.

    Source: J. Immerkaer, Fast Noise Variance Estimation, CVIU 1996, with a median for the mean so
    that edges do not count.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(luma, cv2.CV_32F, kernel)[1:-1:3, 1:-1:3])
    return float(np.median(response)) / 0.6745 / 6


def _strips(picture: Floats) -> list[Floats]:
    """Views of a few rows each, so that a strip's temporaries stay in the processor's cache."""
    return [picture[top : top + 64] for top in range(0, len(picture), 64)]


def _curves(picture: Floats) -> Floats:
    """The tone curve of each channel, 3 x _STEPS."""
    x = _exposed(np.linspace(0, 1, _STEPS, dtype=np.float32), _small_luma(picture))
    x = x + _CONTRAST * (x * x * (3 - 2 * x) - x)
    tint = _SHADOW_TINT[:, None] * (1 - x) ** 2 + _LIGHT_TINT[:, None] * x**2
    # Tints fade at both ends: paper white and the deepest black stay neutral.
    x = x + tint * np.sqrt(np.clip(4 * x * (1 - x), 0, 1))
    return np.asarray(_BLACK + np.clip(x, 0, 1) * (_WHITE - _BLACK), np.float32)


def _small_luma(picture: Floats) -> Floats:
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
    return np.asarray(small @ LUMA, np.float32)


def _exposed(x: Floats, luma: Floats) -> Floats:
    """Auto levels and auto gamma of a ramp, from the picture's luma."""
    low, middle, high = (float(v) for v in np.percentile(luma, (0.5, 50, 99.5)))
    black = np.clip(low - _DARKEST, 0, _MOST_CUT)
    gain = np.clip((_BRIGHTEST - _DARKEST) / max(high - black, 1e-3), 1, _MOST_GAIN)
    x = np.clip((x - black) * gain, 0, None)
    # Lights that the gain pushes past 1 bend down to it: slope 1 at the knee, 1 at the top.
    span = (float(x[-1]) - _KNEE) / (1 - _KNEE)
    past = np.clip((x - _KNEE) / (float(x[-1]) - _KNEE), 0, 1)
    x = np.where(x > _KNEE, _KNEE + (1 - _KNEE) * (1 - (1 - past) ** max(span, 1)), x)
    middle = float(np.clip((middle - black) * gain, 0.02, 0.98))
    wanted = float(np.clip(middle, *_MIDTONES))
    exponent = np.clip((np.log(wanted) / np.log(middle)) ** 0.5, 1 / _MOST_GAMMA, _MOST_GAMMA)
    return np.asarray(x**exponent, np.float32)
