"""The pixels around type -> the colour that reads on them, and how far to ease them for it.

To ease is to dodge or burn the background (see ink.easing). Every block must reach its contrast
floor as a whole, and each of its letters a share of it. Knows the pixels of a background but not
their place: ink.compose does, and decides what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour
from poster.cover.ink.easing import ease
from poster.photo.palette import Swatch, colour_at, swatch_of
from poster.typography.contrast import (
    INK,
    MASTHEAD_FLOOR,
    TEXT_FLOOR,
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
"""Step and number of easing strengths to try: up to 0.95, beyond which a picture is a flat tint."""

_DARK, _LIGHT = 0.10, 0.98
_DARK_CHROMA, _LIGHT_CHROMA = 0.02, 0.03
"""OKLCH lightness and greatest chroma of the tones that backgrounds are eased towards: a shadow and
a paper tint of the background's own hue."""


@dataclass(frozen=True, slots=True)
class EasingCosts:
    """What an ink costs by how much its background must change; a good ink's appeal is about 1.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        change: weight of the mean change of the background, of [0, 1]: a change of a tenth is
            visible, a twentieth is not.
        near: distance in OKLab lightness below which type is hard to read, whatever its WCAG
            ratio, which overrates black on a deep blue or green.
        several: cost of small type in more than one ink; it equals a change of 0.06 under one
            group.
        tone: contrast, as a multiple of the floor, that a tone must offer to be eased towards,
            since no strength reaches the tone itself.
    """

    change: float = 5.0
    near: float = 0.45
    several: float = 0.3
    tone: float = 1.2


COSTS = EasingCosts()


@dataclass(frozen=True)
class Surround:
    """The pixels around a piece of type, letter by letter.

    Args:
        pixels: N3 uint8, sRGB, [0, 255].
        veil: N float32, [0, 1]: how much of an easing reaches each pixel.
        letters: N, number of the nearest letter to each pixel, ascending.
    """

    pixels: NDArray[np.uint8]
    veil: NDArray[np.float32]
    letters: NDArray[np.intp]

    def contrast(self, colour: Colour) -> float:
        """Return the 10th percentile of a colour's WCAG ratio with the pixels, without easing."""
        return low_contrast(self.pixels, colour)

    def reads(self, colour: Colour, floor: float, easing: Remedy) -> bool:
        """Whether a colour reaches a floor, as a whole and in each letter, after an easing."""
        eased = self._eased(easing)
        return (
            low_contrast(eased, colour) >= sought(floor)
            and letter_contrast(eased, self.letters, colour) >= sought(floor) * LETTER_SHARE
        )

    def change(self, easing: Remedy) -> float:
        """Return the mean change of the pixels by an easing, of [0, 1]."""
        if not easing.strength:
            return 0.0
        return float(np.abs(self._eased(easing).astype(np.float32) - self.pixels).mean() / 255)

    @cached_property
    def swatch(self) -> Swatch:
        """The mean colour of the pixels."""
        return swatch_of(self.pixels.mean(0), 1.0)

    def _eased(self, easing: Remedy) -> NDArray[np.uint8]:
        if not easing.strength:
            return self.pixels
        return ease(self.pixels, self.veil, easing.strength, easing.tone)


@dataclass(frozen=True, slots=True)
class Remedy:
    """How to ease a background: strength and tone, as ease() takes them."""

    strength: float
    tone: Colour


NO_REMEDY = Remedy(0.0, INK)
"""Leaves a background as it is."""


def find_remedy(surrounds: Sequence[Surround], colour: Colour, floor: float) -> Remedy:
    """Find the least easing of the background with which a colour reaches a contrast floor.

    Args:
        surrounds: of each piece of type in that colour; at least one.
        colour: of the type.
        floor: least contrast.

    Returns:
        Burning or dodging, whichever changes the background less. The strength is 0 if none is
        needed, and the greatest if none is enough.
    """
    if all(surround.reads(colour, floor, NO_REMEDY) for surround in surrounds):
        return NO_REMEDY
    remedies = [
        Remedy(_min_strength(surrounds, colour, floor, tone), tone)
        for tone in _tones(surrounds, colour, floor)
    ]

    def is_enough(remedy: Remedy) -> bool:
        return all(surround.reads(colour, floor, remedy) for surround in surrounds)

    # A tone that reaches the floor may not be enough: even the greatest strength falls short of it.
    enough = [remedy for remedy in remedies if is_enough(remedy)]
    return min(enough or remedies, key=lambda remedy: _change(surrounds, remedy))


def rank_text_inks(groups: Sequence[Sequence[Surround]]) -> list[list[Colour]]:
    """Rank the ways to set each group of small type in white or ink, the best first.

    Args:
        groups: the surround of each piece of each group.

    Returns:
        Lists of colours, one colour for each group. One ink for all groups comes first if it costs
        little more than the best ink for each; otherwise it follows, in case neighbouring groups
        spoil each other's background.
    """
    inks = (WHITE, INK)
    costs = {ink: [_text_cost(surrounds, ink) for surrounds in groups] for ink in inks}
    each = [min(inks, key=lambda ink: costs[ink][number]) for number in range(len(groups))]
    best = sum(costs[ink][number] for number, ink in enumerate(each))
    alone = sorted(inks, key=lambda ink: sum(costs[ink]))
    plain = [[ink] * len(groups) for ink in alone]
    return plain if sum(costs[alone[0]]) <= best + COSTS.several else [each, *plain]


def _text_cost(surrounds: Sequence[Surround], colour: Colour) -> float:
    remedy = find_remedy(surrounds, colour, TEXT_FLOOR)
    own = swatch_of(np.array(colour, np.float64), 0.0).lightness
    apart = min(abs(own - surround.swatch.lightness) for surround in surrounds)
    return COSTS.change * _change(surrounds, remedy) + max(0.0, COSTS.near - apart)


def masthead_cost(surround: Surround, colour: Colour) -> float:
    """Return what easing the picture for a title in a colour costs, in units of appeal."""
    remedy = find_remedy([surround], colour, MASTHEAD_FLOOR)
    return COSTS.change * surround.change(remedy)


def _tones(surrounds: Sequence[Surround], colour: Colour, floor: float) -> list[Colour]:
    """Return the tones to ease a background towards so that a colour reaches a floor.

    If none of them offers enough contrast, return the better one.
    """
    ground = surrounds[0].swatch
    tones = [
        colour_at(_DARK, min(ground.chroma, _DARK_CHROMA), ground.hue),
        colour_at(_LIGHT, min(ground.chroma, _LIGHT_CHROMA), ground.hue),
    ]
    pixels = {tone: np.array([tone], np.uint8) for tone in tones}
    enough = [tone for tone in tones if low_contrast(pixels[tone], colour) >= COSTS.tone * floor]
    return enough or [max(tones, key=lambda tone: low_contrast(pixels[tone], colour))]


def _min_strength(
    surrounds: Sequence[Surround], colour: Colour, floor: float, tone: Colour
) -> float:
    def suffices(step: int) -> bool:
        remedy = Remedy(step * _STEP, tone)
        return all(surround.reads(colour, floor, remedy) for surround in surrounds)

    low, high = 0, _STEPS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high * _STEP


def _change(surrounds: Sequence[Surround], remedy: Remedy) -> float:
    return float(np.mean([surround.change(remedy) for surround in surrounds]))
