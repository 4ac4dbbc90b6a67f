"""PhotoFacts and a galley -> the slots of a cover: where each piece of type goes.

Cover lines go where the background is calm: few edges, no subject, no face, no lettering, and a
tone on which white or black is legible. Uses no pixels and no colours; ink.compose measures and
chooses colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, product
from typing import Generic, Literal, NamedTuple

import numpy as np

from poster.arrays import Doubles
from poster.cover.layout.columns import Grid
from poster.cover.layout.dummy import Slot, TypeArea, box_at, safe_area
from poster.cover.layout.galley import SHRINKS, Galley, Group
from poster.cover.layout.ground import BESIDE, FACE_ROOMS, Ground
from poster.cover.layout.page import Page
from poster.cover.layout.small_lines import GAP, below_title, place_small_lines
from poster.cover.layout.stack import Item, Stack, place_two
from poster.cover.layout.styles import REFERENCE_WIDTH
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.block import Align, Block


@dataclass(frozen=True, slots=True)
class PlaceCosts:
    """What a position costs beyond its background, which costs 1 where it is unusable for type.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        moved: a title at the other end of the page, or on the other side, than its style wants.
        on_face: a title that touches a face; more than any background.
        on_lettering: a title that covers a word in the photo; more than any background.
        far: a first or last line that is above or below its style's position by the whole height
            available.
        scattered: a side whose lines are spread over the whole height, instead of evenly close.
        rtl_on_left: a right-to-left line on the left.
        both_sides: lines at both sides instead of one.
        lean: a line opposite to the side that a repeated style prefers; outweighs slight clutter,
            but no face and no dense edges.
    """

    moved: float = 0.15
    on_face: float = 100.0
    on_lettering: float = 10.0
    far: float = 0.35
    scattered: float = 1.0
    rtl_on_left: float = 0.75
    both_sides: float = 0.12
    lean: float = 0.4


COSTS = PlaceCosts()

_SURELY = 0.8
"""Share of the height that lines are expected to have at another scale, below which they never are:
their last lines are of different lengths."""

Anchor = Literal["top", "bottom"]

_APART = 44.0
"""Distance between pieces that do not belong together, in pixels on a page of REFERENCE_WIDTH."""


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
        y -= round(galley.folio.shape[0] + GAP * galley.width / REFERENCE_WIDTH)
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
        cost = ground.cost(slot.box)
        cost += COSTS.moved * ((slot.x != home.x) + (slot.y != home.y))
        cost += COSTS.on_lettering * ground.lettering(slot.box)
        return cost + (COSTS.on_face if on_face else 0.0)

    return min(slots, key=cost)


def sketch(facts: PhotoFacts, page: Page, galley: Galley, turn: int = 0) -> tuple[TypeArea, ...]:
    """Find where lay_out() would place every piece of type, without drawing the cover lines.

    Args:
        facts: of the whole page, in its pixels.
        page: where the photo lies.
        galley: the type.
        turn: 0 takes the calmest places; odd turns prefer the left, even ones the right, and two of
            four the other end of the page.

    Returns:
        All areas, the masthead first; lay_out() may differ from them by a few pixels.

    Raises:
        TextDoesNotFitError: a line does not fit at the smallest legible size.
        MissingGlyphError: a character has no glyph.
    """
    attempts = _attempts(facts, page, galley)
    fitted, placed = next(_fitting(attempts, galley.measured_groups, turn, galley))
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
        turn: 0 takes the calmest places; odd turns prefer the left, even ones the right, and two of
            four the other end of the page.

    Returns:
        All slots, the masthead first. No two overlap, and none but the masthead may lie on a face.

    Raises:
        TextDoesNotFitError: a line does not fit at the smallest legible size.
        MissingGlyphError: a character has no glyph.
    """
    attempts = _attempts(facts, page, galley)
    # Measuring is quick, so only what fits by its measures is drawn.
    sketched = ((one,) for one, _ in _fitting(attempts, galley.measured_groups, turn, galley))
    fitted, placed = next(_fitting(sketched, galley.groups, turn, galley))
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
        ground: with some clear space around faces, for type in one tone.
        slots: the masthead and the small lines.
        cost: of the small lines.
        shrink: the scale at which to try the cover lines.
    """

    ground: Ground
    slots: tuple[Slot, ...]
    cost: float
    shrink: float


class _Placed(NamedTuple, Generic[Block]):
    """A group and the corner of its box, in cover pixels."""

    group: Group[Block]
    x: int
    y: int


def _attempts(facts: PhotoFacts, page: Page, galley: Galley) -> Iterator[tuple[_Attempt, ...]]:
    """Yield the pages to try, the best first: full size before less space around faces.

    Type lies on the photo's lettering only if there is no room elsewhere. Each page comes in light
    and in dark type, of which the cheaper is to be taken: the lines of a cover are in one ink.
    """
    masthead = _settle_masthead(facts, page, galley)
    rooms = FACE_ROOMS if facts.faces else FACE_ROOMS[:1]
    unread = (replace(facts, lettering=()),) if facts.lettering else ()
    for seen, face_room in product((facts, *unread), rooms):
        grounds = Ground(seen, page, masthead.box, face_room).in_each_tone()
        tones = [(ground, place_small_lines(ground, galley)) for ground in grounds]
        placed = [(ground, *small) for ground, small in tones if small is not None]
        for shrink in SHRINKS if placed else ():
            yield tuple(
                _Attempt(ground, (masthead, *slots), cost, shrink) for ground, cost, slots in placed
            )


def _fitting(
    attempts: Iterable[tuple[_Attempt, ...]],
    groups: Callable[[float], Iterator[dict[Align, Group[Block]]]],
    turn: int,
    galley: Galley,
) -> Iterator[tuple[_Attempt, list[_Placed[Block]]]]:
    """Yield the attempts that have room for all cover lines, with their places; then raise."""
    small_lines = {"kicker": galley.kicker, "issue": galley.folio}
    failure = _no_room(", ".join(name for name, block in small_lines.items() if block))
    seen: tuple[float, int] | None = None
    for tones in attempts:
        shrink, ground = tones[0].shrink, tones[0].ground
        if seen and _is_too_high(*seen, shrink, galley, ground):
            continue
        try:
            by_side = list(groups(shrink))
        except TextDoesNotFitError as error:
            failure = error
            continue
        seen = shrink, sum(min(one.height for one in sides.values()) for sides in by_side)
        best, found = np.inf, None
        for attempt in tones:
            cost, placed = _place_groups(attempt, galley, by_side, turn)
            if attempt.cost + cost < best:
                best, found = attempt.cost + cost, (attempt, placed)
        if found is not None:
            yield found
        failure = _no_room("coverlines")
    raise failure


def _is_too_high(at: float, height: int, shrink: float, galley: Galley, ground: Ground) -> bool:
    """Whether lines that are so high in all at one scale surely have no room at another.

    Measuring them there would be wasted: their area shrinks with the square of the scale.
    """
    grid = galley.grid
    top, stop = ground.paper_room if grid else ground.room
    stacks = len(grid.columns) if grid else 2
    gaps = round(_APART * ground.unit) * (-(-galley.count // stacks) - 1)
    return _SURELY * (shrink / at) ** 2 * height / stacks + gaps > stop - top


def _no_room(fields: str) -> TextDoesNotFitError:
    return TextDoesNotFitError(
        f"{fields}: no room is left beside the face and the masthead, even at the smallest legible "
        "size: shorten or remove lines, or send a photo with more space around the face"
    )


def measure_field(galley: Galley) -> int:
    """Measure how much paper the cover lines need in columns, and what else stands there.

    Args:
        galley: the type; its lines are in columns.

    Returns:
        Height in pixels from the edge of the page to that of the photo.

    Raises:
        TextDoesNotFitError: a word is surely wider than its measure.
        MissingGlyphError: a character has no glyph.
    """
    unit = galley.width / REFERENCE_WIDTH
    groups = [next(iter(sides.values())) for sides in galley.measured_groups(SHRINKS[0])]
    rows = _rows_of(groups, galley.grid) if galley.grid else []
    step = round(galley.width / CELLS_ACROSS)
    safe = safe_area(galley.width, galley.height)
    beside, apart = round(BESIDE * unit), round(_APART * unit)
    lead = groups[0].height if groups else 0
    rest = sum(row.height for row in rows) + (apart + step) * (len(rows) - 1)
    lines = max(lead, rest) + apart + step
    small = max((one.shape[0] for one in galley.small_lines), default=0)
    if galley.style.has_field_at_foot:
        return beside + lines + small + (galley.height - safe.y1)
    return place_masthead(galley).box.y1 + below_title(galley) + small + lines + beside


def _place_groups(
    attempt: _Attempt, galley: Galley, by_side: list[dict[Align, Group[Block]]], turn: int
) -> tuple[float, list[_Placed[Block]]]:
    """Place groups in the order in which they are read, at least cost; infinite without room."""
    if not by_side:
        return 0.0, []
    field = _Field(attempt, galley, turn)
    if field.grid:
        groups = [next(iter(sides.values())) for sides in by_side]
        return _place_in_grid(field, field.grid, groups)
    return _place_at_sides(field, by_side)


class _Row(NamedTuple, Generic[Block]):
    """Groups side by side, how far down each begins so that headlines are level, and the height.

    A lead that has a column to itself does not count in the height of a row above others.
    """

    groups: list[Group[Block]]
    drops: list[int]
    height: int


def _rows_of(groups: list[Group[Block]], grid: Grid) -> list[_Row[Block]]:
    """Divide groups into the rows of a grid."""
    numbered = groupby(enumerate(groups), lambda one: grid.cell(one[0])[0])
    rows = [[group for _, group in row] for _, row in numbered]
    made: list[_Row[Block]] = []
    for row in rows:
        highest = max(group.pieces[0].type.cap_top for group in row)
        drops = [round(highest - group.pieces[0].type.cap_top) for group in row]
        is_beside = grid.lead == "column" and row[0] is groups[0] and len(rows) > 1
        heights = [group.height + drop for group, drop in zip(row, drops, strict=True)]
        made.append(_Row[Block](row, drops, max(heights[int(is_beside) :])))
    return made


class _Field:
    """The rows of a page that cover lines may take, and what each place costs.

    Args:
        attempt: the page.
        galley: the type.
        turn: as of lay_out().
    """

    def __init__(self, attempt: _Attempt, galley: Galley, turn: int) -> None:
        ground = self._ground = attempt.ground
        self.safe, self.grid = ground.safe, galley.grid
        self._lines, self._turn = galley.style.lines, turn
        # Every way to divide the lines between two sides asks for the same costs.
        self._kept: dict[tuple[int, int, int], Doubles] = {}
        self.apart = round(_APART * ground.unit)
        title, *small = (slot.box for slot in attempt.slots)
        room, near = self.apart - ground.pad, round(GAP * ground.unit) - ground.pad
        self._taken = [title.grown(near, near), *(box.grown(room, room) for box in small)]
        self._step = max(1, round(ground.width / CELLS_ACROSS))
        self._room = top, stop = ground.paper_room if self.grid else ground.room
        self.tops = np.arange(top, max(stop, top + 1), self._step)

    def stack(self, rows: list[list[_Placed[Block]]], high: list[int]) -> Stack:
        """Stack rows of groups; each group's y is how far below the top of its row it begins.

        Rows that belong to one stack stay close, and its first and last are near where the style
        has them.
        """
        top, stop = self._room
        steps = [max(1, math.ceil((one + self.apart) / self._step)) for one in high]
        costs = [np.sum([self._costs(*placed) for placed in row], axis=0) for row in rows]
        if rows:
            height, tops = stop - top, self.tops - top
            first, last = self._lines.first, self._lines.last
            if self._turn and (self._turn - 1) % 4 > 1:
                # The third and fourth turn stand at the other end of the page.
                first, last = 1 - last, 1 - first
            for end, wish in ((0, first), (-1, last)):
                middle = (tops + high[end] / 2) / height
                costs[end] = costs[end] + COSTS.far * np.abs(middle - wish)
            closest = sum(steps[:-1]) * self._step
            costs[0] = costs[0] - COSTS.scattered * (tops + closest) / height
            costs[-1] = costs[-1] + COSTS.scattered * tops / height
        return Stack([Item(*one) for one in zip(costs, steps, strict=True)], len(self.tops))

    def _costs(self, group: Group[Block], x: int, below: int) -> Doubles:
        """Return the cost of a group at a column, `below` rows under each top; inf if not free."""
        key = id(group), x, below
        if key not in self._kept:
            self._kept[key] = self._weigh(group, x, below)
        return self._kept[key]

    def _weigh(self, group: Group[Block], x: int, below: int) -> Doubles:
        ground = self._ground
        box, tops = Box(x, 0, x + group.width, group.height), self.tops + below
        is_free = ground.are_free(box, tops, self._taken) & (tops + group.height <= self._room[1])
        costs = ground.costs(box.grown(ground.pad, ground.pad), tops - ground.pad)
        if group.align == "left" and _is_rtl(group):
            costs += COSTS.rtl_on_left
        wished = "left" if self._turn % 2 else "right"
        costs += COSTS.lean if self._turn and group.align != wished else 0.0
        return np.asarray(np.where(is_free, costs, np.inf), np.float64)


def _place_at_sides(
    field: _Field, by_side: list[dict[Align, Group[Block]]]
) -> tuple[float, list[_Placed[Block]]]:
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
        if 0 < split < len(by_side):
            widths = (max(one.width for one in side) for side in (groups[:split], groups[split:]))
            if sum(widths) + field.apart > field.safe.width:
                continue
        rows = [[_Placed(group, x, 0)] for group, x in zip(groups, places, strict=True)]
        high = [group.height for group in groups]
        cost, *heights = place_two(
            field.stack(rows[:split], high[:split]), field.stack(rows[split:], high[split:])
        )
        cost += COSTS.both_sides if 0 < split < len(by_side) else 0.0
        if cost < best[0]:
            tops = [int(field.tops[index]) for side in heights for index in side]
            best = cost, [_Placed(*one) for one in zip(groups, places, tops, strict=True)]
    return best


def _place_in_grid(
    field: _Field, grid: Grid, groups: list[Group[Block]]
) -> tuple[float, list[_Placed[Block]]]:
    """Place the lines row by row, in the columns of the style; their headlines are level."""
    is_rtl = _is_rtl(groups[0])
    offsets = iter(round(grid.cell(number)[1].start) for number in range(len(groups)))
    rows, high = [], []
    for row in _rows_of(groups, grid):
        columns = [
            field.safe.x1 - offset - group.width if is_rtl else field.safe.x0 + offset
            for group, offset in zip(row.groups, offsets, strict=False)
        ]
        rows.append([_Placed(*one) for one in zip(row.groups, columns, row.drops, strict=True)])
        high.append(row.height)
    stack = field.stack(rows, high)
    if not np.isfinite(stack.costs[0]):
        return np.inf, []
    tops = [int(field.tops[index]) for index in stack.place()]
    return float(stack.costs[0]), [
        placed._replace(y=placed.y + top)
        for row, top in zip(rows, tops, strict=True)
        for placed in row
    ]


def _is_rtl(group: Group[Block]) -> bool:
    return group.pieces[0].type.direction == "rtl"
