"""Faces and type on a cover -> the envelope design whose highlights leave them clear.

Uses small maps in each design's description, but no plate. Does not know the cover's pixels, nor
how an envelope is composited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.design import Design
from poster.paint_settings import ClearArea


@dataclass(frozen=True, slots=True)
class ChoiceCosts:
    """What a highlight or a cord over faces and type costs, as radiance.

    Args:
        cord: cost of a cord over type: hiding a thousandth of it is as bad as glare of 0.02, which
            takes a tenth of the contrast of small black type on a white page.
        worst_box: weight of the worst box in the total cost; the rest is the mean of all boxes, so
            that no box is sacrificed for the others. Not measured.
        worst_spot: weight of the worst spot in the cost of a box; the rest is its mean. A glint on
            a line's last letter costs the word, however calm the rest is. A spot is as large as the
            finest thing in the box, so a glint hurts small type more than a title. Measured with 25
            photos of the bench: of the contrast that the worst letter of small type has in the best
            envelope, 0.09 is lost on average and 0.54 at most, against 0.22 and 1.15 with spots of
            a fixed 43 pixels.
        calm_share: a design counts as equally calm if its cost exceeds the lowest by no more
            than this share of it plus calm_radiance. Measured with the same photos: as much
            contrast is left as with 0.25 and 0.003, and the commonest envelope is taken for 59 %
            of the seeds instead of 72 %.
        calm_radiance: radiance; see calm_share.
    """

    cord: float = 20.0
    worst_box: float = 0.5
    worst_spot: float = 0.5
    calm_share: float = 0.4
    calm_radiance: float = 0.006


COSTS = ChoiceCosts()


def choose_design(
    designs: Sequence[Design],
    keep_clear: Sequence[ClearArea],
    width: int,
    height: int,
    seed: int,
) -> Design:
    """Choose an envelope design for a cover.

    Args:
        designs: at least one.
        keep_clear: what no highlight should cover (faces and type), in cover pixels; if empty, the
            whole cover counts.
        width: of the cover and the frame, in pixels.
        height: of the cover and the frame, in pixels.
        seed: chooses among the calmest designs.

    Returns:
        A design rendered in the format nearest to the frame's.
    """
    fitting = of_nearest_format(designs, width / height)
    costs = [_cost(design, keep_clear, width, height) for design in fitting]
    bound = min(costs) * (1 + COSTS.calm_share) + COSTS.calm_radiance
    calmest = [design for design, cost in zip(fitting, costs, strict=True) if cost <= bound]
    return calmest[seed % len(calmest)]


def of_nearest_format(designs: Sequence[Design], aspect: float) -> list[Design]:
    """Find the designs whose frame needs the least stretching.

    Args:
        designs: at least one.
        aspect: width over height of the frame to fill.

    Returns:
        All designs of the nearest format, in their given order.
    """
    nearest = min(designs, key=lambda design: abs(np.log(design.aspect / aspect)))
    return [design for design in designs if design.format == nearest.format]


def _cost(design: Design, areas: Sequence[ClearArea], width: int, height: int) -> float:
    """Return the cost over areas, as radiance; without any, the mean over the whole cover."""
    ground = design.glare_map + np.float32(COSTS.cord) * design.cord_map
    if not areas:
        return float(ground.mean())
    each = [_glare_over(ground, area, width, height) for area in areas]
    return _weighed(float(np.mean(each)), max(each), COSTS.worst_box)


def _glare_over(cells: Floats, area: ClearArea, width: int, height: int) -> float:
    rows, columns = cells.shape
    down = _shares(rows, area.box.y0 / height, area.box.y1 / height)
    across = _shares(columns, area.box.x0 / width, area.box.x1 / width)
    mean = float(down @ cells @ across)
    # Not the cells that it only grazes: what is bright there may lie beside the type.
    under = cells[np.ix_(down > down.max() / 2, across > across.max() / 2)]
    if not under.size:
        return mean
    high, wide = under.shape
    spot = (
        min(max(round(area.detail / width * columns), 1), wide),
        min(max(round(area.detail / height * rows), 1), high),
    )
    # Zeros around it: the brightest spot is then always one that lies inside.
    worst = cv2.blur(under, spot, borderType=cv2.BORDER_CONSTANT).max()
    return _weighed(mean, float(worst), COSTS.worst_spot)


def _weighed(mean: float, worst: float, share: float) -> float:
    """Return the weighted mean of a mean and a worst value; `share` is the weight of the worst."""
    return (1 - share) * mean + share * worst


def _shares(cells: int, start: float, end: float) -> NDArray[np.float64]:
    """Return how much of an interval of [0, 1] lies in each of `cells` equal cells; sums to 1."""
    edges = np.clip(np.arange(cells + 1) / cells, start, end)
    covered = np.diff(edges)
    return np.asarray(covered / max(float(covered.sum()), 1e-9))
