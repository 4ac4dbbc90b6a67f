"""A picture and a matte -> the subject's own colours, free of the backdrop at its soft edge.

A pixel of hair is part hair, part the wall behind. Before a title it must be part hair, part ink,
or the wall shines round the head as a halo. Does not know what lies behind.

Source: M. Forte, Approximate Fast Foreground Colour Estimation, ICIP 2021.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats

_WIDE, _NARROW = 0.088, 0.006
"""Windows in which colours are averaged, over the picture's width: the source's 90 and 6 pixels."""

_PURE = 3
"""Power by which pure pixels outweigh mixed ones. The source has 1, which leaves a third of the
halo at an edge of a dozen pixels; 3 leaves a tenth."""


def estimate_foreground(picture: NDArray[np.uint8], matte: Floats, width: int) -> Floats:
    """Estimate the subject's colours.

    Args:
        picture: HWC uint8, sRGB, [0, 255], or a part of one.
        matte: HW float32, [0, 1], of the same size.
        width: of the whole picture, in pixels.

    Returns:
        HWC float32, [0, 255]; the picture itself where the matte is 1.
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
    """Weighted mean of the colours in the square of that side around each pixel."""
    total = cv2.blur(weight, (side, side))[..., None]
    return np.asarray(cv2.blur(colours * weight, (side, side)) / (total + 1e-5), np.float32)


def stand_before(
    picture: NDArray[np.uint8], matte: Floats, behind: Floats, width: int
) -> NDArray[np.uint8]:
    """Give a subject its own colours where something is put behind it.

    Laid over the picture by the matte it vanishes wherever nothing is behind, since there it keeps
    the picture's colours.

    Args:
        picture: HWC uint8, sRGB, [0, 255], or a part of one.
        matte: HW float32, [0, 1], of the same size.
        behind: HW float32, [0, 1], of the same size: what covers the picture behind the subject.
        width: of the whole picture, in pixels.

    Returns:
        HWC uint8, sRGB, [0, 255].
    """
    soft = (matte > 0) & (matte < 1) & (behind > 0)
    if not soft.any():
        return picture
    # Only what is soft changes, and it sees no farther than the wide window.
    reach = round(_WIDE * width)
    rows, columns = np.flatnonzero(soft.any(1)), np.flatnonzero(soft.any(0))
    part = np.s_[
        max(0, rows[0] - reach) : rows[-1] + reach, max(0, columns[0] - reach) : columns[-1] + reach
    ]
    own = estimate_foreground(picture[part], matte[part], width)
    subject = picture.copy()
    seen = subject[part]
    blend = np.rint(seen + behind[part][..., None] * (own - seen)).astype(np.uint8)
    seen[soft[part]] = blend[soft[part]]
    return subject
