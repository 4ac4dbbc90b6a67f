"""A caller's finished cover -> the same in the requested aspect, on paper margins, uncropped.

Keeps the cover's own pixels if there are enough of them: the composite resamples them once.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour
from poster.photo.resample import resample

PAPER = (250, 248, 243)
"""Coated paper stock, slightly warm, sRGB."""

_TRIM_TOLERANCE = 0.01
"""Relative difference in aspect that is stretched instead: half a per cent a side is invisible."""

_SHARE_OF_FRAME = 0.8
"""Width of the cover in the picture of its envelope, about."""

_MAX_OVERSAMPLING = 2.0
"""Maximum number of cover pixels per frame pixel in each direction; the cover does not fill the
frame, so more is of no use."""


def enlargement(cover: NDArray[np.uint8], width: int, height: int) -> float:
    """Compute how much a finished cover is enlarged in its envelope.

    Args:
        cover: HWC uint8.
        width: of the picture of the envelope, in pixels.
        height: of that picture, in pixels.

    Returns:
        Pixels of the picture per pixel of the cover.
    """
    rows, columns = cover.shape[:2]
    return float(_SHARE_OF_FRAME / max(columns / width, rows / height))


def fit_on_paper(
    cover: NDArray[np.uint8], width: int, height: int, paper: Colour = PAPER
) -> NDArray[np.uint8]:
    """Fit a finished cover to the frame's aspect.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        width: of the frame, in pixels.
        height: of the frame, in pixels.
        paper: colour of the margins, sRGB.

    Returns:
        HWC uint8 of the frame's aspect, one to two times as large as the frame: the whole cover,
        centred on paper if its aspect differs.
    """
    rows, columns = cover.shape[:2]
    has_frame_aspect = abs((columns / rows) / (width / height) - 1) <= _TRIM_TOLERANCE
    # Cover pixels per frame pixel, along the side that fills the frame.
    own = max(columns / width, rows / height)
    oversampling = min(max(own, 1.0), _MAX_OVERSAMPLING)
    shown = columns, rows
    if oversampling != own:
        shown = round(columns * oversampling / own), round(rows * oversampling / own)
        cover = resample(cover, (0, 0, columns, rows), *shown)
    if has_frame_aspect:
        return cover
    page = round(width * oversampling), round(height * oversampling)
    left, top = (page[0] - shown[0]) // 2, (page[1] - shown[1]) // 2
    margins = (top, page[1] - shown[1] - top, left, page[0] - shown[0] - left)
    margins = tuple(max(0, margin) for margin in margins)
    framed = cv2.copyMakeBorder(cover, *margins, cv2.BORDER_CONSTANT, value=paper)
    return np.asarray(framed, np.uint8)
