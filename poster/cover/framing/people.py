"""PhotoFacts and windows -> what the windows cost for how they show faces and cut bodies.

Knows faces as boxes and bodies as the matte below them; uses no pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poster.cover.framing.view import Edges, PerWindow, place_on_photo, share_inside
from poster.geometry import Box
from poster.photo.facts import PhotoFacts


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint at which a body should not be cut.

    Args:
        below: distance below the chin, in heights of the face box.
        radius: distance from the joint at which a cut no longer costs, in the same unit.
        cost: of a cut exactly at the joint.
    """

    below: float
    radius: float
    cost: float


@dataclass(frozen=True, slots=True)
class PeopleCosts:
    """What windows cost for how they show people.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        lost_faces: cost of all faces outside the window; rules it out unless no window shows them.
        under_title: cost of each face that is entirely under the title.
        aside: cost of the main face one window width from the middle, beyond `centred`.
        centred: distance from the middle that still counts as centred, as a share of the width.
        no_hair: cost per box height by which the main face lacks room for its hair.
        hair: room above the face box for hair, in box heights: detectors box forehead to chin,
            without the hair.
        off_eye_line: cost of the main face one window height above or below `eye_line`.
        eye_line: share of the height at which magazine portraits place the face: eyes near the
            line of the upper third.
        no_side: cost of a face whose box touches the side of the window.
        side: room beside the face box for ear and hair, in box widths.
        joints: neck, elbow and waist, wrist and crotch, knee, ankle. A head is 1.22 boxes high:
            on 20 measured faces, the crown lies 0.07 to 0.41 boxes above the box, with a median of
            0.22. The distance from chin to joint is (heads - 1) * 1.22, with joints at 1.1, 3, 3.9,
            5.5 and 7.1 heads.
    """

    lost_faces: float = 20.0
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
    """Compute the cost of each window for how it shows faces.

    Args:
        faces: in photo pixels, the main one first; at least one.
        title: the masthead in pixels of the picture, if it is on the photo.
        edges: of N windows, in photo pixels.
        scale: N, picture pixels per photo pixel.

    Returns:
        N costs: 0 if all faces are whole and clear of the title, and the main one is well placed.
    """
    whole = sum(face.area for face in faces)
    costs = np.zeros_like(scale)
    for face in faces:
        shown = share_inside(edges, face)
        costs += COSTS.lost_faces * face.area / whole * (1 - shown)
        if title:
            under_title = share_inside(place_on_photo(title, edges, scale), face)
            costs += COSTS.under_title * under_title
    main = faces[0]
    x, y = main.centre
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    costs += COSTS.aside * np.maximum(0, abs((x - edges[0]) / width - 0.5) - COSTS.centred)
    costs += COSTS.no_hair * np.maximum(0, COSTS.hair - (main.y0 - edges[1]) / main.height)
    costs += COSTS.off_eye_line * abs((y - edges[1]) / height - COSTS.eye_line)
    return costs


def weigh_cuts(facts: PhotoFacts, edges: Edges) -> PerWindow:
    """Compute the cost of each window for where it cuts people.

    Args:
        facts: of the whole photo.
        edges: of N windows, in photo pixels.

    Returns:
        N costs: 0 if nobody is cut, or only between two joints.
    """
    costs = np.zeros(edges.shape[1])
    whole = sum(face.area for face in facts.faces)
    rows = len(facts.matte)
    bottom = np.clip((edges[3] / facts.cell).astype(int) - 1, 0, rows - 1)
    for face in facts.faces:
        columns = slice(int(face.x0 / facts.cell), int(face.x1 / facts.cell) + 1)
        # A person behind a table, or fully in the picture, is not cut by the window's bottom edge.
        body = facts.matte[bottom, columns].mean(1).astype(np.float64)
        below = (edges[3] - face.y1) / face.height
        cut = np.zeros_like(below)
        for joint in COSTS.joints:
            near = np.clip(1 - np.abs(below - joint.below) / joint.radius, 0, 1)
            cut = np.maximum(cut, joint.cost * near)
        beside = np.minimum(face.x0 - edges[0], edges[2] - face.x1) / face.width
        cut = body * cut + COSTS.no_side * np.clip(1 - beside / COSTS.side, 0, 1)
        costs += face.area / whole * cut
    return costs
