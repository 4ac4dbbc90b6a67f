"""The sizes of stored plates and of a frame -> how the plates are stretched and placed in it.

Pure geometry and resampling: does not know what a plate shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.geometry import Point, Quad

Plane = TypeVar("Plane", Floats, NDArray[np.uint8])

_UNSEEN = 0.004
"""A smaller relative stretch is skipped: it is a third of a pixel on a button 80 px wide."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How plates are placed in a frame, in whole pixels, so that the mapping is exact.

    Args:
        frame: width and height of the frame, in pixels.
        grid: columns and rows of the fitted plates; fewer than the frame's pixels if the frame is
            larger than the plates.
        source: rows of the plates that bound their parts, starting at 0: three parts if they are
            stretched, otherwise one.
        target: rows of the grid to which those rows map.
        columns: number of columns of the plates.
        left: first column of the grid that they cover.
        right: column of the grid after their last.
    """

    frame: tuple[int, int]
    grid: tuple[int, int]
    source: tuple[int, ...]
    target: tuple[int, ...]
    columns: int
    left: int
    right: int

    @classmethod
    def of(
        cls,
        size: tuple[int, int],
        stretch_rows: tuple[int, int],
        quad: Quad,
        width: int,
        height: int,
    ) -> Fit:
        """Fit plates into a frame.

        Args:
            size: columns and rows of the plates.
            stretch_rows: rows between which they may be stretched.
            quad: the cover's corners in the plates.
            width: of the frame, in pixels.
            height: of the frame, in pixels; the cover takes the frame's aspect.

        Returns:
            The largest fit, centred, with all of the plates inside the frame.
        """
        columns, rows = size
        top, bottom = stretch_rows
        breadth, length = measure_quad(quad)
        extra = breadth * height / width - length
        is_stretched = abs(extra) > _UNSEEN * (bottom - top)
        tall = rows + extra * is_stretched
        scale = min(width / columns, height / tall)
        # If the frame is larger than the plates, they are not enlarged.
        shrink = max(scale, 1.0)
        grid = round(width / shrink), round(height / shrink)
        scale /= shrink
        across = min(grid[0], round(scale * columns))
        down = min(grid[1], round(scale * tall))
        left, above = (grid[0] - across) // 2, (grid[1] - down) // 2
        source: tuple[int, ...] = 0, rows
        target: tuple[int, ...] = above, above + down
        if is_stretched:
            first, last = round(scale * top), round(scale * (rows - bottom))
            source = 0, top, bottom, rows
            target = above, above + first, above + down - last, above + down
        return cls((width, height), grid, source, target, columns, left, left + across)

    @classmethod
    def none(cls, size: tuple[int, int]) -> Fit:
        """Return the fit of plates in a frame of their own size."""
        columns, rows = size
        return cls(size, size, (0, rows), (0, rows), columns, 0, columns)

    def coarse(self, times: int) -> Fit:
        """Return the same fit for plates with rows and columns divided by `times`."""

        def divided(numbers: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(max(1, round(number / times)) if number else 0 for number in numbers)

        columns, rows = divided(self.grid)
        return replace(
            self,
            grid=(columns, rows),
            source=divided(self.source),
            target=divided(self.target),
            columns=max(1, self.columns // times),
            left=self.left // times,
            right=min(columns, round(self.right / times)),
        )

    @property
    def scale(self) -> float:
        """Frame pixels per plate pixel, horizontally."""
        return (self.right - self.left) / self.columns * self.frame[0] / self.grid[0]

    def rows(self, rows: Sequence[float]) -> list[float]:
        """Map rows of the plates to rows of the grid."""
        return [float(np.interp(row, self.source, self.target)) for row in rows]

    def moved(self, quad: Quad) -> Quad:
        """Map four points of the plates to the frame."""
        across, down = self.frame[0] / self.grid[0], self.frame[1] / self.grid[1]
        breadth = (self.right - self.left) / self.columns

        def move(point: Point) -> Point:
            x, y = point
            (row,) = self.rows((y,))
            return (self.left + x * breadth) * across, row * down

        a, b, c, d = quad
        return move(a), move(b), move(c), move(d)

    def resample(self, plate: Plane) -> Plane:
        """Resample a plate into the grid, repeating its edge beyond it.

        Args:
            plate: HW or HWC, uint8 or float32, not negative.

        Returns:
            The same type, with the grid's rows and columns.
        """
        across = self.right - self.left
        parts = [
            resize(plate[first:last], across, there_last - there_first)
            for first, last, there_first, there_last in zip(
                self.source, self.source[1:], self.target, self.target[1:], strict=False
            )
            if there_last > there_first
        ]
        joined = parts[0] if len(parts) == 1 else cast(Plane, np.concatenate(parts))
        columns, rows = self.grid
        margins = (self.target[0], rows - self.target[-1], self.left, columns - self.right)
        if any(margins):
            joined = cast(Plane, cv2.copyMakeBorder(joined, *margins, cv2.BORDER_REPLICATE))
        return joined


def measure_quad(quad: Quad) -> tuple[float, float]:
    """Return the mean width and height of a quadrilateral, in pixels."""
    a, b, c, d = np.array(quad)
    breadth = (np.linalg.norm(b - a) + np.linalg.norm(c - d)) / 2
    length = (np.linalg.norm(d - a) + np.linalg.norm(c - b)) / 2
    return float(breadth), float(length)


def resize(plate: Plane, width: int, height: int) -> Plane:
    """Resize by averaging along a shrinking axis and by cubic interpolation along a growing one.

    Args:
        plate: HW or HWC, uint8 or float32, not negative.
        width: columns of the result.
        height: rows of the result.

    Returns:
        The same type, not negative.
    """
    rows, columns = plate.shape[:2]
    if (width < columns) != (height < rows):
        # OpenCV averages only if both axes shrink or one stays the same.
        plate = _resize_alike(plate, width, rows)
    return _resize_alike(plate, width, height)


def _resize_alike(plate: Plane, width: int, height: int) -> Plane:
    rows, columns = plate.shape[:2]
    if (width, height) == (columns, rows):
        return plate
    if width <= columns and height <= rows:
        return cast(Plane, cv2.resize(plate, (width, height), interpolation=cv2.INTER_AREA))
    grown = cv2.resize(plate, (width, height), interpolation=cv2.INTER_CUBIC)
    return cast(Plane, np.maximum(grown, 0, out=grown))
