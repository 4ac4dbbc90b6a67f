"""A photo and the window that a cover shows -> the picture in it, with backdrop grown above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.cover.headroom import grow_headroom
from poster.geometry import Box
from poster.photo.crop import resample, resample_matte
from poster.photo.facts import Photo


def show_window(
    photo: Photo, window: Box, width: int, height: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Show a window of a photo, with backdrop grown where it reaches above the photo.

    Args:
        photo: the photo and its matte.
        window: in photo pixels; y0 may be negative.
        width: of the result, in pixels.
        height: of the result, in pixels.

    Returns:
        HWC uint8, sRGB, [0, 255], and its matte, HW float32, share of the subject, [0, 1].
    """
    photo_height, photo_width = photo.pixels.shape[:2]
    shown = window.intersection(Box(0, 0, photo_width, photo_height)).edges
    grown_rows = round(height * max(0, -window.y0) / window.height)
    rows = height - grown_rows
    picture = resample(photo.pixels, shown, width, rows)
    matte = resample_matte(photo.matte, shown, width, rows)
    return grow_headroom(picture, matte, grown_rows)
