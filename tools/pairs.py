"""Pictures before and after a change -> one contact sheet of the pairs, each with its name.

Does not know what changed, nor which pairs are worth looking at.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

WIDTH = 240
"""Width of each picture, in pixels: four pairs fit across a screen."""

_ACROSS = 4
_INNER, _GAP, _CAPTION = 6, 24, 24
_GROUND, _INK = 226, (40, 40, 40)


def draw_pairs(pairs: Sequence[tuple[str, Pixels, Pixels]]) -> Pixels:
    """Draw pairs side by side: before on the left, after on the right.

    Args:
        pairs: name in ASCII, and two pictures, HWC uint8, [0, 255], of any size; at least one pair.

    Returns:
        HWC uint8, [0, 255], in the pictures' own channel order; at most four pairs per row.
    """
    cells = [_draw_pair(*pair) for pair in pairs]
    rows = [_beside(cells[start : start + _ACROSS]) for start in range(0, len(cells), _ACROSS)]
    width = max(row.shape[1] for row in rows)
    return np.vstack([_extend(row, row.shape[0], width) for row in rows])


def _draw_pair(name: str, before: Pixels, after: Pixels) -> Pixels:
    pictures = [_thumbnail(picture) for picture in (before, after)]
    height = max(picture.shape[0] for picture in pictures)
    first, second = (_extend(picture, height, WIDTH) for picture in pictures)
    between = np.full((height, _INNER, 3), _GROUND, np.uint8)
    cell = np.hstack([first, between, second])
    cell = _extend(cell, height + _CAPTION + _GAP, cell.shape[1] + _GAP)
    # The caption's baseline is one third of its height above the bottom.
    place = (0, height + _CAPTION * 2 // 3)
    return np.asarray(
        cv2.putText(cell, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA),
        np.uint8,
    )


def _thumbnail(picture: Pixels) -> Pixels:
    height = round(WIDTH * picture.shape[0] / picture.shape[1])
    size = (WIDTH, height)
    return np.asarray(cv2.resize(picture[..., :3], size, interpolation=cv2.INTER_AREA), np.uint8)


def _beside(cells: Sequence[Pixels]) -> Pixels:
    height = max(cell.shape[0] for cell in cells)
    return np.hstack([_extend(cell, height, cell.shape[1]) for cell in cells])


def _extend(picture: Pixels, height: int, width: int) -> Pixels:
    """Extend a picture with background to the right and below, to a given size."""
    whole = np.full((height, width, 3), _GROUND, np.uint8)
    whole[: picture.shape[0], : picture.shape[1]] = picture
    return whole
