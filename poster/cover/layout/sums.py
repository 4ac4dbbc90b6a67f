"""A map of cells -> the sum or mean over any rectangle, in constant time (a summed-area table).

Does not know what the cells hold, nor how large they are on a photo or a cover.

Source: F. Crow, Summed-Area Tables for Texture Mapping, SIGGRAPH 1984.
"""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Doubles


class SummedAreas:
    """The summed-area table of one map.

    Args:
        cells: HW float32.
    """

    def __init__(self, cells: NDArray[np.float32]) -> None:
        self._sums = np.asarray(cv2.integral(cells, sdepth=cv2.CV_64F), np.float64)

    def within(self, edges: Doubles) -> Doubles:
        """Sum over rectangles; a cell that an edge cuts counts in proportion to the area inside.

        Args:
            edges: 4 x N: left, top, right and bottom of N rectangles, in cells, with fractions;
                the map is 0 outside its bounds.

        Returns:
            N sums.
        """
        x0, y0, x1, y1 = edges
        return self._upto(x1, y1) - self._upto(x0, y1) - self._upto(x1, y0) + self._upto(x0, y0)

    def mean_touched(self, x0: float, y0: Doubles, x1: float, y1: Doubles) -> Doubles:
        """Average the cells that rectangles touch, counting each of them fully.

        Args:
            x0: left edge of all of them, in cells.
            y0: N, top of each.
            x1: right edge of all of them.
            y1: N, bottom of each.

        Returns:
            N means; for a rectangle outside the map, the mean of the nearest cells.
        """
        rows, columns = (side - 1 for side in self._sums.shape)
        left, right = max(0, min(int(x0), columns - 1)), max(1, min(ceil(x1), columns))
        top = np.clip(y0.astype(np.intp), 0, rows - 1)
        bottom = np.clip(np.ceil(y1).astype(np.intp), 1, rows)
        sums = self._sums
        total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return np.asarray(total / ((right - left) * (bottom - top)), np.float64)

    def _upto(self, x: Doubles, y: Doubles) -> Doubles:
        rows, columns = (side - 1 for side in self._sums.shape)
        x, y = np.clip(x, 0, columns), np.clip(y, 0, rows)
        left, top = np.minimum(x.astype(int), columns - 1), np.minimum(y.astype(int), rows - 1)
        across, down = x - left, y - top
        above = self._sums[top, left] * (1 - across) + self._sums[top, left + 1] * across
        below = self._sums[top + 1, left] * (1 - across) + self._sums[top + 1, left + 1] * across
        return np.asarray(above * (1 - down) + below * down)
