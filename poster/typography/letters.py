"""Ink -> its letters: which letter each of its pixels belongs to, or lies nearest to.

A letter is a piece of ink that hangs together; a piece that is wider than letters are, such as a
word in Arabic or Devanagari, counts as several side by side. Knows no text and no picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDE_EM = 1.25
"""Pieces wider than this are more than one letter: an M of a wide face has 1.1 em."""

_LETTER_EM = 0.7
"""Width of the letters that such a piece is taken for: about its height without ascenders."""

_LEAST_SHARE = 0.01
_LEAST_OF_LARGEST = 0.25
"""Pieces of less than this share of the ink are dots and accents. In a title of a hundred pieces,
such as twenty-five Hangul syllables, none may have so much: there those are that have less than a
quarter of the largest; an i's dot has a sixth of the i."""

_SOLID = 128
"""Coverage from which a pixel is ink: letters that all but touch stay apart."""


def label_letters(ink: NDArray[np.uint8], size_px: float) -> NDArray[np.intp]:
    """Find the letter that every pixel lies nearest to.

    Args:
        ink: HW uint8, coverage, [0, 255].
        size_px: pixels to the em.

    Returns:
        HW, numbers of letters, 0 and up, in no order; all 0 where no ink is solid.
    """
    bare = (ink < _SOLID).astype(np.uint8)
    if bare.all():
        return np.zeros(ink.shape, np.intp)
    # Nearest by city blocks: exact, and thrice as fast as by the crow.
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
    """The solid pixels of ink, each with its letter; dots and accents are left out.

    Args:
        rows: of the pixels, N.
        columns: of the pixels, N.
        letters: N, numbers of letters, 0 and up, none left out.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    letters: NDArray[np.intp]


def find_solid_ink(ink: NDArray[np.uint8], size_px: float) -> SolidInk:
    """Find the pixels that letters are made of.

    Args:
        ink: HW uint8, coverage, [0, 255].
        size_px: pixels to the em.

    Returns:
        The pixels; none where no ink is solid.
    """
    rows, columns = np.nonzero(ink >= _SOLID)
    letters = label_letters(ink, size_px)[rows, columns]
    is_letter = _are_letters(np.bincount(letters))
    kept = is_letter[letters]
    renumbered = np.cumsum(is_letter) - 1
    return SolidInk(rows[kept], columns[kept], renumbered[letters[kept]])


def most_hidden(ink: NDArray[np.uint8], hidden: NDArray[np.float32], size_px: float) -> float:
    """Find the largest share that is hidden of any one letter.

    Args:
        ink: HW uint8, coverage, [0, 255].
        hidden: HW float32, share of each pixel that something hides, [0, 1].
        size_px: pixels to the em.

    Returns:
        Share of its ink, [0, 1]; dots and accents do not count.
    """
    letters = label_letters(ink, size_px).ravel()
    weights = ink.ravel().astype(np.float64)
    whole = np.bincount(letters, weights)
    lost = np.bincount(letters, weights * hidden.ravel())
    letter = _are_letters(whole)
    return float((lost[letter] / whole[letter]).max()) if letter.any() else 0.0


def _are_letters(inks: NDArray[np.float64] | NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which of some letters, by the ink of each, are more than dots and accents."""
    least, largest = _LEAST_SHARE * inks.sum(), inks.max(initial=0)
    if largest < least:
        least = _LEAST_OF_LARGEST * largest
    return np.asarray((inks > 0) & (inks >= least))
