"""A painted picture, its matte and slots -> the finished cover and its measurements.

Colours are chosen by measured contrast; if no colour reaches the floor, the picture is dodged or
burned under the type until one does. Does not move type: layout placed it.
"""

from __future__ import annotations

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
from poster.cover.ink.contrast_search import Surround, find_remedy, rank_text_inks
from poster.cover.ink.easing import Easing
from poster.cover.ink.harmony import choose_ink
from poster.cover.ink.layers import Layers
from poster.cover.ink.score import score_layout
from poster.cover.layout.dummy import Slot
from poster.cover.layout.styles import Style
from poster.geometry import Box
from poster.photo.grade import add_grain
from poster.photo.palette import measure_palette
from poster.poster import Block, LayoutScores
from poster.typography.contrast import (
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
    Band,
    letter_contrast,
    low_contrast,
    surroundings,
)
from poster.typography.letters import most_hidden

MAX_HIDDEN = 0.30
"""Greatest share of a masthead's ink that the subject may hide; beyond it, type comes forward."""

MAX_LETTER_HIDDEN = 0.40
"""The same for any one letter: with less of it left, an R reads as P."""

_GRAIN = 0.012
"""Standard deviation of the grain in mid tones, of [0, 1]. Not measured; the goldens guard it."""

_ROUNDS = 4
"""Most passes over all type. Two usually do: the second confirms that the first was enough."""

_FALL_FROM, _FALL_OVER = 0.7, 0.3
"""The veil over the title's end of the page starts to fall off at _FALL_FROM of the title's reach,
and does so over _FALL_OVER of the page's height, so that no edge shows."""
_KEPT = 0.75
"""Share of that veil that a subject in front of the title is spared."""

_SPOT_REACH = 0.05
"""How far the veil under other type extends beyond it before it falls off, over the width."""
_SPOT_STEP = 8
"""Side in pixels of the cells on which that veil is blurred; it is soft enough for that."""

_SAMPLE = 20_000
_TITLE_SAMPLE = 5_000
"""Most pixels of a background to measure: enough for a percentile of each letter. The second is for
choosing a title's ink, which measures a dozen candidates."""


@dataclass(frozen=True)
class Composition:
    """A finished cover.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        blocks: the set type, measured on the finished cover.
        scores: of the layout; None without type.
        layers: from which it was composited.
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
        slots: the placed type, the masthead first; may be empty.
        style: whether the masthead goes behind the subject, and which colours it may take.
        title_colour: #RRGGBB or auto.
        seed: of the grain.

    Returns:
        The finished cover.
    """
    goes_behind = bool(slots) and style.masthead.is_behind and _may_hide(slots[0], matte)
    occluder = matte if goes_behind else None
    settings = [
        _Setting(slot, occluder if slot.role == "masthead" else None, matte.shape) for slot in slots
    ]
    picture, colours, easings = _ready(picture, matte, settings, style, title_colour)
    layers = Layers(picture, matte, slots, colours, occluder is not None, easings)
    cover = pixels_from_floats(add_grain(layers.flatten(), seed, _GRAIN))
    blocks = [
        setting.measure(cover, colour) for setting, colour in zip(settings, colours, strict=True)
    ]
    scores = score_layout(picture, matte, [slot.box for slot in slots]) if slots else None
    return Composition(cover, tuple(blocks), scores, layers)


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
    """Return the hidden share of the letter of which most is hidden."""
    if occluder is None:
        return 0.0
    return most_hidden(slot.type.ink, occluder[slot.box.slices], slot.type.size_px)


class _Setting:
    """A slot and what stands in front of it: HW float32 of the cover's size, or None."""

    def __init__(
        self, slot: Slot, occluder: NDArray[np.float32] | None, size: tuple[int, ...]
    ) -> None:
        self.slot = slot
        self.occluder = occluder
        self._band: Band = surroundings(
            slot.type.ink, slot.box, size, size_px=slot.type.size_px, hidden=occluder
        )

    def surround(
        self, picture: NDArray[np.uint8], veil: NDArray[np.float32], sample: int = _SAMPLE
    ) -> Surround:
        """Return the pixels around the visible ink on a picture, and the veil over them."""
        band = self._band.thinned(sample)
        place = band.rows, band.columns
        return Surround(picture[place], veil[place], band.letters)

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
class _Group:
    """Pieces of type that share an ink, and the veil through which to ease the picture for them."""

    settings: list[_Setting]
    veil: NDArray[np.float32]
    floor: float

    def surrounds(self, picture: NDArray[np.uint8]) -> list[Surround]:
        """Return the surround of each piece, on a picture."""
        return [setting.surround(picture, self.veil) for setting in self.settings]


