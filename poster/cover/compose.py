"""A painted picture, its matte and slots -> the finished cover and what it measures.

Colour is chosen by measured contrast; where none suffices, the picture's tone is eased under the
type until one does. Does not move type: layout placed it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import (
    Colour,
    format_hex,
    parse_hex,
    pixels_from_floats,
)
from poster.cover.dummy import Slot
from poster.cover.inks import (
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
    Surround,
    choose_masthead_ink,
    choose_text_ink,
)
from poster.cover.layers import Easing, Layers
from poster.cover.score import score_layout
from poster.cover.styles import Style
from poster.geometry import Box
from poster.photo.grade import add_grain
from poster.poster import Block, LayoutScores
from poster.typography.contrast import low_contrast, surroundings

BEHIND_MOST = 0.30
"""Most share of a masthead's ink that may stand behind the subject; past it, type comes forward."""

_GRAIN = 0.012

_SAMPLE = 20_000
"""Pixels of a ground that are looked at: enough for a percentile to hold to a hundredth."""


@dataclass(frozen=True)
class Composition:
    """A finished cover.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        blocks: what was set, measured on the finished cover.
        scores: of the layout; None without type.
        layers: what it was put together from.
    """

    cover: NDArray[np.uint8]
    blocks: tuple[Block, ...]
    scores: LayoutScores | None
    layers: Layers


def compose_cover(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    slots: tuple[Slot, ...],
    style: Style,
    title_colour: str,
    seed: int,
) -> Composition:
    """Set the type on the picture.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the cover's size.
        matte: HW float32, share of the subject, [0, 1].
        slots: the type in its places, the masthead first; there may be none.
        style: whether the masthead goes behind the subject, and what it may be printed in.
        title_colour: #RRGGBB or auto.
        seed: of the grain.

    Returns:
        The finished cover.
    """
    may_hide = bool(slots) and style.masthead.is_behind
    before = matte if may_hide and _share_hidden(slots[0], matte) <= BEHIND_MOST else None
    settings = [_Setting(slot, before if slot.role == "masthead" else None) for slot in slots]
    picture, colours, easings = _ready(picture, matte, settings, style, title_colour)
    layers = Layers(picture, matte, slots, colours, before is not None, easings)
    cover = pixels_from_floats(add_grain(layers.flatten(), seed, _GRAIN))
    blocks = [
        setting.measure(cover, colour) for setting, colour in zip(settings, colours, strict=True)
    ]
    scores = score_layout(picture, matte, [slot.box for slot in slots]) if slots else None
    return Composition(cover, tuple(blocks), scores, layers)


def _share_hidden(slot: Slot, before: NDArray[np.float32] | None) -> float:
    """Share of a slot's ink that something of the cover's size hides."""
    if before is None:
        return 0.0
    ink = slot.type.ink
    return float((ink * before[slot.box.slices]).sum() / ink.sum(dtype=np.float64))


@dataclass(frozen=True)
class _Setting:
    """A slot and what stands before it: HW float32 of the cover's size, or nothing."""

    slot: Slot
    before: NDArray[np.float32] | None

    def surround(self, picture: NDArray[np.uint8], veil: NDArray[np.float32]) -> Surround:
        """What surrounds the visible ink on a picture, under a veil."""
        rows, columns = self._surroundings(picture)
        step = max(1, len(rows) // _SAMPLE)
        rows, columns = rows[::step], columns[::step]
        return Surround(picture[rows, columns], veil[rows, columns], columns)

    def measure(self, cover: NDArray[np.uint8], colour: Colour) -> Block:
        """What the receipt says of this piece of type."""
        block = self.slot.type
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
            contrast=low_contrast(cover[self._surroundings(cover)], colour),
            hidden=_share_hidden(self.slot, self.before),
            missing_glyphs=block.missing_glyphs,
        )

    def _surroundings(
        self, picture: NDArray[np.uint8]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        slot = self.slot
        return surroundings(
            slot.type.ink,
            slot.box,
            picture.shape[:2],
            size_px=slot.type.size_px,
            hidden=self.before,
        )


def _ready(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    settings: list[_Setting],
    style: Style,
    title_colour: str,
) -> tuple[NDArray[np.uint8], tuple[Colour, ...], tuple[Easing, ...]]:
    """Choose each group's colour and ease the picture under it as far as it must be."""
    colours: dict[int, Colour] = {}
    easings = []
    for group in dict.fromkeys(setting.slot.group for setting in settings):
        members = [setting for setting in settings if setting.slot.group == group]
        is_masthead = members[0].slot.role == "masthead"
        # A subject that stands before the title keeps its light.
        kept = matte if members[0].before is not None else np.zeros_like(matte)
        veil = _fall(members[0].slot, kept) if is_masthead else _soft_spot(members, matte.shape)
        surrounds = [member.surround(picture, veil) for member in members]
        if is_masthead and title_colour != "auto":
            colour = parse_hex(title_colour)
        elif is_masthead and style.inks:
            colour = choose_masthead_ink(surrounds[0], style.inks)
        else:
            colour = choose_text_ink(surrounds)
        floor = MASTHEAD_FLOOR if is_masthead else TEXT_FLOOR
        strength = max(surround.strength_for(colour, floor) for surround in surrounds)
        if strength:
            easings.append(Easing(veil, strength, colour))
            picture = easings[-1].over(picture)
        colours[group] = colour
    return picture, tuple(colours[setting.slot.group] for setting in settings), tuple(easings)


def _fall(masthead: Slot, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """A veil from the page's edge past the masthead; the subject keeps most of its light."""
    height = len(matte)
    rows = np.arange(height, dtype=np.float32)
    reach = masthead.box.y1
    if masthead.box.y0 > height - masthead.box.y1:
        rows, reach = rows[::-1], height - masthead.box.y0
    fall = np.clip(1 - (rows - reach * 0.7) / (0.3 * height), 0, 1)
    smooth = (fall * fall * (3 - 2 * fall))[:, None]
    return np.asarray(smooth * (1 - np.float32(0.75) * matte), np.float32)


def _soft_spot(settings: list[_Setting], size: tuple[int, ...]) -> NDArray[np.float32]:
    """A veil that is 1 on a group and falls off so slowly that no edge of it shows."""
    height, width = size
    box = settings[0].slot.box
    for setting in settings[1:]:
        box = box.union(setting.slot.box)
    small = np.zeros((height // 8 + 1, width // 8 + 1), np.float32)
    reach = round(0.05 * width)
    room = box.grown(reach, reach).intersection(Box(0, 0, width, height))
    small[room.y0 // 8 : room.y1 // 8 + 1, room.x0 // 8 : room.x1 // 8 + 1] = 1
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), reach / 8), np.float32)
    spot = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    inner = max(float(spot[box.slices].min()), 1e-3)
    return np.asarray(np.clip(spot / np.float32(inner), 0, 1), np.float32)
