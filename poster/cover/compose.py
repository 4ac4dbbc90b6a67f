"""A painted picture, its matte and slots -> the finished cover and what it measures.

Colour is chosen by measured contrast; where none suffices, the picture's tone is eased under the
type until one does. Does not move type: layout placed it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour, format_hex, parse_hex
from poster.cover.dummy import Slot
from poster.cover.inks import (
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
    choose_masthead_ink,
    choose_text_ink,
)
from poster.cover.score import score_layout
from poster.geometry import Box
from poster.photo.grade import add_grain
from poster.poster import Block, LayoutScores
from poster.typography.contrast import ink_contrast

BEHIND_MOST = 0.30
"""Most share of a masthead's ink that may stand behind the subject; past it, type comes forward."""

_MARGIN = 1.07
"""Tone is eased until contrast passes its floor by this: grain takes up to 5 % of it back."""

_SURROUND = 32
"""Pixels round type that its contrast may depend on."""

_GRAIN = 0.012


@dataclass(frozen=True)
class Composition:
    """A finished cover.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        blocks: what was set, measured on the finished cover.
        scores: of the layout.
    """

    cover: NDArray[np.uint8]
    blocks: tuple[Block, ...]
    scores: LayoutScores


def compose_cover(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    slots: tuple[Slot, ...],
    title_colour: str,
    seed: int,
) -> Composition:
    """Set the type on the picture.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the cover's size.
        matte: HW float32, share of the subject, [0, 1]; the masthead goes behind it.
        slots: the type in its places, the masthead first.
        title_colour: #RRGGBB or auto.
        seed: of the grain.

    Returns:
        The finished cover.
    """
    easel = _Easel(picture, matte, is_behind=_share_hidden(slots[0], matte) <= BEHIND_MOST)
    colours: dict[int, Colour] = {}
    for slot in slots:
        if slot.role == "masthead":
            colours[slot.group] = easel.ready_masthead(slot, title_colour)
        elif slot.group not in colours:
            colours[slot.group] = easel.ready_text([s for s in slots if s.group == slot.group])
    toned = easel.picture
    cover = toned.copy()
    for slot in slots:
        _draw(cover, slot, colours[slot.group], easel.hidden(slot))
    cover = add_grain(cover, seed, _GRAIN)
    blocks = tuple(_measure(cover, slot, colours[slot.group], easel.hidden(slot)) for slot in slots)
    return Composition(cover, blocks, score_layout(toned, matte, [slot.box for slot in slots]))


def _share_hidden(slot: Slot, before: NDArray[np.float32] | None) -> float:
    """Share of a slot's ink that something of the cover's size hides."""
    if before is None:
        return 0.0
    ink = slot.type.ink
    return float((ink * before[slot.box.slices]).sum() / ink.sum(dtype=np.float64))


