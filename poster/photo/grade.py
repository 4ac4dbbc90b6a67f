"""A picture -> the same picture with an editorial grade and film grain.

Works on sRGB-encoded floats, as the curves of photo editors do. Does not know what the picture
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
"""Entries of a curve; one step is 1/16 of an 8-bit level."""


@dataclass(frozen=True, slots=True)
class GradeSettings:
    """How to grade like a magazine prints. The tints are chosen by eye; no value is measured.

    Args:
        saturation: share of each colour's distance from grey that is kept.
        contrast: share of smoothstep in the S-curve.
        shadow_tint: added to red, green and blue of the darkest tones, cool. Together with
            light_tint, half as strong as a visible colour cast.
        light_tint: added to red, green and blue of the lightest tones, warm.
        black: level to which black is lifted, like ink on coated paper, [0, 1].
        white: level to which white is lowered, [0, 1].
    """

    saturation: float = 0.90
    contrast: float = 0.26
    shadow_tint: tuple[float, float, float] = (-0.010, 0.002, 0.016)
    light_tint: tuple[float, float, float] = (0.012, 0.004, -0.014)
    black: float = 0.022
    white: float = 0.982


@dataclass(frozen=True, slots=True)
class ExposureSettings:
    """Limits of auto levels and auto gamma, so that fog stays fog and night stays night.

    Lumas are encoded, [0, 1]. No value is measured.

    Args:
        brightest: luma to which the 99.5th percentile is moved.
        max_gain: maximum factor for that.
        darkest: luma to which the 0.5th percentile is moved.
        max_cut: maximum luma subtracted for that.
        knee: luma above which highlights are compressed so that none exceeds 1.
        midtones: range of median lumas that are kept; others move halfway towards it.
        max_gamma: maximum exponent for that, and maximum of its inverse.
    """

    brightest: float = 0.96
    max_gain: float = 1.20
    darkest: float = 0.03
    max_cut: float = 0.045
    knee: float = 0.75
    midtones: tuple[float, float] = (0.34, 0.72)
    max_gamma: float = 1.35


@dataclass(frozen=True, slots=True)
class GrainSettings:
    """Film grain on a page.

    Args:
        size: blur (sigma) of the noise in pixels. Grains are then about a pixel wide; wider ones
            mottle flat colours and paper. Chosen by eye, at full size and twice as large.
        fade: exponent with which grain fades from the midtones to black and white. 0.5 is that of
            developed film; with more, paper and solid ink are cleaner, as in print. With 1, blocks
            of compressed shadows show. Chosen by eye.
        min_share: share of the grain that even a noisy photo gets. Not measured.
    """

    size: float = 0.45
    fade: float = 0.75
    min_share: float = 0.4


SETTINGS = GradeSettings()
EXPOSURE = ExposureSettings()
GRAIN = GrainSettings()


def grade(picture: Floats) -> Floats:
    """Give a picture the look of a printed magazine picture, in place.

    Adjusts the exposure within limits, then applies a soft S-curve with lifted blacks and lowered
    whites, cool shadows and warm highlights, and slightly less colour. This is one matrix and three
    curves, so neighbouring pixels do not affect each other.

    Args:
        picture: HWC float32, sRGB-encoded, [0, 1]; overwritten.

    Returns:
        The same array.
    """
    curves = _curves(picture)
    pull = (1 - SETTINGS.saturation) * np.tile(LUMA, (3, 1))
    matrix = (SETTINGS.saturation * np.eye(3, dtype=np.float32) + pull) * np.float32(_STEPS - 1)
    for strip in _strips(picture):
        index = cv2.transform(strip, matrix)
        np.rint(np.clip(index, 0, _STEPS - 1, out=index), out=index)
        steps = index.astype(np.intp)
        for channel in range(3):
            strip[..., channel] = curves[channel][steps[..., channel]]
    return picture


def add_grain(picture: Floats, seed: int, amount: float = 0.014) -> Floats:
    """Add fine luminance grain to a picture, in place.

    Grain is strongest in the midtones and fades towards black and white. Noise that the picture
    already has counts towards the amount.

    Args:
        picture: HWC float32, sRGB-encoded, [0, 1]; overwritten.
        seed: seed of the grain.
        amount: standard deviation in the midtones, [0, 1].

    Returns:
        The same array.
    """
    height, width = picture.shape[:2]
    noise = np.random.default_rng(seed).standard_normal((height, width), dtype=np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), GRAIN.size), np.float32)
    present = measure_noise(picture)
    needed = np.sqrt(max(amount**2 - present**2, (GRAIN.min_share * amount) ** 2))
    noise *= np.float32(needed / max(float(noise.std()), 1e-6))
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    weight = 4 * luma * (1 - luma)
    np.clip(weight, 0, 1, out=weight)
    noise *= cv2.pow(weight, GRAIN.fade)
    picture += noise[..., None]
    return np.clip(picture, 0, 1, out=picture)


def measure_noise(picture: Floats | NDArray[np.uint8]) -> float:
    """Measure the pixel noise of a picture's luma.

    Args:
        picture: HWC, on any scale.

    Returns:
        The noise's standard deviation, on the same scale.

    Source: J. Immerkaer, Fast Noise Variance Estimation, CVIU 1996, with the median instead of the
    mean so that edges do not count.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(luma, cv2.CV_32F, kernel)[1:-1:3, 1:-1:3])
    return float(np.median(response)) / 0.6745 / 6


