"""What an engine is: two verbs, and the pictures that they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from poster.cover.layout.dummy import Dummy
from poster.geometry import Quad
from poster.paint import EnvelopeLook, PaintSettings, Watch
from poster.photo.facts import Photo

FindSubject = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Measures a picture: HWC uint8, sRGB -> HW float32, share of the subject, [0, 1]."""


@dataclass(frozen=True)
class Painting:
    """A cover's picture, without type.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the cover's size.
        subject_alpha: HW float32, share of the subject, [0, 1]; the masthead goes behind it.
    """

    picture: NDArray[np.uint8]
    subject_alpha: NDArray[np.float32]


@dataclass(frozen=True)
class EnvelopePainting:
    """The finished cover in its envelope.

    Args:
        image: HWC uint8, sRGB, [0, 255], with straight alpha where the background is transparent.
        cover_quad: where the cover's corners lie, in pixels; None where the engine does not know.
        glare: HW float32, linear light that the film adds, >= 0, over the whole frame, if with
            fewer pixels; None where the engine does not know.
        variant: which of the stored envelopes it is; empty where the engine painted one.
    """

    image: NDArray[np.uint8]
    cover_quad: Quad | None
    glare: NDArray[np.float32] | None
    variant: str = ""


class Engine(Protocol):
    """Paints both stages. Gets dummies and pictures; never requests, jobs or the environment."""

    @property
    def name(self) -> str:
        """As requests and receipts spell it."""
        ...

    @property
    def paints_any_size(self) -> bool:
        """Whether a larger cover is the same picture, only finer; a diffusion model's is not."""
        ...

    @property
    def takes_looks(self) -> bool:
        """Whether its envelope can be had on another background, or with another closure."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """Distributions that can change what it paints, beside those that every poster needs."""
        ...

    @property
    def weights(self) -> dict[str, str]:
        """Role -> file of what it paints with; empty where it needs none."""
        ...

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, watch: Watch
    ) -> Painting:
        """Paint the picture that the type will be set on.

        Args:
            photo: the caller's photo.
            dummy: where type will stand, and the window of the photo to show.
            settings: size, seed, prompt.
            watch: told how far the work is.

        Returns:
            A picture of the settings' size, without lettering.

        Raises:
            Cancelled: the watch says so.
        """
        ...

    def paint_envelope(
        self,
        cover: NDArray[np.uint8],
        look: EnvelopeLook,
        settings: PaintSettings,
        watch: Watch,
    ) -> EnvelopePainting:
        """Put a finished cover into the envelope.

        Args:
            cover: HWC uint8, sRGB, [0, 255], of the settings' aspect.
            look: background, closure and glare; and, in pixels of a cover of the settings' size,
                what highlights shall leave alone.
            settings: size, seed, prompt.
            watch: told how far the work is.

        Returns:
            A picture of the settings' size.

        Raises:
            Cancelled: the watch says so.
        """
        ...
