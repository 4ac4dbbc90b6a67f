"""Ink on a picture -> how well it stands out from what surrounds it, by WCAG.

Defines the floors of large and of small type. Does not know how to get more contrast than there is.
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
"""Least contrast of large and of small type. Source: WCAG 2.2, success criterion 1.4.3."""

WHITE: Colour = (255, 255, 255)
INK: Colour = (18, 17, 15)
"""A warm black: pure black looks cut out of a graded photo."""

_MARGIN = 1.07
"""Contrast is sought this far above its floor: grain takes up to 5 % of it back."""

_LOW_END = 10
"""Percentile of the ratios that counts: a word is as readable as its worst letters, but a few
bright pixels do not spoil it."""

_BAND_EM = 1 / 16
"""Width of the band round the ink: a thin stroke of a bold face, beyond which the picture no longer
makes the edge of a letter."""

_LEAST_PIXELS = 8
"""A letter of whose band fewer are looked at is a speck, or all but hidden."""


def sought(floor: float) -> float:
    """The contrast to seek before grain, so that a floor holds under it."""
    return floor * _MARGIN


def ground_limits(floor: float) -> tuple[float, float]:
    """Find on what grounds type reads.

    Args:
        floor: least contrast, under grain.

    Returns:
        The greatest relative luminance of a ground for WHITE, and the least of one for INK.
    """
    white, ink = (float(_luminance(colour)) for colour in (WHITE, INK))
    return (white + FLARE) / sought(floor) - FLARE, sought(floor) * (ink + FLARE) - FLARE


@dataclass(frozen=True, slots=True)
class Band:
    """The pixels that ink is seen against, each with its letter; letter by letter.

    Args:
        rows: of the picture.
        columns: of the picture.
        letters: number of the letter that each lies nearest to, rising.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    letters: NDArray[np.intp]

    def thinned(self, most: int) -> Band:
        """As many pixels at most, of every letter its share."""
        step = max(1, -(-len(self.rows) // most))
        return Band(self.rows[::step], self.columns[::step], self.letters[::step])


def surroundings(
    ink: NDArray[np.uint8],
    box: Box,
    size: tuple[int, ...],
    *,
    size_px: float,
    hidden: NDArray[np.float32] | None = None,
) -> Band:
    """Find the pixels that ink is seen against: a band round it, free of ink itself.

    Args:
        ink: HW uint8, coverage, as large as the box.
        box: where the ink stands, in pixels of the picture; inside it.
        size: height and width of the picture.
        size_px: pixels to the em of the type; the band is a sixteenth of it.
        hidden: HW float32, as large as the picture: share of each pixel that the subject covers;
            pixels covered by half or more do not count.

    Returns:
        The band's pixels, in the picture.
    """
    reach = max(2, round(size_px * _BAND_EM))
    height, width = size
    window = box.grown(reach, reach).intersection(Box(0, 0, width, height))
    marked = np.zeros((window.height, window.width), np.uint8)
    marked[box.shifted(-window.x0, -window.y0).slices] = ink
    # A square is two separable passes; a disc of a masthead's reach takes a hundred times that.
    square = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * reach + 1, 2 * reach + 1))
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
        10th percentile of the WCAG ratio, [1, 21]; 1 where there are no pixels.
    """
    if not pixels.size:
        return 1.0
    return float(np.percentile(_ratios(pixels, colour), _LOW_END))


def letter_contrast(pixels: NDArray[np.uint8], letters: NDArray[np.intp], colour: Colour) -> float:
    """Measure the contrast of the letter that stands out least.

    Args:
        pixels: N3 uint8, sRGB, [0, 255]: of a band.
        letters: N, of the same band, rising.
        colour: sRGB, [0, 255].

    Returns:
        The least of the letters' own 10th percentiles, [1, 21]; 1 where there are no pixels.
    """
    if not pixels.size:
        return 1.0
    ratios = _ratios(pixels, colour)
    ratios = ratios[np.lexsort((ratios, letters))]
    starts = np.flatnonzero(np.diff(letters, prepend=-1))
    counts = np.diff(starts, append=len(letters))
    low = ratios[starts + counts * _LOW_END // 100]
    seen = counts >= _LEAST_PIXELS
    return float(low[seen].min() if seen.any() else low.min())


def _ratios(pixels: NDArray[np.uint8], colour: Colour) -> NDArray[np.float32]:
    return contrast_ratio(relative_luminance(pixels), _luminance(colour))


def _luminance(colour: Colour) -> NDArray[np.float32]:
    return relative_luminance(np.array(colour, np.uint8))
