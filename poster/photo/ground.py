"""A picture with transparent parts, and paper -> a ground that it stands out from, and both in one.

Paper is the ground wherever the picture can be seen on it, as nearly all can. A picture in the
colour of the paper is placed on a neutral instead.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from poster.colour import Colour, contrast_ratio, format_hex, relative_luminance
from poster.photo.srgb import SrgbPicture

_NEUTRALS = {"dark grey": (34, 34, 34), "mid-grey": (119, 119, 119)}
"""For white pictures, and for those that are black and white."""

_SIDE = 256
"""Length of the longer side of the reduced picture that is looked at."""
_NEARBY = np.ones((5, 5), np.uint8)
"""Neighbourhood, in its pixels, in which an edge is looked for."""

_MIN_CONTRAST = 1.25
"""WCAG contrast below which an edge is lost: that of #E5E5E5 on white. Text needs 4.5, but shapes
in print are seen at far less."""

_ALPHA_EDGE = 0.25
"""Range of alpha nearby, as a share of the greatest alpha, from which on there is an edge."""

_MAX_LOST = 0.2
"""Share of all edges that may be lost on paper. Of 50 photos in bench/, cut out along the subject,
none loses more than 0.15; a logo with one white letter of four loses 0.25, a white one all."""

_WEAKEST = 10
"""Percentile of the contrast along the rim by which grounds are compared."""


@dataclass(frozen=True)
class Ground:
    """What is behind a picture's transparent parts.

    Args:
        colour: sRGB.
        notes: a sentence, if it is not the paper.
    """

    colour: Colour
    notes: tuple[str, ...] = ()


def choose_ground(picture: SrgbPicture, paper: Colour) -> Ground:
    """Choose the ground of a picture.

    Args:
        picture: with or without alpha.
        paper: the ground of every picture that stands out from it.

    Returns:
        The ground.
    """
    if picture.alpha is None:
        return Ground(paper)
    seen = _Reduced(picture.pixels, picture.alpha)
    if seen.share_lost(paper) <= _MAX_LOST:
        return Ground(paper)
    grounds = {"paper": paper, **_NEUTRALS}
    name, colour = max(grounds.items(), key=lambda item: seen.weakest_contrast(item[1]))
    if colour == paper:
        return Ground(paper)
    note = (
        "the picture hardly stands out from white, so its transparent parts were filled with "
        f"{name} ({format_hex(colour)}); put it on a background of its own to choose another"
    )
    return Ground(colour, (note,))


def composite(picture: SrgbPicture, ground: Colour) -> NDArray[np.uint8]:
    """Composite a picture on a ground.

    Args:
        picture: with or without alpha.
        ground: sRGB.

    Returns:
        HWC uint8, sRGB, [0, 255]; can be read-only.
    """
    if picture.alpha is None:
        return picture.pixels
    page = Image.new("RGB", picture.pixels.shape[1::-1], ground)
    page.paste(Image.fromarray(picture.pixels), mask=Image.fromarray(picture.alpha))
    return np.asarray(page)


class _Reduced:
    """A small copy of a picture, to see how it looks on grounds.

    Args:
        pixels: HWC uint8, sRGB, not multiplied by alpha.
        alpha: HW uint8.
    """

    def __init__(self, pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> None:
        # Rows and columns are skipped first: floats of a whole photo would take 800 MB.
        step = max(1, max(alpha.shape) // (4 * _SIDE))
        share = alpha[::step, ::step].astype(np.float32) / 255
        inked = pixels[::step, ::step] * share[..., None]
        scale = min(1.0, _SIDE / max(share.shape))
        size = tuple(max(1, round(side * scale)) for side in share.shape[::-1])
        self._alpha = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA), np.float32)
        self._inked = np.asarray(cv2.resize(inked, size, interpolation=cv2.INTER_AREA), np.float32)
        top = float(self._alpha.max())
        most, least = _extremes(self._alpha)
        self._has_edge = most - least >= _ALPHA_EDGE * top
        solid = self._alpha >= top / 2
        rim = solid & self._has_edge
        self._rim = rim if rim.any() else solid

    def share_lost(self, ground: Colour) -> float:
        """Return the share of the picture's edges that cannot be seen, [0, 1]."""
        luminance = self._luminance(ground)
        is_seen = contrast_ratio(*_extremes(luminance)) >= _MIN_CONTRAST
        lost = np.count_nonzero(self._has_edge & ~is_seen)
        seen = np.count_nonzero(is_seen)
        return lost / (lost + seen) if seen else 1.0

    def weakest_contrast(self, ground: Colour) -> float:
        """Return how the weaker part of the picture's rim contrasts with a ground, [1, 21]."""
        behind = float(relative_luminance(np.array(ground, np.uint8)))
        contrasts = contrast_ratio(self._luminance(ground)[self._rim], behind)
        return float(np.percentile(contrasts, _WEAKEST))

    def _luminance(self, ground: Colour) -> NDArray[np.float32]:
        behind = (1 - self._alpha)[..., None] * np.array(ground, np.float32)
        return relative_luminance(np.rint(self._inked + behind).astype(np.uint8))


def _extremes(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the greatest and the least value near each pixel."""
    return (
        np.asarray(cv2.dilate(values, _NEARBY), np.float32),
        np.asarray(cv2.erode(values, _NEARBY), np.float32),
    )
