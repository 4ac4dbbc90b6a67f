"""A caller's finished cover -> a page of the format asked for, with nothing cut off.

Keeps the cover's own pixels where they are enough: the composite resamples them, once.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.photo.crop import resample

PAPER = (250, 248, 243)
"""Coated stock, slightly warm, sRGB."""

_TRIM_TOLERANCE = 0.01
"""Aspects this close are left to be stretched: half a per cent a side is not seen."""

_MOST = 2.0
"""Pixels to one of the frame each way; the cover fills four fifths of it, so more is of no use."""


def fit_on_paper(cover: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Lay a finished cover on a page.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        width: of the frame, in pixels.
        height: of the frame, in pixels.

    Returns:
        HWC uint8 of the frame's aspect, from as large as the frame to twice that: the whole cover,
        centred on paper where its aspect is another.
    """
    rows, columns = cover.shape[:2]
    is_of_format = abs((columns / rows) / (width / height) - 1) <= _TRIM_TOLERANCE
    # Pixels of the cover to one of the frame, along the side that fills it.
    own = max(columns / width, rows / height)
    fineness = min(max(own, 1.0), _MOST)
    shown = columns, rows
    if fineness != own:
        shown = round(columns * fineness / own), round(rows * fineness / own)
        cover = resample(cover, (0, 0, columns, rows), *shown)
    if is_of_format:
        return cover
    page = round(width * fineness), round(height * fineness)
    left, top = (page[0] - shown[0]) // 2, (page[1] - shown[1]) // 2
    margins = (top, page[1] - shown[1] - top, left, page[0] - shown[0] - left)
    margins = tuple(max(0, margin) for margin in margins)
    laid = cv2.copyMakeBorder(cover, *margins, cv2.BORDER_CONSTANT, value=PAPER)
    return np.asarray(laid, np.uint8)
