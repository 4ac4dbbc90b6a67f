"""A picture and a matte -> the subject's own colours, without the backdrop at its soft edge.

A pixel at the edge of hair mixes hair with the wall behind. In front of a title it must mix hair
with ink, or the wall shows around the head as a halo. Does not know what goes behind.

Source: M. Forte, Approximate Fast Foreground Colour Estimation, ICIP 2021.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats

_WIDE, _NARROW = 0.088, 0.006
"""Sides of the windows in which colours are averaged, over the picture's width: the source's 90 and
6 pixels."""

_PURE = 3
"""Exponent of the matte as a weight, so that pure pixels outweigh mixed ones. The source uses 1,
which leaves a third of the halo at an edge a dozen pixels wide; 3 leaves a tenth."""


def estimate_foreground(picture: NDArray[np.uint8], matte: Floats, width: int) -> Floats:
    """Estimate the subject's own colours.

    Args:
        picture: HWC uint8, sRGB, [0, 255], or a part of one.
        matte: HW float32, [0, 1], of the same size.
        width: of the whole picture, in pixels.

    Returns:
        HWC float32, [0, 255]; equal to the picture where the matte is 1.
    """
    image, share = picture.astype(np.float32), matte[..., None]
    own = ground = image
    for part in (_WIDE, _NARROW):
        side = max(2, round(part * width))
        own_mean = _mean(own, share**_PURE, side)
        ground_mean = _mean(ground, (1 - share) ** _PURE, side)
        rest = image - share * own_mean - (1 - share) * ground_mean
        own = np.asarray(np.clip(own_mean + share * rest, 0, 255), np.float32)
        ground = ground_mean
    return own


def _mean(colours: Floats, weight: Floats, side: int) -> Floats:
    """Return the weighted mean of the colours in a square around each pixel."""
    total = cv2.blur(weight, (side, side))[..., None]
    return np.asarray(cv2.blur(colours * weight, (side, side)) / (total + 1e-5), np.float32)


def decontaminate_edges(
    picture: NDArray[np.uint8], matte: Floats, behind: Floats, width: int
) -> NDArray[np.uint8]:
    """Give a subject its own colours where something is inserted behind it.

    Elsewhere it keeps the picture's colours, so that compositing it over the picture by its matte
    changes nothing there.

    Args:
        picture: HWC uint8, sRGB, [0, 255], or a part of one.
        matte: HW float32, [0, 1], of the same size.
        behind: HW float32, [0, 1], of the same size: coverage of what is inserted behind.
        width: of the whole picture, in pixels.

    Returns:
        HWC uint8, sRGB, [0, 255].
    """
    soft = (matte > 0) & (matte < 1) & (behind > 0)
    if not soft.any():
        return picture
    # Only soft pixels change, and they depend on nothing beyond the wide window.
    margin = round(_WIDE * width)
    rows, columns = np.flatnonzero(soft.any(1)), np.flatnonzero(soft.any(0))
    part = np.s_[
        max(0, rows[0] - margin) : rows[-1] + margin,
        max(0, columns[0] - margin) : columns[-1] + margin,
    ]
    own = estimate_foreground(picture[part], matte[part], width)
    subject = picture.copy()
    seen = subject[part]
    blend = np.rint(seen + behind[part][..., None] * (own - seen)).astype(np.uint8)
    seen[soft[part]] = blend[soft[part]]
    return subject
