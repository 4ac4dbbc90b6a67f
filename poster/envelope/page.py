"""A caller's finished cover -> a page of the format asked for, with nothing cut off."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.photo.crop import resample

PAPER = (250, 248, 243)
"""Coated stock, slightly warm, sRGB."""

_TRIM_TOLERANCE = 0.01
"""Aspects this close are scaled to fill: half a per cent of stretch a side is not seen."""


def fit_on_paper(cover: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Scale a finished cover into a page.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        width: of the page, in pixels.
        height: of the page, in pixels.

    Returns:
        HWC uint8: the whole cover, centred on paper where its aspect is not the page's.
    """
    rows, columns = cover.shape[:2]
    whole = (0, 0, columns, rows)
    stretch = (columns / rows) / (width / height)
    if abs(stretch - 1) <= _TRIM_TOLERANCE:
        return resample(cover, whole, width, height)
    fitted_width = min(width, round(height * columns / rows))
    fitted_height = min(height, round(width * rows / columns))
    fitted = resample(cover, whole, fitted_width, fitted_height)
    left, top = (width - fitted_width) // 2, (height - fitted_height) // 2
    page = cv2.copyMakeBorder(
        fitted,
        top,
        height - fitted_height - top,
        left,
        width - fitted_width - left,
        cv2.BORDER_CONSTANT,
        value=PAPER,
    )
    return np.asarray(page, np.uint8)
