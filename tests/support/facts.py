"""What there is to know of a photo, made up."""

from __future__ import annotations

import numpy as np

from poster.arrays import Floats
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts


def facts_of(
    width: int,
    height: int,
    *faces: Box,
    subject: Box | None = None,
    busy: Box | None = None,
    edges: float = 0.0,
    lettering: tuple[Box, ...] = (),
) -> PhotoFacts:
    """An even and dark photo, on which type finds contrast everywhere.

    Args:
        width: in pixels.
        height: in pixels.
        faces: boxes in its pixels.
        subject: box that the matte is 1 in; None for nobody.
        busy: box so full of edges that no type belongs there; None for none.
        edges: everywhere else.
        lettering: boxes in its pixels.
    """
    cell = width / CELLS_ACROSS
    shape = (round(height / cell), CELLS_ACROSS)
    return PhotoFacts(
        width=width,
        height=height,
        cell=cell,
        luminance=np.full(shape, 0.05, np.float32),
        edges=_with_box(np.full(shape, edges, np.float32), busy, 0.2, cell),
        matte=_with_box(np.zeros(shape, np.float32), subject, 1.0, cell),
        faces=faces,
        lettering=lettering,
    )


def _with_box(cells: Floats, box: Box | None, value: float, cell: float) -> Floats:
    if box:
        rows = slice(round(box.y0 / cell), round(box.y1 / cell))
        cells[rows, round(box.x0 / cell) : round(box.x1 / cell)] = value
    return cells
