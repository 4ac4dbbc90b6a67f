"""A photo and its matte -> the matte with its soft edge refined by colour, down to single hairs.

Where the subject's colour just inside the edge differs from the backdrop's just outside, a pixel's
share of subject is its position between the two colours. Where they do not differ, an uncertain
pixel that looks like the backdrop becomes backdrop. Does not find the subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats

_COARSE = 3
"""Side of a cell in pixels; colours on both sides of an edge change slowly along it."""

_STRIP = 4096
"""Width of the array in which positions are remapped; OpenCV limits both of its sides."""


@dataclass(frozen=True, slots=True)
class FringeSettings:
    """Where and how colour refines a matte's edge. Levels are 8-bit; no value is measured.

    Args:
        half_width: half the width of the refined band, divided by the mean side. It covers what a
            guided filter with a radius of three network pixels leaves uncertain, and the rim of
            backdrop that it includes.
        core: distance inside the edge at which the subject's colour is read, as a share of
            half_width. Deeper, the face's colour would be read for dark hair; nearer, the rim of
            backdrop's.
        sure: minimum matte of a pixel that is certainly subject.
        nothing: maximum matte of a pixel that is certainly backdrop.
        span: colours are averaged with a sigma of half_width / span, or of half_width where no
            colour is found within that.
        far: weight of the wider average, so small that the narrower one dominates wherever it
            exists.
        noise: difference in levels below which two colours count as equal.
        spread: weight of the variance on both sides against the distance between the colours.
        apart: range of separability, distance / (distance + variance), over which the result
            changes from the old matte to the colour's estimate.
        blend_range: positions on the line from the backdrop's colour to the subject's that map to 0
            and 1. A subject's colour varies, so 1 is reached well before its mean colour; a
            backdrop's varies little.
        similarity_fade: range of the old matte over which similarity to the backdrop stops
            counting, so that dark hair in front of a dark hedge stays.
        like: range of distances from the backdrop's colour, divided by its spread, over which a
            pixel stops being similar to it.
        grain: minimum spread of a backdrop, in levels.
        plain: range of spreads, in levels, over which a backdrop becomes too varied for any colour
            to count as similar to it.
        max_growth: maximum factor by which a pixel's matte grows: colour alone must not turn a
            hedge into subject because it has the green of the jacket.
    """

    half_width: float = 1 / 75
    core: float = 0.5
    sure: float = 0.95
    nothing: float = 0.02
    span: float = 3.0
    far: float = 1e-3
    noise: float = 30.0
    spread: float = 3.0
    apart: tuple[float, float] = (0.45, 0.85)
    blend_range: tuple[float, float] = (0.06, 0.70)
    similarity_fade: tuple[float, float] = (0.4, 0.8)
    like: tuple[float, float] = (1.0, 2.5)
    grain: float = 3.0
    plain: tuple[float, float] = (18.0, 28.0)
    max_growth: float = 2.5


SETTINGS = FringeSettings()


def refine_fringe(image: NDArray[np.uint8], matte: Floats) -> Floats:
    """Refine a matte's edge by colour.

    Args:
        image: HWC uint8, sRGB, [0, 255].
        matte: HW float32, [0, 1], accurate to within a few pixels.

    Returns:
        HW float32, [0, 1]; pixels far from the edge are unchanged.
    """
    height, width = matte.shape
    radius = max(1, round(SETTINGS.half_width * (height + width) / 2 / _COARSE))
    cells = max(1, width // _COARSE), max(1, height // _COARSE)
    small = cv2.resize(image, cells, interpolation=cv2.INTER_AREA).astype(np.float32)
    coarse = np.asarray(cv2.resize(matte, cells, interpolation=cv2.INTER_AREA), np.float32)
    outside = cv2.dilate(coarse, _square(radius)) <= SETTINGS.nothing
    inside = cv2.erode(coarse, _square(radius)) >= SETTINGS.sure
    core = cv2.erode(coarse, _square(max(1, round(SETTINGS.core * radius)))) >= SETTINGS.sure
    band = ~(outside | inside)
    if not band.any() or not outside.any() or not core.any():
        return matte
    ground, ground_spread = _gather(small, outside, radius)
    own, own_spread = _gather(small, core, radius)
    difference = own - ground
    length = (difference**2).sum(-1)
    apart = length / (length + SETTINGS.spread * (own_spread + ground_spread) + SETTINGS.noise**2)
    chosen = cv2.resize(band.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    rows, columns = np.nonzero(chosen)
    places = (columns + 0.5) / width * cells[0] - 0.5, (rows + 0.5) / height * cells[1] - 0.5
    spread = np.sqrt(ground_spread + SETTINGS.grain**2)
    at_ground = _sampled(np.dstack([ground, spread]), *places)
    at_difference = _sampled(
        np.dstack([difference / (length[..., None] + 1), _step(apart, *SETTINGS.apart)]), *places
    )
    was, off = matte[chosen], image[chosen] - at_ground[:, :3]
    none, whole = SETTINGS.blend_range
    share = ((off * at_difference[:, :3]).sum(-1) - none) / (whole - none)
    unlike = _step(np.sqrt((off**2).sum(-1)) / at_ground[:, 3], *SETTINGS.like)
    unlike = np.maximum(unlike, _step(at_ground[:, 3], *SETTINGS.plain))
    now = was * np.maximum(unlike, _step(was, *SETTINGS.similarity_fade))
    now = np.minimum(
        now + at_difference[:, 3] * (np.clip(share, 0, 1) - now), SETTINGS.max_growth * was
    )
    fine = matte.copy()
    fine[chosen] = np.clip(now, 0, 1)
    return fine


def _step(values: Floats, low: float, high: float) -> Floats:
    """Return 0 up to low, 1 from high, and a smooth step between."""
    x = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)


def _sampled(maps: Floats, x: Floats, y: Floats) -> Floats:
    """Interpolate maps of 4 channels at the given positions: len(x) x 4."""
    shape = -(-len(x) // _STRIP), _STRIP
    across, down = (np.resize(np.asarray(place, np.float32), shape) for place in (x, y))
    values = cv2.remap(maps, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, np.float32).reshape(-1, 4)[: len(x)]


def _square(radius: int) -> NDArray[np.uint8]:
    return np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)


def _gather(small: Floats, where: NDArray[np.bool_], radius: int) -> tuple[Floats, Floats]:
    """Average a region's colour near each cell (HW3); also its variance (HW, over all channels)."""
    weight = where[..., None].astype(np.float32)
    squares = (small**2).sum(-1, keepdims=True)
    parts = np.concatenate([weight * small, weight * squares, weight], axis=2)
    close = np.asarray(
        cv2.GaussianBlur(parts, (0, 0), max(1.0, radius / SETTINGS.span)), np.float32
    )
    far = np.asarray(cv2.GaussianBlur(parts, (0, 0), float(radius)), np.float32)
    near = close + SETTINGS.far * far
    near = near / (near[..., 4:] + 1e-6)
    variance = np.maximum(near[..., 3] - (near[..., :3] ** 2).sum(-1), 0)
    return np.asarray(near[..., :3], np.float32), np.asarray(variance, np.float32)
