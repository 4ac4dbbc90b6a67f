"""PhotoFacts -> the cost of synthesising headroom above any window of the photo.

Quilting can continue texture, however busy, but not a cut-off roof or the sky between two trees.
Uses no pixels, and does not choose a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poster.cover.framing.view import Edges, PerWindow
from poster.photo.facts import PhotoFacts

_ROWS = 3
"""Rows of cells at the top of the photo, which the synthesised backdrop has to join."""


@dataclass(frozen=True, slots=True)
class HeadroomCosts:
    """Costs if the whole window were synthesised; for a part, multiply by its share.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        base: cost of a backdrop without any texture.
        clutter: cost per `busy` of mean clutter along the top, counted up to `max_clutter`.
        structure: cost per `busy` of that clutter's deviation along the top, counted likewise.
        max_clutter: maximum clutter, and maximum deviation, that count; in units of `busy`.
        busy: mean Sobel magnitude along the top of foliage and plaster. Their magnitudes deviate by
            less than half of that, which quilting can continue. Those of flags, banisters and
            windows deviate by 0.7 to 2 times that, and such things would visibly end at a line.
            Measured on 55 photos.
        cut: weight of the share of the top that cuts the subject.
        cut_wide: weight of that share squared: a head's crown can be rounded off, a cliff that is
            cut along the whole top cannot.
        mixed: weight of the standard deviation of the encoded tone (0 black, 1 white) along the
            top, above `alike`.
        alike: deviation that quilting can join. Measured on 55 photos: a hedge, plaster and planks
            have 0.05 to 0.10; a studio with a flag or a doorway 0.17; and tops where no extension
            is believable, such as roofs against the sky or a row of pencils, 0.23 to 0.30.
        min_backdrop: share of the top below which there is too little backdrop to be mixed.
    """

    base: float = 0.4
    clutter: float = 0.3
    structure: float = 1.0
    max_clutter: float = 3.0
    busy: float = 0.05
    cut: float = 8.0
    cut_wide: float = 30.0
    mixed: float = 10.0
    alike: float = 0.14
    min_backdrop: float = 0.1


COSTS = HeadroomCosts()


class HeadroomCost:
    """Computes what the headroom of windows costs, from running sums along the top of one photo.

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
        """Compute the cost of each window's headroom.

        Args:
            edges: 4 x N: left, top, right and bottom of N windows in photo pixels; a negative top
                is minus the height of the headroom.

        Returns:
            N costs: 0 without headroom, about 0.1 for a plain backdrop over a sixth of the cover.
        """
        headroom = np.maximum(0, -edges[1]) / (edges[3] - edges[1])
        columns = self._sums.shape[1] - 1
        left = np.clip((edges[0] / self._cell).astype(int), 0, columns - 1)
        right = np.clip((edges[2] / self._cell).astype(int) + 1, left + 1, columns)
        sums = self._sums[:, right] - self._sums[:, left]
        clutter, clutter_squared, cut, backdrop = sums[:4] / (right - left)
        structure = np.sqrt(np.maximum(0, clutter_squared - clutter**2))
        tone, tone_squared = sums[4:] / np.maximum(sums[3], 1e-3)
        mixed = np.sqrt(np.maximum(0, tone_squared - tone**2))
        mixed = np.where(backdrop < COSTS.min_backdrop, 0, mixed)
        cost = COSTS.base + COSTS.clutter * np.minimum(clutter, COSTS.max_clutter)
        cost += COSTS.structure * np.minimum(structure, COSTS.max_clutter) + COSTS.cut * cut
        cost += COSTS.cut_wide * cut**2
        return np.asarray(headroom * (cost + COSTS.mixed * np.maximum(0, mixed - COSTS.alike)))
