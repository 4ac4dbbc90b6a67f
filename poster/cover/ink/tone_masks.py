"""Boxes of type -> masks for adjusting the picture under it, so soft that no edge shows.

Does not know the picture, nor how far it is adjusted.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box

_FALL_FROM, _FALL_OVER = 0.7, 0.3
"""The mask for adjusting the picture under the title starts to fade at _FALL_FROM of the distance
from the page's edge to the far side of the title. It fades over _FALL_OVER of the page's height, so
that no edge shows."""
_KEPT = 0.75
"""How much less the subject in front of the title is adjusted: 0 as much as the rest, 1 not at
all."""

_SPOT_MARGIN = 0.05
"""How far the mask under other type extends beyond it before it fades, over the width."""
_SPOT_STEP = 8
"""Side in pixels of the cells on which that mask is blurred; it is soft enough for that."""


def fall_mask(masthead: Box, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Build a mask that falls from the page's edge past the masthead.

    Args:
        masthead: box of its ink.
        matte: HW float32, [0, 1], of the cover's size: what keeps most of its light.

    Returns:
        HW float32, [0, 1].
    """
    height = len(matte)
    rows = np.arange(height, dtype=np.float32)
    far_side = masthead.y1
    if masthead.y0 > height - masthead.y1:
        rows, far_side = rows[::-1], height - masthead.y0
    fall = np.clip(1 - (rows - far_side * _FALL_FROM) / (_FALL_OVER * height), 0, 1)
    smooth = (fall * fall * (3 - 2 * fall))[:, None]
    return np.asarray(smooth * (1 - np.float32(_KEPT) * matte), np.float32)


def spot_mask(boxes: Sequence[Box], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Build a mask that is 1 on a group of type and fades around it.

    Args:
        boxes: of the group's pieces; at least one.
        size: rows and columns of the cover.

    Returns:
        HW float32, [0, 1].
    """
    height, width = size
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    small = np.zeros((height // _SPOT_STEP + 1, width // _SPOT_STEP + 1), np.float32)
    margin = round(_SPOT_MARGIN * width)
    room = box.grown(margin, margin).intersection(Box(0, 0, width, height))
    x0, y0, x1, y1 = (edge // _SPOT_STEP for edge in room.edges)
    small[y0 : y1 + 1, x0 : x1 + 1] = 1
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), margin / _SPOT_STEP), np.float32)
    spot = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    inner = max(float(spot[box.slices].min()), 1e-3)
    spot /= np.float32(inner)
    return np.clip(spot, 0, 1, out=spot)
