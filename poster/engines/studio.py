"""Graphics without a model, on the CPU: photo -> cover picture; cover -> cover in its envelope.

The photo is cropped, extended and graded; the envelope is composited from stored plates. Does not
use weights or prompts; the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from poster.colour import floats_from_pixels, pixels_from_floats
from poster.cover.framing.headroom import render_window
from poster.cover.layout.dummy import Dummy
from poster.engines.base import EnvelopePainting, Painting
from poster.envelope.choice import choose_design
from poster.envelope.composite import composite_envelope
from poster.envelope.design_library import DesignLibrary
from poster.paint_settings import EnvelopeAppearance, PaintSettings
from poster.photo.facts import Photo
from poster.photo.grade import grade
from poster.progress import ProgressMonitor


class StudioEngine:
    """The engine that needs only the package."""

    name = "studio"
    shows_the_photo = True
    supports_appearance = True
    packages: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.weights: dict[str, str] = {}
        self._library = DesignLibrary.open()

    def sampling_defaults(self, speed: str) -> Mapping[str, float]:  # noqa: ARG002 - a protocol
        """Return nothing: it does not sample; see Engine."""
        return {}

    def close(self) -> None:
        """Release the plates; see Engine."""
        del self._library

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, monitor: ProgressMonitor
    ) -> Painting:
        """Crop, extend and grade the photo; see Engine."""
        monitor.report(0.0, "cropping the photo")
        picture, matte = render_window(photo, dummy.window, settings.width, settings.height)
        monitor.report(0.6, "grading the colours")
        return Painting(pixels_from_floats(grade(floats_from_pixels(picture))), matte)

    def paint_envelope(
        self,
        cover: NDArray[np.uint8],
        appearance: EnvelopeAppearance,
        settings: PaintSettings,
        monitor: ProgressMonitor,
    ) -> EnvelopePainting:
        """Composite the cover with the plates that disturb type and faces least; see Engine."""
        monitor.report(0.0, "loading the envelope")
        width, height = settings.width, settings.height
        design = choose_design(
            self._library.designs, appearance.keep_clear, width, height, settings.seed
        )
        plates = self._library.fitted(design, width, height)
        monitor.report(0.6, "making the envelope")
        image = composite_envelope(cover, plates, appearance, settings.seed)
        glare = plates.glare * np.float32(appearance.glare) + plates.plastic
        return EnvelopePainting(image, plates.cover_quad, glare, design.name)