def _strips(picture: Floats) -> list[Floats]:
    """Split a picture into views of a few rows, whose temporaries fit into the CPU's cache."""
    return [picture[top : top + 64] for top in range(0, len(picture), 64)]


def _curves(picture: Floats) -> Floats:
    """Compute the tone curve of each channel, 3 x _STEPS."""
    x = _exposed(np.linspace(0, 1, _STEPS, dtype=np.float32), _small_luma(picture))
    x = x + SETTINGS.contrast * (x * x * (3 - 2 * x) - x)
    shadows, lights = (
        np.array(tint, np.float32)[:, None] for tint in (SETTINGS.shadow_tint, SETTINGS.light_tint)
    )
    tint = shadows * (1 - x) ** 2 + lights * x**2
    # Tints fade at both ends, so that paper white and the deepest black stay neutral.
    x = x + tint * np.sqrt(np.clip(4 * x * (1 - x), 0, 1))
    return np.asarray(
        SETTINGS.black + np.clip(x, 0, 1) * (SETTINGS.white - SETTINGS.black), np.float32
    )


def _small_luma(picture: Floats) -> Floats:
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
    return np.asarray(small @ LUMA, np.float32)


def _exposed(x: Floats, luma: Floats) -> Floats:
    """Apply auto levels and auto gamma to a ramp, based on the picture's luma."""
    low, middle, high = (float(v) for v in np.percentile(luma, (0.5, 50, 99.5)))
    black = np.clip(low - EXPOSURE.darkest, 0, EXPOSURE.max_cut)
    gain = np.clip(
        (EXPOSURE.brightest - EXPOSURE.darkest) / max(high - black, 1e-3), 1, EXPOSURE.max_gain
    )
    x = np.clip((x - black) * gain, 0, None)
    knee = EXPOSURE.knee
    # Compress highlights that the gain pushes past 1: slope 1 at the knee, value 1 at the top.
    span = (float(x[-1]) - knee) / (1 - knee)
    past = np.clip((x - knee) / (float(x[-1]) - knee), 0, 1)
    x = np.where(x > knee, knee + (1 - knee) * (1 - (1 - past) ** max(span, 1)), x)
    middle = float(np.clip((middle - black) * gain, 0.02, 0.98))
    wanted = float(np.clip(middle, *EXPOSURE.midtones))
    exponent = np.clip(
        (np.log(wanted) / np.log(middle)) ** 0.5, 1 / EXPOSURE.max_gamma, EXPOSURE.max_gamma
    )
    return np.asarray(x**exponent, np.float32)
