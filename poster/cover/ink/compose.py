"""A painted picture, its matte and slots -> the finished cover and its measurements.

Colours are chosen by measured contrast; if no colour reaches the floor, the picture is dodged or
burned under the type until one does. Does not move type: layout placed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import (
    Colour,
    format_hex,
    parse_hex,
    pixels_from_floats,
)
from poster.cover.ink.contrast_search import (
    LETTER_SHARE,
    NO_ADJUSTMENT,
    Surround,
    find_adjustment,
    rank_text_inks,
)
from poster.cover.ink.dodge_burn import LocalAdjustment
from poster.cover.ink.harmony import PAPER_WHITE, choose_ink
from poster.cover.ink.layers import Layers
from poster.cover.ink.protection import MAX_CHANGE, MAX_TITLE_CHANGE, Protection
from poster.cover.ink.score import score_layout
from poster.cover.layout.dummy import Slot
from poster.cover.layout.styles import Style
from poster.geometry import Box
from poster.photo.grade import add_grain
from poster.photo.palette import measure_palette
from poster.result import Block, LayoutScores
from poster.typography.contrast import (
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
    WARM_BLACK,
    Band,
    letter_contrast,
    low_contrast,
    surroundings,
)
from poster.typography.letters import most_hidden

MAX_HIDDEN = 0.30
"""Maximum share of a masthead's ink that the subject may hide; beyond it, type comes forward."""

MAX_LETTER_HIDDEN = 0.40
"""The same for any one letter: with less of it left, an R reads as P."""

_GRAIN = 0.012
"""Standard deviation of the grain in mid tones, of [0, 1]. Not measured; the goldens guard it."""

_ROUNDS = 4
"""Maximum number of passes over all type. Two usually do: the second confirms that the first was
enough."""

_FALL_FROM, _FALL_OVER = 0.7, 0.3
"""The mask for adjusting the picture under the title starts to fade at _FALL_FROM of the distance
from the page's edge to the far side of the title. It fades over _FALL_OVER of the page's height, so
that no edge shows."""
_KEPT = 0.75
"""How much less the subject in front of the title is adjusted: 0 as much as the rest, 1 not at
all."""

_SPOT_MARGIN = 0.05
"""How far the mask under other type extends beyond it before it fades, over the width."""
_SPOT_STEP = 8
"""Side in pixels of the cells on which that mask is blurred; it is soft enough for that."""

_SAMPLE = 20_000
_TITLE_SAMPLE = 5_000
"""Maximum number of pixels of a background to measure: enough for a percentile of each letter. The
second is for choosing a title's ink, which measures a dozen candidates."""


@dataclass(frozen=True)
class Composition:
    """A finished cover.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        blocks: the set type, measured on the finished cover.
        scores: of the layout; None without type.
        layers: from which it was composited.
        subject_change: largest change of the subject under the type, CIEDE2000.
    """

    cover: NDArray[np.uint8]
    blocks: tuple[Block, ...]
    scores: LayoutScores | None
    layers: Layers
    subject_change: float = 0.0

    @property
    def is_legible(self) -> bool:
        """Whether all type reaches its contrast floor, as a whole and in each letter."""
        return all(map(is_legible, self.blocks))


def floor_of(role: str) -> float:
    """Return the contrast floor of type with a role of the receipt."""
    return MASTHEAD_FLOOR if role == "masthead" else TEXT_FLOOR


def is_legible(block: Block) -> bool:
    """Whether type reaches its contrast floor, as a whole and in each letter."""
    floor = floor_of(block.role)
    return block.contrast >= floor and block.letter_contrast >= floor * LETTER_SHARE


def compose_cover(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    slots: tuple[Slot, ...],
    style: Style,
    title_colour: str,
    seed: int,
    faces: Sequence[Box] = (),
    max_title_change: float = MAX_TITLE_CHANGE,
) -> Composition:
    """Set the type on the picture.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the cover's size.
        matte: HW float32, share of the subject, [0, 1].
        slots: the placed type, the masthead first; may be empty.
        style: whether the masthead goes behind the subject, and which colours it may take.
        title_colour: #RRGGBB or auto.
        seed: of the grain.
        faces: boxes in the picture's pixels, which keep their light.
        max_title_change: of the subject under the title, CIEDE2000.

    Returns:
        The finished cover. Its type may be below its floor, if more contrast would change a face,
        or the subject too much.
    """
    goes_behind = bool(slots) and style.masthead.is_behind and _may_hide(slots[0], matte)
    occluder = matte if goes_behind else None
    pieces = [
        _PlacedType(slot, occluder if slot.role == "masthead" else None, matte.shape)
        for slot in slots
    ]
    protection = Protection(picture, matte, faces)
    picture, colours, adjustments = _choose_colours_and_adjust(
        picture, matte, pieces, style, title_colour, protection, max_title_change
    )
    layers = Layers(picture, matte, slots, colours, occluder is not None, adjustments)
    cover = pixels_from_floats(add_grain(layers.flatten(), seed, _GRAIN))
    blocks = [piece.measure(cover, colour) for piece, colour in zip(pieces, colours, strict=True)]
    scores = score_layout(picture, matte, [slot.box for slot in slots]) if slots else None
    change = protection.largest_change(picture) if adjustments else 0.0
    return Composition(cover, tuple(blocks), scores, layers, change)


