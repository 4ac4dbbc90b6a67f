"""A masthead behind the subject, and a window of the photo -> what the subject hides of it.

Ink, letters, and the ends of letters that tell one from another, counted on the cover's grid of
cells. A letter is what typography.letters says, as in the receipt. Knows no pixels of the photo;
whether the title really goes behind is decided on the painted picture, in ink.compose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.view import PerWindow, see_matte
from poster.cover.layout.dummy import Slot
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.typography.letters import find_solid_ink


@dataclass(frozen=True, slots=True)
class BehindCosts:
    """What a masthead costs that goes behind the subject, by the shares that are hidden.

    Between `touching` and `free` the overlap looks meant: less leaves the head under the title
    rather than before it, more costs letters. Where no origin is given the figure was not measured;
    the baseline over bench/photos holds it, but for ink, vanishing and most, which the tests hold.

    Args:
        apart: for a subject that does not touch the title.
        touching: share of the ink from which the subject stands before the title.
        ink: for all the ink, beyond `free`.
        free: share of the ink that may vanish at no cost.
        vanishing: for all the ink, beyond `most`: all but refuses the window.
        most: share of the ink; the design allows 0.30 on the finished cover.
        letter: for the whole of the letter that loses most, beyond `letter_free`.
        letter_free: share of one letter that may vanish at no cost. At 0.35 a B was read as R.
        end: for the whole of the upper or lower third that loses most, beyond `end_free`.
        end_free: share of such a third that may vanish at no cost: a p without its descender is an
            o.
    """

    apart: float = 0.5
    touching: float = 0.03
    ink: float = 4.0
    free: float = 0.10
    vanishing: float = 60.0
    most: float = 0.28
    letter: float = 5.0
    letter_free: float = 0.22
    end: float = 12.0
    end_free: float = 0.38


COSTS = BehindCosts()


@dataclass(frozen=True, slots=True)
class Hidden:
    """What windows hide of a masthead, as shares of the ink.

    Args:
        all: N, of the whole title.
        letters: N x L, of each letter.
        ends: N x E, of each letter's upper third, then of each one's lower third.
    """

    all: PerWindow
    letters: NDArray[np.float64]
    ends: NDArray[np.float64]


class MastheadBehind:
    """A masthead's letters on the cover's grid, from the cover's top down to its last row.

    Args:
        title: the masthead.
        picture: where the photo lies on the cover.
    """

    def __init__(self, title: Slot, picture: Box) -> None:
        box = title.box.shifted(-picture.x0, -picture.y0)
        width = picture.width
        self._rows = max(1, round(box.y1 / width * CELLS_ACROSS))
        solid = find_solid_ink(title.type.ink, title.type.size_px)
        y, x, letter = solid.rows, solid.columns, solid.letters
        self._count = count = int(letter.max()) + 1
        top, foot = np.full(count, len(title.type.ink)), np.zeros(count, np.intp)
        np.minimum.at(top, letter, y)
        np.maximum.at(foot, letter, y + 1)
        into_letter = (y - top[letter]) / (foot - top)[letter]
        row = (y + box.y0) * self._rows // box.y1
        cell = row * CELLS_ACROSS + (x + box.x0) * CELLS_ACROSS // width
        size = self._rows * CELLS_ACROSS

        def gather(part: NDArray[np.bool_]) -> NDArray[np.float32]:
            ink = np.bincount(letter[part] * size + cell[part], minlength=count * size)
            return ink.reshape(count, size).astype(np.float32)

        parts = [gather(into_letter < 2), gather(into_letter < 1 / 3), gather(into_letter >= 2 / 3)]
        pieces = np.concatenate(parts)
        # A third may be empty, as between two strokes.
        pieces = pieces[pieces.any(1)]
        self._ink = pieces.sum(1)
        # Most cells hold ink of one letter.
        piece, self._cells = np.nonzero(pieces)
        self._weights = pieces[piece, self._cells]
        self._starts = np.searchsorted(piece, np.arange(len(pieces)))

    def hidden(self, facts: PhotoFacts, windows: Sequence[Box]) -> Hidden:
        """Measure what the subject hides.

        Args:
            facts: of the whole photo.
            windows: in photo pixels, of the picture's shape; at least one.

        Returns:
            The shares.
        """
        ink = np.array([self._behind(see_matte(facts, one, self._rows)) for one in windows])
        shares = (ink / self._ink).astype(np.float64)
        of_all = ink[:, : self._count].sum(1) / self._ink[: self._count].sum()
        return Hidden(
            np.asarray(of_all, np.float64), shares[:, : self._count], shares[:, self._count :]
        )

    def weigh(self, facts: PhotoFacts, windows: Sequence[Box]) -> PerWindow:
        """Weigh windows by what the title loses.

        Args:
            facts: of the whole photo.
            windows: in photo pixels, of the picture's shape; at least one.

        Returns:
            N costs: 0 where the subject stands before a little of the title and of no letter much.
        """
        hidden = self.hidden(facts, windows)
        letters, ends = hidden.letters.max(1), hidden.ends.max(1)
        return np.asarray(
            COSTS.ink * np.maximum(0, hidden.all - COSTS.free)
            + COSTS.vanishing * np.maximum(0, hidden.all - COSTS.most)
            + COSTS.letter * np.maximum(0, letters - COSTS.letter_free)
            + COSTS.end * np.maximum(0, ends - COSTS.end_free)
            + COSTS.apart * np.maximum(0, COSTS.touching - hidden.all) / COSTS.touching
        )

    def _behind(self, matte: NDArray[np.float32]) -> NDArray[np.float32]:
        """Ink of each piece behind the subject."""
        return np.add.reduceat(matte.ravel()[self._cells] * self._weights, self._starts)
