"""Boxes and quadrilaterals in pixels, and the size of a printed page in millimetres.

Does not know images or what a box contains.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Quad = tuple[Point, Point, Point, Point]
"""Four corners (x, y), clockwise from the top left."""


@dataclass(frozen=True, slots=True)
class Box:
    """A half-open pixel rectangle: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if self.x1 < self.x0 or self.y1 < self.y0:
            raise ValueError(f"a box's right and bottom must not precede its left and top: {self}")

    @property
    def width(self) -> int:
        """Columns covered."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Rows covered."""
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        """Pixels covered."""
        return self.width * self.height

    @property
    def centre(self) -> Point:
        """Middle of the box, (x, y)."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of this box in an image whose first axes are rows and columns."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    @property
    def edges(self) -> tuple[int, int, int, int]:
        """(x0, y0, x1, y1)."""
        return self.x0, self.y0, self.x1, self.y1

    def shifted(self, dx: int, dy: int) -> Box:
        """The same box, dx columns to the right and dy rows down."""
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def grown(self, dx: int, dy: int) -> Box:
        """The box extended by dx columns on each side and by dy rows above and below."""
        return Box(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)

    def columns(self, count: int) -> tuple[Box, ...]:
        """The box divided into so many parts of equal width, from left to right."""
        edges = [self.x0 + self.width * number // count for number in range(count + 1)]
        return tuple(Box(x0, self.y0, x1, self.y1) for x0, x1 in pairwise(edges))

    def intersection(self, other: Box) -> Box:
        """The area that both boxes cover; an empty box if they do not overlap."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        return Box(x0, y0, max(x0, min(self.x1, other.x1)), max(y0, min(self.y1, other.y1)))

    def iou(self, other: Box) -> float:
        """Intersection over union of two boxes that are not empty, [0, 1]."""
        shared = self.intersection(other).area
        return shared / (self.area + other.area - shared)

    def overlaps(self, other: Box) -> bool:
        """Whether any pixel is in both boxes."""
        return self.intersection(other).area > 0

    def contains(self, other: Box) -> bool:
        """Whether the other box is entirely inside this one."""
        return (
            self.x0 <= other.x0
            and self.y0 <= other.y0
            and other.x1 <= self.x1
            and other.y1 <= self.y1
        )

    def union(self, other: Box) -> Box:
        """The smallest box that covers both."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )


MM_PER_INCH = 25.4
POINTS_PER_MM = 72 / MM_PER_INCH
"""PostScript points. Source: ISO 32000-2, 8.3.2.3."""


@dataclass(frozen=True, slots=True)
class TrimSize:
    """The size of a page after trimming, in millimetres."""

    width_mm: float
    height_mm: float

    def mm_per_px(self, width: int, height: int) -> float:
        """The scale at which a picture covers the page.

        Args:
            width: of the picture, in pixels.
            height: of the picture, in pixels.

        Returns:
            Millimetres per pixel; any excess width or height is cut off equally on both sides.
        """
        return max(self.width_mm / width, self.height_mm / height)

    def has_aspect_of(self, width: int, height: int) -> bool:
        """Whether a picture covers the page with less than 1 % of it cut off."""
        aspect = self.width_mm / self.height_mm * height / width
        return 0.99 < aspect < 1 / 0.99
