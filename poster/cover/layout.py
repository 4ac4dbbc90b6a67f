"""PhotoFacts and copy -> the slots of a cover: where each piece of type stands.

Cover lines look for calm: little edge, no subject, no face, and a ground on which white or ink
reads. Knows no pixels and no colour; compose picks that by measuring.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from poster.cover.dummy import Copy, Slot, safe_area
from poster.cover.ground import PAD, REFERENCE_WIDTH, Ground
from poster.errors import TextDoesNotFitError
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.block import Align, TypeBlock
from poster.typography.typeset import Typesetter

MASTHEAD_HEIGHT = 0.235
"""Most height of a masthead's ink over the cover's; measured on the spikes' covers."""

_LEAD = (42.0, 19.0, 430.0)
_LINE = (31.0, 17.0, 350.0)
"""Headline size, deck size and measure of the first cover line and of the others."""
_SMALL = 15.0
"""Size of kicker and folio line."""
_MASTHEAD_LEAST = 26.0
"""Least size of a masthead: under it a title is no larger than the cover lines."""
_GAP = 34.0
"""Between one cover line and the next."""

_SHRINKS = (1.0, 0.88, 0.77, 0.66)
"""Sizes are tried from the first on; the last sets decks at 11 px of 1024, 6.4 pt on 210 mm."""


@dataclass(frozen=True, slots=True)
class _Group:
    """A headline above its deck, stacked as one piece."""

    parts: tuple[tuple[str, TypeBlock, int, int], ...]  # role, type, x and y within the group
    width: int
    height: int


def set_masthead(copy: Copy, width: int, height: int, typesetter: Typesetter) -> Slot:
    """Fit the title to the safe area's width and place it at its top.

    Args:
        copy: the words.
        width: of the cover, in pixels.
        height: of the cover, in pixels.
        typesetter: sets the type.

    Returns:
        The masthead's slot.

    Raises:
        TypesettingError: a glyph is missing or the title does not fit.
    """
    safe = safe_area(width, height)
    unit = width / REFERENCE_WIDTH
    block = typesetter.fit_block(
        copy.title,
        "masthead",
        measure=safe.width,
        max_height=MASTHEAD_HEIGHT * height,
        max_lines=3,
        min_size_px=_MASTHEAD_LEAST * unit,
        language=copy.language_of(copy.title),
    )
    reads_right_to_left = block.direction == "rtl"
    x = safe.x1 - block.ink.shape[1] if reads_right_to_left else safe.x0
    return Slot("masthead", 0, block, x, safe.y0)


def lay_out(
    facts: PhotoFacts, copy: Copy, masthead: Slot, typesetter: Typesetter
) -> tuple[Slot, ...]:
    """Place every piece of type on a picture.

    Args:
        facts: of the framed picture, in cover pixels.
        copy: the words.
        masthead: the title, already placed.
        typesetter: sets the type.

    Returns:
        All slots, the masthead first; no two overlap, none lies on a face.

    Raises:
        TextDoesNotFitError: the cover lines find no room at the smallest legible size.
        MissingGlyphError: a character has no glyph.
    """
    ground = Ground(facts, masthead.box)
    slots = [masthead, *_place_small_lines(ground, copy, typesetter)]
    small_boxes = [slot.box for slot in slots]
    for shrink in _SHRINKS:
        groups = [
            _set_group(copy, number, shrink, facts.width, typesetter)
            for number in range(len(copy.coverlines))
        ]
        placed = _place_groups(ground, groups, small_boxes, first_group=len(slots))
        if placed is not None:
            return (*slots, *placed)
    raise TextDoesNotFitError(
        f"coverlines: {len(copy.coverlines)} lines find no room beside the face and the masthead "
        "at the smallest legible size: give fewer or shorter lines"
    )


def _place_small_lines(ground: Ground, copy: Copy, typesetter: Typesetter) -> list[Slot]:
    """The kicker below the masthead where that is calm, the folio line at the foot."""
    slots: list[Slot] = []
    taken = [ground.masthead]
    wishes = (("folio", copy.folio, 0.0, 0.6), ("kicker", copy.kicker, 0.15, 0.0))
    for role, text, foot_cost, head_cost in wishes:
        if not text.strip():
            continue
        block = typesetter.set_block(
            text,
            "small",
            size_px=_SMALL * ground.unit,
            measure=ground.safe.width,
            language=copy.language_of(text),
        )
        start = "right" if block.direction == "rtl" else "left"
        candidates = []
        for extra, box in _small_places(ground, block, foot_cost, head_cost, start):
            if ground.is_free(box, taken):
                candidates.append((ground.cost(box) + extra, box))
        if not candidates:
            raise TextDoesNotFitError(f"{role}: finds no room beside the other type: shorten it")
        box = min(candidates, key=lambda candidate: candidate[0])[1]
        taken.append(box)
        slots.append(Slot(role, len(slots) + 1, block, box.x0, box.y0))
    return slots


