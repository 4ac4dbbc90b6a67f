"""PhotoFacts -> the cost of synthesising headroom above any window of the photo, or its refusal.

Walls, skies and the crowns of heads can be continued; what else leaves the photo at its top would
end at a line. Uses no pixels, and does not choose a window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.view import Edges, PerWindow
from poster.photo.facts import HEAD_REACH, PhotoFacts

_ROWS = 3
"""Rows of cells at the top of the photo, which the synthesised backdrop has to join."""


@dataclass(frozen=True, slots=True)
class HeadroomCosts:
    """Costs if the whole window were synthesised; for a part, multiply by its share.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        base: cost of a backdrop without any texture.
        clutter: cost per `busy` of mean clutter along the top, counted up to `max_clutter`.
        max_clutter: maximum clutter that counts, in units of `busy`.
        busy: mean Sobel magnitude along the top of foliage and plaster. Measured on 55 photos.
        cut: weight of the share of the top that cuts a head.
        cut_wide: weight of that share squared: a crown can be rounded off, a face that fills the
            top cannot.
        refused: cost of any headroom, whatever its share, above something that cannot be continued:
            a step above `max_step`, or a subject that is not a head. Outweighs everything else.
        max_step: of PhotoFacts.top_steps. On 32 photos, what can be continued has at most 8.4, and
            what cannot at least 12.
        hair: distance from the photo's top to a face, in heights of its box, up to which the cut
            above it is its hair. Crowns lie up to 0.41 boxes above the box.
    """

    base: float = 0.4
    clutter: float = 0.3
    max_clutter: float = 3.0
    busy: float = 0.05
    cut: float = 8.0
    cut_wide: float = 30.0
    refused: float = 20.0
    max_step: float = 9.0
    hair: float = 0.6


COSTS = HeadroomCosts()


class HeadroomCost:
    """Computes what the headroom of windows costs, from running sums along the top of one photo.

    Args:
        facts: of the whole photo.
    """

    def __init__(self, facts: PhotoFacts) -> None:
        self._cell = facts.cell
        clutter = facts.edges[:_ROWS] * (1 - facts.matte[:_ROWS]) / COSTS.busy
        columns = [clutter.mean(0), facts.matte[0], _find_refused(facts)]
        sums = np.cumsum(np.array(columns, np.float64), axis=1)
        self._sums = np.pad(sums, ((0, 0), (1, 0)))

    def weigh(self, edges: Edges) -> PerWindow:
        """Compute the cost of each window's headroom.

        Args:
            edges: 4 x N: left, top, right and bottom of N windows in photo pixels; a negative top
                is minus the height of the headroom.

        Returns:
            N costs: 0 without headroom, about 0.1 for a plain backdrop over a sixth of the cover,
            more than COSTS.refused where none can be synthesised.
        """
        headroom = np.maximum(0, -edges[1]) / (edges[3] - edges[1])
        columns = self._sums.shape[1] - 1
        left = np.clip((edges[0] / self._cell).astype(int), 0, columns - 1)
        right = np.clip((edges[2] / self._cell).astype(int) + 1, left + 1, columns)
        sums = self._sums[:, right] - self._sums[:, left]
        clutter, cut, _ = sums / (right - left)
        cost = COSTS.base + COSTS.clutter * np.minimum(clutter, COSTS.max_clutter)
        cost += COSTS.cut * cut + COSTS.cut_wide * cut**2
        refused = COSTS.refused * ((headroom > 0) & (sums[2] > 0))
        return np.asarray(headroom * cost + refused)


def _find_refused(facts: PhotoFacts) -> NDArray[np.bool_]:
    """Find the columns of cells above which nothing can be synthesised."""
    is_cut = facts.matte[0] > 0.5
    for face in facts.faces:
        if face.y0 < COSTS.hair * face.height:
            beside = HEAD_REACH * face.width
            left, right = ((face.centre[0] + side) / facts.cell for side in (-beside, beside))
            is_cut[max(0, int(left)) : max(0, int(right) + 1)] = False
    return np.asarray(is_cut | (facts.top_steps > COSTS.max_step), np.bool_)
