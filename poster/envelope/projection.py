"""Points and boxes of a cover -> their positions in the envelope's frame.

Uses the cover's corners, not its pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box, Point, Quad


def homography(quad: Quad, size: tuple[int, int]) -> NDArray[np.float64]:
    """Compute the homography from a cover to the frame.

    Args:
        quad: the cover's corners in the frame, clockwise from its top left.
        size: width and height of the cover in pixels.

    Returns:
        3x3 matrix; both coordinate systems count from a corner, not from the centre of a pixel.
    """
    width, height = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, np.array(quad, np.float32))
    return cast("NDArray[np.float64]", matrix)


def map_points(quad: Quad, size: tuple[int, int], points: Sequence[Point]) -> list[Point]:
    """Map points of the cover to the envelope's frame.

    Args:
        quad: the cover's corners in the frame, clockwise from its top left.
        size: width and height of the cover in pixels.
        points: (x, y) in cover pixels; (0, 0) is the cover's corner, not a pixel's centre.

    Returns:
        The same points in frame pixels.
    """
    there = np.array(points, np.float64).reshape(-1, 1, 2)
    mapped = cv2.perspectiveTransform(there, homography(quad, size)).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in mapped]


def project_box(box: Box, cover_size: tuple[int, int], quad: Quad) -> Quad:
    """Map a box of the cover to the envelope's frame.

    Args:
        box: in cover pixels.
        cover_size: width and height of the cover in pixels.
        quad: the cover's corners in the frame, clockwise from its top left.

    Returns:
        Its corners in frame pixels, clockwise from the top left.
    """
    corners = ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
    a, b, c, d = map_points(quad, cover_size, corners)
    return a, b, c, d


def mean_inside(plate: NDArray[np.float32], frame: tuple[int, int], quad: Quad) -> float:
    """Average a plate over a quadrilateral of the frame.

    Args:
        plate: HW float32 of any resolution, covering the whole frame.
        frame: width and height of the frame in pixels.
        quad: corners in frame pixels, clockwise from the top left.

    Returns:
        The mean over the pixels inside; if the quad is thinner than a pixel, over those it touches.
    """
    rows, columns = plate.shape
    scale = np.array([columns / frame[0], rows / frame[1]])
    corners = np.array(quad) * scale
    (left, top), (right, bottom) = np.floor(corners.min(0)), np.ceil(corners.max(0))
    x0, x1 = int(np.clip(left, 0, columns - 1)), int(np.clip(right, 1, columns))
    y0, y1 = int(np.clip(top, 0, rows - 1)), int(np.clip(bottom, 1, rows))
    inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
    # shift=4: sixteenths of a pixel; whole numbers are pixel centres in OpenCV.
    fine = np.rint((corners - (x0, y0) - 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(inside, fine, 1, cv2.LINE_8, 4)
    if not inside.any():
        inside[:] = 1  # it is thinner than a pixel
    return float(cv2.mean(plate[y0:y1, x0:x1], inside)[0])
