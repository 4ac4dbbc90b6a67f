"""PhotoFacts and a window of the photo -> the facts of that window's picture; and boxes back again.

Does not choose the window, nor paint the picture.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts

Edges = NDArray[np.float64]
"""4 x N: left, top, right and bottom of N windows, or of a part of each."""

PerWindow = NDArray[np.float64]
"""N: one figure for each of N windows."""


def crop_facts(facts: PhotoFacts, window: Box, picture: Box) -> PhotoFacts:
    """Derive the facts of the picture that a window would produce.

    Args:
        facts: of the whole photo.
        window: in photo pixels.
        picture: box of the photo on the cover.

    Returns:
        Facts in the picture's own pixels. Headroom above the photo has the luminance and edges of
        the photo's first row, and no subject.
    """
    width, height = picture.width, picture.height
    rows = round(height / width * CELLS_ACROSS)
    return PhotoFacts(
        width=width,
        height=height,
        cell=width / CELLS_ACROSS,
        luminance=_warp(facts.luminance, facts.cell, window, rows, cv2.BORDER_REPLICATE),
        edges=_warp(facts.edges, facts.cell, window, rows, cv2.BORDER_REPLICATE),
        matte=crop_matte(facts, window, rows),
        faces=crop_boxes(facts.faces, window, picture),
        lettering=crop_boxes(facts.lettering, window, picture),
    )


def crop_boxes(boxes: Sequence[Box], window: Box, picture: Box) -> tuple[Box, ...]:
    """Find where boxes of the photo are in the picture that a window produces.

    Args:
        boxes: in photo pixels.
        window: in photo pixels.
        picture: box of the photo on the cover.

    Returns:
        Boxes in the picture's own pixels, without those that it does not show.
    """
    scale = picture.width / window.width
    inside = Box(0, 0, picture.width, picture.height)
    found = (_in_picture(box, window, scale) for box in boxes)
    return tuple(box for box in found if box.overlaps(inside))


def crop_matte(facts: PhotoFacts, window: Box, rows: int) -> NDArray[np.float32]:
    """Derive the matte of the picture that a window would produce, from its top.

    Args:
        facts: of the whole photo.
        window: in photo pixels.
        rows: number of rows of cells, from the top.

    Returns:
        HW float32, share of the subject, [0, 1], CELLS_ACROSS wide.
    """
    return _warp(facts.matte, facts.cell, window, rows, cv2.BORDER_CONSTANT)


def place_on_photo(box: Box, edges: Edges, scale: PerWindow) -> Edges:
    """Find where a box of the picture lies on the photo, for each window.

    Args:
        box: in picture pixels.
        edges: of N windows, in photo pixels.
        scale: N, picture pixels per photo pixel.

    Returns:
        The box's edges for each window, in photo pixels.
    """
    return np.array(
        [
            edges[0] + box.x0 / scale,
            edges[1] + box.y0 / scale,
            edges[0] + box.x1 / scale,
            edges[1] + box.y1 / scale,
        ]
    )


def share_inside(edges: Edges, box: Box) -> PerWindow:
    """Compute the share of a box that lies inside each of N rectangles, [0, 1].

    Args:
        edges: of the rectangles, in the box's pixels.
        box: not empty.

    Returns:
        N shares.
    """
    across = np.minimum(edges[2], box.x1) - np.maximum(edges[0], box.x0)
    down = np.minimum(edges[3], box.y1) - np.maximum(edges[1], box.y0)
    return np.asarray(np.maximum(0, across) * np.maximum(0, down) / box.area)


def _in_picture(box: Box, window: Box, scale: float) -> Box:
    return Box(
        round((box.x0 - window.x0) * scale),
        round((box.y0 - window.y0) * scale),
        round((box.x1 - window.x0) * scale),
        round((box.y1 - window.y0) * scale),
    )


def _warp(
    cells: NDArray[np.float32], cell: float, window: Box, rows: int, border: int
) -> NDArray[np.float32]:
    step = window.width / CELLS_ACROSS / cell
    offset_x = window.x0 / cell + step / 2 - 0.5
    offset_y = window.y0 / cell + step / 2 - 0.5
    matrix = np.array([[step, 0, offset_x], [0, step, offset_y]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(cells, matrix, (CELLS_ACROSS, rows), flags=flags, borderMode=border)
    return np.asarray(warped, np.float32)
