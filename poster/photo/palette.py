"""A picture -> its palette: a few colours, their shares, and the accent among them.

Judges in OKLCH, where equal steps look equal. Knows no type and no page.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from coloraide import Color
from numpy.typing import NDArray

from poster.colour import Colour

_SIDE = 48
"""The picture is looked at this small: a palette is not made of details."""

_SWATCHES = 6
_ROUNDS = 12

_ALIKE = 5.0
"""CIE L*a*b* distance up to which two clusters are one colour; an eye sees one from about 2."""

_COLOURFUL = 0.05
"""Chroma in OKLCH below which an eye calls a colour grey."""

_ACCENT_SHARE = 0.02
"""Less of a picture than this is a detail, and no colour of the picture."""


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of a picture.

    Args:
        colour: sRGB.
        share: of the picture, [0, 1].
        lightness: in OKLCH, [0, 1].
        chroma: in OKLCH, 0 and up; sRGB ends at about 0.32.
        hue: in OKLCH, degrees, [0, 360).
    """

    colour: Colour
    share: float
    lightness: float
    chroma: float
    hue: float


def measure_palette(pixels: NDArray[np.uint8]) -> tuple[Swatch, ...]:
    """Find the few colours that a picture is made of.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        At most six swatches, the largest first.
    """
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)
    # Seeded by lightness, not by chance: the same picture has the same palette.
    order = np.argsort(lab[:, 0], kind="stable")
    labels = np.empty(len(lab), np.int32)
    labels[order] = np.arange(len(lab)) * _SWATCHES // len(lab)
    criteria = (cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, 0.0)
    flags = cv2.KMEANS_USE_INITIAL_LABELS
    chosen = np.ravel(cv2.kmeans(lab, _SWATCHES, labels, criteria, 1, flags)[1])
    flat = small.reshape(-1, 3)
    groups: list[NDArray[np.bool_]] = []
    for cluster in range(_SWATCHES):
        members = chosen == cluster
        if not members.any():
            continue
        # An even picture is cut up into clusters of one colour.
        centre = lab[members].mean(0)
        near = [g for g in groups if np.linalg.norm(lab[g].mean(0) - centre) < _ALIKE]
        if near:
            near[0] |= members
        else:
            groups.append(members)
    swatches = [_swatch(flat[group].mean(0), float(group.mean())) for group in groups]
    return tuple(sorted(swatches, key=lambda swatch: -swatch.share))


def accent_of(palette: tuple[Swatch, ...]) -> Swatch | None:
    """Find the colour that a picture is remembered by.

    Args:
        palette: of the picture.

    Returns:
        The most colourful swatch that is more than a detail; None in a grey picture.
    """
    colourful = [
        swatch
        for swatch in palette
        if swatch.chroma >= _COLOURFUL and swatch.share >= _ACCENT_SHARE
    ]
    return max(colourful, key=lambda swatch: swatch.chroma, default=None)


def colour_at(lightness: float, chroma: float, hue: float) -> Colour:
    """The nearest colour that sRGB has.

    Args:
        lightness: in OKLCH, [0, 1].
        chroma: in OKLCH.
        hue: in degrees.

    Returns:
        sRGB; chroma gives way where the gamut ends.
    """
    fitted = Color("oklch", [lightness, chroma, hue]).convert("srgb").fit(method="oklch-chroma")
    red, green, blue = (round(255 * channel) for channel in fitted.coords())
    return red, green, blue


def _swatch(mean: NDArray[np.float64], share: float) -> Swatch:
    red, green, blue = (round(float(channel)) for channel in mean)
    lightness, chroma, hue = (
        Color("srgb", [red / 255, green / 255, blue / 255]).convert("oklch").coords(nans=False)
    )
    return Swatch((red, green, blue), share, lightness, chroma, hue)
