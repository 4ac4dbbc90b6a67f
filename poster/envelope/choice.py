"""Where faces and type lie on a cover -> the envelope whose highlights leave them alone.

Judges by small maps that are stored with each variant's description: no plate is read. Knows
neither the cover's pixels nor how an envelope is put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.variant import Variant
from poster.geometry import Box


@dataclass(frozen=True, slots=True)
class ChoiceCosts:
    """What a highlight or a cord over type costs, as radiance.

    Args:
        cord: radiance that a cord over type counts as: one that hides a thousandth of it is as bad
            as glare of 0.02, which takes a tenth of small black type's contrast on a white page.
        worst_box: share of the worst box in the cost of all, the rest being their mean, so that
            none is given up for the others. Not measured.
        worst_cell: share of a box's worst cell in the cost of the box, the rest being its mean: a
            glint on a line's last letter costs the word, however calm the rest is. Not measured.
        calm_share: a variant is as calm as the calmest whose cost is more by no more than this
            share of it and calm_radiance: both are below what is seen side by side. Not measured.
        calm_radiance: radiance, see calm_share.
    """

    cord: float = 20.0
    worst_box: float = 0.5
    worst_cell: float = 0.5
    calm_share: float = 0.25
    calm_radiance: float = 0.003


COSTS = ChoiceCosts()


def choose_variant(
    variants: Sequence[Variant],
    keep_clear: Sequence[Box],
    width: int,
    height: int,
    seed: int,
) -> Variant:
    """Choose an envelope for a cover.

    Args:
        variants: at least one.
        keep_clear: what no highlight shall cover, faces and type, in the cover's pixels; where
            there is none, the whole cover counts.
        width: of the cover and the frame, in pixels.
        height: of the cover and the frame, in pixels.
        seed: chooses among the calmest.

    Returns:
        One of those rendered in the format nearest to the frame's.
    """
    fitting = of_nearest_format(variants, width / height)
    costs = [_cost(variant, keep_clear, width, height) for variant in fitting]
    most = min(costs) * (1 + COSTS.calm_share) + COSTS.calm_radiance
    calmest = [variant for variant, cost in zip(fitting, costs, strict=True) if cost <= most]
    return calmest[seed % len(calmest)]


def of_nearest_format(variants: Sequence[Variant], aspect: float) -> list[Variant]:
    """The variants whose frame has to be stretched least.

    Args:
        variants: at least one.
        aspect: width over height of the frame to fill.

    Returns:
        Those of one format, in their order.
    """
    nearest = min(variants, key=lambda variant: abs(np.log(variant.aspect / aspect)))
    return [variant for variant in variants if variant.format == nearest.format]


def _cost(variant: Variant, boxes: Sequence[Box], width: int, height: int) -> float:
    """Glare over boxes, in radiance; without boxes the whole cover's mean counts."""
    ground = variant.glare_map + np.float32(COSTS.cord) * variant.cord_map
    if not boxes:
        return float(ground.mean())
    each = [_glare_over(ground, box, width, height) for box in boxes]
    return _weighed(float(np.mean(each)), max(each), COSTS.worst_box)


def _glare_over(cells: Floats, box: Box, width: int, height: int) -> float:
    rows, columns = cells.shape
    down = _shares(rows, box.y0 / height, box.y1 / height)
    across = _shares(columns, box.x0 / width, box.x1 / width)
    worst = cells[np.ix_(down > 0, across > 0)].max(initial=0)
    return _weighed(float(down @ cells @ across), float(worst), COSTS.worst_cell)


def _weighed(mean: float, worst: float, share: float) -> float:
    """The mean and the worst together, by the share of the worst."""
    return (1 - share) * mean + share * worst


def _shares(cells: int, start: float, end: float) -> NDArray[np.float64]:
    """How a stretch of [0, 1] is shared out among so many equal cells; sums to 1."""
    edges = np.clip(np.arange(cells + 1) / cells, start, end)
    covered = np.diff(edges)
    return np.asarray(covered / max(float(covered.sum()), 1e-9))
