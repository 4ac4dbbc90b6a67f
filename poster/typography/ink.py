"""Outlines in pixels -> the exact share of each pixel that they cover, and the box of those pixels.

Does not know glyphs or text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.typography.outlines import Curves

_FLATNESS = 0.02
"""Pixels that a chord may stray from its curve: a fiftieth of a pixel moves an edge by 5 of 255."""

_OVERLAP = 1.01
"""Area of one pixel, and rounding: more means that contours overlap, as in variable faces."""

_CLOSER = 3
"""Samples to the pixel either way where contours overlap. Against Typst's own picture at eight
times the size the mean error of edge pixels is then 1 to 2 of 255 in every script."""

Segments = NDArray[np.float64]
"""N x 2 x 2 float64: ends (x, y) of straight lines."""


_BAND = 64
"""Rows that are looked at closely at a time: a masthead is ten million samples, a band a few
hundred thousand, which the processor's cache holds."""


def bounds(curves: Curves) -> tuple[float, float, float, float]:
    """Find the box of what curves enclose.

    Args:
        curves: N x 4 x 2, N > 0.

    Returns:
        x0, y0, x1, y1, exact: of the curves, not of their control points.
    """
    low, high = extents(curves)
    (x0, y0), (x1, y1) = low.min(axis=0), high.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def extents(curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find the box of each curve by itself.

    Args:
        curves: N x 4 x 2.

    Returns:
        Least and greatest x and y of each, N x 2 and N x 2, exact.
    """
    start, first, second, end = np.moveaxis(curves, 1, 0)
    # The extremes lie where the derivative, a quadratic in t, is zero.
    a = end - 3 * second + 3 * first - start
    b = 2 * (second - 2 * first + start)
    c = first - start
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(b * b - 4 * a * c)
        # The form that loses no digits where a is next to nothing. Source: Numerical Recipes, 5.6.
        q = -0.5 * (b + np.copysign(root, b))
        times = [np.zeros_like(a), np.ones_like(a), q / a, c / q]
    points = [_at(curves, np.where((time >= 0) & (time <= 1), time, 0.0)) for time in times]
    return np.minimum.reduce(points), np.maximum.reduce(points)


def rasterise(curves: Curves, width: int, height: int) -> NDArray[np.uint8]:
    """Fill closed contours, antialiased by area.

    Args:
        curves: N x 4 x 2, in pixels, y downwards; together closed; clipped to the picture.
        width: columns.
        height: rows.

    Returns:
        HW uint8, coverage, [0, 255]. Contours that overlap in the same sense fill as one.
    """
    segments = flatten(curves)
    areas = _winding(_cut_by_rows(segments, width, height), width, 0, height)
    if areas.max() > _OVERLAP:
        # Two edges in one pixel add up there though one may hide the other: look closer.
        pieces = _cut_by_rows(segments * _CLOSER, width * _CLOSER, height * _CLOSER)
        for top in range(0, height, _BAND):
            areas[top : top + _BAND] = _sampled(pieces, width, top, min(top + _BAND, height))
    return _levels(areas)


def inked_box(curves: Curves, width: int, height: int) -> Box:
    """Find the smallest box of what rasterise() would draw, by looking at its edges alone.

    Args:
        curves: as rasterise() takes them.
        width: columns.
        height: rows.

    Returns:
        A box of which every side touches ink; an empty one where there is none.
    """
    turned = curves[..., ::-1]
    top = _blank_rows(curves, width, height)
    left = _blank_rows(turned, height, width)
    if top == height:
        return Box(0, 0, 0, 0)
    foot = height - _blank_rows(curves * (1, -1) + (0, height), width, height)
    right = width - _blank_rows(turned * (1, -1) + (0, width), height, width)
    return Box(left, top, right, foot)


def _blank_rows(curves: Curves, width: int, height: int) -> int:
    """Count the rows at the top that get no ink."""
    highest = curves[..., 1].min(axis=1)
    for row in range(height):
        segments = flatten(curves[highest < row + 1]) * _CLOSER
        pieces = _cut_by_rows(segments, width * _CLOSER, height * _CLOSER)
        if _levels(_sampled(pieces, width, row, row + 1)).any():
            return row
    return height


def _levels(areas: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Areas of pixels, [0, 1] and beyond -> coverage, [0, 255]."""
    levels: NDArray[np.uint8] = np.rint(np.minimum(areas, 1) * 255).astype(np.uint8)
    return levels


def _sampled(pieces: Segments, width: int, top: int, foot: int) -> NDArray[np.float64]:
    """Sum what is covered of the samples in some rows' pixels, each of them once."""
    fine = _winding(pieces, width * _CLOSER, top * _CLOSER, foot * _CLOSER)
    np.minimum(fine, 1, out=fine)
    rows = np.add.reduce([fine[step::_CLOSER] for step in range(_CLOSER)])
    samples = np.add.reduce([rows[:, step::_CLOSER] for step in range(_CLOSER)])
    return np.asarray(samples / _CLOSER**2, np.float64)


def _cut_by_rows(segments: Segments, width: int, height: int) -> Segments:
    """Clip contours to a picture, and cut them so that each piece lies in one row."""
    return _split(np.clip(segments, 0, [width, height]), axis=1)


def _winding(pieces: Segments, width: int, top: int, foot: int) -> NDArray[np.float64]:
    """Sum the areas that contours cover in each pixel of some rows, those that overlap twice.

    Source: R. Levien, font-rs: signed areas, accumulated along rows.
    """
    middles = pieces[..., 1].mean(axis=1)
    segments = _split(pieces[(middles >= top) & (middles < foot)], axis=0)
    (x0, y0), (x1, y1) = np.moveaxis(segments, 0, -1)
    rise = y1 - y0
    middle = (x0 + x1) / 2
    column = np.floor(middle)
    row = np.floor((y0 + y1) / 2) - top
    # What lies right of the edge inside its own pixel, and what the next pixel adds to that.
    beyond = rise * (middle - column)
    stride = width + 2
    index = (row * stride + column).astype(np.int64)
    shares = np.concatenate([rise - beyond, beyond])
    size = (foot - top) * stride
    areas = np.bincount(np.concatenate([index, index + 1]), shares, size)
    winding = areas.reshape(-1, stride)
    np.cumsum(winding, axis=1, out=winding)
    return np.abs(winding[:, :width])


def flatten(curves: Curves) -> Segments:
    """Replace curves by chords.

    Args:
        curves: N x 4 x 2, in pixels.

    Returns:
        Chords that stray less than a fiftieth of a pixel.
    """
    bend = np.abs(np.diff(curves, n=2, axis=1)).max(axis=(1, 2), initial=0)
    # A cubic strays from n chords by at most 3/4 of its second difference over n squared.
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
    """Points of curves, N x 4 x ... x 2, at times that broadcast against N x ... x 2."""
    start, first, second, end = (curves[:, index] for index in range(4))
    left = 1 - time
    point: NDArray[np.float64] = (
        left**3 * start + 3 * left**2 * time * first + 3 * left * time**2 * second + time**3 * end
    )
    return point


def _split(segments: Segments, axis: int) -> Segments:
    """Cut segments wherever they cross a whole coordinate of one axis."""
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
