"""A cover under film -> how the light that film throws back onto it changes what is seen of it.

Plates are lit with a grey cover, whose glow comes back from the film in them: a brighter cover
brightens itself, a darker one dims itself. Knows no envelope and no frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import linear_from_srgb

CELLS = 96
"""Columns to a cover: a usual reach is three of them, so that nothing shows between two."""
_FINE = 2
"""Looks at the cover to a cell, each way. Looks, since a mean of codes is darker than fine type is;
within a reach lie hundreds, so that what is between two is not missed."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """Light between paper and film, as it was measured when the plates were baked.

    Args:
        white: reflectance of the cover that the plates were lit with.
        share: of a cover's glow that comes back to it.
        reach: deviation of the place where it comes back, in cover widths.
    """

    white: float
    share: float
    reach: float


def find_gain(cover: NDArray[np.uint8], bounce: Bounce) -> Floats:
    """What a cover's reflectance has to be multiplied by, besides its plate.

    Light goes to and fro: what is thrown back once is a share of the glow thereabouts, twice a
    share of that, and so on. Only the mean thereabouts counts, never the very pixel: film lies a
    finger's breadth off, and type stays exact.

    Args:
        cover: HW3 uint8, sRGB, [0, 255].
        bounce: of the envelope.

    Returns:
        HW3 float32 of CELLS columns: 1 where the cover is as grey as it was for the plates.
    """
    height, width = cover.shape[:2]
    columns, rows = CELLS, max(1, round(CELLS * height / width))
    fine = cv2.resize(cover, (columns * _FINE, rows * _FINE), interpolation=cv2.INTER_LINEAR)
    light = linear_from_srgb(np.asarray(fine, np.uint8))
    light = np.asarray(cv2.resize(light, (columns, rows), interpolation=cv2.INTER_AREA))
    deviation = bounce.reach * columns
    glow = cv2.GaussianBlur(light, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE)
    share, plain = np.float32(bounce.share), np.float32(1 - bounce.share * bounce.white)
    return np.asarray(plain / (1 - share * glow), np.float32)
