"""Outlines in pixels -> the exact coverage of each pixel, and the bounding box of covered pixels.

Does not know glyphs or text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.typography.outlines import Curves

_FLATNESS = 0.02
"""Maximum distance of a chord from its curve, in pixels; it moves an edge by at most 5 of 255."""

_OVERLAP = 1.01
"""A pixel's area, plus rounding: more means that contours overlap, as in variable fonts."""

_SUPERSAMPLES = 3
"""Samples per pixel in each direction, for overlapping contours. Compared with Typst's rendering at
eight times the size, the mean error of edge pixels is then 1 to 2 of 255 in every script."""

Segments = NDArray[np.float64]
"""N x 2 x 2 float64: end points (x, y) of line segments."""


_BAND = 64
"""Rows that are supersampled at a time: a masthead has ten million samples, a band a few hundred
thousand, which fit in the processor's cache."""


def bounds(curves: Curves) -> tuple[float, float, float, float]:
    """Find the bounding box of curves.

    Args:
        curves: N x 4 x 2, N > 0.

    Returns:
        x0, y0, x1, y1: exact, of the curves rather than of their control points.
    """
    low, high = extents(curves)
    (x0, y0), (x1, y1) = low.min(axis=0), high.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def extents(curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the bounding box of each curve.

    Args:
        curves: N x 4 x 2.

    Returns:
        Minimum and maximum x and y of each, N x 2 and N x 2, exact.
    """
    start, first, second, end = np.moveaxis(curves, 1, 0)
    # The extremes lie where the derivative, a quadratic in t, is zero.
    a = end - 3 * second + 3 * first - start
    b = 2 * (second - 2 * first + start)
    c = first - start
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(b * b - 4 * a * c)
        # Numerically stable for a near 0. Source: Numerical Recipes, 5.6.
        q = -0.5 * (b + np.copysign(root, b))
        times = [np.zeros_like(a), np.ones_like(a), q / a, c / q]
    points = [_at(curves, np.where((time >= 0) & (time <= 1), time, 0.0)) for time in times]
    return np.minimum.reduce(points), np.maximum.reduce(points)


def rasterise(curves: Curves, width: int, height: int) -> NDArray[np.uint8]:
    """Fill closed contours with exact-area antialiasing.

    Args:
        curves: N x 4 x 2, in pixels, y downwards; closed contours, which are clipped.
        width: columns.
        height: rows.

    Returns:
        HW uint8, coverage, [0, 255]. Overlapping contours with the same winding fill as one.
    """
    segments = flatten(curves)
    areas = _winding(_cut_by_rows(segments, width, height), width, 0, height)
    if areas.max() > _OVERLAP:
        # Two edges in one pixel add up although they may overlap, so supersample.
        pieces = _cut_by_rows(
            segments * _SUPERSAMPLES, width * _SUPERSAMPLES, height * _SUPERSAMPLES
        )
        for top in range(0, height, _BAND):
            areas[top : top + _BAND] = _sampled(pieces, width, top, min(top + _BAND, height))
    return _levels(areas)


def inked_box(curves: Curves, width: int, height: int) -> Box:
    """Find the tight box of what rasterise() would draw, by rasterising only its edges.

    Args:
        curves: as for rasterise().
        width: columns.
        height: rows.

    Returns:
        A box whose sides all touch ink; an empty one if there is no ink.
    """
    turned = curves[..., ::-1]
    top = _blank_rows(curves, width, height)
    left = _blank_rows(turned, height, width)
    if top == height:
        return Box(0, 0, 0, 0)
    bottom = height - _blank_rows(curves * (1, -1) + (0, height), width, height)
    right = width - _blank_rows(turned * (1, -1) + (0, width), height, width)
    return Box(left, top, right, bottom)


def _blank_rows(curves: Curves, width: int, height: int) -> int:
    """Count the rows without ink at the top."""
    highest = curves[..., 1].min(axis=1)
    for row in range(height):
        segments = flatten(curves[highest < row + 1]) * _SUPERSAMPLES
        pieces = _cut_by_rows(segments, width * _SUPERSAMPLES, height * _SUPERSAMPLES)
        if _levels(_sampled(pieces, width, row, row + 1)).any():
            return row
    return height


def _levels(areas: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Convert covered areas, clipped to [0, 1], to coverage, [0, 255]."""
    levels: NDArray[np.uint8] = np.rint(np.minimum(areas, 1) * 255).astype(np.uint8)
    return levels


def _sampled(pieces: Segments, width: int, top: int, stop: int) -> NDArray[np.float64]:
    """Average the samples of each pixel in some rows, counting overlapping contours once."""
    fine = _winding(pieces, width * _SUPERSAMPLES, top * _SUPERSAMPLES, stop * _SUPERSAMPLES)
    np.minimum(fine, 1, out=fine)
    rows = np.add.reduce([fine[step::_SUPERSAMPLES] for step in range(_SUPERSAMPLES)])
    samples = np.add.reduce([rows[:, step::_SUPERSAMPLES] for step in range(_SUPERSAMPLES)])
    return np.asarray(samples / _SUPERSAMPLES**2, np.float64)


def _cut_by_rows(segments: Segments, width: int, height: int) -> Segments:
    """Clip contours to the picture, and split them so that each piece lies in one row."""
    return _split(np.clip(segments, 0, [width, height]), axis=1)


def _winding(pieces: Segments, width: int, top: int, stop: int) -> NDArray[np.float64]:
    """Sum the areas that contours cover in each pixel of some rows; overlaps count twice.

    Source: R. Levien, font-rs: signed areas, accumulated along rows.
    """
    middles = pieces[..., 1].mean(axis=1)
    segments = _split(pieces[(middles >= top) & (middles < stop)], axis=0)
    (x0, y0), (x1, y1) = np.moveaxis(segments, 0, -1)
    rise = y1 - y0
    middle = (x0 + x1) / 2
    column = np.floor(middle)
    row = np.floor((y0 + y1) / 2) - top
    # The area right of the edge goes partly to its own pixel, the rest to the next one.
    beyond = rise * (middle - column)
    stride = width + 2
    index = (row * stride + column).astype(np.int64)
    shares = np.concatenate([rise - beyond, beyond])
    size = (stop - top) * stride
    areas = np.bincount(np.concatenate([index, index + 1]), shares, size)
    winding = areas.reshape(-1, stride)
    np.cumsum(winding, axis=1, out=winding)
    return np.abs(winding[:, :width])


def flatten(curves: Curves) -> Segments:
    """Flatten curves into chords.

    Args:
        curves: N x 4 x 2, in pixels.

    Returns:
        Chords within _FLATNESS of the curves.
    """
    bend = np.abs(np.diff(curves, n=2, axis=1)).max(axis=(1, 2), initial=0)
    # The error of n chords is at most 3/4 of the cubic's second difference over n squared.
    needed = np.sqrt(0.75 * bend / _FLATNESS)
    levels = np.ceil(np.log2(np.maximum(needed, 1))).astype(int)
    chords = [np.empty((0, 2, 2))]
    for level in np.unique(levels):
        chosen = curves[levels == level]
        times = np.linspace(0, 1, 2**level + 1)
        points = _at(chosen[:, :, None], times[None, :, None])
        chords.append(np.stack([points[:, :-1], points[:, 1:]], axis=2).reshape(-1, 2, 2))
    return np.concatenate(chords)


def _at(curves: Curves, time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate curves, N x 4 x ... x 2, at parameters that broadcast against N x ... x 2."""
    start, first, second, end = (curves[:, index] for index in range(4))
    left = 1 - time
    point: NDArray[np.float64] = (
        left**3 * start + 3 * left**2 * time * first + 3 * left * time**2 * second + time**3 * end
    )
    return point


def _split(segments: Segments, axis: int) -> Segments:
    """Split segments wherever they cross an integer coordinate of one axis."""
    start, end = segments[:, 0], segments[:, 1]
    low = np.floor(np.minimum(start, end)[:, axis])
    high = np.maximum(np.ceil(np.maximum(start, end)[:, axis]), low + 1)
    parts = (high - low).astype(np.int64)
    which = np.repeat(np.arange(len(segments)), parts)
    step = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    a, b = start[which], end[which]
    span = b[:, axis] - a[:, axis]
    down = span < 0
    near = np.where(down, high[which] - step, low[which] + step)
    far = np.where(down, near - 1, near + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t0 = np.where(span == 0, 0.0, np.clip((near - a[:, axis]) / span, 0, 1))[:, None]
        t1 = np.where(span == 0, 1.0, np.clip((far - a[:, axis]) / span, 0, 1))[:, None]
    return np.stack([a + t0 * (b - a), a + t1 * (b - a)], axis=1)
