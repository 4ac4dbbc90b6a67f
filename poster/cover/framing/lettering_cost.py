"""PhotoFacts and windows -> what the windows cost for words that they cut or cover.

Knows lettering as boxes; uses no pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from poster.cover.framing.view import Edges, PerWindow, place_on_photo, share_inside
from poster.cover.layout.ground import LEGIBLE
from poster.cover.layout.styles import REFERENCE_WIDTH
from poster.geometry import Box
from poster.photo.facts import PhotoFacts


@dataclass(frozen=True, slots=True)
class LetteringCosts:
    """What windows cost for how they show lettering.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        lost: cost of all lettering outside the window, if the photo is mostly lettering; of other
            photos, a sign that is not shown at all costs nothing.
        cut: cost of lettering that the window cuts in two; a cut at a person's neck costs 0.6.
        under_title: cost of lettering that is entirely under the title.
        margin: share of a piece of lettering up to which a cut takes or leaves only its margin.
        small: height of a piece of lettering up to which it costs nothing, as a share of the
            window's width.
        large: height from which it costs fully; in between, the cost is in proportion.
    """

    lost: float = 1.5
    cut: float = 0.8
    under_title: float = 2.0
    margin: float = 0.1
    small: float = LEGIBLE / REFERENCE_WIDTH
    large: float = 40 / REFERENCE_WIDTH


COSTS = LetteringCosts()


def weigh_lettering(
    facts: PhotoFacts, title: Box | None, edges: Edges, scale: PerWindow
) -> PerWindow:
    """Compute the cost of each window for how it shows lettering.

    Args:
        facts: of the whole photo.
        title: the masthead in pixels of the picture, if it is on the photo.
        edges: of N windows, in photo pixels.
        scale: N, picture pixels per photo pixel.

    Returns:
        N costs: 0 if no word is cut or covered; however many are, at most the sum of all COSTS.
    """
    uncut, uncovered = np.ones_like(scale), np.ones_like(scale)
    width = edges[2] - edges[0]
    area = max(1, sum(box.area for box in facts.lettering))
    lost = np.zeros_like(scale)
    for box in facts.lettering:
        height = min(box.width, box.height) / width
        weight = np.clip((height - COSTS.small) / (COSTS.large - COSTS.small), 0, 1)
        shown = share_inside(edges, box)
        lost += (1 - shown) * box.area / area
        lesser = np.minimum(shown, 1 - shown)
        uncut *= 1 - weight * np.minimum(1, lesser / COSTS.margin)
        if title:
            uncovered *= 1 - weight * share_inside(place_on_photo(title, edges, scale), box)
    costs = COSTS.cut * (1 - uncut) + COSTS.under_title * (1 - uncovered)
    return costs + COSTS.lost * lost if facts.is_mostly_lettering else costs
