"""Ink -> its letters: the letter that each pixel belongs to, or is nearest to.

A letter is a connected component of ink. A component wider than a letter, such as a word in Arabic
or Devanagari, counts as several letters side by side. Independent of text and picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDE_EM = 1.25
"""A wider component is more than one letter: the M of a wide face has 1.1 em."""

_LETTER_EM = 0.7
"""Width of the letters into which such a component is split: about its height without ascenders."""

_MIN_SHARE = 0.01
_MIN_OF_LARGEST = 0.25
"""Components with less than _MIN_SHARE of the ink are dots and accents. In a title of a hundred
components, such as twenty-five Hangul syllables, none may have that much; then those with less than
_MIN_OF_LARGEST of the largest are. The dot of an i has a sixth of the i."""

_SOLID = 128
"""Minimum coverage of a pixel that counts as ink: letters that almost touch stay separate."""


def label_letters(ink: NDArray[np.uint8], size_px: float) -> NDArray[np.intp]:
    """Find the letter nearest to each pixel.

    Args:
        ink: HW uint8, coverage, [0, 255].
        size_px: pixels per em.

    Returns:
        HW, letter numbers from 0, in no particular order; all 0 if no ink is solid.
    """
    bare = (ink < _SOLID).astype(np.uint8)
    if bare.all():
        return np.zeros(ink.shape, np.intp)
    # Manhattan distance: exact, and three times as fast as Euclidean.
    _, nearest = cv2.distanceTransformWithLabels(
        bare, cv2.DIST_L1, 3, labelType=cv2.DIST_LABEL_CCOMP
    )
    pieces = np.asarray(nearest, np.intp) - 1
    count = int(pieces.max()) + 1
    rows, columns = np.nonzero(bare == 0)
    of = pieces[rows, columns]
    left = np.full(count, ink.shape[1])
    right = np.zeros(count, np.intp)
    np.minimum.at(left, of, columns)
    np.maximum.at(right, of, columns + 1)
    wide = right - left
    parts = np.where(wide > _WIDE_EM * size_px, np.ceil(wide / (_LETTER_EM * size_px)), 1)
    parts = parts.astype(np.intp)
    first = np.concatenate([[0], np.cumsum(parts)[:-1]])
    across = np.arange(ink.shape[1]) - left[pieces]
    part = np.clip(across * parts[pieces] // np.maximum(wide[pieces], 1), 0, parts[pieces] - 1)
    return np.asarray(first[pieces] + part, np.intp)


@dataclass(frozen=True, slots=True)
class SolidInk:
    """The solid pixels of ink, each with its letter, without dots and accents.

    Args:
        rows: N, of the pixels.
        columns: N, of the pixels.
        letters: N, letter numbers from 0, without gaps.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    letters: NDArray[np.intp]


def find_solid_ink(ink: NDArray[np.uint8], size_px: float) -> SolidInk:
    """Find the pixels of letters.

    Args:
        ink: HW uint8, coverage, [0, 255].
        size_px: pixels per em.

    Returns:
        The pixels; none if no ink is solid.
    """
    rows, columns = np.nonzero(ink >= _SOLID)
    letters = label_letters(ink, size_px)[rows, columns]
    is_letter = _are_letters(np.bincount(letters))
    kept = is_letter[letters]
    renumbered = np.cumsum(is_letter) - 1
    return SolidInk(rows[kept], columns[kept], renumbered[letters[kept]])


def most_hidden(ink: NDArray[np.uint8], hidden: NDArray[np.float32], size_px: float) -> float:
    """Find the largest hidden share of any letter.

    Args:
        ink: HW uint8, coverage, [0, 255].
        hidden: HW float32, hidden share of each pixel, [0, 1].
        size_px: pixels per em.

    Returns:
        Share of that letter's ink, [0, 1]; dots and accents do not count.
    """
    letters = label_letters(ink, size_px).ravel()
    weights = ink.ravel().astype(np.float64)
    whole = np.bincount(letters, weights)
    lost = np.bincount(letters, weights * hidden.ravel())
    letter = _are_letters(whole)
    return float((lost[letter] / whole[letter]).max()) if letter.any() else 0.0


def _are_letters(inks: NDArray[np.float64] | NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell letters from dots and accents, by the amount of ink of each component."""
    bound, largest = _MIN_SHARE * inks.sum(), inks.max(initial=0)
    if largest < bound:
        bound = _MIN_OF_LARGEST * largest
    return np.asarray((inks > 0) & (inks >= bound))
