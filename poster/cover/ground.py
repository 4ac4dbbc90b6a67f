"""PhotoFacts -> what any box of a cover would be as ground for type, in constant time.

Knows no type; layout asks it about the places that it considers.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.cover.dummy import safe_area
from poster.cover.page import Page
from poster.cover.styles import REFERENCE_WIDTH
from poster.geometry import Box
from poster.photo.facts import PhotoFacts

_PAD = 12.0
"""Clear space that type keeps from faces and other type, in units."""

FACE_ROOMS = ((0.25, 0.30), (0.10, 0.10), (0.0, 0.0))
"""Room to keep round a face, over its width and height, the best first: detectors box eyes to chin,
not hair. A face that fills the picture leaves less."""

_READABLE = 5.0
_CONTRAST_WEIGHT = 4.0
"""Where neither white nor ink reaches this contrast the picture would have to be eased under the
type, which shows; worse than a little unrest."""

_SPREADS = 1.6
"""A 10th percentile lies 1.28 standard deviations off the mean of a normal ground; cells average
texture away, so their spread understates the pixels'."""


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
        unrest = facts.edges / 0.08 + 1.2 * facts.matte
        self._unrest = _integral(unrest)
        self._luminance = _integral(facts.luminance)
        self._squares = _integral(facts.luminance**2)
        self._matte = _integral(facts.matte)

    @property
    def room(self) -> tuple[int, int]:
        """Rows from and to which cover lines may stand: what the masthead leaves."""
        if self.masthead.y0 > self.safe.y0:
            return self.safe.y0, self.masthead.y0
        return self.masthead.y1, self.safe.y1

    def cost(self, box: Box) -> float:
        """Unrest under a box plus what its best ink lacks of a readable contrast."""
        unrest = self._mean(self._unrest, box)
        mean = self._mean(self._luminance, box)
        spread = max(0.0, self._mean(self._squares, box) - mean**2) ** 0.5
        light, dark = min(1.0, mean + _SPREADS * spread), max(0.0, mean - _SPREADS * spread)
        best = float(max(1.05 / (light + 0.05), (dark + 0.05) / 0.056))
        return unrest + _CONTRAST_WEIGHT * max(0.0, 1 - best / _READABLE)

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

    def _mean(self, integral: NDArray[np.float64], box: Box) -> float:
        rows, columns = integral.shape[0] - 1, integral.shape[1] - 1
        x0, x1 = int(box.x0 / self._cell), int(np.ceil(box.x1 / self._cell))
        y0, y1 = int(box.y0 / self._cell), int(np.ceil(box.y1 / self._cell))
        x0, x1 = max(0, min(x0, columns - 1)), max(1, min(x1, columns))
        y0, y1 = max(0, min(y0, rows - 1)), max(1, min(y1, rows))
        total = integral[y1, x1] - integral[y0, x1] - integral[y1, x0] + integral[y0, x0]
        return float(total / ((x1 - x0) * (y1 - y0)))


def _integral(cells: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(cv2.integral(cells, sdepth=cv2.CV_64F), np.float64)
