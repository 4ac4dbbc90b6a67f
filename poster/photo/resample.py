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

from poster.arrays import Floats
from poster.geometry import Box
from poster.photo.grade import measure_noise

Window = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels, x0 and y0 inclusive; fractions are allowed."""

_REDUCING_GAP = 3.0
"""Shrinking starts with box averages down to three times the target size. Source: Pillow's
documentation of Image.resize: 3.0 is almost indistinguishable from fair resampling."""

_NEIGHBOURHOOD = 5, 5
"""Width and height in pixels of the area in which texture is distinguished from noise."""


_AREA = 1.2
"""Blur (sigma), in pixels of the photo, of the area in which an edge must be straight. With 2, the
tips of fur along an outline are rubbed off."""
_LEAST = 0.05
"""A smaller share of smoothing is not worth its time."""
_BLOCK = 1024
"""Columns of the block in which scattered pixels are sampled."""
_OWN, _NEAR = 0.30, 0.67
"""Share of a pixel itself in its mean along an edge, and share of the samples at half the reach in
the rest: a Gaussian that has faded to a third at the reach."""


@dataclass(frozen=True, slots=True)
class EnlargementSettings:
    """How much an enlargement is sharpened and smoothed; only what says so is measured.

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
        straight_from: smaller enlargements are not smoothed along edges: they show no stairs.
        straight: range of coherences over which smoothing along edges increases from none to full;
            0 is texture without a direction, 1 a straight edge. From 0.55, fur looks painted.
        reach: how far an edge is smoothed to each side, in pixels of the photo. With 1.5, small
            lettering smudges. Measured with eight photos shrunk to 0.4 and enlarged again: 0.2 dB
            nearer to the originals than without smoothing, and 0.7 dB on drawn lines and circles.
    """

    sharpening: float = 1.0
    sharp_from: float = 1.25
    edge: tuple[float, float] = (2.5, 8.0)
    calm_from: float = 1.5
    calm: float = 1.3
    min_noise: float = 0.5
    straight_from: float = 1.5
    straight: tuple[float, float] = (0.85, 0.98)
    reach: float = 1.0


SETTINGS = EnlargementSettings()


def resample(
    photo: NDArray[np.uint8], window: Window, width: int, height: int
) -> NDArray[np.uint8]:
    """Resample a window of a photo to a given size.

    Shrinks with an antialiased Lanczos filter. Enlarges with a bicubic filter, smooths noise that
    would become blotches and edges that would become stairs, and sharpens edges without overshoot:
    every pixel stays in the range of its neighbourhood, so there is no ringing.

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
    if scale >= SETTINGS.straight_from:
        share, flow = _edge_flow(part, noise)
        share = np.array(_resized(Image.fromarray(share), inner, width, height, scale))
        _straighten(view, share, flow, inner, scale)
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


def _edge_flow(part: NDArray[np.uint8], noise: float) -> tuple[Floats, Floats]:
    """Find how far each pixel lies on a straight edge, and the direction across that edge.

    Source: J. Bigun, G. Granlund, Optimal Orientation Detection of Linear Symmetry, ICCV 1987.

    Returns:
        The share of smoothing, HW float32, [0, 1]; and cosine and sine of twice the angle from x to
        the direction across, HW2 float32, of any length.
    """
    luma = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), 0.6), np.float32)
    gx, gy = (cv2.Scharr(luma, cv2.CV_32F, *order) / 32 for order in ((1, 0), (0, 1)))
    xx, yy, xy = (cv2.GaussianBlur(p, (0, 0), _AREA) for p in (gx * gx, gy * gy, gx * gy))
    flow = np.dstack([xx - yy, 2 * xy]).astype(np.float32)
    low, high = SETTINGS.straight
    coherence = np.hypot(flow[..., 0], flow[..., 1]) / (xx + yy + (1.5 * noise) ** 2)
    return np.asarray(np.clip((coherence - low) / (high - low), 0, 1), np.float32), flow


def _straighten(
    view: NDArray[np.uint8], share: Floats, flow: Floats, window: Window, scale: float
) -> None:
    """Smooth an enlargement along its edges, in place.

    Args:
        view: HW3 uint8.
        share: HW float32, how much of the smoothing is applied.
        flow: direction across the edges before the enlargement; see `_edge_flow`.
        window: that was enlarged.
        scale: of the enlargement.
    """
    places = np.flatnonzero(share > _LEAST)  # few pixels lie on edges
    if not places.size:
        return
    # OpenCV limits the rows of a map, so the pixels are arranged in a block.
    places = np.resize(places, (-(-places.size // _BLOCK), _BLOCK))
    rows, columns = np.divmod(places, view.shape[1])
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    left, top = (np.float32(edge - 0.5) for edge in window[:2])
    step = np.float32(1 / scale)
    across = cv2.remap(
        flow, (x + np.float32(0.5)) * step + left, (y + np.float32(0.5)) * step + top,
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    angle = cv2.phase(across[..., 0], across[..., 1]) / 2
    reach = np.full_like(angle, SETTINGS.reach * scale)
    dy, dx = cv2.polarToCart(reach, angle)  # turned by a right angle, to go along

    def sample(way: float) -> NDArray[np.uint8]:
        seen = cv2.remap(
            view, x - np.float32(way) * dx, y + np.float32(way) * dy,
            cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(seen, np.uint8)

    flat = view.reshape(-1, 3)
    own = flat[places]
    near, far = (cv2.addWeighted(sample(at), 0.5, sample(-at), 0.5, 0) for at in (0.5, 1.0))
    sides = cv2.addWeighted(near, _NEAR, far, 1 - _NEAR, 0)
    smooth = cv2.addWeighted(own, _OWN, sides, 1 - _OWN, 0)
    part = share.reshape(-1)[places].clip(0, 1)
    flat[places] = cv2.blendLinear(smooth, own, part, 1 - part)


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
