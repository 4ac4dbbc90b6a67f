"""A picture and a veil -> the picture darkened (burned) or lightened (dodged) under type.

For light type the highlights are burned, for dark type the shadows are dodged. Tones on which the
type already reads stay as they are, so that no panel shows. contrast_search finds the strength.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import LUMA, Colour
from poster.geometry import Box

_SEEN = 1 / 512
"""A thinner veil changes no pixel by a whole level."""


@dataclass(frozen=True)
class Easing:
    """A local change of tone that makes one colour legible.

    Args:
        veil: HW float32, [0, 1]: how much of the change reaches each pixel.
        strength: as ease() takes it.
        tone: as ease() takes it.
    """

    veil: NDArray[np.float32]
    strength: float
    tone: Colour

    def over(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Ease a picture of any size.

        Args:
            picture: HWC uint8, sRGB, [0, 255], the picture the veil was made for, at any size.

        Returns:
            A new picture of the same type.
        """
        veil, (height, width) = self.veil, picture.shape[:2]
        if veil.shape != (height, width):
            veil = np.asarray(cv2.resize(veil, (width, height)), np.float32)
        reached = Box(*_bounds(veil)).slices
        eased = picture.copy()
        eased[reached] = ease(picture[reached], veil[reached], self.strength, self.tone)
        return eased


def ease(
    pixels: NDArray[np.uint8], veil: NDArray[np.float32], strength: float, tone: Colour
) -> NDArray[np.uint8]:
    """Pull pixels towards a tone: lighter pixels towards a dark tone, darker ones towards a light.

    The farther a pixel is from the tone, the more it changes: v becomes v / sqrt(1 + (k v)^2),
    where v is its distance in luma and k is s / (1 - s) for a strength s.

    Args:
        pixels: uint8 of shape (..., 3), sRGB, [0, 255].
        veil: float32 of the same shape without the last axis, [0, 1].
        strength: [0, 1): 0 changes nothing. Under a full veil, 0.5 moves white to 0.7 of its
            distance from black, and 0.95 to a twentieth.
        tone: nearly black under light type, nearly white under dark type.

    Returns:
        New pixels.
    """
    target = np.array(tone, np.float32)
    reach = np.abs(pixels @ LUMA - target @ LUMA) * np.float32(1 / 255)
    reached = np.float32(strength) * veil
    bend = reach * reached / (1 - reached)
    kept = (1 / np.sqrt(1 + bend * bend))[..., None]
    eased = np.rint(target + (pixels - target) * kept)
    return np.asarray(eased, np.uint8)


def _bounds(veil: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Return the box that a veil reaches; an empty box if it is empty."""
    rows, columns = (np.flatnonzero(veil.max(axis) > _SEEN) for axis in (1, 0))
    if not rows.size:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
