"""PhotoFacts, a picture and a masthead -> the cost of any window of the photo.

Computes the costs of all windows at once, from summed-area tables. Uses no pixels, and does not
choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poster.cover.framing.headroom_cost import HeadroomCost
from poster.cover.framing.lettering_cost import weigh_lettering
from poster.cover.framing.masthead_occlusion import MastheadOcclusion
from poster.cover.framing.people import weigh_cuts, weigh_faces
from poster.cover.framing.view import Edges, PerWindow, place_on_photo
from poster.cover.layout.dummy import Slot
from poster.cover.layout.ground import COSTS as GROUND
from poster.cover.layout.sums import SummedAreas
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts


@dataclass(frozen=True, slots=True)
class WindowCosts:
    """What a window costs regardless of content, and how it balances a subject without a face.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        soft: cost per unit of enlargement above `enlarged`.
        enlarged: scale up to which an enlarged photo looks sharp.
        lost: cost of the whole subject outside the window.
        cut: cost of a subject without a face that an edge of the window cuts along `long` of its
            length, where the photo does not: a car without its nose.
        long: share of an edge.
        tight: cost of a subject that ends within `air` of an edge without reaching it, along `long`
            of its length: graders called that a mistake more often than a bold cut.
        air: distance from an edge, as a share of the window's width: 26 px on a cover of 1024.
        touching: share of an edge up to which it is not reached.
        covered: cost of a title in front of heads, or of a subject without a face, times the share
            of its box on them. A title may lie on clothes.
        busy: weight of clutter under the worst third of the title, above `calm`; layout.judge
            counts it again, to compare styles.
        calm: clutter that does not disturb a title, in layout.ground's unit.
        aside: cost of a subject one window width from the middle, beyond `centred`.
        centred: distance of the centroid from the middle that still counts as centred, as a share
            of the width.
        off_level: cost of a subject one window height above or below `level`, beyond `levelled`.
        level: share of the height at which the subject's centroid looks best, slightly below the
            middle.
        levelled: distance from `level` that costs nothing, as a share of the height.
        speck: area, in cells of the cover's grid, below which a subject may be anywhere.
        zoom: weight of the difference from the zoom that the turn prefers.
        repeated: cost of a window that shows what an earlier variant does; it outweighs a slightly
            worse crop, but no cut face.
    """

    soft: float = 0.3
    enlarged: float = 1.6
    lost: float = 2.0
    cut: float = 0.3
    long: float = 0.08
    tight: float = 0.2
    air: float = 0.025
    touching: float = 0.01
    covered: float = 1.2
    busy: float = 0.3
    calm: float = 0.3
    aside: float = 1.6
    centred: float = 0.04
    off_level: float = 1.0
    level: float = 0.58
    levelled: float = 0.05
    speck: float = 1.0
    zoom: float = 0.5
    repeated: float = 0.4


COSTS = WindowCosts()


class WindowWeigher:
    """Computes what windows of one photo cost.

    Args:
        facts: of the whole photo.
        picture: box of the photo on the cover.
        title: the masthead, if it is on the photo.
        is_behind: whether the subject may be in front of it.
    """

    def __init__(
        self, facts: PhotoFacts, picture: Box, title: Slot | None, *, is_behind: bool
    ) -> None:
        self._facts = facts
        self._width = picture.width
        self._title = title.box.shifted(-picture.x0, -picture.y0) if title else None
        self._occlusion = MastheadOcclusion(title, picture) if title and is_behind else None
        rows, columns = (np.arange(side, dtype=np.float32) + 0.5 for side in facts.matte.shape)
        self._subject = SummedAreas(facts.matte)
        # A title behind the subject does not meet the subject's own edges.
        self._clutter = SummedAreas((1 - facts.matte) * facts.edges / GROUND.edges)
        self._heads = SummedAreas(facts.heads)
        self._subject_x = SummedAreas(facts.matte * columns)
        self._subject_y = SummedAreas(facts.matte * rows[:, None])
        self._whole_subject = float(facts.matte.sum())
        self._headroom = HeadroomCost(facts)

    def weigh(self, windows: Sequence[Box]) -> PerWindow:
        """Compute the cost of each window.

        Args:
            windows: in photo pixels, of the picture's aspect; at least one.

        Returns:
            N costs: 0 is best; a few tenths are good; 1 or more is a compromise.
        """
        edges = np.array([window.edges for window in windows], np.float64).T
        cells = edges / self._facts.cell
        scale = self._width / (edges[2] - edges[0])
        subject = self._subject.within(cells)
        costs = self._headroom.weigh(edges)
        costs += COSTS.soft * np.maximum(0, scale - COSTS.enlarged)
        if self._whole_subject > 1:
            costs += COSTS.lost * np.maximum(0, 1 - subject / self._whole_subject)
        if self._occlusion:
            costs += self._occlusion.weigh(self._facts, windows)
        elif self._title:
            title = place_on_photo(self._title, edges, scale) / self._facts.cell
            costs += COSTS.covered * self._heads.within(title) / _area(title)
        if self._title:
            costs += COSTS.busy * self._clutter_under(self._title, edges, scale)
        costs += weigh_lettering(self._facts, self._title, edges, scale)
        if self._facts.faces:
            faces = weigh_faces(self._facts.faces, self._title, edges, scale)
            return costs + faces + weigh_cuts(self._facts, edges) + self._crowding(cells)
        return costs + self._balance(cells, subject) + self._cuts(cells) + self._crowding(cells)

    def _clutter_under(self, title: Box, edges: Edges, scale: PerWindow) -> PerWindow:
        """Return the clutter under the worst third of the title, above what is calm, at most 1."""
        thirds = [place_on_photo(one, edges, scale) / self._facts.cell for one in title.columns(3)]
        clutter = [self._clutter.within(third) / _area(third) for third in thirds]
        worst: PerWindow = np.max(clutter, axis=0)
        return np.asarray(np.clip(worst - COSTS.calm, 0, 1), np.float64)

    def _balance(self, cells: Edges, subject: PerWindow) -> PerWindow:
        """Cost of the subject's centroid being away from where it looks best."""
        whole = np.maximum(subject, 1e-6)
        x = (self._subject_x.within(cells) / whole - cells[0]) / (cells[2] - cells[0])
        y = (self._subject_y.within(cells) / whole - cells[1]) / (cells[3] - cells[1])
        costs = COSTS.aside * np.maximum(0, abs(x - 0.5) - COSTS.centred)
        costs += COSTS.off_level * np.maximum(0, abs(y - COSTS.level) - COSTS.levelled)
        on_cover = subject * (CELLS_ACROSS / (cells[2] - cells[0])) ** 2
        return np.where(on_cover < COSTS.speck, 0.0, costs)

    def _cuts(self, cells: Edges) -> PerWindow:
        """Cost of edges that cut the subject, apart from those where the photo ends itself."""
        rows, columns = self._facts.matte.shape
        x0, y0, x1, y1 = cells
        is_inside = y0 > 1, x0 > 1, x1 < columns - 1, y1 < rows - 1
        costs: PerWindow = np.zeros_like(x0)
        for edge, is_free in zip(_edge_strips(cells, 1.0), is_inside, strict=True):
            share = self._subject.within(edge) / _length(edge)
            costs += np.where(is_free, COSTS.cut * np.clip(share / COSTS.long, 0, 1), 0)
        return costs

    def _crowding(self, cells: Edges) -> PerWindow:
        """Cost of edges that a subject all but reaches; of people, only the top counts."""
        air = COSTS.air * (cells[2] - cells[0])
        sides = list(zip(_edge_strips(cells, air), _edge_strips(cells, 1.0), strict=True))
        costs: PerWindow = np.zeros_like(air)
        for strip, edge in sides[:1] if self._facts.faces else sides:
            near = self._heads.within(strip) / air / _length(edge)
            reaches = self._heads.within(edge) / _length(edge) > COSTS.touching
            costs += np.where(reaches, 0, COSTS.tight * np.clip(near / COSTS.long, 0, 1))
        return costs


def _edge_strips(cells: Edges, depth: float | PerWindow) -> tuple[Edges, ...]:
    """Return the strips along the top, left, right and bottom of windows, inside them."""
    x0, y0, x1, y1 = cells
    return (
        np.stack((x0, y0, x1, y0 + depth)),
        np.stack((x0, y0, x0 + depth, y1)),
        np.stack((x1 - depth, y0, x1, y1)),
        np.stack((x0, y1 - depth, x1, y1)),
    )


def _length(strip: Edges) -> PerWindow:
    return np.asarray(np.maximum(strip[2] - strip[0], strip[3] - strip[1]))


def _area(edges: Edges) -> PerWindow:
    return np.asarray((edges[2] - edges[0]) * (edges[3] - edges[1]))
