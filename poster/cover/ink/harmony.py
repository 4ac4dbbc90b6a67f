"""A palette and the background of a title -> the ink that the title is printed in.

Candidate hues come from the photo's accent: the accent itself, its neighbours and its complement,
at lightnesses that a printer would mix. White and black are always candidates; the news-stand's
signal colours are if the photo has no accent. Judged in OKLCH. Does not know where the title is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import product

import numpy as np

from poster.colour import Colour
from poster.cover.ink.contrast_search import Surround, masthead_cost
from poster.photo.palette import CRITERIA, Swatch, accent_of, colour_at, swatch_of
from poster.typography.contrast import WARM_BLACK

PAPER_WHITE: Colour = (250, 247, 239)

SIGNALS: tuple[Colour, ...] = ((214, 34, 42), (255, 214, 64))
"""Red and yellow: what news-stand titles use on black-and-white photos."""

_MIXES = ((0.84, 0.17), (0.66, 0.20), (0.42, 0.16))
"""OKLCH lightness and chroma of a bright, a strong and a deep ink of one hue."""

_WARM = (55.0, 115.0)
_COOL_BRIGHT = 0.12
"""OKLCH hues, in degrees, of bright inks that keep their full chroma: orange to yellow; and the
maximum chroma of all others. Greens and cyans with more glow as no press can print them."""

_OPPOSITE = 90.0
"""Degrees from which two hues are opposite."""


@dataclass(frozen=True, slots=True)
class InkAppeal:
    """Appeal of a title's ink: about 1 for a good one.

    The cost of adjusting its background is deducted. A figure without a stated origin was not
    measured; the baseline over bench/photos guards it.

    Args:
        contrast: appeal of a distance of `contrast_enough` from the background's lightness.
        contrast_enough: distance in OKLab lightness beyond which more does not look better. The
            floors use WCAG ratios, which overrate black on a deep blue or green.
        hue: appeal of a distance of `hue_enough` from the background's hue.
        hue_enough: distance in OKLab's a-b plane beyond which two hues are not confused: red and
            skin are 0.12 apart.
        accent: appeal of the accent's hue: a title in it looks intended.
        complement: appeal of the complementary hue, which is livelier than a neighbouring one, if
            it is warm: a cyan title on a maroon field was graded harsh.
        neighbour: appeal of a hue next to the accent's.
        neutral: appeal of white and black, which are never wrong.
        signal: appeal of a signal colour, if the picture has no accent.
        min_chroma: of a coloured ink; with less it is pastel or mud. The gamut has no bright red,
            no bright blue and no deep yellow.
        min_accent: chroma of an accent; with less it is a mere tinge, and a title in its hue would
            introduce a colour that the picture does not have.
    """

    contrast: float = 1.2
    contrast_enough: float = 0.6
    hue: float = 0.6
    hue_enough: float = 0.20
    accent: float = 0.40
    complement: float = 0.14
    neighbour: float = 0.10
    neutral: float = 0.16
    signal: float = 0.30
    min_chroma: float = 0.11
    min_accent: float = 0.09


APPEAL = InkAppeal()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An ink, and the appeal of its relation to the picture."""

    swatch: Swatch
    worth: float


def rank_inks(
    surround: Surround, palette: tuple[Swatch, ...], *, is_colourful: bool
) -> Iterator[Colour]:
    """Rank the inks that a title could have.

    Args:
        surround: of the title's visible ink.
        palette: of the picture.
        is_colourful: whether the style prints titles in colour; otherwise in white or black.

    Yields:
        The inks, the best first, by the sum of contrast, distance in hue from the background,
        relation to the picture's accent, and little change to the background.
    """
    candidates = list(_neutrals())
    if is_colourful:
        ground = surround.swatch
        candidates += [one for one in _colours(palette) if not _clashes(one.swatch, ground)]
    hoped = sorted(
        ((_appeal(surround, one), one.swatch.colour) for one in candidates),
        key=lambda pair: -pair[0],
    )
    known: list[tuple[float, Colour]] = []
    for appeal, colour in hoped:
        # Adjusting the background only lowers the appeal, so the remaining inks cannot catch up.
        while known and known[0][0] <= -appeal:
            yield heappop(known)[1]
        heappush(known, (masthead_cost(surround, colour) - appeal, colour))
    while known:
        yield heappop(known)[1]


def _appeal(surround: Surround, candidate: _Candidate) -> float:
    """Return the appeal of an ink before the cost of adjusting its background."""
    ink, ground = candidate.swatch, surround.swatch
    apart = float(np.hypot(*(_plane(ink) - _plane(ground))))
    contrast = abs(ink.lightness - ground.lightness)
    return (
        APPEAL.contrast * min(contrast / APPEAL.contrast_enough, 1.0)
        + APPEAL.hue * min(apart / APPEAL.hue_enough, 1.0)
        + candidate.worth
    )


def _neutrals() -> Sequence[_Candidate]:
    return [_Candidate(_swatch(colour), APPEAL.neutral) for colour in (PAPER_WHITE, WARM_BLACK)]


def _colours(palette: tuple[Swatch, ...]) -> Sequence[_Candidate]:
    accent = accent_of(palette)
    if accent is None or accent.chroma < APPEAL.min_accent:
        return [_Candidate(_swatch(colour), APPEAL.signal) for colour in SIGNALS]
    turns = [
        (0.0, APPEAL.accent),
        (30.0, APPEAL.neighbour),
        (-30.0, APPEAL.neighbour),
    ]
    if _is_warm((accent.hue + 180) % 360):
        turns.append((180.0, APPEAL.complement))
    mixed = [
        _Candidate(_swatch(_mix((accent.hue + turn) % 360, lightness, chroma)), worth)
        for (turn, worth), (lightness, chroma) in product(turns, _MIXES)
    ]
    own = _Candidate(accent, APPEAL.accent)
    return [one for one in (own, *mixed) if one.swatch.chroma >= APPEAL.min_chroma]


def _clashes(ink: Swatch, ground: Swatch) -> bool:
    """Whether a cool ink is on a ground of an opposite hue: cyan on maroon."""
    if _is_warm(ink.hue) or ground.chroma < CRITERIA.colourful:
        return False
    return abs((ink.hue - ground.hue + 180) % 360 - 180) > _OPPOSITE


def _is_warm(hue: float) -> bool:
    low, high = _WARM
    return low <= hue <= high


def _mix(hue: float, lightness: float, chroma: float) -> Colour:
    is_cool_bright = lightness == _MIXES[0][0] and not _is_warm(hue)
    return colour_at(lightness, min(chroma, _COOL_BRIGHT) if is_cool_bright else chroma, hue)


def _swatch(colour: Colour) -> Swatch:
    return swatch_of(np.array(colour, np.float64), 0.0)


def _plane(swatch: Swatch) -> np.ndarray:
    angle = np.radians(swatch.hue)
    return swatch.chroma * np.array([np.cos(angle), np.sin(angle)])