def _small_places(
    ground: Ground, block: TypeBlock, foot_cost: float, head_cost: float, start: str
) -> Iterator[tuple[float, Box]]:
    rows, columns = block.ink.shape
    safe = ground.safe
    foot = round(safe.y1 - block.baseline)
    head = ground.masthead.y1 + round(20 * ground.unit)
    for y, extra in ((foot, foot_cost), (head, head_cost)):
        for x, side in ((safe.x0, "left"), (safe.x1 - columns, "right")):
            off_side = 0.0 if side == start else 0.2
            # Its baseline stands on the foot, but descenders stay in the safe area.
            top = min(y, safe.y1 - rows)
            yield extra + off_side, Box(x, top, x + columns, top + rows)


def _set_group(
    copy: Copy,
    number: int,
    shrink: float,
    width: int,
    typesetter: Typesetter,
) -> dict[str, _Group]:
    """A cover line set for the left side and for the right."""
    return {
        align: _stack(copy, number, shrink, width, align, typesetter) for align in ("left", "right")
    }


def _stack(
    copy: Copy,
    number: int,
    shrink: float,
    width: int,
    align: Align,
    typesetter: Typesetter,
) -> _Group:
    unit = width / REFERENCE_WIDTH * shrink
    headline_size, deck_size, measure = _LEAD if number == 0 else _LINE
    line = copy.coverlines[number]
    sizes = (("headline", line[0], headline_size), ("deck", line[1], deck_size))
    blocks = [
        (
            role,
            typesetter.set_block(
                text,
                role,
                size_px=size * unit,
                measure=measure * unit,
                align=align,
                language=copy.language_of(text),
            ),
        )
        for role, text, size in sizes
        if text
    ]
    total = max(block.ink.shape[1] for _, block in blocks)
    parts: list[tuple[str, TypeBlock, int, int]] = []
    y = 0
    for index, (role, block) in enumerate(blocks):
        if index:
            # From the headline's last baseline to the deck's cap height, never closer than ink.
            above = blocks[index - 1][1]
            stacked = parts[-1][3] + above.baseline + 0.85 * deck_size * unit - block.cap_top
            y = max(round(stacked), parts[-1][3] + above.ink.shape[0] + round(4 * unit))
        x = total - block.ink.shape[1] if align == "right" else 0
        parts.append((role, block, x, y))
    return _Group(tuple(parts), total, parts[-1][3] + parts[-1][1].ink.shape[0])


def _place_groups(
    ground: Ground, groups: list[dict[str, _Group]], boxes: list[Box], first_group: int
) -> list[Slot] | None:
    """Place groups in order, each in the calmest free place; None where one finds none."""
    taken = list(boxes)
    slots: list[Slot] = []
    previous: Box | None = None
    for number, variants in enumerate(groups):
        best: tuple[float, Box, _Group] | None = None
        for cost, box, group in _places(ground, variants, taken, number, len(groups), previous):
            if best is None or cost < best[0]:
                best = cost, box, group
        if best is None:
            return None
        _, box, group = best
        gap = round(_GAP * ground.unit / 2)
        taken.append(box.grown(0, gap))
        previous = box
        slots.extend(
            Slot(role, first_group + number, block, box.x0 + x, box.y0 + y)
            for role, block, x, y in group.parts
        )
    return slots


def _places(
    ground: Ground,
    variants: dict[str, _Group],
    taken: list[Box],
    number: int,
    count: int,
    previous: Box | None,
) -> Iterator[tuple[float, Box, _Group]]:
    top = ground.masthead.y1
    span = ground.safe.y1 - top
    wish = top + span * (0.30 + 0.55 * number / max(count - 1, 1))
    step = max(1, round(ground.width / CELLS_ACROSS))
    for align, group in variants.items():
        x = ground.safe.x0 if align == "left" else ground.safe.x1 - group.width
        for y in range(top, ground.safe.y1 - group.height + 1, step):
            box = Box(x, y, x + group.width, y + group.height)
            if not ground.is_free(box, taken):
                continue
            pad = round(PAD * ground.unit)
            cost = ground.cost(box.grown(pad, pad))
            cost += 0.35 * abs(box.centre[1] - wish) / span
            if previous is not None:
                same_side = box.x0 == previous.x0 or box.x1 == previous.x1
                is_below = box.y0 >= previous.y1
                cost += (0.0 if same_side else 0.12) + (0.0 if is_below else 0.3)
            yield cost, box, group
