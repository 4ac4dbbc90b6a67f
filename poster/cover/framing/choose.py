"""PhotoFacts and a masthead -> the window of the photo that fills the cover.

Searches a coarse grid of windows, then the neighbours of the best; framing.weigh computes their
costs. A window may start above the photo, where headroom will be synthesised. Uses no pixels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from operator import itemgetter

import numpy as np

from poster.cover.framing.weigh import COSTS, WindowWeigher
from poster.cover.layout.difference import MIN_SHOWN, compare_windows
from poster.cover.layout.dummy import Slot
from poster.geometry import Box
from poster.photo.facts import PhotoFacts

MAX_HEADROOM = 0.30
"""Maximum synthesised headroom, as a share of the cover's height. Portraits in prototypes took
0.22; a face that touches the photo's top under a masthead of 0.235 needs a little more."""

_AIR = 0.035
"""Maximum of it below a field, for a head that would touch the field's edge: 30 to 40 pixels."""

_ZOOMS = (1.0, 0.92, 0.84, 0.76, 0.68)
"""Widths of the windows to try, as shares of the widest."""
_COLUMNS = 6
_ROWS = 17
"""Columns and rows of the coarse grid of windows at each zoom."""
_PROMISING = 24
"""Number of the best windows of that grid whose neighbours are tried."""


def choose_window(
    facts: PhotoFacts,
    picture: Box,
    title: Slot | None,
    min_side: int,
    *,
    is_behind: bool = False,
    turn: int = 0,
    earlier: Sequence[Box] = (),
) -> Framing:
    """Choose what the cover shows.

    Args:
        facts: of the whole photo.
        picture: box of the photo on the cover.
        title: the masthead, if it is on the photo.
        is_behind: whether the subject may be in front of it.
        min_side: width, in photo pixels, up to which a window is widened by headroom even if no
            title needs it.
        turn: 0 prefers as much of the photo as possible; each further turn prefers another zoom.
        earlier: windows that other variants show, in photo pixels; others are preferred.

    Returns:
        The window that costs least.
    """
    aspect = picture.width / picture.height
    # Headroom makes room for a title at the top; otherwise it only helps a photo too short for the
    # cover's aspect.
    is_too_short = facts.height * aspect < min_side
    is_under_title = title is not None and title.y < picture.centre[1]
    is_below_field = picture.y0 > 0
    headroom = MAX_HEADROOM if is_under_title or is_too_short else _AIR * is_below_field
    wished_zoom = _ZOOMS[(3 * turn) % len(_ZOOMS)]
    weigher = WindowWeigher(facts, picture, title, is_behind=is_behind)

    def repeats(window: Box) -> float:
        shown = (compare_windows(window, other) < MIN_SHOWN for other in earlier)
        return COSTS.repeated if any(shown) else 0.0

    def weigh(windows: list[_Candidate]) -> list[tuple[float, _Candidate]]:
        """Return the cost of each candidate with it, the best first."""
        costs = weigher.weigh([one.window for one in windows]).tolist()
        weighed = [
            (cost + COSTS.zoom * abs(wished_zoom - one.zoom) + repeats(one.window), one)
            for cost, one in zip(costs, windows, strict=True)
        ]
        return sorted(weighed, key=itemgetter(0))

    # Windows with headroom can be wider; the others are tried at their own zooms, since there may
    # be nothing above this photo that can be continued.
    coarse = weigh(
        [
            _Candidate(window, zoom, share, widest)
            for share in dict.fromkeys((0.0, headroom))
            for widest in [min(facts.width, facts.height / (1 - share) * aspect)]
            for zoom in _ZOOMS
            for window in _grid(facts, widest * zoom, aspect, share)
        ]
    )
    # A head overlaps the masthead by the right amount only within a few rows, and the grid may skip
    # them.
    fine = weigh(
        [
            replace(promising, window=window)
            for _, promising in coarse[:_PROMISING]
            for window in _around(facts, promising.window, promising.headroom)
        ]
    )
    cost, best = fine[0]
    return Framing(best.window, cost, best.widest)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A window to weigh.

    Args:
        window: in photo pixels.
        zoom: its width over the widest.
        headroom: maximum share of its height above the photo.
        widest: width of the widest window with that headroom.
    """

    window: Box
    zoom: float
    headroom: float
    widest: float


def _grid(facts: PhotoFacts, width: float, aspect: float, headroom: float) -> Iterator[Box]:
    """Yield windows of one width all over the photo and the headroom above it."""
    wide, high = round(width), round(width / aspect)
    lowest = round(-headroom * high)
    columns = np.linspace(0, facts.width - wide, _COLUMNS).tolist()
    rows = np.linspace(lowest, max(lowest, facts.height - high), _ROWS).tolist()
    # If photo and picture have nearly the same aspect, places repeat.
    places = product(dict.fromkeys(map(round, rows)), dict.fromkeys(map(round, columns)))
    for y, x in places:
        yield Box(x, y, x + wide, y + high)


def _around(facts: PhotoFacts, window: Box, headroom: float) -> Iterator[Box]:
    """Yield a window, then positions between it and its grid neighbours above and below."""
    lowest = round(-headroom * window.height)
    step = (facts.height - window.height - lowest) / (_ROWS - 1)
    for part in (0, -0.6, -0.4, -0.2, 0.2, 0.4, 0.6):
        moved = window.shifted(0, round(part * step))
        if moved == window or (lowest <= moved.y0 and moved.y1 <= facts.height):
            yield moved


@dataclass(frozen=True, slots=True)
class Framing:
    """A window and its cost.

    Args:
        window: in photo pixels, of the picture's aspect; y0 may be negative.
        cost: 0 is best; a few tenths are good; 1 or more is a compromise.
        widest: width of the widest window of that aspect, in photo pixels: with headroom if this
            window has it.
    """

    window: Box
    cost: float
    widest: float
