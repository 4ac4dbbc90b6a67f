"""A painted picture, its matte and slots -> the finished cover and its measurements.

Does not choose colours, which ink.choose_colours does, nor move type: layout placed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from poster.colour import pixels_from_floats
from poster.cover.ink.choose_colours import choose_colours
from poster.cover.ink.contrast_search import LETTER_SHARE
from poster.cover.ink.layers import Layers
from poster.cover.ink.placed_type import PlacedType, letter_hidden_most, share_hidden
from poster.cover.ink.protection import USUAL, Bounds, Protection
from poster.cover.ink.score import score_layout
from poster.cover.layout.dummy import Slot
from poster.cover.layout.styles import Style
from poster.geometry import Box
from poster.photo.grade import add_grain
from poster.result import Block, Easing, LayoutScores
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR

MAX_HIDDEN = 0.30
"""Maximum share of a masthead's ink that the subject may hide; beyond it, type comes forward."""

MAX_LETTER_HIDDEN = 0.40
"""The same for any one letter: with less of it left, an R reads as P."""

_GRAIN = 0.012
"""Standard deviation of the grain in mid tones, of [0, 1]. Not measured; the goldens guard it."""


@dataclass(frozen=True)
class Composition:
    """A finished cover.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        blocks: the set type, measured on the finished cover.
        scores: of the layout; None without type.
        layers: from which it was composited.
        subject_change: largest change of the subject under the type, CIEDE2000.
        easing: how far the whole picture was changed for the type; None if it was not.
    """

    cover: NDArray[np.uint8]
    blocks: tuple[Block, ...]
    scores: LayoutScores | None
    layers: Layers
    subject_change: float = 0.0
    easing: Easing | None = None

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
    bounds: Bounds = USUAL,
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
        bounds: of the change of the picture under the type.

    Returns:
        The finished cover. Its type may be below its floor, if more contrast would change a face,
        or the picture too much.
    """
    goes_behind = bool(slots) and style.masthead.is_behind and _may_hide(slots[0], matte)
    occluder = matte if goes_behind else None
    pieces = [
        PlacedType(slot, occluder if slot.role == "masthead" else None, matte.shape)
        for slot in slots
    ]
    protection = Protection(picture, matte, faces)
    picture, colours, adjustments = choose_colours(
        picture, matte, pieces, style, title_colour, protection, bounds
    )
    layers = Layers(picture, matte, slots, colours, occluder is not None, adjustments)
    cover = pixels_from_floats(add_grain(layers.flatten(), seed, _GRAIN))
    blocks = [piece.measure(cover, colour) for piece, colour in zip(pieces, colours, strict=True)]
    scores = score_layout(picture, matte, [slot.box for slot in slots]) if slots else None
    composition = Composition(cover, tuple(blocks), scores, layers)
    if not adjustments:
        return composition
    change, easing = protection.largest_change(picture), protection.measure_easing(picture)
    return replace(composition, subject_change=change, easing=easing)


def _may_hide(masthead: Slot, matte: NDArray[np.float32]) -> bool:
    """Whether the title stays legible, as a whole and in each letter, behind the subject."""
    return (
        share_hidden(masthead, matte) <= MAX_HIDDEN
        and letter_hidden_most(masthead, matte) <= MAX_LETTER_HIDDEN
    )
