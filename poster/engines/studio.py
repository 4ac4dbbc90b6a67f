"""Classical graphics on a CPU: photo -> cropped, grown and graded; cover -> sealed in plates.

No weights and no prompt; the same input gives the same bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, pixels_from_floats
from poster.cover.dummy import Dummy
from poster.cover.window import show_window
from poster.engines.base import EnvelopePainting, Painting
from poster.envelope.composite import seal
from poster.envelope.plates import load_plates
from poster.paint import PaintSettings, Watch
from poster.photo.facts import Photo
from poster.photo.grade import grade


class StudioEngine:
    """The engine that needs nothing but the package."""

    name = "studio"
    paints_any_size = True

    def __init__(self) -> None:
        self.weights: dict[str, str] = {}
        self._plates = load_plates()

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, watch: Watch
    ) -> Painting:
        """Crop, grow and grade the photo; see Engine."""
        watch.progress(0.0, "crop")
        picture, matte = show_window(photo, dummy.window, settings.width, settings.height)
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
