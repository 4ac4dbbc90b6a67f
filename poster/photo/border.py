"""A picture -> the part of it inside flat borders, such as a scan's edge or letterbox bars.

Does not know how the picture is used. A plain backdrop is no border: it does not end in a straight
line from one corner to the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour_difference import lab_from_srgb
from poster.geometry import Box

_MAX_SHARE = 0.15
"""Maximum width of a border, as a share of the picture's side: a film of 21:9 in 16:9 has 0.12."""

_FLAT = 3.0
"""Maximum standard deviation of a border's rows, and change from one to the next, in CIELAB."""

_STEP = 12.0
_ALONG = 0.9
"""Minimum change of colour where a border ends, in CIELAB, and the share of its length along which
it must be that large."""

_BLUR = 2
"""Rows over which the end of a border may be blurred, by scaling or compression."""

_HAIR = 3
"""Maximum width in pixels of a hairline, which a scanner or a careless crop leaves at an edge; it
need not be flat."""

_HAIR_STEP = 4.0
_HAIR_CLEAR = 3.0
"""Minimum difference in lightness between a hairline and the picture, all one way along its length;
and over what changes within the picture there. On 55 photos, the one that has a hairline has 22 and
30, and no other edge is lighter or darker all along."""

_SAMPLE = 512
"""Maximum number of pixels of a row that are looked at."""


def find_inside(pixels: NDArray[np.uint8]) -> Box:
    """Find the part of a picture inside its borders.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        The part, in pixels; all of the picture if it has no borders.
    """
    height, width = pixels.shape[:2]
    top, bottom = _count_rows(pixels), _count_rows(pixels[::-1])
    inside = pixels[top : height - bottom].swapaxes(0, 1)
    left, right = _count_rows(inside), _count_rows(inside[::-1])
    return Box(left, top, width - right, height - bottom)


def _count_rows(pixels: NDArray[np.uint8]) -> int:
    """Count the rows of the border at the top."""
    height, width = pixels.shape[:2]
    deep = round(_MAX_SHARE * height) + _BLUR + 1
    if height <= 2 * deep:
        return 0
    sample = pixels[:, :: max(1, width // _SAMPLE)]
    first = lab_from_srgb(np.ascontiguousarray(sample[: _HAIR + 4]))
    if np.linalg.norm(first[0].std(0)) > _FLAT:  # most photos have no flat edge
        return _count_hairline(first[..., 0])
    lab = lab_from_srgb(np.ascontiguousarray(sample[:deep]))
    means = lab.mean(1)
    is_flat = np.linalg.norm(lab.std(1), axis=-1) <= _FLAT
    is_alike = np.linalg.norm(means - means[0], axis=-1) <= _FLAT
    is_border = is_flat & is_alike
    rows = len(is_border) if is_border.all() else int(np.argmin(is_border))
    if not rows or rows + _BLUR >= deep:
        return _count_hairline(lab[..., 0])
    step = np.linalg.norm(lab[rows + _BLUR] - means[0], axis=-1)
    if (step >= _STEP).mean() < _ALONG:
        return _count_hairline(lab[..., 0])
    # What the blur has mixed with the border goes with it.
    near = np.linalg.norm(lab[rows : rows + _BLUR] - lab[rows + _BLUR], axis=-1).mean(1)
    return rows + int((near > _STEP / 2).sum())


def _count_hairline(lightness: Floats) -> int:
    """Count the rows of a hairline at the top, from the lightness of the first rows."""
    if len(lightness) < _HAIR + 4:
        return 0
    inside = lightness[_HAIR + 1]
    usual = float(np.median(np.abs(lightness[_HAIR + 3] - inside)))
    least = max(_HAIR_STEP, _HAIR_CLEAR * usual)
    change = lightness[:_HAIR] - inside
    change = change * np.sign(np.median(change[0]))
    is_hairline = (change >= least).mean(1) >= _ALONG
    rows = _HAIR if is_hairline.all() else int(np.argmin(is_hairline))
    if not 0 < rows < _HAIR:
        return rows
    # The row below it may be blurred.
    return rows + int(np.median(np.abs(change[rows])) > _HAIR_STEP / 2)
