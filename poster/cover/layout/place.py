"""PhotoFacts and a galley -> the slots of a cover: where each piece of type goes.

Cover lines go where the background is calm: few edges, no subject, no face, and a tone on which
white or black is legible. Uses no pixels and no colours; ink.compose measures and chooses colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Generic, Literal, NamedTuple

import numpy as np

from poster.arrays import Doubles
from poster.cover.layout.dummy import Slot, TypeArea, box_at, safe_area
from poster.cover.layout.galley import SHRINKS, Galley, Group
from poster.cover.layout.ground import FACE_ROOMS, Ground
from poster.cover.layout.page import Page
from poster.cover.layout.stack import Item, Stack, place_two
from poster.cover.layout.styles import REFERENCE_WIDTH, Lines
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.block import Align, Block, TypeBlock
from poster.typography.contrast import MASTHEAD_FLOOR


@dataclass(frozen=True, slots=True)
class PlaceCosts:
    """What a position costs beyond its background, which costs 1 where it is unusable for type.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        moved: a title at the other end of the page, or on the other side, than its style wants.
        on_face: a title that touches a face; more than any background.
        folio_at_top: a folio line that is not at the bottom of the page.
        kicker_at_bottom: a kicker that is not next to the title.
        above_title: a small line directly above a title at the bottom, instead of at the top.
        wrong_script_side: a small line on the side where its script does not start.
        far: a cover line that is above or below its style's position by the whole height available.
        rtl_on_left: a right-to-left line on the left.
        both_sides: lines at both sides instead of one.
        lean: a line opposite to the side that a repeated style prefers; outweighs slight clutter,
            but no face and no dense edges.
    """

    moved: float = 0.15
    on_face: float = 100.0
    folio_at_top: float = 0.6
    kicker_at_bottom: float = 0.15
    above_title: float = 0.1
    wrong_script_side: float = 0.2
    far: float = 0.35
    rtl_on_left: float = 0.5
    both_sides: float = 0.12
    lean: float = 0.4


COSTS = PlaceCosts()

Anchor = Literal["top", "bottom"]

_APART = 44.0
_GAP = 34.0
_CLOSE_GAP = 20.0
"""Distances in pixels on a page of REFERENCE_WIDTH: between pieces that do not belong together,
from a title at the foot to the folio line below it, and from a title to the small line that belongs
to it."""


def place_masthead(galley: Galley) -> Slot:
    """Place the title at the top or bottom of the safe area, on the side where its script starts.

    Args:
        galley: the type.

    Returns:
        The masthead's slot.
    """
    side: Align = "right" if galley.masthead.direction == "rtl" else "left"
    return _masthead_at(galley, galley.style.masthead.anchor, side)


def _masthead_at(galley: Galley, anchor: Anchor, side: Align) -> Slot:
    safe = safe_area(galley.width, galley.height)
    rows, columns = galley.masthead.shape
    x = safe.x1 - columns if side == "right" else safe.x0
    y = safe.y0 if anchor == "top" else safe.y1 - rows
    if anchor == "bottom" and galley.folio:
        # Leave room for the folio line at the bottom.
        y -= round(galley.folio.shape[0] + _GAP * galley.width / REFERENCE_WIDTH)
    return Slot("masthead", 0, galley.masthead, x, y)


def _settle_masthead(facts: PhotoFacts, page: Page, galley: Galley) -> Slot:
    """Move the title to the calmest corner if it is in front of a photo that fills the page.

    Other titles stay: the window was chosen for a title behind the subject, and paper is calm.
    """
    home = place_masthead(galley)
    if galley.style.masthead.is_behind or not page.is_full_bleed:
        return home
    ground = Ground(facts, page, home.box, FACE_ROOMS[-1])
    anchors: tuple[Anchor, ...] = ("top", "bottom")
    # Several lines are ragged, so they keep the side where they start.
    sides: tuple[Align, ...] = ("left", "right") if len(galley.masthead.lines) == 1 else ()
    own: Align = "right" if galley.masthead.direction == "rtl" else "left"
    corners = dict.fromkeys(product(anchors, (own, *sides)))
    slots = [_masthead_at(galley, anchor, side) for anchor, side in corners]

    def cost(slot: Slot) -> float:
        on_face = any(slot.box.overlaps(face) for face in ground.faces)
        moved = COSTS.moved * ((slot.x != home.x) + (slot.y != home.y))
        return ground.cost(slot.box, MASTHEAD_FLOOR) + moved + (COSTS.on_face if on_face else 0.0)

    return min(slots, key=cost)


def sketch(facts: PhotoFacts, page: Page, galley: Galley, turn: int = 0) -> tuple[TypeArea, ...]:
    """Find where lay_out() would place every piece of type, without drawing the cover lines.

    Args:
        facts: of the whole page, in its pixels.
        page: where the photo lies.
        galley: the type.
        turn: 0 takes the calmest places; odd turns prefer the left, even ones the right.

    Returns:
        All areas, the masthead first; lay_out() may differ from them by a few pixels.

    Raises:
        TextDoesNotFitError: a line does not fit at the smallest legible size.
        MissingGlyphError: a character has no glyph.
    """
    attempts = _attempts(facts, page, galley)
    fitted, placed = next(_fitting(attempts, galley, galley.measured_groups, turn))
    areas = [slot.area for slot in fitted.slots]
    for group, x, y in placed:
        for part in group.pieces:
            box = box_at(x + part.x, y + part.y, part.type.shape)
            areas.append(TypeArea(part.role, box, part.type.size_px))
    return tuple(areas)


def lay_out(facts: PhotoFacts, page: Page, galley: Galley, turn: int = 0) -> tuple[Slot, ...]:
    """Place every piece of type on a page.

    Args:
        facts: of the whole page, in its pixels.
        page: where the photo lies.
        galley: the type.
        turn: 0 takes the calmest places; odd turns prefer the left, even ones the right.

    Returns:
        All slots, the masthead first. No two overlap, and none but the masthead may lie on a face.

    Raises:
        TextDoesNotFitError: a line does not fit at the smallest legible size.
        MissingGlyphError: a character has no glyph.
    """
    attempts = _attempts(facts, page, galley)
    # Measuring is quick, so only what fits by its measures is drawn.
    sketched = (one for one, _ in _fitting(attempts, galley, galley.measured_groups, turn))
    fitted, placed = next(_fitting(sketched, galley, galley.groups, turn))
    slots = list(fitted.slots)
    for number, (group, x, y) in enumerate(placed, len(slots)):
        slots += [
            Slot(part.role, number, part.type, x + part.x, y + part.y) for part in group.pieces
        ]
    return tuple(slots)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A page on which everything but the cover lines is placed.

    Args:
        ground: with some clear space around faces.
        slots: the masthead and the small lines.
        shrink: the scale at which to try the cover lines.
    """

    ground: Ground
    slots: tuple[Slot, ...]
    shrink: float


