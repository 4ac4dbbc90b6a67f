"""Two dummies -> how much of one another's type and photo they share.

Does not know styles, colours or pixels: two covers in different styles always differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.cover.layout.dummy import Dummy
from poster.geometry import Box

MIN_MOVED = 0.5
"""Share of a title, or of the cover lines, that must stand elsewhere to be seen to have moved."""

MIN_SHOWN = 0.25
"""Share of what two windows show that only one of them must show, for them to be seen to differ:
one is zoomed in to 0.86 of the other's width, or shifted by a seventh of it."""

_ACROSS = 128
"""Columns of the grid on which areas are compared."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How two dummies differ.

    Args:
        title: share of the titles' area, taken together, that only one of them covers, [0, 1].
        lines: the same of the cover lines; 0 without any.
        window: the same of what is shown of the photo.
    """

    title: float
    lines: float
    window: float

    @property
    def share(self) -> float:
        """What is seen of it: 1 or more if a reader sees another page."""
        return max(self.title / MIN_MOVED, self.lines / MIN_MOVED, self.window / MIN_SHOWN)

    @property
    def has_moved(self) -> bool:
        """Whether the title or the cover lines are seen to stand elsewhere."""
        return max(self.title, self.lines) >= MIN_MOVED

    @property
    def shows_another_part(self) -> bool:
        """Whether another part of the photo is seen."""
        return self.window >= MIN_SHOWN


def compare(first: Dummy, second: Dummy) -> Difference:
    """Compare two plans for the same photo and text.

    Args:
        first: a plan.
        second: another, on a page of the same size.

    Returns:
        Their difference.
    """
    return Difference(
        _apart(first, second, {"masthead"}),
        _apart(first, second, {"headline", "deck"}),
        compare_windows(first.window, second.window),
    )


def _apart(first: Dummy, second: Dummy, roles: set[str]) -> float:
    one, other = (
        _covered(dummy, (area.box for area in dummy.areas if area.role in roles))
        for dummy in (first, second)
    )
    together = int((one | other).sum())
    return 1 - int((one & other).sum()) / together if together else 0.0


def _covered(dummy: Dummy, boxes: Iterable[Box]) -> NDArray[np.bool_]:
    scale = _ACROSS / dummy.page.width
    covered = np.zeros((round(dummy.page.height * scale), _ACROSS), bool)
    for box in boxes:
        rows = slice(round(box.y0 * scale), max(round(box.y1 * scale), round(box.y0 * scale) + 1))
        covered[rows, round(box.x0 * scale) : round(box.x1 * scale)] = True
    return covered


def compare_windows(first: Box, second: Box) -> float:
    """Return the share of what two windows show together that only one of them shows, [0, 1]."""
    return 1 - first.iou(second)
