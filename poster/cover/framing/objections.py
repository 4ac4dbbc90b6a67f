"""PhotoFacts, a picture and a masthead -> what speaks against any window of the photo.

Looks at all windows at once, from summed areas. Knows no pixels, and does not choose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.behind import MastheadBehind
from poster.cover.framing.overhead import Overhead
from poster.cover.layout.dummy import Slot
from poster.cover.layout.sums import SummedAreas
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts

_COVERED = 1.2
"""What a title that goes before the subject costs where it covers nothing else."""

_HAIR = 0.5
"""Room above a face for its hair, over the face's height: detectors box eyes to chin."""

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

Floats = NDArray[np.float64]

Edges = NDArray[np.float64]
"""4 x N: left, top, right and bottom of N windows, or of one part of each."""


class Objections:
    """What speaks against windows of one photo.

    Args:
        facts: of the whole photo.
        picture: where the photo lies on the cover.
        title: the masthead, if it stands on the photo.
        is_behind: whether the subject may stand before it.
    """

    def __init__(
        self, facts: PhotoFacts, picture: Box, title: Slot | None, *, is_behind: bool
    ) -> None:
        self._facts = facts
        self._width = picture.width
        self._title = title.box.shifted(-picture.x0, -picture.y0) if title else None
        self._behind = MastheadBehind(title, picture) if title and is_behind else None
        rows, columns = (np.arange(side, dtype=np.float32) + 0.5 for side in facts.matte.shape)
        self._subject = SummedAreas(facts.matte)
        self._subject_x = SummedAreas(facts.matte * columns)
        self._subject_y = SummedAreas(facts.matte * rows[:, None])
        self._whole_subject = float(facts.matte.sum())
        self._overhead = Overhead(facts)

    def weigh(self, windows: Sequence[Box]) -> Floats:
        """Weigh windows.

        Args:
            windows: in photo pixels, of the picture's shape; at least one.

        Returns:
            For each, 0 where nothing speaks against it; a few tenths are good, 1 and more is a
            compromise.
        """
        edges = np.array([window.edges for window in windows], np.float64).T
        cells = edges / self._facts.cell
        scale = self._width / (edges[2] - edges[0])
        subject = self._subject.within(cells)
        costs = self._overhead.weigh(edges)
        costs += 0.3 * np.maximum(0, scale - 1.6)  # beyond 1.6x a photo goes soft
        if self._whole_subject > 1:
            costs += 1.5 * np.maximum(0, 1 - subject / self._whole_subject)
        if self._behind:
            costs += self._behind.weigh(self._facts, windows)
        elif self._title:
            title = _on_photo(self._title, edges, scale) / self._facts.cell
            costs += _COVERED * self._subject.within(title) / _area(title)
        if self._facts.faces:
            return costs + self._faces(edges, scale) + weigh_cuts(self._facts, edges)
        return costs + self._balance(cells, subject)

    def _faces(self, edges: Edges, scale: Floats) -> Floats:
        faces = self._facts.faces
        whole = sum(face.area for face in faces)
        costs = np.zeros_like(scale)
        for face in faces:
            shown = _shared(edges, face) / face.area
            costs += 20 * face.area / whole * (1 - shown)
            if self._title:
                under_type = _shared(_on_photo(self._title, edges, scale), face) / face.area
                costs += 100 * under_type
        main = faces[0]
        x, y = main.centre
        width, height = edges[2] - edges[0], edges[3] - edges[1]
        costs += 1.6 * np.maximum(0, abs((x - edges[0]) / width - 0.5) - 0.06)
        costs += 2.5 * np.maximum(0, _HAIR - (main.y0 - edges[1]) / main.height)
        # Eyes near the upper third's line is where portraits of this trade hold them.
        costs += 1.2 * abs((y - edges[1]) / height - 0.40)
        return costs

    def _balance(self, cells: Edges, subject: Floats) -> Floats:
        """How far the subject's weight is from the middle, a little below the centre line."""
        whole = np.maximum(subject, 1e-6)
        x = (self._subject_x.within(cells) / whole - cells[0]) / (cells[2] - cells[0])
        y = (self._subject_y.within(cells) / whole - cells[1]) / (cells[3] - cells[1])
        costs = 1.6 * np.maximum(0, abs(x - 0.5) - 0.04) + np.maximum(0, abs(y - 0.58) - 0.05)
        # What is a speck on the cover does not weigh.
        speck = subject * (CELLS_ACROSS / (cells[2] - cells[0])) ** 2 < 1
        return np.where(speck, 0.0, costs)


def _on_photo(box: Box, edges: Edges, scale: Floats) -> Edges:
    """Where a box of the picture lies on the photo, by window."""
    return np.array(
        [
            edges[0] + box.x0 / scale,
            edges[1] + box.y0 / scale,
            edges[0] + box.x1 / scale,
            edges[1] + box.y1 / scale,
        ]
    )


def _area(edges: Edges) -> Floats:
    return np.asarray((edges[2] - edges[0]) * (edges[3] - edges[1]))


def _shared(edges: Edges, box: Box) -> Floats:
    """Area that each rectangle has in common with a box."""
    across = np.minimum(edges[2], box.x1) - np.maximum(edges[0], box.x0)
    down = np.minimum(edges[3], box.y1) - np.maximum(edges[1], box.y0)
    return np.asarray(np.maximum(0, across) * np.maximum(0, down))


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
