"""A photo and its matte -> the matte with its soft edge decided by colour, hair by hair.

Where the subject's colour just inside the edge and the backdrop's just outside tell apart, a pixel
between them is as much subject as it lies on the way from one to the other. Where they do not, what
was doubtful and looks like the backdrop is backdrop. Does not find the subject.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats

_COARSE = 3
"""Pixels a side of a cell: colours on either side of an edge change slowly along it."""

_STRIP = 4096
"""Columns of the picture that places are remapped in: it must not be too long on either side."""


@dataclass(frozen=True, slots=True)
class FringeLook:
    """Where colour decides a matte's edge, and how. Levels are of 8 bits; none of it is measured.

    Args:
        reach: half the width of the band that is decided anew, over the mean side: what a guided
            filter with a radius of three of the network's pixels leaves open, and the rim of
            backdrop that it takes along.
        core: of the reach, how far inside the edge the subject's colour is read. From deeper, a
            dark head of hair would be taken for its face; from nearer, for the rim of backdrop.
        sure: matte from which a pixel is subject.
        nothing: matte up to which a pixel is backdrop.
        span: colours are gathered within the reach over this (sigma), and in the whole of it where
            that leaves nothing.
        far: weight of that wider gathering, so little that the nearer one counts where there is
            any.
        noise: levels under which two colours are alike, whatever they are.
        spread: weight of each side's own variance against the distance between the two.
        apart: shares of distance in distance and variance between which colour comes to decide
            alone.
        way: ways from backdrop to subject that become 0 and 1. A subject varies in itself, so that
            1 begins well before its mean colour; a backdrop varies little.
        doubt: former mattes between which a pixel is too sure to be taken for backdrop by its
            likeness alone: dark hair before a dark hedge stays.
        like: distances from the backdrop's colour, over its spread, at which a pixel is that and
            is not.
        grain: levels by which the plainest backdrop spreads.
        plain: levels between which a backdrop spreads too far for any colour to be like it.
        most_growth: times the former matte that a pixel may become: colour alone makes nobody's
            subject of a hedge that happens to have the jacket's green.
    """

    reach: float = 1 / 75
    core: float = 0.5
    sure: float = 0.95
    nothing: float = 0.02
    span: float = 3.0
    far: float = 1e-3
    noise: float = 30.0
    spread: float = 3.0
    apart: tuple[float, float] = (0.45, 0.85)
    way: tuple[float, float] = (0.06, 0.70)
    doubt: tuple[float, float] = (0.4, 0.8)
    like: tuple[float, float] = (1.0, 2.5)
    grain: float = 3.0
    plain: tuple[float, float] = (18.0, 28.0)
    most_growth: float = 2.5


LOOK = FringeLook()


def refine_fringe(image: NDArray[np.uint8], matte: Floats) -> Floats:
    """Decide a matte's edge by colour.

    Args:
        image: HWC uint8, sRGB, [0, 255].
        matte: HW float32, [0, 1], on the picture's edges within a few pixels.

    Returns:
        HW float32, [0, 1]; pixels far from the edge are as they were.
    """
    height, width = matte.shape
    reach = max(1, round(LOOK.reach * (height + width) / 2 / _COARSE))
    cells = max(1, width // _COARSE), max(1, height // _COARSE)
    small = cv2.resize(image, cells, interpolation=cv2.INTER_AREA).astype(np.float32)
    coarse = np.asarray(cv2.resize(matte, cells, interpolation=cv2.INTER_AREA), np.float32)
    outside = cv2.dilate(coarse, _square(reach)) <= LOOK.nothing
    inside = cv2.erode(coarse, _square(reach)) >= LOOK.sure
    core = cv2.erode(coarse, _square(max(1, round(LOOK.core * reach)))) >= LOOK.sure
    band = ~(outside | inside)
    if not band.any() or not outside.any() or not core.any():
        return matte
    ground, ground_spread = _gather(small, outside, reach)
    own, own_spread = _gather(small, core, reach)
    way = own - ground
    length = (way**2).sum(-1)
    apart = length / (length + LOOK.spread * (own_spread + ground_spread) + LOOK.noise**2)
    chosen = cv2.resize(band.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    rows, columns = np.nonzero(chosen)
    places = (columns + 0.5) / width * cells[0] - 0.5, (rows + 0.5) / height * cells[1] - 0.5
    spread = np.sqrt(ground_spread + LOOK.grain**2)
    at_ground = _sampled(np.dstack([ground, spread]), *places)
    at_way = _sampled(
        np.dstack([way / (length[..., None] + 1), _step(apart, *LOOK.apart)]), *places
    )
    was, off = matte[chosen], image[chosen] - at_ground[:, :3]
    none, whole = LOOK.way
    share = ((off * at_way[:, :3]).sum(-1) - none) / (whole - none)
    unlike = _step(np.sqrt((off**2).sum(-1)) / at_ground[:, 3], *LOOK.like)
    unlike = np.maximum(unlike, _step(at_ground[:, 3], *LOOK.plain))
    now = was * np.maximum(unlike, _step(was, *LOOK.doubt))
    now = np.minimum(now + at_way[:, 3] * (np.clip(share, 0, 1) - now), LOOK.most_growth * was)
    fine = matte.copy()
    fine[chosen] = np.clip(now, 0, 1)
    return fine


def _step(values: Floats, low: float, high: float) -> Floats:
    """0 up to low, 1 from high, smooth between."""
    x = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(x * x * (3 - 2 * x), np.float32)


def _sampled(maps: Floats, x: Floats, y: Floats) -> Floats:
    """Values of maps of 4 channels between their cells: len(x) x 4."""
    shape = -(-len(x) // _STRIP), _STRIP
    across, down = (np.resize(np.asarray(place, np.float32), shape) for place in (x, y))
    values = cv2.remap(maps, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values, np.float32).reshape(-1, 4)[: len(x)]


def _square(reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _gather(small: Floats, where: NDArray[np.bool_], reach: int) -> tuple[Floats, Floats]:
    """Mean colour of a region near each cell (HW3), and its variance (HW, summed over colours)."""
    weight = where[..., None].astype(np.float32)
    squares = (small**2).sum(-1, keepdims=True)
    parts = np.concatenate([weight * small, weight * squares, weight], axis=2)
    close = np.asarray(cv2.GaussianBlur(parts, (0, 0), max(1.0, reach / LOOK.span)), np.float32)
    far = np.asarray(cv2.GaussianBlur(parts, (0, 0), float(reach)), np.float32)
    near = close + LOOK.far * far
    near = near / (near[..., 4:] + 1e-6)
    variance = np.maximum(near[..., 3] - (near[..., :3] ** 2).sum(-1), 0)
    return np.asarray(near[..., :3], np.float32), np.asarray(variance, np.float32)
