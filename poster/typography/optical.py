"""A cut, a script and a size in points -> the cut with tracking and optical size for that size.

Small type is tracked wider and drawn sturdier; display type is tracked tighter and drawn finer.
Does not know lines or pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from poster.typography.itemise import Run
from poster.typography.scripts import CJK_SCRIPTS, dominant_script
from poster.typography.voices import Cut

POINTS_PER_PIXEL = 595.3 / 1024
"""For a cover 1024 px wide on a trim of 210 mm, which is 595.3 points."""

_OPENING = 0.185
_DECAY = -0.1745
"""Smaller type gets more tracking: _OPENING * exp(_DECAY * size) em, with the size in CSS pixels.
Display sizes gain nothing, 24 px gain 0.003 em, 12 px 0.023, 8 px 0.046. Source: Inter's dynamic
metrics, tracking = a + b * exp(c * size) with a = -0.0223, b = 0.185, c = -0.1745."""

_NEUTRAL = 12.1
"""CSS pixels at which that curve crosses zero: the size at which a face is spaced as drawn."""

_PIXEL = 0.75
"""Points per CSS pixel. Source: CSS Values 4, absolute lengths."""


@dataclass(frozen=True, slots=True)
class OpticalAxis:
    """The part of a family's optical-size axis that is used.

    The axes are designed for print, but a cover of 1024 px has only 1.7 dots per point.

    Args:
        per_point: optical size per point of type size.
        minimum: smallest optical size, where the axis starts.
        maximum: largest optical size.
    """

    per_point: float
    minimum: float
    maximum: float


_OPTICAL = {
    "Bodoni Moda": OpticalAxis(0.2, 6.0, 40.0),
    "Roboto Flex": OpticalAxis(1.0, 8.0, 60.0),
    "Source Serif 4": OpticalAxis(0.6, 8.0, 60.0),
}
"""With the optical size equal to the type size, Bodoni's hairlines are 0.4 px wide on a cover at
any size (0.215 em over the optical size, measured on the H), and its T and A fall apart; at a fifth
of the type size they are 2 px. Roboto Flex's letters touch above 60. Source Serif's factor was not
measured."""

_TRACKED_SCRIPTS = frozenset({"Armn", "Cyrl", "Ethi", "Geor", "Grek", "Hebr", "Latn"})
"""Scripts with separate letters; tracking would break joined letters or a headline (shirorekha)."""

_APPARENT = {"Arab": 1.28, "Beng": 1.1, "Deva": 1.1, "Thai": 1.08}
"""Script -> factor by which small type must be larger to look as large as Latin. Weighted by ink,
an Arabic line at 100 px is 33 px high and Latin lower-case letters are 52 (Archivo and Noto Sans at
500). Half of that gap is closed, since Arabic strokes reach far below."""


def apparent_scale(text: str) -> float:
    """Find the factor by which small type must be larger to look as large as Latin.

    Args:
        text: any text.

    Returns:
        1 or more.
    """
    return _APPARENT.get(dominant_script(text), 1.0)


@lru_cache(maxsize=256)  # a Japanese line alternates between the same two or three
def sized(cut: Cut, script: str, points: float) -> Cut:
    """Adapt a cut to a size.

    Args:
        cut: from the voice, for display sizes.
        script: ISO 15924 code of the text.
        points: per em, at the trim size.

    Returns:
        The cut, with an optical size if the face has that axis. Scripts with separate letters gain
        tracking by Inter's curve. Han, kana and Hangul, which are set solid in text (JLREQ, 3.1.2),
        tighten towards the voice's tracking as they grow. All others keep theirs.
    """
    size = points / _PIXEL
    tracking = cut.tracking
    if script in _TRACKED_SCRIPTS:
        tracking += _OPENING * math.exp(_DECAY * size)
    elif script in CJK_SCRIPTS:
        tracking *= max(0.0, 1 - math.exp(_DECAY * (size - _NEUTRAL)))
    optical = None
    if cut.family in _OPTICAL:
        axis = _OPTICAL[cut.family]
        optical = float(round(min(max(axis.per_point * points, axis.minimum), axis.maximum)))
    # Rounded to invisible steps, so that two nearly equal sizes are set alike.
    return replace(cut, tracking=round(tracking, 3), optical=optical)


def sized_runs(runs: Sequence[Run], points: float) -> tuple[Run, ...]:
    """Adapt every run of a text to a size, in points per em."""
    return tuple(replace(run, cut=sized(run.cut, run.script, points)) for run in runs)
