"""PhotoFacts -> what any box of a cover would be as ground for type, in constant time.

Knows no type; layout asks it about the places that it considers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.colour import srgb_from_linear
from poster.cover.layout.dummy import safe_area
from poster.cover.layout.page import Page
from poster.cover.layout.styles import REFERENCE_WIDTH
from poster.cover.layout.sums import SummedAreas
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR, ground_limits

_PAD = 12.0
"""Clear space that type keeps from faces and other type, in units."""

FACE_ROOMS = ((0.25, 0.30), (0.10, 0.10), (0.0, 0.0))
"""Room to keep round a face, over its width and height, the best first: detectors box eyes to chin,
not hair. A face that fills the picture leaves less."""


@dataclass(frozen=True, slots=True)
class GroundCosts:
    """What ground under type costs, per mean cell; 1 is what nobody would set type on.

    Where no origin is given the figure was not measured; the baseline over bench/photos holds it.

    Args:
        edges: mean gradient that costs 1: foliage in the sun has twice that, a blurred backdrop a
            tenth.
        subject: of the subject, all over: more than foliage.
        lack: where no ink reads and the picture would have to be eased under the type, by all of
            its range: an eye sees a change of a tenth, and that is worse than a little unrest.
    """

    edges: float = 0.06
    subject: float = 2.0
    lack: float = 8.0


COSTS = GroundCosts()


class Ground:
    """The cover as type sees it: the mean unrest and luminance of any box, in constant time.

    Args:
        facts: of the whole page, in its pixels.
        page: says where the photo lies.
        masthead: where the title stands.
        face_room: one of FACE_ROOMS.
    """

    def __init__(
        self, facts: PhotoFacts, page: Page, masthead: Box, face_room: tuple[float, float]
    ) -> None:
        self.width, self.height = facts.width, facts.height
        self.safe = safe_area(facts.width, facts.height)
        self.unit = facts.width / REFERENCE_WIDTH
        self.pad = round(_PAD * self.unit)
        self.masthead = masthead
        self._picture = page.picture
        self.faces = tuple(
            face.grown(round(face.width * face_room[0]), round(face.height * face_room[1]))
            for face in facts.faces
        )
        self._cell = facts.cell
        self._unrest = SummedAreas(facts.edges / COSTS.edges + COSTS.subject * facts.matte)
        self._matte = SummedAreas(facts.matte)
        self._lacks = {
            floor: tuple(SummedAreas(lack) for lack in _lacks(facts.luminance, floor))
            for floor in (MASTHEAD_FLOOR, TEXT_FLOOR)
        }

    @property
    def room(self) -> tuple[int, int]:
        """Rows from and to which cover lines may stand: what the masthead leaves."""
        if self.masthead.y0 > self.safe.y0:
            return self.safe.y0, self.masthead.y0
        return self.masthead.y1, self.safe.y1

    def cost(self, box: Box, floor: float = TEXT_FLOOR) -> float:
        """Unrest under a box plus how far it must be eased for the better of white and ink.

        Args:
            box: in pixels.
            floor: MASTHEAD_FLOOR or TEXT_FLOOR.

        Returns:
            0 is best, and 1 what nobody would set type on.
        """
        lack = min(self._mean(cells, box) for cells in self._lacks[floor])
        return self._mean(self._unrest, box) + COSTS.lack * lack

    def subject(self, box: Box) -> float:
        """Share of a box that the subject fills."""
        return self._mean(self._matte, box)

    def is_free(self, box: Box, taken: list[Box]) -> bool:
        """Whether a box lies in the safe area and clear of faces, masthead and other type."""
        room = box.grown(self.pad, self.pad)
        blocked = (*self.faces, *taken)
        # Type stands on the photo or beside it, never across its edge.
        is_whole = self._picture.contains(box) or not self._picture.overlaps(room)
        is_inside = is_whole and self.safe.contains(box)
        return is_inside and not any(room.overlaps(other) for other in blocked)

    def _mean(self, sums: SummedAreas, box: Box) -> float:
        return sums.mean_touched(*(edge / self._cell for edge in box.edges))


def _lacks(luminance: NDArray[np.float32], floor: float) -> Iterator[NDArray[np.float32]]:
    """How far each cell is too light for white and too dark for ink, of [0, 1] as encoded."""
    encoded = srgb_from_linear(luminance)
    lightest, darkest = srgb_from_linear(np.array(ground_limits(floor), np.float32))
    yield np.maximum(encoded - lightest, 0)
    yield np.maximum(darkest - encoded, 0)
