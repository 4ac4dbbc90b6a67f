"""A picture with its matte and faces -> PhotoFacts: what a layout needs to know, and no pixels.

Does not find the subject or the faces itself, and knows nothing of type.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box

CELLS_ACROSS = 128
"""Cells over the width of the maps: 8 px each on a cover of 1024 px."""


@dataclass(frozen=True)
class Photo:
    """A decoded picture and what was found in it.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].
        matte: HW float32, share of the subject, [0, 1].
        faces: boxes in pixels, the largest first.
    """

    pixels: NDArray[np.uint8]
    matte: NDArray[np.float32]
    faces: tuple[Box, ...]


@dataclass(frozen=True)
class PhotoFacts:
    """A picture in small: maps of cells, `cell` pixels on a side.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        cell: pixels per cell.
        luminance: HW float32, relative luminance, [0, 1].
        edges: HW float32, Sobel magnitude of the encoded grey at cell size, [0, 1].
        matte: HW float32, share of the subject, [0, 1].
        faces: boxes in pixels, the largest first.
    """

    width: int
    height: int
    cell: float
    luminance: NDArray[np.float32]
    edges: NDArray[np.float32]
    matte: NDArray[np.float32]
    faces: tuple[Box, ...]


def measure_photo(photo: Photo) -> PhotoFacts:
    """Reduce a picture to its facts.

    Args:
        photo: the picture, its matte and its faces.

    Returns:
        Maps of CELLS_ACROSS cells over the width.
    """
    height, width = photo.pixels.shape[:2]
    cell = width / CELLS_ACROSS
    size = (CELLS_ACROSS, max(1, round(height / cell)))
    # Edges are taken at half a cell, so that texture finer than a cell still counts as unrest.
    fine = cv2.resize(photo.pixels, (size[0] * 2, size[1] * 2), interpolation=cv2.INTER_AREA)
    return PhotoFacts(
        width=width,
        height=height,
        cell=cell,
        luminance=_shrink(linear_luminance(fine), size),
        edges=_shrink(sobel_magnitude(fine), size),
        matte=_shrink(photo.matte, size),
        faces=photo.faces,
    )


def linear_luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Relative luminance of encoded pixels.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        HW float32, [0, 1]. Source: WCAG 2.2, relative luminance; IEC 61966-2-1.
    """
    channels = _LINEAR[pixels]
    return channels @ np.array([0.2126, 0.7152, 0.0722], np.float32)


def sobel_magnitude(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Gradient of the encoded grey picture.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        HW float32: length of the 3x3 Sobel gradient over the greatest that a picture can have
        (4 * sqrt(2) for grey in [0, 1]), [0, 1].
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return cv2.magnitude(dx, dy) / np.float32(4 * np.sqrt(2))


def _shrink(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _linear_table() -> NDArray[np.float32]:
    encoded = np.arange(256, dtype=np.float64) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_LINEAR = _linear_table()
