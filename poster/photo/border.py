"""A picture -> the part of it inside flat borders, such as a scan's edge or letterbox bars.

Does not know how the picture is used. A plain backdrop is no border: it does not end in a straight
line from one corner to the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    lab = lab_from_srgb(np.ascontiguousarray(pixels[:deep, :: max(1, width // _SAMPLE)]))
    means = lab.mean(1)
    is_flat = np.linalg.norm(lab.std(1), axis=-1) <= _FLAT
    is_alike = np.linalg.norm(means - means[0], axis=-1) <= _FLAT
    is_border = is_flat & is_alike
    rows = len(is_border) if is_border.all() else int(np.argmin(is_border))
    if not rows or rows + _BLUR >= deep:
        return 0
    step = np.linalg.norm(lab[rows + _BLUR] - means[0], axis=-1)
    if (step >= _STEP).mean() < _ALONG:
        return 0
    # What the blur has mixed with the border goes with it.
    near = np.linalg.norm(lab[rows : rows + _BLUR] - lab[rows + _BLUR], axis=-1).mean(1)
    return rows + int((near > _STEP / 2).sum())
