"""A finished cover, plates and an appearance -> a picture of that cover in its envelope.

Works in bands of rows, so that it needs little more memory than the result. Type stays exact: the
cover is resampled once, and no model repaints it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.colour import srgb_from_linear
from poster.envelope.grain import Grain
from poster.envelope.inlay import Inlay
from poster.envelope.light import BLOOM, compute_glow, gather_light
from poster.envelope.plates import Plates
from poster.envelope.tone_curve import radiance_of
from poster.envelope.tone_mapping import tone_map, tone_map_with_alpha
from poster.paint_settings import EnvelopeAppearance

Image = NDArray[np.uint8]

BAND_PIXELS = 1 << 17
"""Pixels per band. Measured: the planes fit in cache, and few cover rows are read by two bands."""
SAMPLE_ROWS = 96
"""Rows in the middle of the cover in which its grain is measured."""


def composite_envelope(
    cover: Image, plates: Plates, appearance: EnvelopeAppearance, seed: int
) -> Image:
    """Composite a cover into an envelope.

    Args:
        cover: HWC uint8, sRGB, [0, 255], of any size and the frame's aspect.
        plates: the empty envelope, fitted to the frame (see `Plates.at`).
        appearance: background, closure and glare.
        seed: of the grain.

    Returns:
        HWC uint8, sRGB, [0, 255], of the frame's size. If the background is transparent, HW4 with
        straight alpha: composited over a picture in linear light, it shows that picture behind.
    """
    inlay = Inlay(cover, plates)
    small = plates.shrunk(BLOOM.shrink)
    glow = compute_glow(Inlay(cover, small), small, appearance)
    grain = Grain.like(_sample(inlay, plates), seed)
    surface = None if appearance.background is None else radiance_of(appearance.background)
    sealed = np.empty((plates.height, plates.width, 4 if surface is None else 3), np.uint8)

    def composite_band(top: int) -> None:
        stop = min(top + band, plates.height)
        lights = gather_light(inlay, plates, appearance, top, stop)
        if glow is not None:
            added = plates.sample_rows(glow, top, stop)
            for light in lights:
                np.add(light, added, out=light)
        share = plates.sample_background_share(top, stop)
        noise, dither = grain.rows(top, stop, plates.width)
        on_cover = plates.sample_rows(plates.on_cover, top, stop) * np.float32(1 / 255)
        noise *= np.float32(grain.outside) + np.float32(grain.inside - grain.outside) * on_cover
        out = sealed[top:stop]
        if surface is None:
            tone_map_with_alpha(lights, share, noise, dither, out)
        else:
            tone_map(lights, share, surface, noise, dither, out)

    band = max(1, BAND_PIXELS // plates.width)
    # Each band writes only its own rows, so their order does not matter.
    with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
        for _ in pool.map(composite_band, range(0, plates.height, band)):
            pass
    return sealed


def _sample(inlay: Inlay, plates: Plates) -> Floats:
    """Return levels of the cover's middle as framed, in green, where grain shows most."""
    corners = np.array(plates.cover_quad)
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    middle = round((top + bottom) / 2)
    rows = min(SAMPLE_ROWS, round(bottom - top)) // 2
    _, green, _ = inlay.rows(middle - rows, middle + rows)
    margin = (right - left) / 8
    seen = green[:, round(left + margin) : round(right - margin)]
    return srgb_from_linear(seen) * np.float32(255)
