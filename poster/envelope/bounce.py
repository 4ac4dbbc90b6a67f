"""A cover under film -> how interreflection between the two changes the cover's brightness.

The plates were rendered with a grey cover and contain its interreflection with the film. A brighter
cover brightens itself, a darker one dims itself. Independent of envelope and frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import linear_from_srgb

CELLS = 96
"""Columns of cells across a cover. A typical sigma is three columns, so the grid does not show."""
_FINE = 2
"""Samples per cell in each direction. They are point samples, because averaging sRGB codes would
make fine type too dark; hundreds of them lie within one sigma, so none is missed."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """Interreflection between paper and film, as measured when the plates were baked.

    Args:
        baked_reflectance: of the grey cover with which the plates were rendered.
        share: share of a cover's reflected light that the film returns to it.
        sigma: standard deviation of the distance at which it returns, in cover widths.
    """

    baked_reflectance: float
    share: float
    sigma: float


def compute_gain(cover: NDArray[np.uint8], bounce: Bounce) -> Floats:
    """Compute the factor for a cover's reflectance that accounts for interreflection.

    Light bounces repeatedly: each bounce returns a share of the light of the one before, a
    geometric series. Only the mean of the neighbourhood matters, not the pixel itself, because the
    film is a finger's breadth away; type stays exact.

    Args:
        cover: HW3 uint8, sRGB, [0, 255].
        bounce: of the envelope.

    Returns:
        HW3 float32 with CELLS columns: 1 where the cover is as grey as when the plates were
        rendered.
    """
    height, width = cover.shape[:2]
    columns, rows = CELLS, max(1, round(CELLS * height / width))
    fine = cv2.resize(cover, (columns * _FINE, rows * _FINE), interpolation=cv2.INTER_LINEAR)
    light = linear_from_srgb(np.asarray(fine, np.uint8))
    light = np.asarray(cv2.resize(light, (columns, rows), interpolation=cv2.INTER_AREA))
    deviation = bounce.sigma * columns
    glow = cv2.GaussianBlur(light, (0, 0), deviation, borderType=cv2.BORDER_REPLICATE)
    share, plain = np.float32(bounce.share), np.float32(1 - bounce.share * bounce.baked_reflectance)
    return np.asarray(plain / (1 - share * glow), np.float32)
