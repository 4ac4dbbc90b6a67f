"""A palette and the ground of a title -> the ink that the title is printed in.

Candidates take their hue from the photo: its accent, what lies beside it and across from it, at
lightnesses that a printer would mix. White and ink are always among them, and the signal colours of
the news-stand where the photo has no colour of its own. Judged in OKLCH. Does not know where the
title stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from poster.colour import Colour
from poster.cover.ink.contrast_search import Surround, masthead_cost
from poster.photo.palette import Swatch, accent_of, colour_at, swatch_of
from poster.typography.contrast import INK

PAPER_WHITE: Colour = (250, 247, 239)

SIGNALS: tuple[Colour, ...] = ((214, 34, 42), (255, 214, 64))
"""Red and yellow: what the news-stand prints over black and white."""

_MIXES = ((0.84, 0.17), (0.66, 0.20), (0.42, 0.16))
"""Lightness and chroma of a bright, a strong and a deep ink of one hue."""

_WARM = (55.0, 115.0)
_COOL_BRIGHT = 0.12
"""Hues, in degrees, of bright inks with all their chroma: orange to yellow. Greens and cyans with
more than this glow as no press prints them."""


@dataclass(frozen=True, slots=True)
class InkAppeal:
    """What speaks for a title's ink; about 1 for a good one. What its ground pays is taken off.

    Where no origin is given the figure was not measured; the baseline over bench/photos holds it.

    Args:
        contrast: for a distance of `contrast_enough` from the ground's lightness.
        contrast_enough: in OKLab's lightness, past which more adds nothing that an eye would thank
            for. The floors are by WCAG, whose ratio flatters black on a deep blue or green.
        hue: for a distance of `hue_enough` from the ground's hue.
        hue_enough: in the plane of OKLab's a and b, from which two hues are no longer confused: red
            and skin are 0.12 apart.
        accent: for the hue of the picture's accent: a title that takes it up looks meant.
        across: for the hue across from it, which is livelier than beside it.
        beside: for a hue beside it.
        neutral: for white and ink, which are never wrong.
        signal: for a signal colour, where the picture has none.
        least_chroma: of a colourful ink: with less it is a pastel or mud; the gamut has no bright
            red and no bright blue, and no deep yellow.
        least_accent: chroma of an accent; with less it is a tinge, and a title in that hue would
            bring in a colour that is not there.
    """

    contrast: float = 1.2
    contrast_enough: float = 0.6
    hue: float = 0.6
    hue_enough: float = 0.20
    accent: float = 0.40
    across: float = 0.14
    beside: float = 0.10
    neutral: float = 0.16
    signal: float = 0.30
    least_chroma: float = 0.11
    least_accent: float = 0.09


APPEAL = InkAppeal()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An ink, and what its relation to the picture is worth."""

    swatch: Swatch
    worth: float


def choose_ink(surround: Surround, palette: tuple[Swatch, ...], *, is_colourful: bool) -> Colour:
    """Choose a title's ink.

    Args:
        surround: of its visible ink.
        palette: of the picture.
        is_colourful: whether the style prints titles in colour; else in white or ink.

    Returns:
        The ink with the best mix of contrast, distance in hue from the ground, relation to the
        picture's accent, and ground left as it is.
    """
    candidates = list(_neutrals())
    if is_colourful:
        candidates += _colours(palette)
    hoped = sorted(
        ((_appeal(surround, one), one.swatch.colour) for one in candidates),
        key=lambda pair: -pair[0],
    )
    best, chosen = -np.inf, hoped[0][1]
    for appeal, colour in hoped:
        # An easing only ever costs: the rest cannot catch up.
        if appeal <= best:
            break
        worth = appeal - masthead_cost(surround, colour)
        if worth > best:
            best, chosen = worth, colour
    return chosen


def _appeal(surround: Surround, candidate: _Candidate) -> float:
    """What speaks for an ink, before the ground is eased for it."""
    ink, ground = candidate.swatch, surround.swatch
    apart = float(np.hypot(*(_plane(ink) - _plane(ground))))
    contrast = abs(ink.lightness - ground.lightness)
    return (
        APPEAL.contrast * min(contrast / APPEAL.contrast_enough, 1.0)
        + APPEAL.hue * min(apart / APPEAL.hue_enough, 1.0)
        + candidate.worth
    )


def _neutrals() -> Sequence[_Candidate]:
    return [_Candidate(_swatch(colour), APPEAL.neutral) for colour in (PAPER_WHITE, INK)]


def _colours(palette: tuple[Swatch, ...]) -> Sequence[_Candidate]:
    accent = accent_of(palette)
    if accent is None or accent.chroma < APPEAL.least_accent:
        return [_Candidate(_swatch(colour), APPEAL.signal) for colour in SIGNALS]
    turns = (
        (0.0, APPEAL.accent),
        (180.0, APPEAL.across),
        (30.0, APPEAL.beside),
        (-30.0, APPEAL.beside),
    )
    mixed = [
        _Candidate(_swatch(_mix((accent.hue + turn) % 360, lightness, chroma)), worth)
        for (turn, worth), (lightness, chroma) in product(turns, _MIXES)
    ]
    own = _Candidate(accent, APPEAL.accent)
    return [one for one in (own, *mixed) if one.swatch.chroma >= APPEAL.least_chroma]


def _mix(hue: float, lightness: float, chroma: float) -> Colour:
    low, high = _WARM
    is_cool_bright = lightness == _MIXES[0][0] and not low <= hue <= high
    return colour_at(lightness, min(chroma, _COOL_BRIGHT) if is_cool_bright else chroma, hue)


def _swatch(colour: Colour) -> Swatch:
    return swatch_of(np.array(colour, np.float64), 0.0)


def _plane(swatch: Swatch) -> np.ndarray:
    angle = np.radians(swatch.hue)
    return swatch.chroma * np.array([np.cos(angle), np.sin(angle)])
