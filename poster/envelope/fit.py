"""The shape of stored plates and of a frame -> how the one is stretched and laid into the other.

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
"""A stretch of less than this is left undone: it is a third of a pixel on a button of 80."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How plates lie in a frame, in whole pixels: the map is exact by construction.

    Args:
        frame: width and height of the frame.
        grid: columns and rows that the fitted plates get; fewer than the frame has pixels where
            that is larger than the plates.
        source: rows of the plates at which their parts begin and end, the first 0; three parts
            where they are stretched, else one.
        target: where those rows come to lie in the grid.
        columns: of the plates.
        left: column of the grid at which they begin.
        right: column of the grid at which they end.
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
            stretch_rows: the rows between which they may be stretched.
            quad: the cover's corners in the plates.
            width: of the frame in pixels.
            height: of the frame in pixels; the cover gets its aspect.

        Returns:
            The largest fit that keeps the whole of the plates in the frame, in its middle.
        """
        columns, rows = size
        top, bottom = stretch_rows
        breadth, length = measure_quad(quad)
        more = breadth * height / width - length
        is_stretched = abs(more) > _UNSEEN * (bottom - top)
        tall = rows + more * is_stretched
        scale = min(width / columns, height / tall)
        # Where the frame is larger than the plates, they keep their pixels.
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
        """Plates in a frame of their own size."""
        columns, rows = size
        return cls(size, size, (0, rows), (0, rows), columns, 0, columns)

    def coarse(self, times: int) -> Fit:
        """The same fit of plates that have so many times fewer rows and columns."""

        def less(numbers: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(max(1, round(number / times)) if number else 0 for number in numbers)

        columns, rows = less(self.grid)
        return replace(
            self,
            grid=(columns, rows),
            source=less(self.source),
            target=less(self.target),
            columns=max(1, self.columns // times),
            left=self.left // times,
            right=min(columns, round(self.right / times)),
        )

    @property
    def scale(self) -> float:
        """Frame pixels to a pixel of the plates, across."""
        return (self.right - self.left) / self.columns * self.frame[0] / self.grid[0]

    def rows(self, rows: Sequence[float]) -> list[float]:
        """Where rows of the plates come to lie in the grid."""
        return [float(np.interp(row, self.source, self.target)) for row in rows]

    def moved(self, quad: Quad) -> Quad:
        """Where four points of the plates come to lie in the frame."""
        across, down = self.frame[0] / self.grid[0], self.frame[1] / self.grid[1]
        breadth = (self.right - self.left) / self.columns

        def move(point: Point) -> Point:
            x, y = point
            (row,) = self.rows((y,))
            return (self.left + x * breadth) * across, row * down

        a, b, c, d = quad
        return move(a), move(b), move(c), move(d)

    def laid(self, plate: Plane) -> Plane:
        """Resample a plate into the grid; what lies beyond its edge goes on as the edge is.

        Args:
            plate: HW or HWC, float32 of 0 and up, or uint8.

        Returns:
            The same kind, of the grid's rows and columns.
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
    """Mean breadth and length of a quadrilateral, in pixels."""
    a, b, c, d = np.array(quad)
    breadth = (np.linalg.norm(b - a) + np.linalg.norm(c - d)) / 2
    length = (np.linalg.norm(d - a) + np.linalg.norm(c - b)) / 2
    return float(breadth), float(length)


def resize(plate: Plane, width: int, height: int) -> Plane:
    """Average along an axis that shrinks; a cubic, kept from undershooting 0, along one that grows.

    Args:
        plate: HW or HWC, float32 of 0 and up, or uint8.
        width: columns of the result.
        height: rows of the result.

    Returns:
        The same kind.
    """
    rows, columns = plate.shape[:2]
    if (width < columns) != (height < rows):
        # OpenCV averages only where both axes shrink, or one stays as it is.
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
