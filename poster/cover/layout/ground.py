"""PhotoFacts -> how well any box of a cover would serve as background for type, in constant time.

Independent of the type; layout asks it about each candidate box.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.arrays import Doubles
from poster.colour import srgb_from_linear
from poster.cover.layout.dummy import safe_area
from poster.cover.layout.page import Page
from poster.cover.layout.styles import REFERENCE_WIDTH
from poster.cover.layout.sums import SummedAreas
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.contrast import ground_limits

PAD = 12.0
"""Clear space between type and faces or other type, in pixels on a page of REFERENCE_WIDTH."""

BESIDE = 34.0
"""Distance of type beside a photo from its edge, in the same pixels."""

_COMFORT = 6.3
"""Contrast that all type is planned to have, twice the floor of a title: black on a mid-blue or a
dark grey is legal and looks dead. On 31 photos whose pages were graded in every style, auto chose a
C five times when titles were planned for 4.2, and twice with this."""

_LIGHT_TYPE, _DARK_TYPE = 0, 1
"""Place of each tone of type in a pair of maps."""

_INSIDE = 44.0
"""Distance of type on a photo from an edge of the photo that is inside the page, in the same
pixels."""

FACE_ROOMS = ((0.25, 0.30), (0.10, 0.10), (0.0, 0.0))
"""Clear space around a face, as shares of its width and height, the best first: detectors box
forehead to chin, without the hair. The smaller ones are for faces that fill the picture."""

LEGIBLE = 12.0
"""Height of lettering in a photo from which a viewer reads it, in the same pixels. Not measured."""


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
        self.tones: tuple[int, ...] = _LIGHT_TYPE, _DARK_TYPE
        self.width, self.height = facts.width, facts.height
        self.safe = safe_area(facts.width, facts.height)
        self.unit = facts.width / REFERENCE_WIDTH
        self.pad = round(PAD * self.unit)
        self.masthead = masthead
        self._picture = page.picture
        self.faces = tuple(
            face.grown(round(face.width * face_room[0]), round(face.height * face_room[1]))
            for face in facts.faces
        )
        self._lettering = tuple(
            box for box in facts.lettering if min(box.width, box.height) >= LEGIBLE * self.unit
        )
        self._cell = facts.cell
        self._clutter = SummedAreas(facts.edges / COSTS.edges + COSTS.subject * facts.matte)
        self._matte = SummedAreas(facts.matte)
        self._shortfalls = tuple(map(SummedAreas, _tone_shortfalls(facts.luminance)))

    def in_each_tone(self) -> tuple[Ground, Ground]:
        """Return the same page as background for type that is all light, and for all dark."""
        light, dark = copy.copy(self), copy.copy(self)
        light.tones, dark.tones = (_LIGHT_TYPE,), (_DARK_TYPE,)
        return light, dark

    @property
    def room(self) -> tuple[int, int]:
        """First row for cover lines, and the row after the last: what the masthead leaves free."""
        if self.masthead.y0 > self.safe.y0:
            return self.safe.y0, self.masthead.y0
        return self.masthead.y1, self.safe.y1

    @property
    def paper_room(self) -> tuple[int, int]:
        """The same for lines in columns: the paper at the foot or the head, if there is any."""
        beside = round(BESIDE * self.unit)
        if self._picture.y1 < self.height:
            return self._picture.y1 + beside, self.safe.y1
        if self._picture.y0 > self.masthead.y1:
            return self.masthead.y1, self._picture.y0 - beside
        return self.room

    def is_off_field(self, box: Box) -> bool:
        """Whether a box is on the photo, though the page has paper above or below the photo."""
        has_field = self._picture.y0 > 0 or self._picture.y1 < self.height
        return has_field and box.overlaps(self._picture)

    def cost(self, box: Box) -> float:
        """Compute the cost of a box as background: its clutter, and its tone shortfall.

        The shortfall is how much too light it is for white type, or too dark for black type,
        whichever is less.

        Args:
            box: in pixels.

        Returns:
            0 is best; 1 means unusable as background for type.
        """
        return float(self.costs(box, np.array([box.y0]))[0])

    def costs(self, box: Box, tops: NDArray[np.intp]) -> Doubles:
        """Compute the cost of a box at several heights.

        Args:
            box: in pixels.
            tops: N, where its top would be.

        Returns:
            N costs, as cost() returns them.
        """
        first, *other = (self._means(self._shortfalls[k], box, tops) for k in self.tones)
        shortfall = np.minimum(first, *other) if other else first
        return self._means(self._clutter, box, tops) + COSTS.tone_shortfall * shortfall

    def subject(self, box: Box) -> float:
        """Return the share of a box that the subject fills."""
        return float(self._means(self._matte, box, np.array([box.y0]))[0])

    def lettering(self, box: Box) -> float:
        """Return how much of the photo's lettering a box covers, or how much of it lies on it.

        A word under a title and a title on a page of print both count as 1.
        """
        shares = (
            box.intersection(one).area / max(1, min(box.area, one.area)) for one in self._lettering
        )
        return sum(shares)

    def is_free(self, box: Box, taken: Sequence[Box]) -> bool:
        """Whether a box is in the safe area, clear of faces, lettering and other type."""
        return bool(self.are_free(box, np.array([box.y0]), taken)[0])

    def are_free(self, box: Box, tops: NDArray[np.intp], taken: Sequence[Box]) -> NDArray[np.bool_]:
        """Find the heights at which a box is free, as is_free() says.

        Args:
            box: in pixels.
            tops: N, where its top would be.
            taken: boxes of other type.

        Returns:
            N, whether it is free.
        """
        bottoms = tops + box.height
        safe, picture = self.safe, self._picture
        # Type goes on the photo or beside it, never across the photo's edge, nor close to it.
        inside = round(_INSIDE * self.unit)
        low, high = (
            edge + inside * (edge not in (0, self.height)) * sign
            for edge, sign in ((picture.y0, 1), (picture.y1, -1))
        )
        is_on_photo = (
            (picture.x0 <= box.x0 and box.x1 <= picture.x1) & (low <= tops) & (bottoms <= high)
        )
        beside = round((BESIDE - PAD) * self.unit)
        free = is_on_photo | ~self._overlap(box, tops, picture.grown(0, beside))
        free &= safe.x0 <= box.x0 and box.x1 <= safe.x1
        free &= (safe.y0 <= tops) & (bottoms <= safe.y1)
        for other in (*self.faces, *self._lettering, *taken):
            free &= ~self._overlap(box, tops, other)
        return np.asarray(free, np.bool_)

    def _overlap(self, box: Box, tops: NDArray[np.intp], other: Box) -> NDArray[np.bool_]:
        """Whether a box at several heights, with clear space around it, overlaps another."""
        pad = self.pad
        is_beside = box.x0 - pad >= other.x1 or box.x1 + pad <= other.x0
        return (tops - pad < other.y1) & (tops + box.height + pad > other.y0) & (not is_beside)

    def _means(self, sums: SummedAreas, box: Box, tops: NDArray[np.intp]) -> Doubles:
        cell = self._cell
        bottoms = tops + box.height
        return sums.mean_touched(box.x0 / cell, tops / cell, box.x1 / cell, bottoms / cell)


def _tone_shortfalls(luminance: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield how much too light for white, then how much too dark for black, each cell is.

    Both are differences of sRGB-encoded luminance, [0, 1].
    """
    encoded = srgb_from_linear(luminance)
    lightest, darkest = srgb_from_linear(np.array(ground_limits(_COMFORT), np.float32))
    yield np.maximum(encoded - lightest, 0)
    yield np.maximum(darkest - encoded, 0)
