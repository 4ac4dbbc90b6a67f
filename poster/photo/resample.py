"""A window of a photo or a matte -> that window at another size, sharpened if it is enlarged.

Does not choose the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poster.geometry import Box
from poster.photo.grade import measure_noise

Window = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels, x0 and y0 inclusive; fractions are allowed."""

_REDUCING_GAP = 3.0
"""Shrinking starts with box averages down to three times the target size. Source: Pillow's
documentation of Image.resize: 3.0 is almost indistinguishable from fair resampling."""

_NEIGHBOURHOOD = 5, 5
"""Width and height in pixels of the area in which texture is distinguished from noise."""


@dataclass(frozen=True, slots=True)
class EnlargementSettings:
    """How much an enlargement is sharpened and smoothed; no value is measured.

    Deviations are local and relative to the photo's noise, so that skin, sky and the compression
    artefacts around them stay smooth.

    Args:
        sharpening: share of the detail that a blur removes which is added again.
        sharp_from: smaller enlargements are not sharpened.
        edge: range of deviations over which sharpening increases from none to full.
        calm_from: smaller enlargements are not smoothed: they show no noise as blotches.
        calm: deviation that is halved; smaller deviations are removed, larger ones kept. The
            cover's own grain is added later at the cover's size.
        min_noise: minimum noise that is assumed, in 8-bit levels; rounding alone makes 0.3.
    """

    sharpening: float = 1.0
    sharp_from: float = 1.25
    edge: tuple[float, float] = (2.5, 8.0)
    calm_from: float = 1.5
    calm: float = 1.3
    min_noise: float = 0.5


SETTINGS = EnlargementSettings()


def resample(
    photo: NDArray[np.uint8], window: Window, width: int, height: int
) -> NDArray[np.uint8]:
    """Resample a window of a photo to a given size.

    Shrinks with an antialiased Lanczos filter. Enlarges with a bicubic filter, smooths noise that
    would become blotches, and sharpens edges without overshoot: every pixel stays in the range of
    its neighbourhood, so there is no ringing.

    Args:
        photo: HWC uint8, sRGB, [0, 255].
        window: a window inside the photo.
        width: width of the result, in pixels.
        height: height of the result, in pixels.

    Returns:
        HWC uint8, sRGB, [0, 255], contiguous.

    Raises:
        ValueError: the window is empty or extends beyond the photo.
    """
    scale, seen, inner = _plan(photo.shape, window, width)
    part = np.ascontiguousarray(photo[seen.slices])
    if scale < SETTINGS.sharp_from:
        return np.array(_resized(Image.fromarray(part), inner, width, height, scale))
    noise = max(SETTINGS.min_noise, measure_noise(part))
    variances = _variances(part)
    edges = np.sqrt(variances) / noise
    if scale >= SETTINGS.calm_from:
        part = _calmed(part, variances, noise)
    low, high = SETTINGS.edge
    sharpness = np.clip((edges - low) / (high - low), 0, 1)
    view = np.array(_resized(Image.fromarray(part), inner, width, height, scale))
    gain = np.array(_resized(Image.fromarray(sharpness), inner, width, height, scale))
    return _sharpened(view, np.clip(gain, 0, 1, out=gain), scale)


def resample_matte(
    matte: NDArray[np.float32], window: Window, width: int, height: int
) -> NDArray[np.float32]:
    """Resample a window of a matte to a given size.

    Args:
        matte: HW float32, [0, 1].
        window: a window inside the matte.
        width: width of the result, in pixels.
        height: height of the result, in pixels.

    Returns:
        HW float32, [0, 1], contiguous.

    Raises:
        ValueError: the window is empty or extends beyond the matte.
    """
    scale, seen, inner = _plan(matte.shape, window, width)
    part = Image.fromarray(np.ascontiguousarray(matte[seen.slices]))
    values = np.array(_resized(part, inner, width, height, scale))
    return np.clip(values, 0, 1, out=values)


def _plan(shape: tuple[int, ...], window: Window, width: int) -> tuple[float, Box, Window]:
    """The enlargement, the part of the image that the filter reads, and the window in that part."""
    x0, y0, x1, y1 = window
    if not (0 <= x0 < x1 <= shape[1] and 0 <= y0 < y1 <= shape[0]):
        raise ValueError(f"the window {window} is not inside {shape[1]} x {shape[0]} pixels")
    scale = width / (x1 - x0)
    reach = 4 + ceil(4 / min(scale, 1.0))  # Lanczos reads 3 pixels of the coarser grid
    seen = Box(int(x0), int(y0), ceil(x1), ceil(y1)).grown(reach, reach)
    seen = seen.intersection(Box(0, 0, shape[1], shape[0]))
    return scale, seen, (x0 - seen.x0, y0 - seen.y0, x1 - seen.x0, y1 - seen.y0)


def _resized(
    image: Image.Image, window: Window, width: int, height: int, scale: float
) -> Image.Image:
    how = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    gap = _REDUCING_GAP if scale < 1 else None
    return image.resize((width, height), how, box=window, reducing_gap=gap)


def _variances(part: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute the variance of the luma in each pixel's neighbourhood: HW."""
    luma = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    spread = (luma - cv2.blur(luma, _NEIGHBOURHOOD)) ** 2
    return np.asarray(cv2.blur(spread, _NEIGHBOURHOOD), np.float32)


def _calmed(
    part: NDArray[np.uint8], variances: NDArray[np.float32], noise: float
) -> NDArray[np.uint8]:
    """Smooth deviations that are not larger than noise.

    Source: K. He, J. Sun, X. Tang, Guided Image Filtering, ECCV 2010, with the picture as its own
    guide.
    """
    means = cv2.blur(part, _NEIGHBOURHOOD)
    kept = variances / (variances + np.float32(SETTINGS.calm * noise) ** 2)
    rest = cv2.blur((1 - kept)[..., None] * means, _NEIGHBOURHOOD)
    calm = cv2.blur(kept, _NEIGHBOURHOOD)[..., None] * part + rest
    return np.asarray(np.clip(np.rint(calm), 0, 255), np.uint8)


def _sharpened(
    pixels: NDArray[np.uint8], gain: NDArray[np.float32], scale: float
) -> NDArray[np.uint8]:
    """Sharpen edges that enlarging has softened, within the range of each neighbourhood."""
    reach = np.ones((2 * round(scale / 2) + 1,) * 2, np.uint8)
    lowest, highest = cv2.erode(pixels, reach), cv2.dilate(pixels, reach)
    soft = cv2.GaussianBlur(pixels, (0, 0), 0.6 * scale)
    sharp = cv2.addWeighted(pixels, 1 + SETTINGS.sharpening, soft, -SETTINGS.sharpening, 0)
    sharp = np.clip(sharp, lowest, highest)
    return np.asarray(cv2.blendLinear(sharp, pixels, gain, 1 - gain), np.uint8)