class _Easel:
    """The picture while its tone is eased under type."""

    def __init__(
        self,
        picture: NDArray[np.uint8],
        matte: NDArray[np.float32],
        *,
        is_behind: bool,
    ) -> None:
        self.picture = picture
        self._matte = matte
        self._is_behind = is_behind

    def hidden(self, slot: Slot) -> NDArray[np.float32] | None:
        """What stands before a slot: the subject before a masthead, unless it hides too much."""
        return self._matte if slot.role == "masthead" and self._is_behind else None

    def contrast(self, slot: Slot, colour: Colour) -> float:
        return _contrast(self.picture, slot, colour, self.hidden(slot))

    def ready_masthead(self, slot: Slot, title_colour: str) -> Colour:
        """Choose the masthead's colour and ease the backdrop behind it where it must be."""
        if title_colour == "auto":
            ground = self.picture[slot.box.slices][self._matte[slot.box.slices] < 0.5]
            if not ground.size:
                ground = self.picture[slot.box.slices].reshape(-1, 3)
            colour = choose_masthead_ink(ground, lambda ink: self.contrast(slot, ink))
        else:
            colour = parse_hex(title_colour)
        height = self.picture.shape[0]
        rows = np.arange(height, dtype=np.float32)
        fall = np.clip(1 - (rows - slot.box.y1 * 0.7) / (0.3 * height), 0, 1)
        # The subject keeps most of its light, so the head still stands out.
        veil = (fall * fall * (3 - 2 * fall))[:, None] * (1 - 0.75 * self._matte)
        self._ease(veil, [slot], colour, MASTHEAD_FLOOR)
        return colour

    def ready_text(self, slots: list[Slot]) -> Colour:
        """Choose white or ink for a group and ease the picture under it where it must be."""
        colour = choose_text_ink(lambda ink: min(self.contrast(slot, ink) for slot in slots))
        self._ease(self._soft_spot(_bounds(slots)), slots, colour, TEXT_FLOOR)
        return colour

    def _soft_spot(self, box: Box) -> NDArray[np.float32]:
        """1 on a box and falling off so slowly that no edge of it shows."""
        height, width = self.picture.shape[:2]
        small = np.zeros((height // 8 + 1, width // 8 + 1), np.float32)
        reach = round(0.05 * width)
        room = box.grown(reach, reach).intersection(Box(0, 0, width, height))
        small[room.y0 // 8 : room.y1 // 8 + 1, room.x0 // 8 : room.x1 // 8 + 1] = 1
        small = np.asarray(cv2.GaussianBlur(small, (0, 0), reach / 8), np.float32)
        spot = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))
        inner = spot[box.slices].min()
        return np.clip(spot / max(float(inner), 1e-3), 0, 1).astype(np.float32)

    def _ease(
        self, veil: NDArray[np.float32], slots: list[Slot], colour: Colour, floor: float
    ) -> None:
        """Darken under light type, or lighten under dark type, by the least that reaches a floor.

        Strengths are tried on the type's own surroundings; the whole picture is touched once.
        """
        room = _bounds(slots).grown(_SURROUND, _SURROUND)
        room = room.intersection(Box(0, 0, self.picture.shape[1], self.picture.shape[0]))
        hiders = [
            (slot, None if (hidden := self.hidden(slot)) is None else hidden[room.slices])
            for slot in slots
        ]
        target = 0 if _is_light(colour) else 255
        strength = 0.0
        for strength in np.arange(0, 0.96, 0.05):
            trial = _blend(self.picture[room.slices], veil[room.slices], strength, target)
            reached = min(
                _contrast(
                    trial,
                    replace(slot, x=slot.x - room.x0, y=slot.y - room.y0),
                    colour,
                    before,
                )
                for slot, before in hiders
            )
            if reached >= floor * _MARGIN:
                break
        if strength:
            self.picture = _blend(self.picture, veil, strength, target)


def _bounds(slots: list[Slot]) -> Box:
    box = slots[0].box
    for slot in slots[1:]:
        box = box.union(slot.box)
    return box


def _blend(
    picture: NDArray[np.uint8], veil: NDArray[np.float32], strength: float, target: int
) -> NDArray[np.uint8]:
    """Move a picture towards black or white by a veil's strength."""
    amount = np.float32(strength) * veil[..., None]
    return np.rint(picture + (np.float32(target) - picture) * amount).astype(np.uint8)


def _is_light(colour: Colour) -> bool:
    return sum(colour) > 3 * 110


def _draw(
    cover: NDArray[np.uint8], slot: Slot, colour: Colour, hidden: NDArray[np.float32] | None
) -> None:
    coverage = slot.type.ink.astype(np.float32) / 255
    if hidden is not None:
        coverage *= 1 - hidden[slot.box.slices]
    ground = cover[slot.box.slices]
    mixed = ground + (np.array(colour, np.float32) - ground) * coverage[..., None]
    cover[slot.box.slices] = np.rint(mixed)


def _contrast(
    picture: NDArray[np.uint8],
    slot: Slot,
    colour: Colour,
    hidden: NDArray[np.float32] | None,
) -> float:
    return ink_contrast(
        picture, slot.type.ink, slot.box, colour, size_px=slot.type.size_px, hidden=hidden
    )


def _measure(
    cover: NDArray[np.uint8], slot: Slot, colour: Colour, hidden: NDArray[np.float32] | None
) -> Block:
    return Block(
        role=slot.role,
        text=slot.type.text,
        script=slot.type.script,
        language=slot.type.language,
        box=slot.box,
        envelope_box=None,
        font=slot.type.font,
        size_px=slot.type.size_px,
        colour=format_hex(colour),
        contrast=_contrast(cover, slot, colour, hidden),
        hidden=_share_hidden(slot, hidden),
        missing_glyphs=slot.type.missing_glyphs,
    )
