"""Ink on a picture -> how well it stands out from what surrounds it, by WCAG.

Does not know which contrast is enough, or how to get more of it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import contrast_ratio, relative_luminance
from poster.geometry import Box

_LOW_END = 10
"""Percentile of the ratios that counts: a word is as readable as its worst letters, but a few
bright pixels do not spoil it."""

_BAND_EM = 1 / 16
"""Width of the band round the ink: a thin stroke of a bold face, beyond which the picture no longer
makes the edge of a letter."""


def surroundings(
    ink: NDArray[np.uint8],
    box: Box,
    size: tuple[int, ...],
    *,
    size_px: float,
    hidden: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the pixels that ink is seen against: a band round it, free of ink itself.

    Args:
        ink: HW uint8, coverage, as large as the box.
        box: where the ink stands, in pixels of the picture; inside it.
        size: height and width of the picture.
        size_px: pixels to the em of the type; the band is a sixteenth of it.
        hidden: HW float32, as large as the picture: share of each pixel that the subject covers;
            pixels covered by half or more do not count.

    Returns:
        Rows and columns of the band's pixels, in the picture.
    """
    reach = max(2, round(size_px * _BAND_EM))
    height, width = size
    window = box.grown(reach, reach).intersection(Box(0, 0, width, height))
    marked = np.zeros((window.height, window.width), np.uint8)
    marked[box.shifted(-window.x0, -window.y0).slices] = ink > 0
    # A square is two separable passes; a disc of a masthead's reach takes a hundred times that.
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * reach + 1, 2 * reach + 1))
    band = (cv2.dilate(marked, square) > 0) & (marked == 0)
    if hidden is not None:
        band &= hidden[window.slices] < 0.5
    rows, columns = np.nonzero(band)
    return rows + window.y0, columns + window.x0


def low_contrast(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> float:
    """Measure the contrast of a colour with pixels.

    Args:
        pixels: N3 uint8, sRGB, [0, 255].
        colour: sRGB, [0, 255].

    Returns:
        10th percentile of the WCAG ratio, [1, 21]; 1 where there are no pixels.
    """
    if not pixels.size:
        return 1.0
    own = relative_luminance(np.array(colour, np.uint8))
    return float(np.percentile(contrast_ratio(relative_luminance(pixels), own), _LOW_END))
