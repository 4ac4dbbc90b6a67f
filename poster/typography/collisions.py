"""Runs -> the same runs, parted with a wider gap wherever two letters would touch.

Tight tracking and some faces' own kerning make letters collide: r and v in Playfair Display, K and
Y in Archivo. HarfBuzz measures the gaps. Does not know sizes in pixels, lines or Typst.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from poster.typography.bidi import may_part
from poster.typography.itemise import Run
from poster.typography.outlines import points_at
from poster.typography.shape import advance_of, is_nominal, outline_of, shape
from poster.typography.voices import Cut

MIN_GAP = 0.012
"""Smallest gap between two letters at the same height, in em: 1 px in a headline of 80 px, 4 px
in a masthead. Chosen by eye: below it, letters seem to touch on a cover of 1024 px."""

_SCRIPTS = frozenset({"Armn", "Cyrl", "Geor", "Grek", "Latn"})
"""Scripts of separate letters that run from left to right."""

_STEP = 0.0125
_TOP, _ROWS = 1.5, 200
"""Rows of a letter's profile: their height and where they begin above the baseline, in em, and how
many there are; no letter reaches further."""

_TIMES = np.linspace(0, 1, 64)[:, None]
"""Where curves are sampled: a stem as high as an em crosses every row."""


@dataclass(frozen=True, slots=True)
class _Profile:
    """How far a glyph's ink reaches to the left and right in each row, in em from its origin."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]


def part_touching(runs: Sequence[Run], language: str) -> tuple[Run, ...]:
    """Part runs between letters that are closer than MIN_GAP.

    Args:
        runs: of a text, with tracking for its size.
        language: BCP 47 tag.

    Returns:
        The runs; where two were one, the first has a space of its own.
    """
    return tuple(part for run in runs for part in _parted(run, language))


def join_parted(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Undo part_touching()."""
    joined: list[Run] = []
    for run in runs:
        if joined and joined[-1].space is not None:
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    return tuple(joined)


@lru_cache(maxsize=1024)
def _parted(run: Run, language: str) -> tuple[Run, ...]:
    if run.script not in _SCRIPTS or run.direction != "ltr":
        return (run,)
    parts, start = [], 0
    glyphs = shape(run, language)
    # Many sizes differ in tracking alone.
    face = replace(run.cut, tracking=0.0, width_range=None)
    for before, after in pairwise(glyphs):
        lacking = MIN_GAP - (after.x - before.x + _gap(face, before.index, after.index))
        if lacking <= 0 or before.cluster == after.cluster:
            continue
        pair = run.text[before.cluster : after.cluster], run.text[after.cluster]
        if not (all(map(_is_letter, pair[0] + pair[1])) and may_part(*pair)):
            continue
        if not (is_nominal(face, before.index, pair[0]) and is_nominal(face, after.index, pair[1])):
            continue  # the face itself joins them
        first = replace(run, text=run.text[start : after.cluster])
        pen = sum(glyph.advance for glyph in glyphs if start <= glyph.cluster < after.cluster)
        parts.append(replace(first, space=pen + lacking - advance_of(first, language)))
        start = after.cluster
    return *parts, replace(run, text=run.text[start:])


@lru_cache(maxsize=16384)
def _gap(cut: Cut, before: int, after: int) -> float:
    """Return the smallest gap between two glyphs with the same origin, in em."""
    return float(np.min(_profile(cut, after).left - _profile(cut, before).right))


@lru_cache(maxsize=4096)
def _profile(cut: Cut, index: int) -> _Profile:
    curves = outline_of(cut, index)
    left, right = np.full(_ROWS, np.inf), np.full(_ROWS, -np.inf)
    if len(curves):
        x, y = np.moveaxis(points_at(curves[:, :, None, :], _TIMES), -1, 0)
        rows = np.clip(((_TOP - y) / _STEP).astype(int), 0, _ROWS - 1)
        np.minimum.at(left, rows, x)
        np.maximum.at(right, rows, x)
    # The rows beside it count as well: two corners may touch between rows.
    for side, extreme in ((left, np.minimum), (right, np.maximum)):
        wide = extreme(side[:-1], side[1:])
        side[:-1] = wide
        side[1:] = extreme(side[1:], wide)
    return _Profile(left, right)


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"
