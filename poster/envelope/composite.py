"""A finished cover and an envelope's plates -> a photograph of that cover in that envelope.

Works in linear light: `glare + response * cover`. Knows neither what the cover shows nor how the
plates came about. Type stays exact: the cover is resampled once, and no model touches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import linear_from_srgb, srgb_from_linear
from poster.envelope.plates import Floats, Plates
from poster.geometry import Box, Point, Quad

Image = NDArray[np.uint8]

SHOULDER = 0.80  # linear radiance where film begins to give way; a white cover lies about there
BLOOM_FROM = 0.85  # only highlights glow, never paper
BLOOM = 0.16
GRAIN = 0.9  # standard deviation at mid grey in 8-bit steps: seen as texture at 200 %, not before
STEPS = 4096  # of the tone curve's table over the square root of radiance
BRIGHTEST = 4.0  # radiance at the table's end, far up the shoulder


def seal(cover: Image, plates: Plates, seed: int) -> Image:
    """Put a cover into an envelope.

    Args:
        cover: HWC uint8, sRGB, [0, 255], of any size; its aspect is the frame's.
        plates: the empty envelope at the frame's size (see `Plates.at`).
        seed: of the grain.

    Returns:
        HWC uint8, sRGB, [0, 255], of the plates' size.
    """
    light = _laid_in(cover, plates)
    light *= plates.response[..., None]
    light += plates.glare
    _bloom(light)
    return _developed(light, seed)


def map_points(quad: Quad, size: tuple[int, int], points: Sequence[Point]) -> list[Point]:
    """Where points of the cover lie in the envelope's frame.

    Args:
        quad: the cover's corners in the frame, clockwise from its top left.
        size: width and height of the cover in pixels.
        points: (x, y) in cover pixels; (0, 0) is the cover's corner, not a pixel's middle.

    Returns:
        The same points in frame pixels.
    """
    there = np.array(points, np.float64).reshape(-1, 1, 2)
    mapped = cv2.perspectiveTransform(there, _homography(quad, size)).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in mapped]


def project_box(box: Box, cover_size: tuple[int, int], quad: Quad) -> Quad:
    """Where a box of the cover lies in the envelope's frame.

    Args:
        box: in cover pixels.
        cover_size: width and height of the cover in pixels.
        quad: the cover's corners in the frame, clockwise from its top left.

    Returns:
        Its corners in frame pixels, clockwise from the top left.
    """
    corners = ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
    a, b, c, d = map_points(quad, cover_size, corners)
    return a, b, c, d


def _homography(quad: Quad, size: tuple[int, int]) -> NDArray[np.float64]:
    width, height = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, np.array(quad, np.float32))
    return cast(NDArray[np.float64], matrix)


def _laid_in(cover: Image, plates: Plates) -> Floats:
    """The cover in linear light, warped into its quad; beyond its edge the edge goes on."""
    rows, columns = plates.response.shape
    (ax, ay), (bx, by), _, (dx, dy) = plates.cover_quad
    breadth, length = float(np.hypot(bx - ax, by - ay)), float(np.hypot(dx - ax, dy - ay))
    height, width = cover.shape[:2]
    spare = int(min(width / breadth, height / length) / 2)
    if spare > 1:
        # Averaging whole pixels is cheap, and leaves more than twice the pixels needed.
        width, height = round(width / spare), round(height / spare)
        cover = cast(Image, cv2.resize(cover, (width, height), interpolation=cv2.INTER_AREA))
    light = cv2.LUT(np.ascontiguousarray(cover), _linear())
    light = cv2.sepFilter2D(
        light, -1, _lowpass(width / breadth), _lowpass(height / length),
        borderType=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    # OpenCV counts from the middle of a pixel, quads from its edge.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ _homography(plates.cover_quad, (width, height)) @ half
    warped = cv2.warpPerspective(
        light, matrix, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return cast(Floats, np.maximum(warped, 0, out=warped))


def _lowpass(shrink: float) -> Floats:
    """A cubic kernel that leaves what still fits into so many times fewer pixels.

    Lanczos of three lobes is sharper by the figures, but rings: in linear light its ripple turns
    the black of small type grey. Source: Keys, Cubic Convolution Interpolation, 1981, a = -0.5.
    """
    if shrink <= 1:
        return np.ones(1, np.float32)
    reach = int(2 * shrink)
    at = abs(np.arange(-reach, reach + 1)) / shrink
    near = 1.5 * at**3 - 2.5 * at**2 + 1
    far = -0.5 * at**3 + 2.5 * at**2 - 4 * at + 2
    kernel = np.where(at < 1, near, far)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _bloom(light: Floats) -> None:
    """Let highlights glow a little, in place: a lens scatters what is brighter than paper."""
    rows, columns = light.shape[:2]
    small = cv2.resize(light, (columns // 4, rows // 4), interpolation=cv2.INTER_AREA)
    excess = np.clip(small.mean(axis=2) - BLOOM_FROM, 0, BRIGHTEST)
    glow = cv2.GaussianBlur(excess, (0, 0), columns / 4 / 128)
    light += BLOOM * cv2.resize(glow, (columns, rows), interpolation=cv2.INTER_LINEAR)[..., None]


def _developed(light: Floats, seed: int) -> Image:
    """Tone curve, grain and dither: linear light, which is used up -> 8-bit sRGB.

    The grain is grey and follows the picture's own level, so that black stays black; it is wide
    enough, wherever there is light, to break up the bands of shallow gradients.
    """
    np.minimum(light, BRIGHTEST, out=light)
    cv2.sqrt(light, light)
    light *= np.float32((STEPS - 1) / BRIGHTEST**0.5)
    tones = _tones()[light.astype(np.uint16)]
    level = tones[..., 1] * np.float32(1 / 255)
    noise = np.random.default_rng(seed).standard_normal(level.shape, np.float32)
    noise *= GRAIN * np.sqrt(level) * (1.4 - level)
    tones += noise[..., None]
    return cast(Image, cv2.convertScaleAbs(np.maximum(tones, 0, out=tones)))


@cache
def _tones() -> Floats:
    """8-bit sRGB levels, with fractions, over the square root of radiance.

    Straight up to the shoulder, then towards white without ever reaching it.
    """
    light = (np.linspace(0, BRIGHTEST**0.5, STEPS) ** 2).astype(np.float32)
    room = np.float32(1 - SHOULDER)
    over = np.maximum(light - np.float32(SHOULDER), 0)
    bent = np.minimum(light, np.float32(SHOULDER)) + room * (1 - np.exp(-over / room))
    return srgb_from_linear(bent) * np.float32(255)


@cache
def _linear() -> Floats:
    """Linear light of each 8-bit code, for `cv2.LUT`."""
    return linear_from_srgb(np.arange(256, dtype=np.uint8))
