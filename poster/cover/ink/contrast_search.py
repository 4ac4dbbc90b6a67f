"""The pixels round type -> the colour that reads on them, and how far they must be eased for it.

Every block must pass its floor as a whole, and each of its letters a share of it. Knows a ground's
pixels, not where they are: compose.py does, and decides what is printed.
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
"""Share of its block's floor that each letter keeps: 3.0 in small type, which is the floor of large
type, and 2.0 in a masthead. One letter that drowns hides in a percentile of them all."""

_STEP = 0.05
_STEPS = 19
"""Strengths of an easing that are tried: up to 0.95, past which a picture is a flat tint."""

_DARK, _LIGHT = 0.10, 0.98
_DARK_CHROMA, _LIGHT_CHROMA = 0.02, 0.03
"""Lightness and most chroma in OKLCH of what a ground is drawn to: shadows and paper of its own
hue."""


@dataclass(frozen=True, slots=True)
class EasingCosts:
    """What an ink costs by what it asks of its ground, against an appeal of about 1.

    Where no origin is given the figure was not measured; the baseline over bench/photos holds it.

    Args:
        change: for an easing that changes the ground by all there is: a mean change of a tenth
            shows, a twentieth does not.
        near: distance in OKLab's lightness below which type is read with some effort, whatever
            WCAG's ratio says: it flatters black on a deep blue or green.
        several: for small type in more than one ink: a change of 0.06 under one group.
        tone: contrast that a tone must give to be drawn to, over the floor: no strength reaches it.
    """

    change: float = 5.0
    near: float = 0.45
    several: float = 0.3
    tone: float = 1.2


COSTS = EasingCosts()


@dataclass(frozen=True)
class Surround:
    """The pixels that surround a piece of type, letter by letter.

    Args:
        pixels: N3 uint8, sRGB, [0, 255].
        veil: N float32, [0, 1]: how much of an easing reaches each pixel.
        letters: N, the letter that each lies nearest to, rising.
    """

    pixels: NDArray[np.uint8]
    veil: NDArray[np.float32]
    letters: NDArray[np.intp]

    def contrast(self, colour: Colour) -> float:
        """10th percentile of the WCAG ratio of a colour with the pixels as they are."""
        return low_contrast(self.pixels, colour)

    def reads(self, colour: Colour, floor: float, easing: Remedy) -> bool:
        """Whether a colour passes a floor, as a whole and in each letter, once it is eased."""
        eased = self._eased(easing)
        return (
            low_contrast(eased, colour) >= sought(floor)
            and letter_contrast(eased, self.letters, colour) >= sought(floor) * LETTER_SHARE
        )

    def change(self, easing: Remedy) -> float:
        """Mean change that an easing makes, over the whole range of a pixel."""
        if not easing.strength:
            return 0.0
        return float(np.abs(self._eased(easing).astype(np.float32) - self.pixels).mean() / 255)

    @cached_property
    def swatch(self) -> Swatch:
        """Its mean colour."""
        return swatch_of(self.pixels.mean(0), 1.0)

    def _eased(self, easing: Remedy) -> NDArray[np.uint8]:
        if not easing.strength:
            return self.pixels
        return ease(self.pixels, self.veil, easing.strength, easing.tone)


@dataclass(frozen=True, slots=True)
class Remedy:
    """How a ground is eased: strength and tone as ease() takes them."""

    strength: float
    tone: Colour


NO_REMEDY = Remedy(0.0, INK)
"""Leaves a ground as it is."""


def find_remedy(surrounds: Sequence[Surround], colour: Colour, floor: float) -> Remedy:
    """Find how little a ground must be eased for a colour to pass a floor.

    Args:
        surrounds: of each piece of type in that colour; there is one at least.
        colour: of the type.
        floor: least contrast.

    Returns:
        Of burning and dodging what changes the ground less; strength 0 where none is needed, and
        the greatest where none is enough.
    """
    if all(surround.reads(colour, floor, NO_REMEDY) for surround in surrounds):
        return NO_REMEDY
    remedies = [
        Remedy(_least_strength(surrounds, colour, floor, tone), tone)
        for tone in _tones(surrounds, colour, floor)
    ]

    def is_enough(remedy: Remedy) -> bool:
        return all(surround.reads(colour, floor, remedy) for surround in surrounds)

    # A tone may pass the floor where the most that a ground is drawn to it does not.
    enough = [remedy for remedy in remedies if is_enough(remedy)]
    return min(enough or remedies, key=lambda remedy: _change(surrounds, remedy))


def rank_text_inks(groups: Sequence[Sequence[Surround]]) -> list[list[Colour]]:
    """White or ink for each group of small type: what to try, the best first.

    Args:
        groups: what surrounds each piece of each group.

    Returns:
        Colours, one for each group. One ink for all comes before the best for each where that
        costs little more, and after it otherwise, for where neighbours spoil each other's ground.
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
    """What the picture pays for a title in a colour, as appeal is counted."""
    remedy = find_remedy([surround], colour, MASTHEAD_FLOOR)
    return COSTS.change * surround.change(remedy)


def _tones(surrounds: Sequence[Surround], colour: Colour, floor: float) -> list[Colour]:
    """What a ground could be drawn to for a colour to pass a floor; the best if none is enough."""
    ground = surrounds[0].swatch
    tones = [
        colour_at(_DARK, min(ground.chroma, _DARK_CHROMA), ground.hue),
        colour_at(_LIGHT, min(ground.chroma, _LIGHT_CHROMA), ground.hue),
    ]
    pixels = {tone: np.array([tone], np.uint8) for tone in tones}
    enough = [tone for tone in tones if low_contrast(pixels[tone], colour) >= COSTS.tone * floor]
    return enough or [max(tones, key=lambda tone: low_contrast(pixels[tone], colour))]


def _least_strength(
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
