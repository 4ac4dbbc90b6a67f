"""Placed type and a picture -> the colour of each piece, and the picture adjusted for it.

Colours are chosen by measured contrast; if none reaches the floor, the picture is dodged or burned
under the type as far as protection allows. Does not draw type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour, parse_hex
from poster.cover.ink.contrast_search import (
    MAX_STRENGTH,
    NO_ADJUSTMENT,
    Surround,
    find_adjustment,
    rank_text_inks,
)
from poster.cover.ink.dodge_burn import LocalAdjustment
from poster.cover.ink.harmony import PAPER_WHITE, rank_inks
from poster.cover.ink.placed_type import PlacedType
from poster.cover.ink.protection import Bounds, Protection
from poster.cover.ink.tone_masks import fall_mask, spot_mask
from poster.cover.layout.styles import Style
from poster.photo.palette import measure_palette
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR, WARM_BLACK

_ROUNDS = 4
"""Maximum number of passes over all type. Two usually do: the second confirms that the first was
enough."""

_WORTH_ADJUSTING = 0.8
"""Share of its floor that a title's contrast must reach for the picture to be adjusted at all."""

_INKS = 4
"""Number of the best inks to try for a title, before white and black."""

_TITLE_SAMPLE = 5_000
"""Maximum number of pixels of a title's background to measure: choosing its ink measures a dozen
candidates."""


@dataclass(frozen=True)
class _ColourGroup:
    """Pieces of type that share a colour, and the mask for adjusting the picture under them."""

    pieces: list[PlacedType]
    mask: NDArray[np.float32]
    floor: float
    max_change: float

    def surrounds(self, picture: NDArray[np.uint8]) -> list[Surround]:
        """Return the surround of each piece, on a picture."""
        return [piece.surround(picture, self.mask) for piece in self.pieces]


def choose_colours(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    pieces: list[PlacedType],
    style: Style,
    title_colour: str,
    protection: Protection,
    bounds: Bounds,
) -> tuple[NDArray[np.uint8], tuple[Colour, ...], tuple[LocalAdjustment, ...]]:
    """Choose each group's colour, and dodge or burn the picture under it as far as needed.

    Args:
        picture: HWC uint8, sRGB, [0, 255].
        matte: HW float32, share of the subject, [0, 1].
        pieces: the placed type, the masthead first; may be empty.
        style: which colours the masthead may take.
        title_colour: #RRGGBB or auto.
        protection: limits what is adjusted.
        bounds: of the change of the picture.

    Returns:
        The adjusted picture, the colour of each piece, and the adjustments in their order.
    """
    if not pieces:
        return picture, (), ()
    masthead, title_ink, adjusted = _ink_title(
        picture, matte, pieces[0], style, title_colour, protection, bounds.title
    )
    members: dict[int, list[PlacedType]] = {}
    for piece in pieces[1:]:
        members.setdefault(piece.slot.group, []).append(piece)
    lines = [
        _ColourGroup(
            several,
            protection.spare_faces(spot_mask([piece.slot.box for piece in several], matte.shape)),
            TEXT_FLOOR,
            bounds.lines,
        )
        for several in members.values()
    ]
    titles, title_inks = [masthead], [title_ink]
    [around] = masthead.surrounds(adjusted)
    if around.contrast(title_ink) < _WORTH_ADJUSTING * MASTHEAD_FLOOR:
        # The picture would be spoilt, and the title not be legible all the same.
        adjusted, titles, title_inks = picture, [], []
    # A title that is not legible by itself must not decide between the inks of the lines.
    hopeless = _count_illegible(adjusted, titles, title_inks)
    tried = []
    for inks in _rank_line_inks(adjusted, lines, protection):
        groups, colours = [*titles, *lines], [*title_inks, *inks]
        after, adjustments = _adjust_for_all(picture, groups, colours, protection)
        illegible = _count_illegible(after, groups, colours)
        tried.append((illegible, after, adjustments, inks))
        if illegible <= hopeless:
            break
    _, after, adjustments, inks = min(tried, key=lambda one: one[0])
    by_group = dict(zip(members, inks, strict=True))
    rest = (by_group[piece.slot.group] for piece in pieces[1:])
    return after, (title_ink, *rest), adjustments


