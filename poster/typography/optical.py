"""A cut, a script and a size in points -> the cut as it is set at that size.

Small type opens and takes its sturdy design; display type closes and takes its fine one. Does not
know lines or pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from poster.typography.itemise import Run
from poster.typography.scripts import CJK_SCRIPTS, dominant_script
from poster.typography.voices import Cut

POINTS_PER_PIXEL = 595.3 / 1024
"""Of a cover 1024 px wide on a trim of 210 mm, which is 595.3 points."""

_OPENING = 0.185
_DECAY = -0.1745
"""Tracking grows by _OPENING * exp(_DECAY * size) em as type gets smaller, size in CSS pixels. At
display sizes nothing is added; 24 px gain 0.003 em, 12 px 0.023, 8 px 0.046. Source: Inter's
dynamic metrics, tracking = a + b * exp(c * size) with a = -0.0223, b = 0.185, c = -0.1745."""

_NEUTRAL = 12.1
"""CSS pixels at which that curve crosses zero, so the size for which a face is spaced as drawn."""

_PIXEL = 0.75
"""Points to the CSS pixel. Source: CSS Values 4, absolute lengths."""


@dataclass(frozen=True, slots=True)
class OpticalAxis:
    """How much of a family's optical axis is used.

    The axes are drawn for print, and a cover of 1024 px has 1.7 dots to the point.

    Args:
        per_point: optical size for one point of type.
        least: optical size of the smallest type, where the axis begins.
        greatest: optical size of the largest type.
    """

    per_point: float
    least: float
    greatest: float


_OPTICAL = {
    "Bodoni Moda": OpticalAxis(0.2, 6.0, 40.0),
    "Roboto Flex": OpticalAxis(1.0, 8.0, 60.0),
    "Source Serif 4": OpticalAxis(0.6, 8.0, 60.0),
}
"""At its own size Bodoni's hairlines are 0.4 px of a cover at any size (0.215 em over the optical
size, measured on the H), and its T and A fall apart; at a fifth of it they are 2 px. Roboto Flex's
letters run into each other above 60. Source Serif's share is not measured."""

_OPENED = frozenset({"Armn", "Cyrl", "Ethi", "Geor", "Grek", "Hebr", "Latn"})
"""Scripts whose letters stand apart; tracking would tear those that join or carry a headline."""

_APPARENT = {"Arab": 1.28, "Beng": 1.1, "Deva": 1.1, "Thai": 1.08}
"""Script -> how much larger its small type must be set to look as large as Latin beside it. By ink,
an Arabic line at 100 px is 33 px high where Latin small letters are 52 (rows weighed by their ink,
Archivo and Noto Sans at 500); half of that gap is closed, since its strokes reach far below."""


def apparent_scale(text: str) -> float:
    """Find how much larger a small text must be set than a Latin one, to look of one size.

    Args:
        text: any text.

    Returns:
        A factor, 1 or more.
    """
    return _APPARENT.get(dominant_script(text), 1.0)


def sized(cut: Cut, script: str, points: float) -> Cut:
    """Draw and space a cut for a size.

    Args:
        cut: as the voice has it, for display.
        script: ISO 15924 code of what is set in it.
        points: to the em, at the trim size.

    Returns:
        The cut, with its optical size where the face has such an axis. Letters that stand apart
        open by Inter's curve; Han, kana and Hangul, which are set solid in text (JLREQ, 3.1.2),
        close towards the voice's tracking as they grow; all others stay as they are.
    """
    size = points / _PIXEL
    tracking = cut.tracking
    if script in _OPENED:
        tracking += _OPENING * math.exp(_DECAY * size)
    elif script in CJK_SCRIPTS:
        tracking *= max(0.0, 1 - math.exp(_DECAY * (size - _NEUTRAL)))
    optical = None
    if cut.family in _OPTICAL:
        axis = _OPTICAL[cut.family]
        optical = float(round(min(max(axis.per_point * points, axis.least), axis.greatest)))
    # In steps that nobody sees, so that two nearly equal sizes are set alike.
    return replace(cut, tracking=round(tracking, 3), optical=optical)


def sized_runs(runs: Sequence[Run], points: float) -> tuple[Run, ...]:
    """Draw and space every run of a text for a size, in points to the em."""
    return tuple(replace(run, cut=sized(run.cut, run.script, points)) for run in runs)
