"""A picture -> the same picture with an editorial grade and film grain.

Works on sRGB-encoded floats, where photo editors' curves live. Does not know what the picture
shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import LUMA

_STEPS = 4096
"""Entries of a curve: a step is 1/16 of an 8-bit level."""


@dataclass(frozen=True, slots=True)
class GradeLook:
    """The look of a printed feature. The tints are by eye; none of it is measured.

    Args:
        saturation: share of each colour's distance from grey that is kept.
        contrast: share of smoothstep in the S-curve.
        shadow_tint: added to red, green and blue of the darkest tones: cool. With light_tint, half
            of what shows as a colour cast.
        light_tint: the same of the lightest tones: warm.
        black: where black is lifted to, as ink on coated paper has it, [0, 1].
        white: where white is held, [0, 1].
    """

    saturation: float = 0.90
    contrast: float = 0.26
    shadow_tint: tuple[float, float, float] = (-0.010, 0.002, 0.016)
    light_tint: tuple[float, float, float] = (0.012, 0.004, -0.014)
    black: float = 0.022
    white: float = 0.982


@dataclass(frozen=True, slots=True)
class Exposure:
    """How far auto levels and auto gamma go, so that fog stays fog and night stays night.

    Lumas are encoded, [0, 1]. None of it is measured.

    Args:
        brightest: luma that the top 0.5 % goes to.
        most_gain: by no more than this factor.
        darkest: luma that the bottom 0.5 % goes to.
        most_cut: by no more than this much of luma.
        knee: luma from which lights that the gain pushes past 1 bend down to it.
        midtones: range of medians that are left alone; others move towards it by half.
        most_gamma: by no more than this exponent, or its inverse.
    """

    brightest: float = 0.96
    most_gain: float = 1.20
    darkest: float = 0.03
    most_cut: float = 0.045
    knee: float = 0.75
    midtones: tuple[float, float] = (0.34, 0.72)
    most_gamma: float = 1.35


@dataclass(frozen=True, slots=True)
class GrainLook:
    """Film grain on a page.

    Args:
        size: blur (sigma) of the noise in pixels: a little over one pixel, as a 400 ASA scan has on
            a page. Not measured.
        least: share of the grain that a photo gets which is as noisy already. Not measured.
    """

    size: float = 0.65
    least: float = 0.4


LOOK = GradeLook()
EXPOSURE = Exposure()
GRAIN = GrainLook()


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
    pull = (1 - LOOK.saturation) * np.tile(LUMA, (3, 1))
    matrix = (LOOK.saturation * np.eye(3, dtype=np.float32) + pull) * np.float32(_STEPS - 1)
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
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), GRAIN.size), np.float32)
    present = measure_noise(picture)
    needed = np.sqrt(max(amount**2 - present**2, (GRAIN.least * amount) ** 2))
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
    x = x + LOOK.contrast * (x * x * (3 - 2 * x) - x)
    shadows, lights = (
        np.array(tint, np.float32)[:, None] for tint in (LOOK.shadow_tint, LOOK.light_tint)
    )
    tint = shadows * (1 - x) ** 2 + lights * x**2
    # Tints fade at both ends: paper white and the deepest black stay neutral.
    x = x + tint * np.sqrt(np.clip(4 * x * (1 - x), 0, 1))
    return np.asarray(LOOK.black + np.clip(x, 0, 1) * (LOOK.white - LOOK.black), np.float32)


def _small_luma(picture: Floats) -> Floats:
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
    return np.asarray(small @ LUMA, np.float32)


def _exposed(x: Floats, luma: Floats) -> Floats:
    """Auto levels and auto gamma of a ramp, from the picture's luma."""
    low, middle, high = (float(v) for v in np.percentile(luma, (0.5, 50, 99.5)))
    black = np.clip(low - EXPOSURE.darkest, 0, EXPOSURE.most_cut)
    gain = np.clip(
        (EXPOSURE.brightest - EXPOSURE.darkest) / max(high - black, 1e-3), 1, EXPOSURE.most_gain
    )
    x = np.clip((x - black) * gain, 0, None)
    knee = EXPOSURE.knee
    # Lights that the gain pushes past 1 bend down to it: slope 1 at the knee, 1 at the top.
    span = (float(x[-1]) - knee) / (1 - knee)
    past = np.clip((x - knee) / (float(x[-1]) - knee), 0, 1)
    x = np.where(x > knee, knee + (1 - knee) * (1 - (1 - past) ** max(span, 1)), x)
    middle = float(np.clip((middle - black) * gain, 0.02, 0.98))
    wanted = float(np.clip(middle, *EXPOSURE.midtones))
    exponent = np.clip(
        (np.log(wanted) / np.log(middle)) ** 0.5, 1 / EXPOSURE.most_gamma, EXPOSURE.most_gamma
    )
    return np.asarray(x**exponent, np.float32)
