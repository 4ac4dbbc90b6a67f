"""PhotoFacts and a galley -> the slots of a cover: where each piece of type goes.

Cover lines go where the background is calm: few edges, no subject, no face, and a tone on which
white or black is legible. Uses no pixels and no colours; ink.compose measures and chooses colours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Generic, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Doubles
from poster.cover.layout.dummy import Slot, TypeArea, box_at, safe_area
from poster.cover.layout.galley import SHRINKS, Galley, Group
from poster.cover.layout.ground import FACE_ROOMS, Ground
from poster.cover.layout.page import Page
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
        not_beside: a line of a grid that does not continue its row.
        unaligned_with_previous: a line that shares no edge with the line before.
        above: a line above the line before.
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
    not_beside: float = 0.6
    unaligned_with_previous: float = 0.12
    above: float = 0.3
    lean: float = 0.4


COSTS = PlaceCosts()

Anchor = Literal["top", "bottom"]

_GAP = 34.0
_CLOSE_GAP = 20.0
"""Distance from one piece of type to the next, and from a title to the small line that belongs to
it, in pixels on a page of REFERENCE_WIDTH."""


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
    """Place groups in order, each at the cheapest free position; None if one finds none."""
    ground = attempt.ground
    lines, count = galley.style.lines, galley.count
    taken = [slot.box for slot in attempt.slots]
    placed: list[_Placed[Block]] = []
    previous: Box | None = None
    for number, by_side in enumerate(groups):
        best: tuple[float, Box, Group[Block]] | None = None
        share = number / max(count - 1, 1)
        wish = lines.first + (lines.last - lines.first) * share
        for costs, tops, box, group in _places(ground, lines, by_side, taken, wish):
            totals = costs + _follow(box, tops, previous, number, lines) + _lean(group, turn)
            cheapest = int(totals.argmin())
            if best is None or totals[cheapest] < best[0]:
                best = totals[cheapest], box.shifted(0, int(tops[cheapest])), group
        if best is None:
            return None
        _, box, group = best
        taken.append(box.grown(0, round(_GAP * ground.unit / 2)))
        previous = box
        placed.append(_Placed(group, box.x0, box.y0))
    return placed


def _places(
    ground: Ground,
    lines: Lines,
    by_side: dict[Align, Group[Block]],
    taken: list[Box],
    wish_share: float,
) -> Iterator[tuple[Doubles, NDArray[np.intp], Box, Group[Block]]]:
    """Yield the costs and the tops of all free positions in a column, with the group's box at 0."""
    top, stop = ground.room
    span = stop - top
    wish = top + span * wish_share
    step = max(1, round(ground.width / CELLS_ACROSS))
    for group, x, is_rtl_on_left in _columns(ground.safe, lines, by_side):
        box = Box(x, 0, x + group.width, group.height)
        tops = np.arange(top, stop - group.height + 1, step)
        tops = tops[ground.are_free(box, tops, taken)]
        if not tops.size:
            continue
        costs = ground.costs(box.grown(ground.pad, ground.pad), tops - ground.pad)
        middles = (tops + (tops + group.height)) / 2
        displaced = COSTS.far * np.abs(middles - wish) / span
        yield costs + (displaced + COSTS.rtl_on_left * is_rtl_on_left), tops, box, group


def _lean(group: Group[Block], turn: int) -> float:
    """Cost of aligning to the side opposite to the one that this turn prefers."""
    wished = "left" if turn % 2 else "right"
    return COSTS.lean if turn and group.align != wished else 0.0


def _follow(
    box: Box, tops: NDArray[np.intp], previous: Box | None, number: int, lines: Lines
) -> Doubles:
    """Cost of positions after the line before: lines run down one side, or across the columns."""
    if previous is None:
        return np.zeros(len(tops))
    if lines.columns and number % len(lines.columns):
        is_clear = box.x0 >= previous.x1 or box.x1 <= previous.x0
        return np.where((tops == previous.y0) & is_clear, 0.0, COSTS.not_beside)
    same_side = box.x0 == previous.x0 or box.x1 == previous.x1
    above = np.where(tops >= previous.y1, 0.0, COSTS.above)
    return (0.0 if same_side else COSTS.unaligned_with_previous) + above


def _columns(
    safe: Box, lines: Lines, by_side: dict[Align, Group[Block]]
) -> Iterator[tuple[Group[Block], int, bool]]:
    """Yield each group, the columns where it may start, and whether it is RTL on the left."""
    for side, group in by_side.items():
        is_rtl = group.pieces[0].type.direction == "rtl"
        # Latin lines may align to either margin; right-to-left lines only to the right one.
        is_rtl_on_left = side == "left" and is_rtl
        for share in lines.columns or (0.0,):
            offset = round(share * safe.width)
            at_right = safe.x1 - offset - group.width
            yield group, at_right if side == "right" else safe.x0 + offset, is_rtl_on_left
