"""A cover's own grain -> grain for its surroundings, so that both look like one photograph.

Works in 8-bit levels, not light; does not apply the grain itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.tone_curve import END, levels

_SIDE = 512
"""Side of a tile in pixels: the width of the smallest frame, so that no repetition shows there."""
_SIZE, _FADE = 0.45, 0.75
"""Blur (sigma) in pixels, and exponent of the fading towards black and white: the same as those of
the grain on covers; see poster.photo.grade."""
_MIN, _MAX = 0.7, 1.8
"""Bounds of the standard deviation in mid tones, in 8-bit levels. Without grain, the surroundings
look artificial beside a photo; more than this distracts from the highlights."""
_DITHER = 0.49
"""Dither of half a level either way breaks up banding and leaves whole levels unchanged."""
_HIGHPASS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Blind to flat areas, slopes and edges. Source: J. Immerkaer, Fast Noise Variance Estimation,
CVIU 1996, with a median instead of the mean, so that detail does not count."""


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """Tiles of noise and dither, and the amount of noise on and off the cover.

    Args:
        noise: square tile, standard deviation 1.
        dither: square tile, uniform between -0.49 and 0.49 levels.
        outside: standard deviation in mid tones off the cover, in levels.
        inside: the same on the cover, in addition to the cover's own grain.
    """

    noise: Floats
    dither: Floats
    outside: float
    inside: float

    @classmethod
    def like(cls, level: Floats, seed: int) -> Grain:
        """Make grain that matches a cover's.

        Args:
            level: HW float32, a part of the cover as framed, in 8-bit levels.
            seed: of the noise.

        Returns:
            The grain.
        """
        rng = np.random.default_rng(seed)
        margin = 4
        noise = rng.standard_normal((_SIDE, _SIDE), np.float32)
        around = cv2.copyMakeBorder(noise, *(margin,) * 4, cv2.BORDER_WRAP)
        blurred = cv2.GaussianBlur(around, (0, 0), _SIZE)[margin:-margin, margin:-margin]
        noise = np.asarray(blurred / blurred.std(), np.float32)
        dither = rng.uniform(-_DITHER, _DITHER, (_SIDE, _SIDE)).astype(np.float32)
        present = _roughness(level) / _roughness_of_noise(noise[: _SIDE // 4])
        outside = min(max(present, _MIN), _MAX)
        return cls(noise, dither, outside, max(outside**2 - present**2, 0.0) ** 0.5)

    def rows(self, top: int, stop: int, columns: int) -> tuple[Floats, Floats]:
        """Return noise and dither for rows [top, stop) of a frame, with the tiles repeated."""
        down = np.arange(top, stop) % _SIDE
        times = -(-columns // _SIDE)
        noise, dither = (np.tile(tile[down], (1, times)) for tile in (self.noise, self.dither))
        return noise[:, :columns], dither[:, :columns]


@cache
def weights() -> Floats:
    """Lookup table: share of grain by the square root of radiance; 1 in mid tones, 0 at both ends.

    Scanned film behaves like this: neither clear nor fully black film scatters light.
    """
    share = levels() / np.float32(END)
    return np.asarray((4 * share * (1 - share)) ** _FADE, np.float32)


def _roughness(level: Floats) -> float:
    """Measure a picture's noise with the high-pass, as if all its tones were mid tones."""
    share = np.clip(level / 255, 0.02, 0.98)
    weight = np.asarray((4 * share * (1 - share)) ** _FADE, np.float32)
    return _roughness_of_noise(level, weight[1:-1, 1:-1])


def _roughness_of_noise(noise: Floats, weight: Floats | float = 1.0) -> float:
    found = cv2.filter2D(noise, -1, _HIGHPASS)[1:-1, 1:-1]
    return float(np.median(cast("NDArray[np.float32]", abs(found) / weight)))
