"""The pixels around type -> the colour that is legible on them, and how far to adjust their tone.

To adjust is to dodge or burn the background (see ink.dodge_burn). Every block must reach its
contrast floor as a whole, and each of its letters a share of it. Knows the pixels of a background
but not where they are: ink.compose does, and decides what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour
from poster.cover.ink.dodge_burn import ToneAdjustment, adjust_tone
from poster.photo.palette import Swatch, colour_at, swatch_of
from poster.typography.contrast import (
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
    WARM_BLACK,
    WHITE,
    letter_contrast,
    low_contrast,
    sought,
)

LETTER_SHARE = 2 / 3
"""Share of its block's floor that each letter must reach: 3.0 in small type, the floor of large
type, and 2.0 in a masthead. A percentile over the whole block would miss one illegible letter."""

_STEP = 0.05
_STEPS = 19
"""Step and number of strengths to try."""

MAX_STRENGTH = _STEP * _STEPS
"""Strength of an adjustment beyond which a picture is a flat tint."""

_DARK, _LIGHT = 0.10, 0.98
_DARK_CHROMA, _LIGHT_CHROMA = 0.02, 0.03
"""OKLCH lightness and maximum chroma of the tones that backgrounds are adjusted towards: a shadow
and a paper tint of the background's own hue."""


@dataclass(frozen=True, slots=True)
class AdjustmentCosts:
    """Cost of an ink, from how much its background must change; a good ink's appeal is about 1.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        change: weight of the mean change of the background, of [0, 1]: a change of a tenth is
            visible, a twentieth is not.
        near: distance in OKLab lightness below which type is hard to read, whatever its WCAG
            ratio, which overrates black on a deep blue or green.
        several: cost of small type in more than one ink, which looks like an accident; it equals a
            change of 0.2 under one group.
        min_tone_contrast: contrast that a target tone must have with the type, as a multiple of
            the floor; more than 1, because no strength reaches the tone itself.
    """

    change: float = 5.0
    near: float = 0.45
    several: float = 1.0
    min_tone_contrast: float = 1.2


COSTS = AdjustmentCosts()


@dataclass(frozen=True, eq=False)
class Surround:
    """The pixels around a piece of type, letter by letter.

    Args:
        pixels: N3 uint8, sRGB, [0, 255].
        mask: N float32, [0, 1]: how much of an adjustment applies to each pixel.
        letters: N, number of the nearest letter to each pixel, ascending.
    """

    pixels: NDArray[np.uint8]
    mask: NDArray[np.float32]
    letters: NDArray[np.intp]
    _legible: dict[tuple[Colour, float, ToneAdjustment], bool] = field(default_factory=dict)

    def contrast(self, colour: Colour) -> float:
        """Return the 10th percentile of a colour's WCAG ratio with the pixels as they are."""
        return low_contrast(self.pixels, colour)

    def is_legible(self, colour: Colour, floor: float, adjustment: ToneAdjustment) -> bool:
        """Whether a colour reaches a floor, as a whole and in each letter, after an adjustment."""
        key = colour, floor, adjustment
        if key not in self._legible:
            adjusted, wanted = self._adjusted(adjustment), sought(floor)
            self._legible[key] = (
                low_contrast(adjusted, colour) >= wanted
                and letter_contrast(adjusted, self.letters, colour) >= wanted * LETTER_SHARE
            )
        return self._legible[key]

    def change(self, adjustment: ToneAdjustment) -> float:
        """Return the mean change of the pixels by an adjustment, of [0, 1]."""
        if not adjustment.strength:
            return 0.0
        return float(
            np.abs(self._adjusted(adjustment).astype(np.float32) - self.pixels).mean() / 255
        )

    @cached_property
    def swatch(self) -> Swatch:
        """The mean colour of the pixels."""
        return swatch_of(self.pixels.mean(0), 1.0)

    def _adjusted(self, adjustment: ToneAdjustment) -> NDArray[np.uint8]:
        if not adjustment.strength:
            return self.pixels
        return adjust_tone(self.pixels, self.mask, adjustment)


NO_ADJUSTMENT = ToneAdjustment(0.0, WARM_BLACK)
"""Leaves a background as it is."""


