"""A picture -> the reference image that the model repaints.

Does not know the model, only its limits: sides in multiples of 16 and at most one megapixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.engines.flux.schedule import REFERENCE_PIXELS, TOKEN_SIDE
from poster.photo.resample import resample


def reference_size(width: int, height: int) -> tuple[int, int]:
    """Compute the size of the reference image.

    The pipeline would shrink an image over one megapixel and crop it to multiples of 16. A
    reference of this size is resampled only once, and is not cropped.

    Args:
        width: width of the picture to paint, in pixels.
        height: height of the picture to paint, in pixels.

    Returns:
        Width and height: multiples of 16, at most one megapixel, with almost the same aspect ratio.
    """
    scale = min(1.0, (REFERENCE_PIXELS / (width * height)) ** 0.5)
    columns, rows = (max(1, int(side * scale) // TOKEN_SIDE) for side in (width, height))
    return columns * TOKEN_SIDE, rows * TOKEN_SIDE


def resample_cover(cover: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Resample a whole cover.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        width: width of the result, in pixels.
        height: height of the result, in pixels.

    Returns:
        HWC uint8, sRGB, [0, 255].
    """
    return resample(cover, (0, 0, cover.shape[1], cover.shape[0]), width, height)
