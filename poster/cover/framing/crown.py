"""A matte -> the round caps that the picture's top edge cuts off, such as the crown of a head.

Continues the outline below the cut as a circle. Does not know what the cap looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats

_CUT = 0.5
_MIN_WIDTH = 0.03
_MAX_WIDTH = 0.6
"""Width of a cut, as a share of the picture's: narrower cuts are hands and masts, wider ones walls
and hills."""

_LOOK_BELOW = 0.12
"""Depth at which the outline is measured a second time, as a share of the cut's width."""

_MAX_HEIGHT = 0.45
"""Maximum height of a cap, as a fraction of half the cut's width: a taller cap would mirror brow
and eyes."""
_STRAIGHT = 0.8
"""Height, as a fraction of half the cut's width, above which a thing is not round but goes straight
up, such as a tower: towers come out at 0.9 and more."""


@dataclass(frozen=True, slots=True)
class Crown:
    """A circular cap on the picture's top edge.

    Args:
        centre: of the cut, in pixels from the left.
        half_width: of the cut, in pixels.
        height: of the cap above the edge, in pixels.
    """

    centre: float
    half_width: float
    height: float

    def cap(self, width: int) -> Floats:
        """Draw the cap.

        Args:
            width: of the picture, in pixels.

        Returns:
            HW float32, [0, 1], as high as the cap; its last row touches the picture's top edge.
        """
        radius = (self.half_width**2 + self.height**2) / (2 * self.height)
        rise = np.arange(int(np.ceil(self.height)), 0, -1, dtype=np.float32)[:, None] - 0.5
        across = np.arange(width, dtype=np.float32) + 0.5 - self.centre
        distance = np.hypot(across, rise + radius - self.height)
        # As soft as the outline of an enlarged photo.
        softness = max(1.0, self.half_width / 80)
        return np.asarray(np.clip((radius - distance) / softness + 0.5, 0, 1), np.float32)


def find_cut_crowns(matte: NDArray[np.float32]) -> list[Crown]:
    """Find heads, and other round things, whose crown the top edge cuts off.

    Args:
        matte: HW float32, [0, 1].

    Returns:
        Crowns, from left to right.
    """
    width = matte.shape[1]
    crowns = []
    for left, right in _runs(matte[0] > _CUT):
        wide = right - left
        if left == 0 or right == width or not _MIN_WIDTH < wide / width < _MAX_WIDTH:
            continue
        depth = max(2, round(_LOOK_BELOW * wide))
        middle = (left + right) // 2
        below = [run for run in _runs(matte[min(depth, len(matte) - 1)] > _CUT) if _in(middle, run)]
        if not below:
            continue
        half, lower = wide / 2, (below[0][1] - below[0][0]) / 2
        # Depth below the edge of the centre of the circle through both chords.
        centre_depth = (lower**2 - half**2 + depth**2) / (2 * depth)
        height = float(np.hypot(half, centre_depth) - centre_depth)
        if height <= _STRAIGHT * half:
            height = max(1.0, min(height, _MAX_HEIGHT * half))
            crowns.append(Crown((left + right) / 2, half, height))
    return crowns


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open spans where a row is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def _in(place: int, run: tuple[int, int]) -> bool:
    return run[0] <= place < run[1]