def _ready(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    settings: list[_Setting],
    style: Style,
    title_colour: str,
) -> tuple[NDArray[np.uint8], tuple[Colour, ...], tuple[Easing, ...]]:
    """Choose each group's colour, and ease the picture under it as far as needed."""
    if not settings:
        return picture, (), ()
    masthead, title_ink = _ink_title(picture, matte, settings[0], style, title_colour)
    members: dict[int, list[_Setting]] = {}
    for setting in settings[1:]:
        members.setdefault(setting.slot.group, []).append(setting)
    lines = [
        _Group(several, _soft_spot(several, matte.shape), TEXT_FLOOR)
        for several in members.values()
    ]
    eased, easings, _ = _ease_all(picture, [masthead], [title_ink])
    for inks in rank_text_inks([group.surrounds(eased) for group in lines]):
        groups, colours = [masthead, *lines], [title_ink, *inks]
        eased, easings, all_read = _ease_all(picture, groups, colours)
        if all_read:
            break
    by_group = dict(zip(members, colours[1:], strict=True))
    rest = (by_group[setting.slot.group] for setting in settings[1:])
    return eased, (title_ink, *rest), easings


def _ink_title(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    setting: _Setting,
    style: Style,
    title_colour: str,
) -> tuple[_Group, Colour]:
    """Choose the title's ink, and the veil for easing under it."""
    # A subject in front of the title keeps most of its light, if the title reads all the same.
    kept = matte if setting.occluder is not None else np.zeros_like(matte)
    veil = _fall(setting.slot, kept)
    if title_colour == "auto":
        palette = measure_palette(picture) if style.is_colourful else ()
        around = setting.surround(picture, veil, _TITLE_SAMPLE)
        colour = choose_ink(around, palette, is_colourful=style.is_colourful)
    else:
        colour = parse_hex(title_colour)
    group = _Group([setting], veil, MASTHEAD_FLOOR)
    [around] = group.surrounds(picture)
    if not around.reads(colour, MASTHEAD_FLOOR, find_remedy([around], colour, MASTHEAD_FLOOR)):
        group = replace(group, veil=_fall(setting.slot, np.zeros_like(matte)))
    return group, colour


def _ease_all(
    picture: NDArray[np.uint8], groups: list[_Group], colours: list[Colour]
) -> tuple[NDArray[np.uint8], tuple[Easing, ...], bool]:
    """Ease the picture as far as every group needs; also say whether all of them read then.

    Burning for one group may undo dodging for its neighbour, so every group is checked again.
    """
    easings: list[Easing] = []
    for _ in range(_ROUNDS):
        eased_before = len(easings)
        for group, colour in zip(groups, colours, strict=True):
            remedy = find_remedy(group.surrounds(picture), colour, group.floor)
            if remedy.strength:
                easings.append(Easing(group.veil, remedy.strength, remedy.tone))
                picture = easings[-1].over(picture)
        if len(easings) == eased_before:
            return picture, tuple(easings), True
    return picture, tuple(easings), False


def _fall(masthead: Slot, matte: NDArray[np.float32]) -> NDArray[np.float32]:
    """Build a veil from the page's edge past the masthead; the subject keeps most of its light."""
    height = len(matte)
    rows = np.arange(height, dtype=np.float32)
    reach = masthead.box.y1
    if masthead.box.y0 > height - masthead.box.y1:
        rows, reach = rows[::-1], height - masthead.box.y0
    fall = np.clip(1 - (rows - reach * _FALL_FROM) / (_FALL_OVER * height), 0, 1)
    smooth = (fall * fall * (3 - 2 * fall))[:, None]
    return np.asarray(smooth * (1 - np.float32(_KEPT) * matte), np.float32)


def _soft_spot(settings: list[_Setting], size: tuple[int, ...]) -> NDArray[np.float32]:
    """Build a veil that is 1 on a group and falls off so slowly that no edge shows."""
    height, width = size
    box = settings[0].slot.box
    for setting in settings[1:]:
        box = box.union(setting.slot.box)
    small = np.zeros((height // _SPOT_STEP + 1, width // _SPOT_STEP + 1), np.float32)
    reach = round(_SPOT_REACH * width)
    room = box.grown(reach, reach).intersection(Box(0, 0, width, height))
    x0, y0, x1, y1 = (edge // _SPOT_STEP for edge in room.edges)
    small[y0 : y1 + 1, x0 : x1 + 1] = 1
    small = np.asarray(cv2.GaussianBlur(small, (0, 0), reach / _SPOT_STEP), np.float32)
    spot = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    inner = max(float(spot[box.slices].min()), 1e-3)
    return np.asarray(np.clip(spot / np.float32(inner), 0, 1), np.float32)
