"""A picture and a mask -> the picture darkened (burned) or lightened (dodged) under type.

For light type the highlights are burned, for dark type the shadows are dodged. Tones on which the
type is already legible stay as they are, so that no panel shows. contrast_search finds the
strength.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import LUMA, Colour
from poster.geometry import Box

_SEEN = 1 / 512
"""A lower value of the mask changes no pixel by a whole level."""


@dataclass(frozen=True, slots=True)
class ToneAdjustment:
    """How far to pull pixels towards a tone.

    Args:
        strength: [0, 1): 0 changes nothing. Where the mask is 1, 0.5 moves white to 0.7 of its
            distance from black, and 0.95 to a twentieth.
        tone: nearly black under light type, nearly white under dark type.
    """

    strength: float
    tone: Colour


@dataclass(frozen=True)
class LocalAdjustment:
    """A tone adjustment under type.

    Args:
        mask: HW float32, [0, 1]: how much of the adjustment applies to each pixel.
        adjustment: makes one colour legible.
    """

    mask: NDArray[np.float32]
    adjustment: ToneAdjustment

    def over(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Adjust a picture of any size.

        Args:
            picture: HWC uint8, sRGB, [0, 255], the picture the mask was made for, at any size.

        Returns:
            A new picture of the same type.
        """
        mask, (height, width) = self.mask, picture.shape[:2]
        if mask.shape != (height, width):
            mask = np.asarray(cv2.resize(mask, (width, height)), np.float32)
        reached = Box(*_bounds(mask)).slices
        adjusted = picture.copy()
        adjusted[reached] = adjust_tone(picture[reached], mask[reached], self.adjustment)
        return adjusted


def adjust_tone(
    pixels: NDArray[np.uint8], mask: NDArray[np.float32], adjustment: ToneAdjustment
) -> NDArray[np.uint8]:
    """Pull pixels towards a tone: lighter pixels towards a dark tone, darker ones towards a light.

    The farther a pixel is from the tone, the more it changes: v becomes v / sqrt(1 + (k v)^2),
    where v is its distance in luma and k is s / (1 - s) for a strength s.

    Args:
        pixels: uint8 of shape (..., 3), sRGB, [0, 255].
        mask: float32 of the same shape without the last axis, [0, 1].
        adjustment: strength s and tone.

    Returns:
        New pixels.
    """
    target = np.array(adjustment.tone, np.float32)
    away = pixels - target
    distance = np.abs(away @ LUMA) * np.float32(1 / 255)
    reached = np.float32(adjustment.strength) * mask
    bend = distance * reached / (1 - reached)
    # In place: the picture under a title is most of a megapixel.
    away *= (1 / np.sqrt(1 + bend * bend))[..., None]
    away += target
    return np.asarray(np.rint(away, out=away), np.uint8)


def _bounds(mask: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return the box around the pixels that a mask changes; an empty box if it changes none."""
    rows, columns = (np.flatnonzero(mask.max(axis) > _SEEN) for axis in (1, 0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