def _share_hidden(slot: Slot, occluder: NDArray[np.float32] | None) -> float:
    """Return the share of a slot's ink that the occluder (HW, of the cover's size) hides."""
    if occluder is None:
        return 0.0
    ink = slot.type.ink
    return float((ink * occluder[slot.box.slices]).sum() / ink.sum(dtype=np.float64))


def _may_hide(masthead: Slot, matte: NDArray[np.float32]) -> bool:
    """Whether the title stays legible, as a whole and in each letter, behind the subject."""
    return (
        _share_hidden(masthead, matte) <= MAX_HIDDEN
        and _most_hidden(masthead, matte) <= MAX_LETTER_HIDDEN
    )


def _most_hidden(slot: Slot, occluder: NDArray[np.float32] | None) -> float:
    """Return the largest hidden share of any letter."""
    if occluder is None:
        return 0.0
    return most_hidden(slot.type.ink, occluder[slot.box.slices], slot.type.size_px)


class _PlacedType:
    """A slot and the matte in front of it: HW float32 of the cover's size, or None."""

    def __init__(
        self, slot: Slot, occluder: NDArray[np.float32] | None, size: tuple[int, ...]
    ) -> None:
        self.slot = slot
        self.occluder = occluder
        self._band: Band = surroundings(
            slot.type.ink, slot.box, size, size_px=slot.type.size_px, hidden=occluder
        )

    def surround(
        self, picture: NDArray[np.uint8], mask: NDArray[np.float32], sample: int = _SAMPLE
    ) -> Surround:
        """Return the pixels around the visible ink on a picture, and the mask over them."""
        band = self._band.thinned(sample)
        place = band.rows, band.columns
        return Surround(picture[place], mask[place], band.letters)

    def measure(self, cover: NDArray[np.uint8], colour: Colour) -> Block:
        """Measure this piece of type for the receipt."""
        block, band = self.slot.type, self._band
        around = cover[band.rows, band.columns]
        return Block(
            role=self.slot.role,
            text=block.text,
            script=block.script,
            language=block.language,
            box=self.slot.box,
            envelope_box=None,
            font=block.font,
            size_px=block.size_px,
            colour=format_hex(colour),
            contrast=low_contrast(around, colour),
            letter_contrast=letter_contrast(around, band.letters, colour),
            hidden=_share_hidden(self.slot, self.occluder),
            letter_hidden=_most_hidden(self.slot, self.occluder),
            missing_glyphs=block.missing_glyphs,
        )


@dataclass(frozen=True)
class _ColourGroup:
    """Pieces of type that share a colour, and the mask for adjusting the picture under them."""

    pieces: list[_PlacedType]
    mask: NDArray[np.float32]
    floor: float
    max_change: float

    def surrounds(self, picture: NDArray[np.uint8]) -> list[Surround]:
        """Return the surround of each piece, on a picture."""
        return [piece.surround(picture, self.mask) for piece in self.pieces]


def _choose_colours_and_adjust(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    pieces: list[_PlacedType],
    style: Style,
    title_colour: str,
    protection: Protection,
    max_title_change: float,
) -> tuple[NDArray[np.uint8], tuple[Colour, ...], tuple[LocalAdjustment, ...]]:
    """Choose each group's colour, and dodge or burn the picture under it as far as needed."""
    if not pieces:
        return picture, (), ()
    masthead, title_ink, adjusted = _ink_title(
        picture, matte, pieces[0], style, title_colour, protection, max_title_change
    )
    members: dict[int, list[_PlacedType]] = {}
    for piece in pieces[1:]:
        members.setdefault(piece.slot.group, []).append(piece)
    lines = [
        _ColourGroup(
            several,
            protection.spare_faces(_soft_spot(several, matte.shape)),
            TEXT_FLOOR,
            MAX_CHANGE,
        )
        for several in members.values()
    ]
    # A title that is not legible by itself must not decide between the inks of the lines.
    hopeless = _count_illegible(adjusted, [masthead], [title_ink])
    tried = []
    for inks in rank_text_inks([group.surrounds(adjusted) for group in lines]):
        groups, colours = [masthead, *lines], [title_ink, *inks]
        after, adjustments = _adjust_for_all(picture, groups, colours, protection)
        illegible = _count_illegible(after, groups, colours)
        tried.append((illegible, after, adjustments, colours))
        if illegible <= hopeless:
            break
    _, after, adjustments, colours = min(tried, key=lambda one: one[0])
    by_group = dict(zip(members, colours[1:], strict=True))
    rest = (by_group[piece.slot.group] for piece in pieces[1:])
    return after, (title_ink, *rest), adjustments


