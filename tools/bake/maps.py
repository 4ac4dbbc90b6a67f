"""Plates -> the small maps in a design's description, by which a design is chosen.

Does not know how they are used: `poster.envelope.choice` does.
"""

from __future__ import annotations

import cv2
import numpy as np

from poster.arrays import Floats
from poster.envelope.design import CELL_STEPS
from poster.geometry import Quad

MAP_COLUMNS, MAP_ROWS = 64, 92
"""Cells of a map over the whole cover: 16 pixels of a cover 1024 wide, the size of its smallest
type. Cells a third smaller chose no better; see `poster.envelope.choice`."""

_FINE = 20
"""Samples per cell in each direction: as many as the plates have pixels, so that none is missed."""


def describe_maps(glare: Floats, on_closure: Floats, quad: Quad) -> dict[str, list[str]]:
    """Compute the maps that a design's description contains.

    Args:
        glare: HW float32, linear: light that film and plastic add to the cover.
        on_closure: HW float32: share of each pixel that the closure covers, [0, 1].
        quad: the cover's corners in the plates.

    Returns:
        `glare_map` and `cord_map` for JSON: a string for each row of cells, in whole CELL_STEPS.
    """

    def listed(plate: Floats) -> list[str]:
        steps = np.rint(map_over_cover(plate, quad) * CELL_STEPS).astype(int)
        return [" ".join(map(str, row)) for row in steps]

    return {"glare_map": listed(glare), "cord_map": listed(on_closure)}


def map_over_cover(plate: Floats, quad: Quad) -> Floats:
    """Reduce a plate to the mean over each cell of the cover.

    Args:
        plate: HW float32: glare, or the share of each pixel that the closure covers.
        quad: the cover's corners in the plate.

    Returns:
        MAP_ROWS x MAP_COLUMNS float32, the cover's top left first.
    """
    width, height = MAP_COLUMNS * _FINE, MAP_ROWS * _FINE
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    # OpenCV counts from pixel centres, quads from pixel edges.
    there = np.array(quad, np.float32) - np.float32(0.5)
    matrix = cv2.getPerspectiveTransform(there, corners - np.float32(0.5))
    flat = cv2.warpPerspective(plate, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(flat, (MAP_COLUMNS, MAP_ROWS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)