class _Placed(NamedTuple, Generic[Block]):
    """A group and the corner of its box, in cover pixels."""

    group: Group[Block]
    x: int
    y: int


def _attempts(facts: PhotoFacts, page: Page, galley: Galley) -> Iterator[_Attempt]:
    """Yield the pages to try, the best first: full size before less space around faces."""
    masthead = _settle_masthead(facts, page, galley)
    for face_room in FACE_ROOMS if facts.faces else FACE_ROOMS[:1]:
        ground = Ground(facts, page, masthead.box, face_room)
        small = _place_small_lines(ground, galley)
        if small is not None:
            for shrink in SHRINKS:
                yield _Attempt(ground, (masthead, *small), shrink)


def _fitting(
    attempts: Iterable[_Attempt],
    galley: Galley,
    groups: Callable[[float], Iterator[dict[Align, Group[Block]]]],
    turn: int,
) -> Iterator[tuple[_Attempt, list[_Placed[Block]]]]:
    """Yield the attempts that have room for all cover lines, with their places; then raise."""
    small_lines = {"kicker": galley.kicker, "issue": galley.folio}
    failure = _no_room(", ".join(name for name, block in small_lines.items() if block))
    for attempt in attempts:
        try:
            placed = _place_groups(attempt, galley, groups(attempt.shrink), turn)
        except TextDoesNotFitError as error:
            failure = error
            continue
        if placed is not None:
            yield attempt, placed
        failure = _no_room("coverlines")
    raise failure


