"""Classical graphics on a CPU: photo -> cropped, grown and graded; cover -> sealed in plates.

No weights and no prompt; the same input gives the same bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, pixels_from_floats
from poster.cover.dummy import Dummy
from poster.cover.headroom import grow_headroom
from poster.engines.base import EnvelopePainting, Painting
from poster.envelope.composite import seal
from poster.envelope.plates import load_plates
from poster.geometry import Box
from poster.paint import PaintSettings, Watch
from poster.photo.crop import resample, resample_matte
from poster.photo.facts import Photo
from poster.photo.grade import grade


class StudioEngine:
    """The engine that needs nothing but the package."""

    name = "studio"

    def __init__(self) -> None:
        self.weights: dict[str, str] = {}
        self._plates = load_plates()

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, watch: Watch
    ) -> Painting:
        """Crop, grow and grade the photo; see Engine."""
        window = dummy.window
        watch.progress(0.0, "crop")
        height, width = photo.pixels.shape[:2]
        shown = window.intersection(Box(0, 0, width, height)).edges
        grown_rows = round(settings.height * max(0, -window.y0) / window.height)
        rows = settings.height - grown_rows
        picture = resample(photo.pixels, shown, settings.width, rows)
        matte = resample_matte(photo.matte, shown, settings.width, rows)
        watch.progress(0.3, "headroom")
        picture, matte = grow_headroom(picture, matte, grown_rows)
        watch.progress(0.6, "grade")
        return Painting(pixels_from_floats(grade(floats_from_pixels(picture))), matte)

    def paint_envelope(
        self, cover: NDArray[np.uint8], settings: PaintSettings, watch: Watch
    ) -> EnvelopePainting:
        """Seal the cover between the plates; see Engine."""
        watch.progress(0.0, "plates")
        plates = self._plates.at(settings.width, settings.height)
        watch.progress(0.3, "composite")
        image = seal(cover, plates, settings.seed)
        glare = np.asarray(plates.glare.mean(-1), np.float32)
        return EnvelopePainting(image, plates.cover_quad, glare)
