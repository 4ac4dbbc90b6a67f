"""Faces and a matte -> what speaks against windows that cut people at a joint.

Where a neck, an elbow, a wrist, a knee or an ankle lies is guessed from the face by the canon of
proportions. Knows no pixels, and does not choose a window.

Source: the canon of seven and a half heads, after P. Richer, Artistic Anatomy; that people are cut
between joints and never at one is the rule of every school of portrait photography.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.photo.facts import PhotoFacts

Floats = NDArray[np.float64]

_JOINTS = (
    (0.05, 0.25, 0.6),
    (2.45, 0.40, 0.06),
    (3.55, 0.40, 0.30),
    (5.50, 0.50, 0.35),
    (7.40, 0.55, 0.35),
)
"""Neck, elbow and waist, wrist and crotch, knee, ankle: how far below the chin, how far that
reaches up and down, both over the height of the face's box, and what a cut there costs. A head is
1.22 boxes high: measured on 20 faces, their crown lies 0.07 to 0.41 boxes above the box, 0.22 in
the middle; chin to joint is (heads - 1) * 1.22 with joints at 1.1, 3, 3.9, 5.5 and 7.1 heads."""

_SIDE = 0.25
_NEAR_SIDE = 0.3
"""Room beside a face for its ear and hair, over its width, and what it costs to have none."""


def weigh_cuts(facts: PhotoFacts, edges: Floats) -> Floats:
    """Weigh where windows cut people.

    Args:
        facts: of the whole photo.
        edges: 4 x N: left, top, right and bottom of N windows in photo pixels.

    Returns:
        N costs: 0 where nobody is cut, or between two joints.
    """
    costs = np.zeros(edges.shape[1])
    whole = sum(face.area for face in facts.faces)
    rows = len(facts.matte)
    foot = np.clip((edges[3] / facts.cell).astype(int) - 1, 0, rows - 1)
    for face in facts.faces:
        columns = slice(int(face.x0 / facts.cell), int(face.x1 / facts.cell) + 1)
        # Who stands behind a table, or wholly in the picture, is not cut by its edge.
        body = facts.matte[foot, columns].mean(1).astype(np.float64)
        below = (edges[3] - face.y1) / face.height
        cut = np.zeros_like(below)
        for middle, reach, cost in _JOINTS:
            cut = np.maximum(cut, cost * np.clip(1 - np.abs(below - middle) / reach, 0, 1))
        beside = np.minimum(face.x0 - edges[0], edges[2] - face.x1) / face.width
        cut = body * cut + _NEAR_SIDE * np.clip(1 - beside / _SIDE, 0, 1)
        costs += face.area / whole * cut
    return costs
