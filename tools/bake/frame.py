"""Dimensions of the envelope -> the positions of its parts in the frame.

Pure arithmetic without a renderer, so that tests can check the stored map without one. One scene
unit is 1000 pixels of a classic frame 1024 pixels wide; x points right, y up, z to the camera, and
the envelope's seams lie at z = 0. Envelope coordinates have their origin in the middle of the
envelope, before its rotation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats

Size = tuple[int, int]
Spot = tuple[float, float]

CAMERA_Z = 3.6  # distance for a product photo's perspective: a field of view of about 16 degrees
TABLE_Z = -0.009  # the envelope bulges below its seams as it does above
MAGAZINE_W = 0.800
MAGAZINE_Z = 0.0105  # height of the cover: some 120 pages
MARGIN = 0.042  # from the magazine to the envelope's side
FOOT = 0.0225  # from the envelope's lower edge to the magazine
MOUTH = 0.2155  # from the magazine to the envelope's fold: room for flap and closure
WELD = 0.0125  # width of the welded seam
FLAP = 0.118  # how far the flap reaches down
BUTTON_R = 0.0200
UPPER_DROP, LOWER_DROP = 0.066, 0.165  # from the fold to the buttons' middles

CLEARANCE = 0.012
"""Distance between the stretchable rows and parts that must keep their shape, in scene units."""


@dataclass(frozen=True)
class Format:
    """A frame's shape; the magazine has the same aspect.

    Args:
        name: of the format.
        width: in scene units. The magazine is MAGAZINE_W wide in every format.
        pixels: width and height of the plates.
    """

    name: str
    width: float
    pixels: Size

    @property
    def height(self) -> float:
        """In scene units."""
        return self.width * self.pixels[1] / self.pixels[0]


CLASSIC = Format("classic", 1.024, (1536, 2208))
A_SERIES = Format("a_series", 1.024, (1536, 2172))
SQUARE = Format("square", 1.140, (1536, 1536))


@dataclass(frozen=True)
class Placement:
    """Position and rotation of envelope, magazine and closure; nothing is quite straight.

    Args:
        envelope_turn: rotation in radians, anticlockwise.
        magazine_turn: rotation relative to the envelope, in radians.
        magazine_at: offset of the magazine's centre from its rest position, in scene units.
        closure_x: x of the upper and the lower button's centre, in envelope coordinates.
        loose_end: path of the cord's end, from the lower button's centre, in scene units.
    """

    envelope_turn: float = -0.006
    magazine_turn: float = 0.0035
    magazine_at: Spot = (0.0, 0.0)
    closure_x: Spot = (0.088, 0.090)
    loose_end: tuple[Spot, ...] = (
        (0.0205, -0.0190), (0.036, -0.0105), (0.056, -0.004), (0.078, -0.005), (0.096, -0.015),
    )  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """A format and a placement, which determine all positions."""

    shape: Format = CLASSIC
    placement: Placement = field(default_factory=Placement)

    @property
    def magazine_h(self) -> float:
        """Height of the cover."""
        return MAGAZINE_W * self.shape.pixels[1] / self.shape.pixels[0]

    @property
    def magazine_at(self) -> Spot:
        """The magazine's centre in envelope coordinates."""
        x, y = self.placement.magazine_at
        return x, y - self.envelope_h / 2 + FOOT + self.magazine_h / 2

    @property
    def envelope_w(self) -> float:
        """Width of the envelope."""
        return MAGAZINE_W + 2 * MARGIN

    @property
    def envelope_h(self) -> float:
        """Height of the envelope, from its foot to the fold of its flap."""
        return FOOT + self.magazine_h + MOUTH

    @property
    def upper_button(self) -> Spot:
        """Centre of the button on the flap."""
        return self.placement.closure_x[0], self.envelope_h / 2 - UPPER_DROP

    @property
    def lower_button(self) -> Spot:
        """Centre of the button on the front film."""
        return self.placement.closure_x[1], self.envelope_h / 2 - LOWER_DROP

    def to_pixel(self, x: float, y: float, z: float, size: Size) -> Spot:
        """Project a point of the scene into the frame.

        Args:
            x: in scene units.
            y: in scene units.
            z: in scene units.
            size: width and height of the picture in pixels.

        Returns:
            (x, y) in pixels from the top left corner; whole numbers are pixel edges.
        """
        near = CAMERA_Z / (CAMERA_Z - z)
        width, height = size
        across, down = 0.5 + near * x / self.shape.width, 0.5 - near * y / self.shape.height
        return across * width, down * height

    def to_envelope(self, px: NDArray[Any], py: NDArray[Any], z: float, size: Size) -> tuple[
        Floats, Floats
    ]:  # fmt: skip
        """Invert `to_pixel` and the envelope's rotation, for points at one height.

        Args:
            px: abscissae in pixels, any shape.
            py: ordinates in pixels, the same shape.
            z: of the points, in scene units.
            size: width and height of the picture in pixels.

        Returns:
            x and y in envelope coordinates, float32.
        """
        near = CAMERA_Z / (CAMERA_Z - z)
        x = (px / size[0] - 0.5) * self.shape.width / near
        y = (0.5 - py / size[1]) * self.shape.height / near
        return turned(x, y, -self.placement.envelope_turn)

    def on_magazine(self, u: float, v: float, size: Size) -> Spot:
        """Project a point of the cover into the frame.

        Args:
            u: across the cover, 0 at its left edge and 1 at its right.
            v: down the cover, 0 at its top and 1 at its foot.
            size: width and height of the picture in pixels.

        Returns:
            (x, y) in pixels.
        """
        point = np.array((u - 0.5) * MAGAZINE_W), np.array((0.5 - v) * self.magazine_h)
        x, y = turned(*point, self.placement.magazine_turn)
        at_x, at_y = self.magazine_at
        x, y = turned(x + at_x, y + at_y, self.placement.envelope_turn)
        return self.to_pixel(float(x), float(y), MAGAZINE_Z, size)

    def cover_quad(self, size: Size) -> list[Spot]:
        """Corners of the cover in the frame.

        Args:
            size: width and height of the picture in pixels.

        Returns:
            Four (x, y) in pixels, clockwise from the top left.
        """
        return [self.on_magazine(u, v, size) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))]

    def envelope_quad(self, size: Size) -> list[Spot]:
        """Corners of the envelope in the frame, clockwise from the top left, in pixels."""
        half_w, half_h = self.envelope_w / 2, self.envelope_h / 2
        x, y = turned(
            np.array([-half_w, half_w, half_w, -half_w]),
            np.array([half_h, half_h, -half_h, -half_h]),
            self.placement.envelope_turn,
        )
        return [self.to_pixel(float(u), float(v), 0, size) for u, v in zip(x, y, strict=True)]

    def stretch_rows(self, size: Size) -> tuple[int, int]:
        """Find the rows between which there are only magazine, side seams and film.

        Args:
            size: width and height of the picture in pixels.

        Returns:
            The first row that may be stretched, and the row after the last.
        """
        a, b, c, d = self.cover_quad(size)
        x, y = self.lower_button
        tip = min(y + dy for _, dy in self.placement.loose_end)
        _, cord = self.to_pixel(x, tip, 0, size)
        clear = CLEARANCE * size[0] / self.shape.width
        return int(max(a[1], b[1], cord) + clear) + 1, int(min(c[1], d[1]) - clear)


def turned(x: NDArray[Any], y: NDArray[Any], angle: float) -> tuple[Floats, Floats]:
    """Rotate points about the origin.

    Args:
        x: abscissae, any shape.
        y: ordinates, the same shape.
        angle: in radians, anticlockwise.

    Returns:
        The rotated x and y, float32.
    """
    cos, sin = math.cos(angle), math.sin(angle)
    return (cos * x - sin * y).astype(np.float32), (sin * x + cos * y).astype(np.float32)
