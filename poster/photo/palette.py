"""A picture -> its palette: a few colours, their shares, and the accent colour.

Works in OKLCH, where equal steps look equal. Does not know type or pages.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from coloraide import Color
from numpy.typing import NDArray

from poster.colour import Colour, linear_from_srgb

_SIDE = 48
"""Side in pixels to which the picture is shrunk: a palette ignores details."""

_SWATCHES = 8
_ROUNDS = 12
"""Maximum number of clusters, and of k-means rounds; after eight rounds no change is visible."""


@dataclass(frozen=True, slots=True)
class PaletteCriteria:
    """What counts as a colour of a picture; no value is measured.

    Args:
        alike: distance in OKLab up to which two clusters are merged; distances from about 0.02 are
            visible.
        hue_weight: weight of a difference in hue relative to one in lightness: a palette should
            have different colours rather than shades.
        colourful: chroma in OKLCH below which a colour looks grey.
        accent_share: minimum share of the picture for an accent; a smaller area is a detail.
    """

    alike: float = 0.06
    hue_weight: float = 1.5
    colourful: float = 0.05
    accent_share: float = 0.02


CRITERIA = PaletteCriteria()


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of a picture.

    Args:
        colour: sRGB.
        share: share of the picture, [0, 1].
        lightness: in OKLCH, [0, 1].
        chroma: in OKLCH, at least 0; in sRGB at most about 0.32.
        hue: in OKLCH, degrees, [0, 360).
    """

    colour: Colour
    share: float
    lightness: float
    chroma: float
    hue: float


def measure_palette(pixels: NDArray[np.uint8]) -> tuple[Swatch, ...]:
    """Find the main colours of a picture.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        At most eight swatches, the largest first.
    """
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    flat = np.asarray(small, np.uint8).reshape(-1, 3)
    points = _oklab(flat) * np.array([1, CRITERIA.hue_weight, CRITERIA.hue_weight], np.float32)
    nearest = _cluster(points)
    groups: list[NDArray[np.bool_]] = []
    for cluster in np.unique(nearest):
        members = nearest == cluster
        # In a uniform picture, several clusters have the same colour: merge them.
        centre = points[members].mean(0)
        near = [g for g in groups if np.linalg.norm(points[g].mean(0) - centre) < CRITERIA.alike]
        if near:
            near[0] |= members
        else:
            groups.append(members)
    swatches = [swatch_of(flat[group].mean(0), float(group.mean())) for group in groups]
    return tuple(sorted(swatches, key=lambda swatch: -swatch.share))


def _cluster(points: NDArray[np.float32]) -> NDArray[np.intp]:
    """Assign each point to a cluster, by k-means that starts from points far from each other.

    The start points are chosen by distance, not at random: the same picture has the same palette.
    """
    centres = points.mean(0, keepdims=True)
    apart = np.linalg.norm(points - centres[0], axis=1)
    while len(centres) < _SWATCHES and apart.max() > 0:
        centres = np.vstack([centres, points[apart.argmax()]])
        apart = np.minimum(apart, np.linalg.norm(points - centres[-1], axis=1))
    for _ in range(_ROUNDS):
        nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(1)
        shares = np.bincount(nearest, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, points)
        centres = np.where(shares[:, None] > 0, sums / np.maximum(shares, 1)[:, None], centres)
    return np.asarray(nearest, np.intp)


def accent_of(palette: tuple[Swatch, ...]) -> Swatch | None:
    """Find the accent colour of a picture.

    Args:
        palette: the picture's palette.

    Returns:
        The swatch with the highest chroma that is more than a detail; None for a grey picture.
    """
    colourful = [
        swatch
        for swatch in palette
        if swatch.chroma >= CRITERIA.colourful and swatch.share >= CRITERIA.accent_share
    ]
    return max(colourful, key=lambda swatch: swatch.chroma, default=None)


def colour_at(lightness: float, chroma: float, hue: float) -> Colour:
    """Convert a colour to sRGB.

    Args:
        lightness: in OKLCH, [0, 1].
        chroma: in OKLCH.
        hue: in degrees.

    Returns:
        The colour in sRGB; if it is outside the gamut, with its chroma reduced.
    """
    fitted = Color("oklch", [lightness, chroma, hue]).convert("srgb").fit(method="oklch-chroma")
    red, green, blue = (round(255 * channel) for channel in fitted.coords())
    return red, green, blue


def swatch_of(mean: NDArray[np.floating], share: float) -> Swatch:
    """Describe a colour.

    Args:
        mean: red, green and blue, sRGB, [0, 255].
        share: the colour's share of the picture, [0, 1].

    Returns:
        The swatch.
    """
    red, green, blue = (round(float(channel)) for channel in mean)
    lightness, chroma, hue = (
        Color("srgb", [red / 255, green / 255, blue / 255]).convert("oklch").coords(nans=False)
    )
    return Swatch((red, green, blue), share, lightness, chroma, hue)


def _oklab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Convert sRGB pixels to OKLab, N3. Source: B. Ottosson, A perceptual color space, 2020."""
    cones = np.cbrt(linear_from_srgb(pixels) @ _CONES_FROM_RGB.T)
    return np.asarray(cones @ _LAB_FROM_CONES.T, np.float32)


_CONES_FROM_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_LAB_FROM_CONES = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
