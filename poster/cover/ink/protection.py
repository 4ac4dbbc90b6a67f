"""A picture, its matte and its faces -> how far each part may be dodged or burned under type.

Faces are never changed, and nothing beyond a bound. Does not know the type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import LUMA
from poster.colour_difference import colour_difference, lab_from_srgb
from poster.cover.ink.dodge_burn import LocalAdjustment, ToneAdjustment, adjust_tone
from poster.geometry import Box
from poster.result import Easing


@dataclass(frozen=True, slots=True)
class Bounds:
    """Maximum change of the picture under type, CIEDE2000.

    Args:
        title: under a title. With a bound of 20, a title over an orange suit has no ink; a wall
            that is burned further is seen to be.
        lines: under small type. Beyond it, a dark spot around the line is seen.
    """

    title: float
    lines: float


USUAL = Bounds(title=20.0, lines=15.0)

FURTHEST = Bounds(title=60.0, lines=60.0)
"""If the type is not legible in any layout otherwise."""

MAX_FOG = 15.0
"""Maximum lightening of anything, subject or backdrop, CIEDE2000. More of it looks like fog over a
dark jacket or a roof; darkening looks like shadow. Judged by eye."""

SEEN_CHANGE = 5.0
"""A change that is seen without looking for it, CIEDE2000."""

_LIGHT = 128.0
"""Luma of a tone, [0, 255], from which an adjustment lightens."""

_STEP = 8
"""Side in pixels of the cells on which changes are measured."""

_FACE_MARGIN, _FACE_FADE = 0.21, 0.25
"""How far the ellipse around a face extends beyond its box, so that the box is in it; and the
distance over which the mask then rises, so that no edge shows. Both are shares of the box's larger
side."""

_AIM = 0.98
"""Share of a bound that the search for a mask aims at: the mean of a cell's pixels, each adjusted,
differs a little from the adjusted mean on which the search relies."""

_HALVINGS = 6
"""Steps of the search for a mask: to 1/64 of it."""

_SMOOTH = 3
"""Side in cells of the window in which a reduced mask is smoothed."""

_SUBJECT = 0.5
"""Matte from which a cell belongs to the subject when its change is measured."""


class Protection:
    """Limits adjustments of one picture.

    Args:
        picture: HWC uint8, sRGB, [0, 255], before any adjustment.
        matte: HW float32, share of the subject, [0, 1].
        faces: boxes in the picture's pixels.
    """

    def __init__(
        self, picture: NDArray[np.uint8], matte: NDArray[np.float32], faces: Sequence[Box]
    ) -> None:
        self._picture = picture
        self._matte = matte
        self._faces = faces

    def spare_faces(self, mask: Floats) -> Floats:
        """Take the faces out of a mask.

        Args:
            mask: HW float32, [0, 1], of the picture's size.

        Returns:
            The mask, 0 on each face, and rising softly around it where the subject goes on. The
            backdrop is not spared: a face in front of a burned one would glow.
        """
        for face in self._faces:
            spared = 1 - self._distance_from(face)
            if float((spared * self._weight).sum()) > _SUBJECT * float(spared.sum()):
                # Where the matte has missed the face, all around it is spared.
                spared = spared * self._weight
            mask = np.asarray(mask * (1 - spared), np.float32)
        return mask

    def limit(
        self, before: NDArray[np.uint8], adjustment: LocalAdjustment, max_change: float
    ) -> LocalAdjustment:
        """Limit an adjustment of the picture to what it may be changed.

        Args:
            before: the picture, possibly adjusted already, of its own size.
            adjustment: of it.
            max_change: of any part of the picture, CIEDE2000; nothing is lightened by more than
                MAX_FOG.

        Returns:
            The adjustment, itself or with a lower mask.
        """
        if float(np.array(adjustment.adjustment.tone, np.float32) @ LUMA) > _LIGHT:
            max_change = min(max_change, MAX_FOG)
        rows, columns = self._lab.shape[:2]
        mask = np.asarray(cv2.resize(adjustment.mask, (columns, rows)), np.float32)
        cells = _shrink_pixels(before)
        touched = mask > 0
        # Neighbours may have changed it further already.
        max_change = max(max_change, self._largest_change(cells[touched], touched))
        after = adjust_tone(cells[touched], mask[touched], adjustment.adjustment)
        beyond = np.zeros_like(touched)
        beyond[touched] = colour_difference(self._lab[touched], lab_from_srgb(after)) > max_change
        if not beyond.any():
            return adjustment
        share = self._find_share(cells, adjustment.adjustment, mask, beyond, _AIM * max_change)
        height, width = self._matte.shape
        whole = np.asarray(cv2.resize(share, (width, height)), np.float32)
        return replace(adjustment, mask=np.asarray(adjustment.mask * whole, np.float32))

    def largest_change(self, after: NDArray[np.uint8]) -> float:
        """Return the largest change of the subject, CIEDE2000; 0 without a subject."""
        return self._largest_change(_shrink_pixels(after)[self._is_subject], self._is_subject)

    def measure_easing(self, after: NDArray[np.uint8]) -> Easing:
        """Measure how far the whole picture differs from what it was before any adjustment."""
        change = colour_difference(self._lab, lab_from_srgb(_shrink_pixels(after)))
        return Easing(float(change.mean()), float(change.max()))

    def _largest_change(self, after: NDArray[np.uint8], where: NDArray[np.bool_]) -> float:
        """Return the largest change of some cells, given as they are after it."""
        change = colour_difference(self._lab[where], lab_from_srgb(after))
        return float(change.max(initial=0.0))

    def _find_share(
        self,
        cells: NDArray[np.uint8],
        adjustment: ToneAdjustment,
        mask: Floats,
        beyond: NDArray[np.bool_],
        max_change: float,
    ) -> Floats:
        """Find the share of a mask with which no cell changes too much; 1 where all of it may."""
        cells, lab, mask = cells[beyond], self._lab[beyond], mask[beyond]
        low, high = np.zeros_like(mask), np.ones_like(mask)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            reduced = np.asarray(mask * middle, np.float32)
            after = adjust_tone(cells, reduced, adjustment)
            is_kept = colour_difference(lab, lab_from_srgb(after)) <= max_change
            low, high = np.where(is_kept, middle, low), np.where(is_kept, high, middle)
        share = np.ones(beyond.shape, np.float32)
        share[beyond] = low
        # The smallest share of a neighbourhood, smoothed: texture must not be flattened. No cell
        # gets more than its own share, because both windows are of one size.
        eroded = cv2.erode(share, np.ones((_SMOOTH, _SMOOTH), np.uint8))
        return np.asarray(cv2.GaussianBlur(eroded, (_SMOOTH, _SMOOTH), _SMOOTH / 4), np.float32)

    @cached_property
    def _weight(self) -> Floats:
        """1 where half of a pixel or more is the subject, so that its edge counts with it."""
        return np.asarray(np.minimum(self._matte / _SUBJECT, 1), np.float32)

    @cached_property
    def _lab(self) -> Floats:
        return lab_from_srgb(_shrink_pixels(self._picture))

    @cached_property
    def _is_subject(self) -> NDArray[np.bool_]:
        rows, columns = self._lab.shape[:2]
        matte = cv2.resize(self._matte, (columns, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(matte > _SUBJECT)

    def _distance_from(self, face: Box) -> Floats:
        """Return 0 on a face, an ellipse around its box, rising smoothly to 1 around it."""
        height, width = self._matte.shape
        side = max(face.width, face.height)
        half = [edge / 2 + _FACE_MARGIN * side for edge in (face.width, face.height)]
        x = (np.arange(width, dtype=np.float32) - (face.x0 + face.x1) / 2) / half[0]
        y = (np.arange(height, dtype=np.float32) - (face.y0 + face.y1) / 2) / half[1]
        # An ellipse through the corners of the grown box would reach far beyond the cheeks.
        radius = np.maximum(np.hypot(x[None], y[:, None]) - 1, 0) * (min(half) / side / _FACE_FADE)
        rise = np.clip(radius, 0, 1)
        return np.asarray(rise * rise * (3 - 2 * rise), np.float32)


def _shrink_pixels(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    size = max(1, picture.shape[1] // _STEP), max(1, picture.shape[0] // _STEP)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