def _no_room(fields: str) -> TextDoesNotFitError:
    return TextDoesNotFitError(
        f"{fields}: no room is left beside the face and the masthead, even at the smallest legible "
        "size: shorten or remove lines, or send a photo with more space around the face"
    )


def _place_small_lines(ground: Ground, galley: Galley) -> list[Slot] | None:
    """Place the kicker near the masthead and the folio line at the bottom, where possible.

    Returns None if one of them finds no free position.
    """
    slots: list[Slot] = []
    taken = [ground.masthead]
    wishes = (
        ("folio", galley.folio, 0.0, COSTS.folio_at_top),
        ("kicker", galley.kicker, COSTS.kicker_at_bottom, 0.0),
    )
    for role, block, bottom_cost, top_cost in wishes:
        if block is None:
            continue
        start = "right" if block.direction == "rtl" else "left"
        candidates = []
        for extra, box in _small_places(ground, block, bottom_cost, top_cost, start):
            if ground.is_free(box, taken):
                candidates.append((ground.cost(box) + extra, box))
        if not candidates:
            return None
        box = min(candidates, key=lambda candidate: candidate[0])[1]
        taken.append(box)
        slots.append(Slot(role, len(slots) + 1, block, box.x0, box.y0))
    return slots


def _small_places(
    ground: Ground, block: TypeBlock, bottom_cost: float, top_cost: float, start: str
) -> Iterator[tuple[float, Box]]:
    rows, columns = block.shape
    safe = ground.safe
    bottom = round(safe.y1 - block.baseline)
    # The capitals of everything at the top line up.
    tops = [(ground.masthead.y1 + round(_CLOSE_GAP * ground.unit - block.cap_top), top_cost)]
    if ground.masthead.y0 > safe.y0:
        above = ground.masthead.y0 - round(_GAP * ground.unit) - rows
        tops = [(safe.y0, top_cost), (above, COSTS.above_title)]
    for y, extra in ((bottom, bottom_cost), *tops):
        for x, side in ((safe.x0, "left"), (safe.x1 - columns, "right")):
            wrong_script_side = 0.0 if side == start else COSTS.wrong_script_side
            # The baseline is on the bottom of the safe area, unless descenders would leave it.
            top = min(y, safe.y1 - rows)
            yield extra + wrong_script_side, Box(x, top, x + columns, top + rows)


def _place_groups(
    attempt: _Attempt, galley: Galley, groups: Iterator[dict[Align, Group[Block]]], turn: int
) -> list[_Placed[Block]] | None:
    """Place groups in the order in which they are read, at least cost; None if there is no room."""
    lines, by_side = galley.style.lines, list(groups)
    if not by_side:
        return []
    field = _Field(attempt, lines, turn, len(by_side))
    if lines.columns:
        return _place_in_grid(field, [next(iter(sides.values())) for sides in by_side])
    return _place_at_sides(field, by_side)


class _Field:
    """The rows of a page that cover lines may take, and what each place costs.

    Args:
        attempt: the page.
        lines: of the style.
        turn: as of lay_out().
        count: number of cover lines.
    """

    def __init__(self, attempt: _Attempt, lines: Lines, turn: int, count: int) -> None:
        ground = self._ground = attempt.ground
        self.safe, self.columns = ground.safe, lines.columns
        self._lines, self._turn, self._count = lines, turn, count
        self.apart = round(_APART * ground.unit)
        # Beside the title, the clear space that everything has is enough.
        title, *small = (slot.box for slot in attempt.slots)
        room = self.apart - ground.pad
        self._taken = [title, *(box.grown(room, room) for box in small)]
        self._step = max(1, round(ground.width / CELLS_ACROSS))
        top, stop = ground.room
        self.tops = np.arange(top, max(stop, top + 1), self._step)

    def steps(self, rows: int) -> int:
        """Return how many tops further down the next thing may begin, below one so high."""
        return max(1, math.ceil((rows + self.apart) / self._step))

    def costs(self, group: Group[Block], x: int, number: int, below: int = 0) -> Doubles:
        """Return the cost of a group at a column, `below` rows under each top; inf if not free."""
        ground, lines = self._ground, self._lines
        top, stop = ground.room
        box, tops = Box(x, 0, x + group.width, group.height), self.tops + below
        is_free = ground.are_free(box, tops, self._taken) & (tops + group.height <= stop)
        costs = ground.costs(box.grown(ground.pad, ground.pad), tops - ground.pad)
        share = number / max(self._count - 1, 1)
        wish = top + (stop - top) * (lines.first + (lines.last - lines.first) * share)
        costs += COSTS.far * np.abs(tops + group.height / 2 - wish) / (stop - top)
        if group.align == "left" and _is_rtl(group):
            costs += COSTS.rtl_on_left
        wished = "left" if self._turn % 2 else "right"
        costs += COSTS.lean if self._turn and group.align != wished else 0.0
        return np.asarray(np.where(is_free, costs, np.inf), np.float64)