def _ink_title(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    piece: _PlacedType,
    style: Style,
    title_colour: str,
    protection: Protection,
    max_change: float,
) -> tuple[_ColourGroup, Colour, NDArray[np.uint8]]:
    """Choose the title's colour, and adjust the picture under it."""
    # A subject in front of the title keeps most of its light, if the title is legible all the same.
    kept = matte if piece.occluder is not None else np.zeros_like(matte)
    mask = protection.spare_faces(_fall(piece.slot, kept))
    first = None
    for ink in _title_inks(picture, piece, mask, style, title_colour):
        group = _ColourGroup([piece], mask, MASTHEAD_FLOOR, max_change)
        [around] = group.surrounds(picture)
        adjustment = find_adjustment([around], ink, MASTHEAD_FLOOR)
        if not around.is_legible(ink, MASTHEAD_FLOOR, adjustment):
            whole = protection.spare_faces(_fall(piece.slot, np.zeros_like(matte)))
            group = replace(group, mask=whole)
        adjusted, _ = _adjust_for_all(picture, [group], [ink], protection)
        if not _count_illegible(adjusted, [group], [ink]):
            return group, ink, adjusted
        first = first or (group, ink, adjusted)
    if first is None:
        raise AssertionError("a title has at least one ink")
    return first


def _title_inks(
    picture: NDArray[np.uint8],
    piece: _PlacedType,
    mask: NDArray[np.float32],
    style: Style,
    title_colour: str,
) -> Iterator[Colour]:
    """Yield the inks to try for a title: the caller's, or the best one and then white and black."""
    if title_colour != "auto":
        yield parse_hex(title_colour)
        return
    palette = measure_palette(picture) if style.is_colourful else ()
    around = piece.surround(picture, mask, _TITLE_SAMPLE)
    yield choose_ink(around, palette, is_colourful=style.is_colourful)
    yield PAPER_WHITE
    yield WARM_BLACK


def _adjust_for_all(
    picture: NDArray[np.uint8],
    groups: list[_ColourGroup],
    colours: list[Colour],
    protection: Protection,
) -> tuple[NDArray[np.uint8], tuple[LocalAdjustment, ...]]:
    """Dodge or burn the picture for every group.

    Burning for one group may undo dodging for its neighbour, so every group is checked again. A
    group whose mask was reduced to protect the subject is adjusted again only if that is enough:
    the backdrop must not turn black for nothing.
    """
    adjustments: list[LocalAdjustment] = []
    groups, is_reduced = list(groups), [False] * len(groups)
    for _ in range(_ROUNDS):
        count_before = len(adjustments)
        for number, colour in enumerate(colours):
            group = groups[number]
            surrounds = group.surrounds(picture)
            adjustment = find_adjustment(surrounds, colour, group.floor)
            is_enough = all(
                surround.is_legible(colour, group.floor, adjustment) for surround in surrounds
            )
            if adjustment.strength and (is_enough or not is_reduced[number]):
                whole = LocalAdjustment(group.mask, adjustment)
                bounded, picture = protection.apply(picture, whole, group.max_change)
                is_reduced[number] |= bounded is not whole
                groups[number] = replace(group, mask=bounded.mask)
                adjustments.append(bounded)
        if len(adjustments) == count_before:
            break
    return picture, tuple(adjustments)


def _count_illegible(
    picture: NDArray[np.uint8], groups: Sequence[_ColourGroup], colours: Sequence[Colour]
) -> int:
    """Count the groups with type below its contrast floor."""
    return sum(
        not all(
            surround.is_legible(colour, group.floor, NO_ADJUSTMENT)
            for surround in group.surrounds(picture)
        )
        for group, colour in zip(groups, colours, strict=True)
    )


def _fall(masthead: Slot, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Build a mask from the page's edge past the masthead; the subject keeps most of its light."""
    height = len(matte)
    rows = np.arange(height, dtype=np.float32)
    far_side = masthead.box.y1
    if masthead.box.y0 > height - masthead.box.y1:
        rows, far_side = rows[::-1], height - masthead.box.y0
    fall = np.clip(1 - (rows - far_side * _FALL_FROM) / (_FALL_OVER * height), 0, 1)
    smooth = (fall * fall * (3 - 2 * fall))[:, None]
    return np.asarray(smooth * (1 - np.float32(_KEPT) * matte), np.float32)


def _soft_spot(pieces: list[_PlacedType], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Build a mask that is 1 on a group and fades so slowly that no edge shows."""
    height, width = size
    box = pieces[0].slot.box
    for piece in pieces[1:]:
        box = box.union(piece.slot.box)
    small = np.zeros((height // _SPOT_STEP + 1, width // _SPOT_STEP + 1), np.float32)
    margin = round(_SPOT_MARGIN * width)
    room = box.grown(margin, margin).intersection(Box(0, 0, width, height))
    x0, y0, x1, y1 = (edge // _SPOT_STEP for edge in room.edges)
    small[y0 : y1 + 1, x0 : x1 + 1] = 1
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), margin / _SPOT_STEP), np.float32)
    spot = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    inner = max(float(spot[box.slices].min()), 1e-3)
    return np.asarray(np.clip(spot / np.float32(inner), 0, 1), np.float32)