def _ink_title(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    piece: PlacedType,
    style: Style,
    title_colour: str,
    protection: Protection,
    max_change: float,
) -> tuple[_ColourGroup, Colour, NDArray[np.uint8]]:
    """Choose the title's colour, and adjust the picture under it."""
    # A subject in front of the title keeps most of its light, if the title is legible all the same.
    kept = matte if piece.occluder is not None else np.zeros_like(matte)
    mask = protection.spare_faces(fall_mask(piece.slot.box, kept))
    first = None
    for ink in _title_inks(picture, piece, mask, style, title_colour):
        group = _ColourGroup([piece], mask, MASTHEAD_FLOOR, max_change)
        [around] = group.surrounds(picture)
        adjustment = find_adjustment([around], ink, MASTHEAD_FLOOR)
        if not around.is_legible(ink, MASTHEAD_FLOOR, adjustment):
            whole = protection.spare_faces(fall_mask(piece.slot.box, np.zeros_like(matte)))
            group = replace(group, mask=whole)
        first = first or (group, ink)
        if _can_pass(picture, group, ink, protection):
            adjusted, _ = _adjust_for_all(picture, [group], [ink], protection)
            if not _count_illegible(adjusted, [group], [ink]):
                return group, ink, adjusted
    if first is None:
        raise AssertionError("a title has at least one ink")
    group, ink = first
    adjusted, _ = _adjust_for_all(picture, [group], [ink], protection)
    return group, ink, adjusted


def _rank_line_inks(
    picture: NDArray[np.uint8], lines: list[_ColourGroup], protection: Protection
) -> Iterator[list[Colour]]:
    """Yield the ways to ink the lines that can pass, the best first; if none can, the best one."""
    ranked = rank_text_inks([group.surrounds(picture) for group in lines])
    is_hopeless = True
    for inks in ranked:
        pairs = zip(lines, inks, strict=True)
        if all(_can_pass(picture, group, ink, protection) for group, ink in pairs):
            yield inks
            is_hopeless = False
    if is_hopeless:
        yield ranked[0]


def _title_inks(
    picture: NDArray[np.uint8],
    piece: PlacedType,
    mask: NDArray[np.float32],
    style: Style,
    title_colour: str,
) -> Iterator[Colour]:
    """Yield the inks to try for a title: the caller's, or the best ones and white and black."""
    if title_colour != "auto":
        yield parse_hex(title_colour)
        return
    palette = measure_palette(picture) if style.is_colourful else ()
    around = piece.surround(picture, mask, _TITLE_SAMPLE)
    ranked = rank_inks(around, palette, is_colourful=style.is_colourful)
    tried = []
    for ink in chain(islice(ranked, _INKS), (PAPER_WHITE, WARM_BLACK)):
        if ink not in tried:
            tried.append(ink)
            yield ink


def _can_pass(
    picture: NDArray[np.uint8], group: _ColourGroup, colour: Colour, protection: Protection
) -> bool:
    """Whether a colour is legible if the picture is adjusted as far as it may be; draws nothing."""
    adjustment = find_adjustment(group.surrounds(picture), colour, group.floor)
    if not adjustment.strength:
        return True
    strongest = replace(adjustment, strength=MAX_STRENGTH)
    limited = protection.limit(picture, LocalAdjustment(group.mask, strongest), group.max_change)
    return all(
        surround.is_legible(colour, group.floor, strongest)
        for surround in replace(group, mask=limited.mask).surrounds(picture)
    )


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
                limited = protection.limit(picture, whole, group.max_change)
                picture = limited.over(picture)
                is_reduced[number] |= limited is not whole
                groups[number] = replace(group, mask=limited.mask)
                adjustments.append(limited)
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
