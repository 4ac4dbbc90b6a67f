"""PhotoFacts -> how well any box of a cover would serve as background for type, in constant time.

Independent of the type; layout asks it about each candidate box.
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
"""Clear space between type and faces or other type, in pixels on a page of REFERENCE_WIDTH."""

FACE_ROOMS = ((0.25, 0.30), (0.10, 0.10), (0.0, 0.0))
"""Clear space around a face, as shares of its width and height, the best first: detectors box
forehead to chin, without the hair. The smaller ones are for faces that fill the picture."""


@dataclass(frozen=True, slots=True)
class GroundCosts:
    """Costs of background under type, as means over cells; 1 means unusable for type.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        edges: mean gradient that costs 1: sunlit foliage has twice that, a blurred backdrop a
            tenth.
        subject: cost where the subject fills the whole box; more than foliage.
        tone_shortfall: cost of dodging or burning the background by its full range, where neither
            white nor black would be legible. The eye notices a change of a tenth, which is worse
            than slight clutter.
    """

    edges: float = 0.06
    subject: float = 2.0
    tone_shortfall: float = 8.0


COSTS = GroundCosts()


class Ground:
    """The page as background for type: clutter and missing contrast of any box, in constant time.

    Args:
        facts: of the whole page, in its pixels.
        page: where the photo is.
        masthead: box of the title.
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
        self._clutter = SummedAreas(facts.edges / COSTS.edges + COSTS.subject * facts.matte)
        self._matte = SummedAreas(facts.matte)
        self._shortfalls = {
            floor: tuple(SummedAreas(cells) for cells in _tone_shortfalls(facts.luminance, floor))
            for floor in (MASTHEAD_FLOOR, TEXT_FLOOR)
        }

    @property
    def room(self) -> tuple[int, int]:
        """First row for cover lines, and the row after the last: what the masthead leaves free."""
        if self.masthead.y0 > self.safe.y0:
            return self.safe.y0, self.masthead.y0
        return self.masthead.y1, self.safe.y1

    def cost(self, box: Box, floor: float = TEXT_FLOOR) -> float:
        """Compute the cost of a box as background: its clutter, and its tone shortfall.

        The shortfall is how much too light it is for white type, or too dark for black type,
        whichever is less.

        Args:
            box: in pixels.
            floor: contrast required, MASTHEAD_FLOOR or TEXT_FLOOR.

        Returns:
            0 is best; 1 means unusable as background for type.
        """
        shortfall = min(self._mean(cells, box) for cells in self._shortfalls[floor])
        return self._mean(self._clutter, box) + COSTS.tone_shortfall * shortfall

    def subject(self, box: Box) -> float:
        """Return the share of a box that the subject fills."""
        return self._mean(self._matte, box)

    def is_free(self, box: Box, taken: list[Box]) -> bool:
        """Whether a box lies in the safe area, clear of faces, the masthead and other type."""
        room = box.grown(self.pad, self.pad)
        blocked = (*self.faces, *taken)
        # Type goes on the photo or beside it, never across the photo's edge.
        is_whole = self._picture.contains(box) or not self._picture.overlaps(room)
        is_inside = is_whole and self.safe.contains(box)
        return is_inside and not any(room.overlaps(other) for other in blocked)

    def _mean(self, sums: SummedAreas, box: Box) -> float:
        return sums.mean_touched(*(edge / self._cell for edge in box.edges))


def _tone_shortfalls(luminance: NDArray[np.float32], floor: float) -> Iterator[NDArray[np.float32]]:
    """Yield how much too light for white, then how much too dark for black, each cell is.

    Both are differences of sRGB-encoded luminance, [0, 1].
    """
    encoded = srgb_from_linear(luminance)
    lightest, darkest = srgb_from_linear(np.array(ground_limits(floor), np.float32))
    yield np.maximum(encoded - lightest, 0)
    yield np.maximum(darkest - encoded, 0)
