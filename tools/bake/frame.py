"""Measures of the photographed envelope -> where its parts lie in the frame.

Pure arithmetic: knows no renderer, so that tests can check the stored map without one. One scene
unit is 1000 pixels of a frame 1024 wide; x runs right, y up, z towards the camera; z = 0 is the
table. Envelope coordinates have their origin in the envelope's middle, before it is turned.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FRAME_W, FRAME_H = 1.024, 1.472
CAMERA_Z = 3.6  # far enough for a product photograph's perspective: a lens of about 16 degrees
ENVELOPE_W, ENVELOPE_H = 0.884, 1.388
ENVELOPE_TURN = -0.006  # radians; lying quite straight looks computed
MAGAZINE_W = 0.800
MAGAZINE_H = MAGAZINE_W * FRAME_H / FRAME_W
MAGAZINE_TURN = 0.0035  # radians, against the envelope
MAGAZINE_Z = 0.0105  # height of the cover: some 120 pages
MAGAZINE_X = 0.0
FOOT = 0.0225  # from the envelope's lower edge to the magazine
MAGAZINE_Y = -ENVELOPE_H / 2 + FOOT + MAGAZINE_H / 2
WELD = 0.0125  # breadth of the welded seam
FLAP = 0.118  # how far the flap reaches down
BUTTON_R = 0.0200
UPPER_BUTTON = (0.088, ENVELOPE_H / 2 - 0.066)
LOWER_BUTTON = (0.090, ENVELOPE_H / 2 - 0.165)


def turned(x: NDArray[Any], y: NDArray[Any], angle: float) -> tuple[Floats, Floats]:
    """Turn points about the origin.

    Args:
        x: abscissae, any shape.
        y: ordinates, the same shape.
        angle: in radians, anticlockwise.

    Returns:
        The turned x and y, float32.
    """
    cos, sin = math.cos(angle), math.sin(angle)
    return (cos * x - sin * y).astype(np.float32), (sin * x + cos * y).astype(np.float32)


def to_pixel(x: float, y: float, z: float, frame: tuple[int, int]) -> tuple[float, float]:
    """Project a point of the scene into the frame.

    Args:
        x: in scene units.
        y: in scene units.
        z: in scene units, above the table.
        frame: width and height of the picture in pixels.

    Returns:
        (x, y) in pixels; whole numbers are pixels' edges, the origin the top left corner.
    """
    near = CAMERA_Z / (CAMERA_Z - z)
    width, height = frame
    return (0.5 + near * x / FRAME_W) * width, (0.5 - near * y / FRAME_H) * height


def on_magazine(u: float, v: float, frame: tuple[int, int]) -> tuple[float, float]:
    """Project a point of the cover into the frame.

    Args:
        u: across the cover, 0 at its left edge and 1 at its right.
        v: down the cover, 0 at its top and 1 at its foot.
        frame: width and height of the picture in pixels.

    Returns:
        (x, y) in pixels.
    """
    point = np.array((u - 0.5) * MAGAZINE_W), np.array((0.5 - v) * MAGAZINE_H)
    x, y = turned(*point, MAGAZINE_TURN)
    x, y = turned(x + MAGAZINE_X, y + MAGAZINE_Y, ENVELOPE_TURN)
    return to_pixel(float(x), float(y), MAGAZINE_Z, frame)


def cover_quad(frame: tuple[int, int]) -> list[tuple[float, float]]:
    """Corners of the cover in the frame.

    Args:
        frame: width and height of the picture in pixels.

    Returns:
        Four (x, y) in pixels, clockwise from the top left.
    """
    return [on_magazine(u, v, frame) for u, v in ((0, 0), (1, 0), (1, 1), (0, 1))]


def stretch_row(frame: tuple[int, int]) -> int:
    """The row below which nothing but the magazine lies: what is above must keep its shape.

    Args:
        frame: width and height of the picture in pixels.

    Returns:
        A whole row between the lower button and the cover's upper edge.
    """
    top = min(y for _, y in cover_quad(frame)[:2])
    return int(top - 0.002 * frame[0] / FRAME_W)
