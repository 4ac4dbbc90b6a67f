"""Where faces and type lie on a cover -> the envelope whose highlights leave them alone.

Judges by small maps that are stored with each variant's description: no plate is read. Knows
neither the cover's pixels nor how an envelope is put together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.variant import Variant
from poster.geometry import Box

_CORD_COST = 20.0
"""Radiance that a cord over type counts as: one that hides a thousandth of it is as bad as glare
of 0.02, which takes a tenth of small black type's contrast on a white page."""

_AS_CALM = 0.25, 0.003
"""A variant is as calm as the calmest whose cost is more by no more than this share and this
radiance: both are below what is seen side by side."""


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
    share, radiance = _AS_CALM
    most = min(costs) * (1 + share) + radiance
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
    """Glare over boxes, in radiance: half their mean, half the worst, so that none is given up.

    Of each box, too, half is its mean and half its worst cell: a glint on a line's last letter
    costs the word, however calm the rest is. Without boxes the whole cover's mean counts.
    """
    ground = variant.glare_map + np.float32(_CORD_COST) * variant.cord_map
    if not boxes:
        return float(ground.mean())
    each = [_glare_over(ground, box, width, height) for box in boxes]
    return (float(np.mean(each)) + max(each)) / 2


def _glare_over(cells: Floats, box: Box, width: int, height: int) -> float:
    rows, columns = cells.shape
    down = _shares(rows, box.y0 / height, box.y1 / height)
    across = _shares(columns, box.x0 / width, box.x1 / width)
    worst = cells[np.ix_(down > 0, across > 0)].max(initial=0)
    return (float(down @ cells @ across) + float(worst)) / 2


def _shares(cells: int, start: float, end: float) -> NDArray[np.float64]:
    """How a stretch of [0, 1] is shared out among so many equal cells; sums to 1."""
    edges = np.clip(np.arange(cells + 1) / cells, start, end)
    covered = np.diff(edges)
    return np.asarray(covered / max(float(covered.sum()), 1e-9))
