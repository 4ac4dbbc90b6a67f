"""A cover, plates and an appearance -> linear light from film, magazine and closure to the camera.

The surface below is left out, so that a picture can take its place. Applies no tone curve and no
grain.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from poster.arrays import Floats
from poster.colour import linear_from_srgb, parse_hex
from poster.envelope.inlay import Inlay
from poster.envelope.plates import Plates
from poster.paint_settings import EnvelopeAppearance

Lights = tuple[Floats, Floats, Floats]
"""Red, green and blue, each HW float32, linear, not negative."""

CREAM = parse_hex("#EFE6D2")
"""The closure's natural colour: waxed cotton and pressed fibre."""
PAGE_TINT = (1.0, 0.955, 0.87)
"""Reflectance of the cut edge of uncoated paper, relative to white; chosen by eye."""


@dataclass(frozen=True, slots=True)
class Bloom:
    """How much of a highlight the lens scatters, and how far.

    Args:
        threshold: radiance above which light glows. Only highlights do, never paper, which has
            0.90, or 0.99 amid much white.
        strength: share of the light above the threshold that is scattered. Not measured.
        sigma: standard deviation of the glow, in frame widths. Not measured.
        shrink: factor by which resolution is reduced for the glow, which has no detail.
    """

    threshold: float = 1.0
    strength: float = 0.16
    sigma: float = 1 / 128
    shrink: int = 4


BLOOM = Bloom()


def gather_light(
    inlay: Inlay, plates: Plates, appearance: EnvelopeAppearance, top: int, stop: int
) -> Lights:
    """Add up the light of some rows of the frame.

    Args:
        inlay: the cover, mapped into these plates.
        plates: fitted to the frame.
        appearance: closure and glare; the background is not used.
        top: first row.
        stop: row after the last.

    Returns:
        New arrays.
    """

    def read(plate: Floats) -> Floats:
        return plates.sample_rows(plate, top, stop)

    film = read(plates.glare) * np.float32(appearance.glare) + read(plates.plastic)
    lights = film, film.copy(), film.copy()
    closure = linear_from_srgb(np.array(appearance.closure or CREAM, np.uint8))
    for plate, colour in ((plates.pages, PAGE_TINT), (plates.closure, closure)):
        part = read(plate)
        if part.any():
            for light, share in zip(lights, colour, strict=True):
                cv2.scaleAdd(part, float(share), light, light)
    response = read(plates.cover)
    if response.any():
        for light, seen in zip(lights, inlay.rows(top, stop), strict=True):
            cv2.accumulateProduct(seen, response, light)
    return lights


def compute_glow(
    cover_inlay: Inlay, plates: Plates, appearance: EnvelopeAppearance
) -> Floats | None:
    """Compute the glow that highlights scatter in the lens.

    Args:
        cover_inlay: the cover, mapped into these plates.
        plates: of the frame, with its resolution divided by BLOOM.shrink.
        appearance: as for `gather_light`.

    Returns:
        HW float32, the same for red, green and blue; None if nothing is bright enough.
    """
    red, green, blue = gather_light(cover_inlay, plates, appearance, 0, plates.height)
    excess = (red + green + blue) * np.float32(1 / 3) - np.float32(BLOOM.threshold)
    np.maximum(excess, 0, out=excess)
    if not excess.any():
        return None
    glow = cv2.GaussianBlur(excess, (0, 0), plates.width * BLOOM.sigma)
    return np.asarray(glow * np.float32(BLOOM.strength), np.float32)
