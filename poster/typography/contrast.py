"""Ink on a picture -> its WCAG contrast with the surrounding pixels.

Defines the contrast floors of large and small type. Does not know how to raise contrast.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import FLARE, Colour, contrast_ratio, relative_luminance
from poster.geometry import Box
from poster.typography.letters import label_letters

MASTHEAD_FLOOR = 3.0
TEXT_FLOOR = 4.5
"""Minimum contrast of large and of small type. Source: WCAG 2.2, success criterion 1.4.3."""

WHITE: Colour = (255, 255, 255)
WARM_BLACK: Colour = (18, 17, 15)
"""A warm black: pure black looks like a hole in a graded photo."""

_MARGIN = 1.07
"""Factor over the floor to aim for, because grain reduces contrast by up to 5 %."""

_LOW_END = 10
"""Percentile of the ratios that counts: a word is as readable as its worst letters, but a few
bright pixels do not matter."""

_BAND_EM = 1 / 16
"""Width of the band around the ink: a thin stroke of a bold face. Farther away, the picture no
longer forms the edge of a letter."""

_MIN_PIXELS = 8
"""A letter with fewer sampled pixels in its band is a speck, or almost entirely hidden."""


def sought(floor: float) -> float:
    """Return the contrast to aim for before grain, so that the floor still holds with grain."""
    return floor * _MARGIN


def ground_limits(floor: float) -> tuple[float, float]:
    """Find the backgrounds on which type is legible.

    Args:
        floor: minimum contrast, after grain.

    Returns:
        The maximum relative luminance of a background for WHITE, and the minimum for WARM_BLACK.
    """
    white, black = (float(_luminance(colour)) for colour in (WHITE, WARM_BLACK))
    return (white + FLARE) / sought(floor) - FLARE, sought(floor) * (black + FLARE) - FLARE


@dataclass(frozen=True, slots=True)
class Band:
    """The pixels against which ink is seen, in order of the nearest letter.

    Args:
        rows: of the pixels, in the picture.
        columns: of the pixels, in the picture.
        letters: number of the nearest letter to each pixel, ascending.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    letters: NDArray[np.intp]

    def thinned(self, max_pixels: int) -> Band:
        """Sample at most this many pixels, in proportion from every letter."""
        step = max(1, -(-len(self.rows) // max_pixels))
        return Band(self.rows[::step], self.columns[::step], self.letters[::step])


def surroundings(
    ink: NDArray[np.uint8],
    box: Box,
    size: tuple[int, ...],
    *,
    size_px: float,
    hidden: NDArray[np.float32] | None = None,
) -> Band:
    """Find the pixels against which ink is seen: a band around it, without the ink itself.

    Args:
        ink: HW uint8, coverage, of the box's size.
        box: of the ink, in pixels of the picture; inside it.
        size: height and width of the picture.
        size_px: type size in pixels per em; the band's width is a sixteenth of it.
        hidden: HW float32, of the picture's size: share of each pixel that the subject covers.
            Pixels of which half or more is covered do not count.

    Returns:
        The pixels of the band.
    """
    margin = max(2, round(size_px * _BAND_EM))
    height, width = size
    window = box.grown(margin, margin).intersection(Box(0, 0, width, height))
    marked = np.zeros((window.height, window.width), np.uint8)
    marked[box.shifted(-window.x0, -window.y0).slices] = ink
    # A square kernel is separable; a disc this large would take a hundred times as long.
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * margin + 1, 2 * margin + 1))
    band = (cv2.dilate(marked, square) > 0) & (marked == 0)
    if hidden is not None:
        band &= hidden[window.slices] < 0.5
    rows, columns = np.nonzero(band)
    letters = label_letters(marked, size_px)[rows, columns]
    order = np.argsort(letters, kind="stable")
    return Band(rows[order] + window.y0, columns[order] + window.x0, letters[order])


def low_contrast(pixels: NDArray[np.uint8], colour: Colour) -> float:
    """Measure the contrast of a colour with pixels.

    Args:
        pixels: N3 uint8, sRGB, [0, 255].
        colour: sRGB, [0, 255].

    Returns:
        10th percentile of the WCAG ratio, [1, 21]; 1 if there are no pixels.
    """
    if not pixels.size:
        return 1.0
    return float(np.percentile(_ratios(pixels, colour), _LOW_END))


def letter_contrast(pixels: NDArray[np.uint8], letters: NDArray[np.intp], colour: Colour) -> float:
    """Measure the contrast of the least legible letter.

    Args:
        pixels: N3 uint8, sRGB, [0, 255]: of a band.
        letters: N, of the same band, ascending.
        colour: sRGB, [0, 255].

    Returns:
        The minimum of the letters' 10th percentiles, [1, 21]; 1 if there are no pixels.
    """
    if not pixels.size:
        return 1.0
    # Positive floats are in the order of their bits, and one sort of whole numbers is ten times as
    # fast as a sort by two keys.
    bits = _ratios(pixels, colour).view(np.uint32)
    in_order = np.sort(letters.astype(np.uint64) << np.uint64(32) | bits)
    starts = np.flatnonzero(np.diff(letters, prepend=-1))
    counts = np.diff(starts, append=len(letters))
    low = in_order[starts + counts * _LOW_END // 100].astype(np.uint32).view(np.float32)
    seen = counts >= _MIN_PIXELS
    return float(low[seen].min() if seen.any() else low.min())


def _ratios(pixels: NDArray[np.uint8], colour: Colour) -> NDArray[np.float32]:
    return contrast_ratio(relative_luminance(pixels), _luminance(colour))


def _luminance(colour: Colour) -> NDArray[np.float32]:
    return relative_luminance(np.array(colour, np.uint8))
