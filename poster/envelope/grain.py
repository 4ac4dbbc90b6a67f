"""A cover's own grain -> grain for all that surrounds it, so that both look like one photograph.

Knows levels, not light; lays nothing over a picture itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.tone import END, levels

_SIDE = 512
"""Pixels of a tile: as wide as the smallest frame, so that no repeat is ever seen there."""
_SIZE = 0.65
"""Blur (sigma) in pixels: that of the grain on covers, see poster.photo.grade."""
_LEAST, _MOST = 0.7, 1.8
"""Deviation in mid tones, in 8-bit levels. Film without any looks like plastic beside a photo; more
than this is seen before the highlights that it lies on."""
_DITHER = 0.49
"""Half a level either way breaks up bands, and leaves whole levels as they are."""
_HIGHPASS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Blind to flat areas, slopes and edges. Source: J. Immerkaer, Fast Noise Variance Estimation,
CVIU 1996; with a median for the mean, so that detail does not count."""


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """Tiles of noise, and how much of it goes where.

    Args:
        noise: square, deviation 1.
        dither: square, even between -0.49 and 0.49 levels.
        outside: deviation in mid tones off the cover, in levels.
        inside: the same on the cover, whose own grain is there already.
    """

    noise: Floats
    dither: Floats
    outside: float
    inside: float

    @classmethod
    def like(cls, level: Floats, seed: int) -> Grain:
        """Grain to go with a cover.

        Args:
            level: HW float32, a part of the cover as the frame shows it, in levels.
            seed: of the noise.

        Returns:
            The grain.
        """
        rng = np.random.default_rng(seed)
        reach = 4
        noise = rng.standard_normal((_SIDE, _SIDE), np.float32)
        around = cv2.copyMakeBorder(noise, *(reach,) * 4, cv2.BORDER_WRAP)
        blurred = cv2.GaussianBlur(around, (0, 0), _SIZE)[reach:-reach, reach:-reach]
        noise = np.asarray(blurred / blurred.std(), np.float32)
        dither = rng.uniform(-_DITHER, _DITHER, (_SIDE, _SIDE)).astype(np.float32)
        present = _roughness(level) / _roughness_of_noise(noise[: _SIDE // 4])
        outside = min(max(present, _LEAST), _MOST)
        return cls(noise, dither, outside, max(outside**2 - present**2, 0.0) ** 0.5)

    def rows(self, top: int, foot: int, columns: int) -> tuple[Floats, Floats]:
        """Noise and dither for some rows of a frame, tiles side by side."""
        down = np.arange(top, foot) % _SIDE
        times = -(-columns // _SIDE)
        noise, dither = (np.tile(tile[down], (1, times)) for tile in (self.noise, self.dither))
        return noise[:, :columns], dither[:, :columns]


@cache
def weights() -> Floats:
    """Share of grain over the square root of radiance: all in mid tones, none in black and white.

    A scan of film has it so: there is nothing to scatter in clear film, nor in black.
    """
    share = levels() / np.float32(END)
    return np.asarray(np.sqrt(4 * share * (1 - share)), np.float32)


def _roughness(level: Floats) -> float:
    """What the high-pass finds in a picture, had it mid tones throughout."""
    share = np.clip(level / 255, 0.02, 0.98)
    weight = np.sqrt(4 * share * (1 - share))
    return _roughness_of_noise(level, weight[1:-1, 1:-1])


def _roughness_of_noise(noise: Floats, weight: Floats | float = 1.0) -> float:
    found = cv2.filter2D(noise, -1, _HIGHPASS)[1:-1, 1:-1]
    return float(np.median(cast("NDArray[np.float32]", abs(found) / weight)))
