"""A masthead behind the subject, and windows of the photo -> how much of it the subject hides.

Counts ink, letters, and the upper and lower thirds by which letters differ, on the cover's grid of
cells. typography.letters defines a letter, as for the receipt. Does not use the photo's pixels:
ink.compose decides on the painted picture whether the title really goes behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.view import PerWindow, crop_matte
from poster.cover.layout.dummy import Slot
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.letters import find_solid_ink


@dataclass(frozen=True, slots=True)
class OcclusionCosts:
    """What a masthead behind the subject costs, by the hidden shares of its ink.

    An overlap between `touching` and `free` looks intended. With less, the head is below the title
    rather than in front of it; with more, letters get lost. A figure without a stated origin was
    not measured: the baseline over bench/photos guards it, except ink, vanishing and max_hidden,
    which the tests guard.

    Args:
        apart: cost of a subject that does not touch the title.
        sliver: cost of a subject that hides some ink, but less than `touching`: a straw before one
            stroke of a letter.
        touching: minimum share of hidden ink at which the subject counts as in front of the title.
        trace: share of hidden ink up to which nothing is seen of it.
        ink: weight of the hidden ink above `free`.
        free: share of the ink that may be hidden at no cost.
        vanishing: weight of the hidden ink above `max_hidden`; it all but rules the window out.
        max_hidden: share of the ink; the finished cover may hide up to 0.30.
        letter: weight of the hidden share of the worst letter, above `letter_free`.
        letter_free: share of one letter that may be hidden at no cost. At 0.35, a B was read as R.
        end: weight of the hidden share of the worst upper or lower third, above `end_free`.
        end_free: share of such a third that may be hidden at no cost: a p without its descender
            reads as an o.
    """

    apart: float = 0.5
    sliver: float = 0.0
    touching: float = 0.03
    trace: float = 0.001
    ink: float = 4.0
    free: float = 0.10
    vanishing: float = 60.0
    max_hidden: float = 0.28
    letter: float = 5.0
    letter_free: float = 0.22
    end: float = 12.0
    end_free: float = 0.38


COSTS = OcclusionCosts()

THING_COSTS = replace(COSTS, apart=0.05, sliver=0.3, free=0.05, letter_free=0.12, end_free=0.2)
"""The same for a subject without a face. A head before a title is expected there, and letters are
guessed behind it; of a title behind a thing, every letter must keep its foot, bar and dot, and no
sliver lies on it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """How much of a masthead N windows hide, as shares of its ink.

    Args:
        all: N, for the whole title.
        letters: N x L, for each letter.
        ends: N x E, for the upper thirds of all letters, then for the lower thirds.
    """

    all: PerWindow
    letters: NDArray[np.float64]
    ends: NDArray[np.float64]


class MastheadOcclusion:
    """A masthead's letters on the cover's grid, from the top of the picture to the title's bottom.

    Args:
        title: the masthead.
        picture: box of the photo on the cover.
    """

    def __init__(self, title: Slot, picture: Box) -> None:
        box = title.box.shifted(-picture.x0, -picture.y0)
        width = picture.width
        self._rows = max(1, round(box.y1 / width * CELLS_ACROSS))
        solid = find_solid_ink(title.type.ink, title.type.size_px)
        y, x, letter = solid.rows, solid.columns, solid.letters
        self._count = count = int(letter.max()) + 1
        top, stop = np.full(count, len(title.type.ink)), np.zeros(count, np.intp)
        np.minimum.at(top, letter, y)
        np.maximum.at(stop, letter, y + 1)
        into_letter = (y - top[letter]) / (stop - top)[letter]
        row = (y + box.y0) * self._rows // box.y1
        cell = row * CELLS_ACROSS + (x + box.x0) * CELLS_ACROSS // width
        size = self._rows * CELLS_ACROSS

        def gather(part: NDArray[np.bool_]) -> NDArray[np.float32]:
            ink = np.bincount(letter[part] * size + cell[part], minlength=count * size)
            return ink.reshape(count, size).astype(np.float32)

        parts = [gather(into_letter < 2), gather(into_letter < 1 / 3), gather(into_letter >= 2 / 3)]
        pieces = np.concatenate(parts)
        # A third may be empty, such as between two separate strokes.
        pieces = pieces[pieces.any(1)]
        self._ink = pieces.sum(1)
        # Stored sparsely: most cells hold ink of one letter only.
        piece, self._cells = np.nonzero(pieces)
        self._weights = pieces[piece, self._cells]
        self._starts = np.searchsorted(piece, np.arange(len(pieces)))

    def hidden(self, facts: PhotoFacts, windows: Sequence[Box]) -> Hidden:
        """Measure how much the subject hides.

        Args:
            facts: of the whole photo.
            windows: in photo pixels, of the picture's aspect; at least one.

        Returns:
            The hidden shares in each window.
        """
        ink = np.array([self._hidden_ink(crop_matte(facts, one, self._rows)) for one in windows])
        shares = (ink / self._ink).astype(np.float64)
        of_all = ink[:, : self._count].sum(1) / self._ink[: self._count].sum()
        return Hidden(
            np.asarray(of_all, np.float64), shares[:, : self._count], shares[:, self._count :]
        )

    def weigh(self, facts: PhotoFacts, windows: Sequence[Box]) -> PerWindow:
        """Compute the cost of each window for how much of the title it hides.

        Args:
            facts: of the whole photo.
            windows: in photo pixels, of the picture's aspect; at least one.

        Returns:
            N costs: 0 if the subject hides a little of the title and not much of any letter.
        """
        hidden = self.hidden(facts, windows)
        letters, ends = hidden.letters.max(1), hidden.ends.max(1)
        costs = COSTS if facts.faces else THING_COSTS
        return np.asarray(
            costs.ink * np.maximum(0, hidden.all - costs.free)
            + costs.vanishing * np.maximum(0, hidden.all - costs.max_hidden)
            + costs.letter * np.maximum(0, letters - costs.letter_free)
            + costs.end * np.maximum(0, ends - costs.end_free)
            + costs.apart * np.maximum(0, costs.touching - hidden.all) / costs.touching
            + costs.sliver * ((hidden.all > costs.trace) & (hidden.all < costs.touching))
        )

    def _hidden_ink(self, matte: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how much ink of each piece is behind the subject."""
        return np.add.reduceat(matte.ravel()[self._cells] * self._weights, self._starts)
