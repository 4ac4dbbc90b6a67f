"""PhotoFacts and windows -> what the windows cost for how they show faces and cut bodies.

Knows faces as boxes and bodies as the matte below them, and no pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poster.cover.framing.view import Edges, PerWindow, place_on_photo
from poster.geometry import Box
from poster.photo.facts import PhotoFacts


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a body should not be cut.

    Args:
        below: the chin, over the height of the face's box.
        reach: up and down from there, over the same, at which a cut costs nothing any more.
        cost: of a cut right at the joint.
    """

    below: float
    reach: float
    cost: float


@dataclass(frozen=True, slots=True)
class PeopleCosts:
    """What windows cost for how they show people.

    Where no origin is given the figure was not measured; the baseline over bench/photos holds it.

    Args:
        cut: for all faces outside the window: refuses it, unless no other shows them.
        under_title: for each face that lies all under the title.
        aside: for the main face a window's width beside the middle, beyond `centred`.
        centred: share of the width within which a face is in the middle.
        no_hair: for a main face whose box is as much too high as it is high.
        hair: room above it for its hair, over its box's height: detectors box eyes to chin.
        off_eye_line: for a main face a window's height above or below `eye_line`.
        eye_line: share of the height where portraits of this trade hold a face: eyes near the
            upper third's line.
        no_side: for a face whose box touches the window's side.
        side: room beside it for its ear and hair, over its box's width.
        joints: neck, elbow and waist, wrist and crotch, knee, ankle. A head is 1.22 boxes high:
            measured on 20 faces, their crown lies 0.07 to 0.41 boxes above the box, 0.22 in the
            middle; chin to joint is (heads - 1) * 1.22 with joints at 1.1, 3, 3.9, 5.5 and 7.1
            heads.
    """

    cut: float = 20.0
    under_title: float = 100.0
    aside: float = 1.6
    centred: float = 0.06
    no_hair: float = 2.5
    hair: float = 0.5
    off_eye_line: float = 1.2
    eye_line: float = 0.40
    no_side: float = 0.3
    side: float = 0.25
    joints: tuple[Joint, ...] = (
        Joint(0.05, 0.25, 0.6),
        Joint(2.45, 0.40, 0.06),
        Joint(3.55, 0.40, 0.30),
        Joint(5.50, 0.50, 0.35),
        Joint(7.40, 0.55, 0.35),
    )


COSTS = PeopleCosts()


def weigh_faces(
    faces: Sequence[Box], title: Box | None, edges: Edges, scale: PerWindow
) -> PerWindow:
    """Weigh how windows show faces.

    Args:
        faces: in photo pixels, the main one first; at least one.
        title: the masthead in pixels of the picture, if it stands on the photo.
        edges: of N windows, in photo pixels.
        scale: N, pixels of the picture to the photo's.

    Returns:
        N costs: 0 where faces are whole, clear of the title, and the main one well placed.
    """
    whole = sum(face.area for face in faces)
    costs = np.zeros_like(scale)
    for face in faces:
        shown = _shared(edges, face) / face.area
        costs += COSTS.cut * face.area / whole * (1 - shown)
        if title:
            under_title = _shared(place_on_photo(title, edges, scale), face) / face.area
            costs += COSTS.under_title * under_title
    main = faces[0]
    x, y = main.centre
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    costs += COSTS.aside * np.maximum(0, abs((x - edges[0]) / width - 0.5) - COSTS.centred)
    costs += COSTS.no_hair * np.maximum(0, COSTS.hair - (main.y0 - edges[1]) / main.height)
    costs += COSTS.off_eye_line * abs((y - edges[1]) / height - COSTS.eye_line)
    return costs


def weigh_cuts(facts: PhotoFacts, edges: Edges) -> PerWindow:
    """Weigh where windows cut people.

    Args:
        facts: of the whole photo.
        edges: of N windows, in photo pixels.

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
        for joint in COSTS.joints:
            near = np.clip(1 - np.abs(below - joint.below) / joint.reach, 0, 1)
            cut = np.maximum(cut, joint.cost * near)
        beside = np.minimum(face.x0 - edges[0], edges[2] - face.x1) / face.width
        cut = body * cut + COSTS.no_side * np.clip(1 - beside / COSTS.side, 0, 1)
        costs += face.area / whole * cut
    return costs


def _shared(edges: Edges, box: Box) -> PerWindow:
    """Area that each rectangle has in common with a box."""
    across = np.minimum(edges[2], box.x1) - np.maximum(edges[0], box.x0)
    down = np.minimum(edges[3], box.y1) - np.maximum(edges[1], box.y0)
    return np.asarray(np.maximum(0, across) * np.maximum(0, down))
