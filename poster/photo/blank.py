"""Pixels -> whether anything can be seen in them.

Does not know what a picture shows.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels

_SIDE = 128
"""Length of the longer side of the reduced picture that is looked at: noise averages out."""

_JUST_NOTICEABLE = 2.3
"""Difference in CIELAB. Source: Mahy, Van Eycken and Oosterlinck 1994."""

_MIN_SHARE = 1 / 5000
"""Share of the picture that must differ: on a cover of 1024 x 1472, a spot of 17 x 17 pixels."""


def is_blank(pixels: NDArray[np.uint8]) -> bool:
    """Tell a blank picture from one that shows something, however faintly.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        Whether nothing that can be seen differs from the picture's most common colour.
    """
    scale = min(1.0, _SIDE / max(pixels.shape))
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    lab = cv2.cvtColor(floats_from_pixels(small), cv2.COLOR_RGB2LAB).reshape(-1, 3)
    difference = np.linalg.norm(lab - np.median(lab, axis=0), axis=1)
    return bool((difference > _JUST_NOTICEABLE).mean() < _MIN_SHARE)
