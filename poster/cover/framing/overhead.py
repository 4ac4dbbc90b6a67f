"""PhotoFacts -> the penalty for growing backdrop above any window of the photo.

A quilt continues texture, however busy; it cannot continue a cut-off roof, or a sky between two
trees. Knows no pixels, and does not choose a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poster.cover.framing.view import Edges, PerWindow
from poster.photo.facts import PhotoFacts

_ROWS = 3
"""Cells at the very top, which the grown backdrop has to join."""


@dataclass(frozen=True, slots=True)
class GrowthCosts:
    """What it costs to grow all of a window; a part of it costs its share.

    Where no origin is given the figure was not measured; the baseline over bench/photos holds it.

    Args:
        ever: for a backdrop without any texture.
        unrest: for a top as restless as foliage and plaster, up to `most` times that.
        structure: for the deviation of that unrest along the top, up to `most`.
        most: up to which unrest and structure count.
        busy: mean Sobel magnitude along the top of foliage and plaster. Their magnitudes deviate by
            less than half of that, a quilt's work; those of flags, banisters and windows deviate by
            0.7 to 2 times that, and what they are part of ends at a line. Measured on 55 photos.
        cut: for a top that cuts the subject all along, by its share.
        cut_wide: the same, by the share's square: a head's crown can be rounded off, and a cliff
            that is cut all along cannot.
        mixed: for a deviation of the encoded tone along the top from black to white, beyond
            `alike`.
        alike: such a deviation that a quilt joins. Measured on 55 photos: a hedge, plaster and
            planks have 0.05 to 0.10, a studio with a flag or a doorway 0.17, and what no growth
            could be believed of, roofs against the sky and a row of pencils, 0.23 to 0.30.
        least_backdrop: share of the top under which there is next to nothing to be mixed.
    """

    ever: float = 0.4
    unrest: float = 0.3
    structure: float = 1.0
    most: float = 3.0
    busy: float = 0.05
    cut: float = 8.0
    cut_wide: float = 30.0
    mixed: float = 10.0
    alike: float = 0.14
    least_backdrop: float = 0.1


COSTS = GrowthCosts()


class Overhead:
    """The top of a photo, summed along its columns.

    Args:
        facts: of the whole photo.
    """

    def __init__(self, facts: PhotoFacts) -> None:
        self._cell = facts.cell
        top = facts.edges[:_ROWS] * (1 - facts.matte[:_ROWS]) / COSTS.busy
        tone = facts.luminance[:_ROWS].mean(0) ** (1 / 2.2)
        backdrop = 1 - facts.matte[:_ROWS].max(0)
        columns = [
            top.mean(0),
            (top**2).mean(0),
            facts.matte[0],
            backdrop,
            backdrop * tone,
            backdrop * tone**2,
        ]
        sums = np.cumsum(np.array(columns, np.float64), axis=1)
        self._sums = np.pad(sums, ((0, 0), (1, 0)))

    def weigh(self, edges: Edges) -> PerWindow:
        """Weigh windows.

        Args:
            edges: 4 x N: left, top, right and bottom of N windows in photo pixels; a negative top
                is the height of what must be grown.

        Returns:
            N costs: 0 without growth, about 0.1 for a plain backdrop over a sixth of the cover.
        """
        grown = np.maximum(0, -edges[1]) / (edges[3] - edges[1])
        most = self._sums.shape[1] - 1
        left = np.clip((edges[0] / self._cell).astype(int), 0, most - 1)
        right = np.clip((edges[2] / self._cell).astype(int) + 1, left + 1, most)
        sums = self._sums[:, right] - self._sums[:, left]
        unrest, unrest_squared, cut, backdrop = sums[:4] / (right - left)
        structure = np.sqrt(np.maximum(0, unrest_squared - unrest**2))
        tone, tone_squared = sums[4:] / np.maximum(sums[3], 1e-3)
        mixed = np.sqrt(np.maximum(0, tone_squared - tone**2))
        mixed = np.where(backdrop < COSTS.least_backdrop, 0, mixed)
        cost = COSTS.ever + COSTS.unrest * np.minimum(unrest, COSTS.most)
        cost += COSTS.structure * np.minimum(structure, COSTS.most) + COSTS.cut * cut
        cost += COSTS.cut_wide * cut**2
        return np.asarray(grown * (cost + COSTS.mixed * np.maximum(0, mixed - COSTS.alike)))