def _place_at_sides(
    field: _Field, by_side: list[dict[Align, Group[Block]]]
) -> list[_Placed[Block]] | None:
    """Place the first lines at the side where reading starts, and the others at the other one.

    Each side is read down; the first line of the page is also its highest.
    """
    start: Align = "right" if _is_rtl(by_side[0]["left"]) else "left"
    end: Align = "left" if start == "right" else "right"
    best: tuple[float, list[_Placed[Block]]] = np.inf, []
    for split in range(len(by_side), -1, -1):
        sides = [start] * split + [end] * (len(by_side) - split)
        groups = [one[side] for one, side in zip(by_side, sides, strict=True)]
        places = [
            field.safe.x1 - group.width if side == "right" else field.safe.x0
            for group, side in zip(groups, sides, strict=True)
        ]
        items = [
            Item(field.costs(group, x, number), field.steps(group.height))
            for number, (group, x) in enumerate(zip(groups, places, strict=True))
        ]
        if 0 < split < len(by_side):
            widths = (max(one.width for one in side) for side in (groups[:split], groups[split:]))
            if sum(widths) + field.apart > field.safe.width:
                continue
        size = len(field.tops)
        cost, *heights = place_two(Stack(items[:split], size), Stack(items[split:], size))
        cost += COSTS.both_sides if 0 < split < len(by_side) else 0.0
        if cost < best[0]:
            tops = [int(field.tops[index]) for side in heights for index in side]
            best = cost, [_Placed(*one) for one in zip(groups, places, tops, strict=True)]
    return best[1] or None


def _place_in_grid(field: _Field, groups: list[Group[Block]]) -> list[_Placed[Block]] | None:
    """Place the lines row by row, in the columns of the style; their headlines are level."""
    width = len(field.columns)
    rows = [groups[first : first + width] for first in range(0, len(groups), width)]
    items, places = [], []
    for number, row in enumerate(rows):
        highest = max(group.pieces[0].type.cap_top for group in row)
        drops = [round(highest - group.pieces[0].type.cap_top) for group in row]
        columns = [
            _column_of(field, group, place, is_rtl=_is_rtl(groups[0]))
            for place, group in enumerate(row)
        ]
        costs = [
            field.costs(group, x, number * width + place, drop)
            for place, (group, x, drop) in enumerate(zip(row, columns, drops, strict=True))
        ]
        high = max(group.height + drop for group, drop in zip(row, drops, strict=True))
        items.append(Item(np.sum(costs, axis=0), field.steps(high)))
        places.append(list(zip(row, columns, drops, strict=True)))
    stack = Stack(items, len(field.tops))
    if not np.isfinite(stack.costs[0]):
        return None
    return [
        _Placed(group, x, int(field.tops[index]) + drop)
        for index, row_places in zip(stack.place(), places, strict=True)
        for group, x, drop in row_places
    ]


def _column_of(field: _Field, group: Group[Block], number: int, *, is_rtl: bool) -> int:
    """Return where a group begins in a row, which is read from one side to the other."""
    offset = round(field.columns[number] * field.safe.width)
    return field.safe.x1 - offset - group.width if is_rtl else field.safe.x0 + offset


def _is_rtl(group: Group[Block]) -> bool:
    return group.pieces[0].type.direction == "rtl"
