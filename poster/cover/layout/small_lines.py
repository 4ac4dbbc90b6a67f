"""A kicker and a folio line -> their slots: at the title, at the head or at the foot of the page.

Pure. Does not know the cover lines, which are placed after them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from poster.cover.layout.dummy import Slot
from poster.cover.layout.galley import Galley
from poster.cover.layout.ground import PAD, Ground
from poster.cover.layout.styles import REFERENCE_WIDTH
from poster.geometry import Box
from poster.typography.block import TypeBlock


@dataclass(frozen=True, slots=True)
class SmallLineCosts:
    """What a position costs beyond its background, which costs 1 where it is unusable for type.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        folio_at_top: a folio line that is not at the bottom of the page.
        kicker_at_bottom: a kicker that is not next to the title.
        off_field: a small line on the photo of a page that has a field for type.
        above_title: a small line directly above a title at the bottom, instead of at the top.
        wrong_script_side: a small line on the side where its script does not start.
    """

    folio_at_top: float = 0.6
    kicker_at_bottom: float = 0.15
    off_field: float = 2.0
    above_title: float = 0.35
    wrong_script_side: float = 0.2


COSTS = SmallLineCosts()

GAP = 34.0
_CLOSE_GAP = 20.0
"""Distances in pixels on a page of REFERENCE_WIDTH: from a title at the foot to the folio line
below it, and from a title to the small line that belongs to it."""


def place_small_lines(ground: Ground, galley: Galley) -> tuple[float, list[Slot]] | None:
    """Place the kicker near the masthead and the folio line at the bottom, where possible.

    Args:
        ground: the page as background, with the masthead.
        galley: the type.

    Returns:
        Their cost and slots, or None if one of them finds no free position.
    """
    total, slots = 0.0, list[Slot]()
    taken = [ground.masthead]
    levels = _level_small_lines(ground, galley)
    wishes = (
        ("folio", galley.folio, 0.0, COSTS.folio_at_top),
        ("kicker", galley.kicker, COSTS.kicker_at_bottom, 0.0),
    )
    for role, block, bottom_cost, top_cost in wishes:
        if block is None:
            continue
        start = "right" if block.direction == "rtl" else "left"
        candidates = []
        for extra, box in _small_places(ground, block, levels, bottom_cost, top_cost, start):
            if ground.is_free(box, taken):
                off_field = COSTS.off_field * ground.is_off_field(box)
                candidates.append((ground.cost(box) + extra + off_field, box))
        if not candidates:
            return None
        cost, box = min(candidates, key=lambda candidate: candidate[0])
        taken.append(box)
        total += cost
        slots.append(Slot(role, len(slots) + 1, block, box.x0, box.y0))
    return total, slots


class _Levels(NamedTuple):
    """Rows of the capitals' top at the head and below a title, and of the baseline at the foot."""

    head: int
    below_title: int
    foot: int


def _level_small_lines(ground: Ground, galley: Galley) -> _Levels:
    """Find levels that kicker and folio line have in common, whatever reaches above or below."""
    small = galley.small_lines
    return _Levels(
        head=ground.safe.y0 + max((math.ceil(one.cap_top) for one in small), default=0),
        below_title=ground.masthead.y1 + below_title(galley),
        foot=ground.safe.y1 - max((one.shape[0] - int(one.baseline) for one in small), default=0),
    )


def below_title(galley: Galley) -> int:
    """Measure how far below a title the capitals of the small lines are.

    Args:
        galley: the type.

    Returns:
        In pixels.
    """
    unit = galley.width / REFERENCE_WIDTH
    # Marks above capitals need room, too.
    highest = max((one.cap_top for one in galley.small_lines), default=0.0)
    return max(round(_CLOSE_GAP * unit), round(PAD * unit) + math.ceil(highest))


def _small_places(
    ground: Ground,
    block: TypeBlock,
    levels: _Levels,
    bottom_cost: float,
    top_cost: float,
    start: str,
) -> Iterator[tuple[float, Box]]:
    rows, columns = block.shape
    safe = ground.safe
    caps, baseline = round(block.cap_top), round(block.baseline)
    tops = [(levels.below_title - caps, top_cost)]
    if ground.masthead.y0 > safe.y0:
        above = ground.masthead.y0 - round(GAP * ground.unit) - rows
        tops = [(levels.head - caps, top_cost), (above, COSTS.above_title)]
    for y, extra in ((levels.foot - baseline, bottom_cost), *tops):
        for x, side in ((safe.x0, "left"), (safe.x1 - columns, "right")):
            wrong_script_side = 0.0 if side == start else COSTS.wrong_script_side
            yield extra + wrong_script_side, Box(x, y, x + columns, y + rows)