def find_adjustment(surrounds: Sequence[Surround], colour: Colour, floor: float) -> ToneAdjustment:
    """Find the smallest adjustment of the background with which a colour reaches a contrast floor.

    Args:
        surrounds: of each piece of type in that colour; at least one.
        colour: of the type.
        floor: minimum contrast.

    Returns:
        Burning or dodging, whichever changes the background less. The strength is 0 if none is
        needed, and the maximum if none is enough.
    """
    if all(surround.is_legible(colour, floor, NO_ADJUSTMENT) for surround in surrounds):
        return NO_ADJUSTMENT
    adjustments = [
        ToneAdjustment(_min_strength(surrounds, colour, floor, tone), tone)
        for tone in _tones(surrounds, colour, floor)
    ]

    def is_enough(adjustment: ToneAdjustment) -> bool:
        return all(surround.is_legible(colour, floor, adjustment) for surround in surrounds)

    # A tone that reaches the floor may not be enough: even the maximum strength falls short of it.
    enough = [adjustment for adjustment in adjustments if is_enough(adjustment)]
    return min(enough or adjustments, key=lambda adjustment: _change(surrounds, adjustment))


def rank_text_inks(groups: Sequence[Sequence[Surround]]) -> list[list[Colour]]:
    """Rank the ways to set each group of small type in white or black, the best first.

    Args:
        groups: the surround of each piece of each group.

    Returns:
        Lists of colours, one colour for each group. One colour for all groups comes first if it
        costs little more than the best colour for each; otherwise it follows, in case neighbouring
        groups spoil each other's background.
    """
    inks = (WHITE, WARM_BLACK)
    costs = {ink: [_text_cost(surrounds, ink) for surrounds in groups] for ink in inks}
    each = [min(inks, key=lambda ink: costs[ink][number]) for number in range(len(groups))]
    best = sum(costs[ink][number] for number, ink in enumerate(each))
    alone = sorted(inks, key=lambda ink: sum(costs[ink]))
    plain = [[ink] * len(groups) for ink in alone]
    return plain if sum(costs[alone[0]]) <= best + COSTS.several else [each, *plain]


def _text_cost(surrounds: Sequence[Surround], colour: Colour) -> float:
    adjustment = find_adjustment(surrounds, colour, TEXT_FLOOR)
    own = swatch_of(np.array(colour, np.float64), 0.0).lightness
    apart = min(abs(own - surround.swatch.lightness) for surround in surrounds)
    return COSTS.change * _change(surrounds, adjustment) + max(0.0, COSTS.near - apart)


def masthead_cost(surround: Surround, colour: Colour) -> float:
    """Return what adjusting the picture for a title in a colour costs, in units of appeal."""
    adjustment = find_adjustment([surround], colour, MASTHEAD_FLOOR)
    return COSTS.change * surround.change(adjustment)


def _tones(surrounds: Sequence[Surround], colour: Colour, floor: float) -> list[Colour]:
    """Return the tones to adjust a background towards so that a colour reaches a floor.

    If none of them offers enough contrast, return the better one.
    """
    ground = surrounds[0].swatch
    tones = [
        colour_at(_DARK, min(ground.chroma, _DARK_CHROMA), ground.hue),
        colour_at(_LIGHT, min(ground.chroma, _LIGHT_CHROMA), ground.hue),
    ]
    pixels = {tone: np.array([tone], np.uint8) for tone in tones}
    enough = [
        tone
        for tone in tones
        if low_contrast(pixels[tone], colour) >= COSTS.min_tone_contrast * floor
    ]
    return enough or [max(tones, key=lambda tone: low_contrast(pixels[tone], colour))]


def _min_strength(
    surrounds: Sequence[Surround], colour: Colour, floor: float, tone: Colour
) -> float:
    def suffices(step: int) -> bool:
        adjustment = ToneAdjustment(step * _STEP, tone)
        return all(surround.is_legible(colour, floor, adjustment) for surround in surrounds)

    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high * _STEP


def _change(surrounds: Sequence[Surround], adjustment: ToneAdjustment) -> float:
    return float(np.mean([surround.change(adjustment) for surround in surrounds]))
