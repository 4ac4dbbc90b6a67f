"""The interface of an engine: two methods that paint, and the pictures that they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from poster.cover.layout.dummy import Dummy
from poster.geometry import Quad
from poster.paint_settings import EnvelopeAppearance, PaintSettings
from poster.photo.facts import Photo
from poster.progress import ProgressMonitor

FindSubject = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Finds the subject of a picture: HWC uint8, sRGB -> the matte, HW float32, [0, 1]."""


@dataclass(frozen=True)
class Painting:
    """A cover's picture, without type.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the cover's size.
        subject_alpha: HW float32, the subject's matte, [0, 1]; the masthead goes behind it.
    """

    picture: NDArray[np.uint8]
    subject_alpha: NDArray[np.float32]


@dataclass(frozen=True)
class EnvelopePainting:
    """The finished cover in its envelope.

    Args:
        image: HWC uint8, sRGB, [0, 255], with straight alpha if the background is transparent.
        cover_quad: corners of the cover, in pixels; None if the engine does not know them.
        glare: HW float32, linear light that the film adds, >= 0, over the whole frame, possibly at
            a lower resolution; None if the engine does not know it.
        variant: name of the envelope design that was used; empty if the engine painted one.
    """

    image: NDArray[np.uint8]
    cover_quad: Quad | None
    glare: NDArray[np.float32] | None
    variant: str = ""


class Engine(Protocol):
    """Paints both stages. Receives dummies and pictures; never requests, jobs or environment."""

    @property
    def name(self) -> str:
        """The name used in requests and receipts."""
        ...

    @property
    def shows_the_photo(self) -> bool:
        """True if a cover shows the photo itself, at any size; False if it paints a new picture."""
        ...

    @property
    def supports_appearance(self) -> bool:
        """Whether it supports the appearance of the envelope: background, closure and glare."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """Distributions that can change its pictures, besides those that every poster needs."""
        ...

    @property
    def weights(self) -> dict[str, str]:
        """Role -> weights file; empty if the engine has no weights."""
        ...

    def sampling_defaults(self, speed: str) -> Mapping[str, float]:
        """Return what it uses for the sampling fields that a request leaves out.

        Args:
            speed: exact or fast.

        Returns:
            num_inference_steps and guidance_scale; empty if it is not a diffusion engine.
        """
        ...

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, monitor: ProgressMonitor
    ) -> Painting:
        """Paint the picture on which the type will be set.

        Args:
            photo: the caller's photo.
            dummy: the planned type areas, and the window of the photo to show.
            settings: size, seed, prompt.
            monitor: receives progress.

        Returns:
            A picture of the settings' size, without lettering.

        Raises:
            Cancelled: the caller cancelled.
        """
        ...

    def close(self) -> None:
        """Release its models and the GPU's memory; it cannot be used afterwards."""
        ...

    def paint_envelope(
        self,
        cover: NDArray[np.uint8],
        appearance: EnvelopeAppearance,
        settings: PaintSettings,
        monitor: ProgressMonitor,
    ) -> EnvelopePainting:
        """Put a finished cover into the envelope.

        Args:
            cover: HWC uint8, sRGB, [0, 255], with the settings' aspect ratio.
            appearance: background, closure and glare; and the areas that highlights should avoid,
                in pixels of a cover of the settings' size.
            settings: size, seed, prompt.
            monitor: receives progress.

        Returns:
            A picture of the settings' size.

        Raises:
            Cancelled: the caller cancelled.
        """
        ...
