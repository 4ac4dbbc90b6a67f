"""A finished cover and its quad in the frame -> the cover in linear light as the camera sees it.

Works in bands of rows. Resamples once, through the quad's homography and the film's displacement,
and multiplies by the interreflection gain (see `bounce`). All other light is in the plates.
"""

from __future__ import annotations

from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import linear_from_srgb
from poster.envelope.bounce import compute_gain
from poster.envelope.fit import measure_quad
from poster.envelope.plates import Plates
from poster.envelope.projection import homography

_TAPS = 2
"""Pixels that a cubic kernel reads beyond the sampled point."""


class Inlay:
    """A cover mapped into its quad; beyond its edge, the edge is repeated.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        plates: of the frame.
    """

    def __init__(self, cover: NDArray[np.uint8], plates: Plates) -> None:
        breadth, length = measure_quad(plates.cover_quad)
        height, width = cover.shape[:2]
        spare = int(min(width / breadth, height / length) / 2)
        if spare > 1:
            # Averaging whole pixels is cheap, and still leaves at least twice the pixels needed.
            width, height = round(width / spare), round(height / spare)
            cover = np.asarray(
                cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA), np.uint8
            )
        self._cover = cover
        self._across, self._down = lowpass(width / breadth), lowpass(height / length)
        self._matrix = np.linalg.inv(homography(plates.cover_quad, (width, height)))
        self._shift = plates.shift
        self._columns = plates.width
        self._cells = plates.shift.shape[1] / plates.width, plates.shift.shape[0] / plates.height
        self._gain = (
            None if plates.bounce is None else self._warp_gain(compute_gain(cover, plates.bounce))
        )

    def rows(self, top: int, stop: int) -> tuple[Floats, Floats, Floats]:
        """Render the cover in some rows of the frame.

        Args:
            top: first row.
            stop: row after the last.

        Returns:
            Red, green and blue: HW float32, linear, not negative, of those rows of the frame.
        """
        u, v = self._find(top, stop)
        height = len(self._cover)
        radius = len(self._down) // 2
        first = int(np.clip(v.min() - _TAPS - radius, 0, height - 1))
        last = int(np.clip(v.max() + _TAPS + 2 + radius, first + 1, height))
        light = cv2.LUT(np.ascontiguousarray(self._cover[first:last]), _linear())
        light = cv2.sepFilter2D(
            light, -1, self._across, self._down, borderType=cv2.BORDER_REPLICATE
        )
        v -= np.float32(first)
        seen = cv2.remap(light, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        np.maximum(seen, 0, out=seen)
        if self._gain is not None:
            cv2.multiply(seen, self._sample_rows(self._gain, top, stop), seen)
        red, green, blue = cv2.split(seen)
        return cast("tuple[Floats, Floats, Floats]", (red, green, blue))

    def _find(self, top: int, stop: int) -> tuple[Floats, Floats]:
        """Find the point of the cover that each pixel of some rows shows.

        Coordinates follow OpenCV: whole numbers are the centres of pixels.
        """
        shift = self._sample_rows(self._shift, top, stop)
        x = shift[..., 0] + (np.arange(self._columns, dtype=np.float32) + np.float32(0.5))
        y = shift[..., 1] + (np.arange(top, stop, dtype=np.float32) + np.float32(0.5))[:, None]
        (a, b, c), (d, e, f), (g, h, i) = self._matrix.astype(np.float32)
        depth = np.float32(1) / (g * x + h * y + i)
        half = np.float32(0.5)
        return (a * x + b * y + c) * depth - half, (d * x + e * y + f) * depth - half

    def _warp_gain(self, gain: Floats) -> Floats:
        """Warp the gain from the cover's cells to the frame, in cells of the shift map."""
        height, width = self._cover.shape[:2]
        rows, columns = gain.shape[:2]
        across, down = self._cells
        # These matrices count from pixel edges, OpenCV from pixel centres.
        to_frame = np.array([[1 / across, 0, 0.5 / across], [0, 1 / down, 0.5 / down], [0, 0, 1]])
        to_gain = np.array([[columns / width, 0, -0.5], [0, rows / height, -0.5], [0, 0, 1]])
        found = cv2.warpPerspective(
            gain, to_gain @ self._matrix @ to_frame, self._shift.shape[1::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return cast(Floats, found)

    def _sample_rows(self, coarse: Floats, top: int, stop: int) -> Floats:
        """Interpolate a plane in cells of the shift map for some rows of the frame."""
        across, down = self._cells
        there = np.array(
            [[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]], np.float64
        )
        found = cv2.warpAffine(
            coarse, there, (self._columns, stop - top),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return cast(Floats, found)


def lowpass(shrink: float) -> Floats:
    """Build a cubic low-pass kernel for shrinking by a factor.

    A three-lobed Lanczos kernel measures sharper but rings: in linear light, its ripple turns the
    black of small type grey. Source: Keys, Cubic Convolution Interpolation, 1981, a = -0.5.

    Args:
        shrink: cover pixels per frame pixel.

    Returns:
        An odd number of taps that sum to 1.
    """
    if shrink <= 1:
        return np.ones(1, np.float32)
    radius = int(2 * shrink)
    at = abs(np.arange(-radius, radius + 1)) / shrink
    near = 1.5 * at**3 - 2.5 * at**2 + 1
    far = -0.5 * at**3 + 2.5 * at**2 - 4 * at + 2
    kernel = np.where(at < 1, near, far)
    return np.asarray(kernel / kernel.sum(), np.float32)


@cache
def _linear() -> Floats:
    """Lookup table for `cv2.LUT`: linear light of each 8-bit code."""
    return linear_from_srgb(np.arange(256, dtype=np.uint8))
