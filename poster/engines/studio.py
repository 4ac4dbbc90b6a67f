"""Graphics without a model, on the CPU: photo -> cover picture; cover -> cover in its envelope.

The photo is cropped, extended and graded; the envelope is composited from stored plates. Does not
use weights or prompts; the same input gives the same bytes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, pixels_from_floats
from poster.cover.framing.headroom import show_window
from poster.cover.layout.dummy import Dummy
from poster.engines.base import EnvelopePainting, Painting
from poster.envelope.choice import choose_design
from poster.envelope.composite import composite_envelope
from poster.envelope.stock import Stock
from poster.paint import EnvelopeLook, PaintSettings, Watch
from poster.photo.facts import Photo
from poster.photo.grade import grade


class StudioEngine:
    """The engine that needs only the package."""

    name = "studio"
    paints_any_size = True
    takes_looks = True
    packages: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.weights: dict[str, str] = {}
        self._stock = Stock.open()

    def close(self) -> None:
        """Release the plates; see Engine."""
        del self._stock

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, watch: Watch
    ) -> Painting:
        """Crop, extend and grade the photo; see Engine."""
        watch.progress(0.0, "crop")
        picture, matte = show_window(photo, dummy.window, settings.width, settings.height)
        watch.progress(0.6, "grade")
        return Painting(pixels_from_floats(grade(floats_from_pixels(picture))), matte)

    def paint_envelope(
        self,
        cover: NDArray[np.uint8],
        look: EnvelopeLook,
        settings: PaintSettings,
        watch: Watch,
    ) -> EnvelopePainting:
        """Composite the cover with the plates that disturb type and faces least; see Engine."""
        watch.progress(0.0, "plates")
        width, height = settings.width, settings.height
        design = choose_design(self._stock.designs, look.keep_clear, width, height, settings.seed)
        plates = self._stock.fitted(design, width, height)
        watch.progress(0.6, "composite")
        image = composite_envelope(cover, plates, look, settings.seed)
        glare = plates.glare * np.float32(look.glare) + plates.plastic
        return EnvelopePainting(image, plates.cover_quad, glare, design.name)
