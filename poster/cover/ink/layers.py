"""A cover's picture, matte and coloured type -> one flat picture before grain, or its layers.

No layer has grain: it covers picture and type alike, so the caller adds it last. Does not choose
colours or places: ink.compose and layout did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour, floats_from_pixels, pixels_from_floats
from poster.cover.ink.dodge_burn import LocalAdjustment
from poster.cover.ink.foreground import decontaminate_edges
from poster.cover.layout.dummy import Slot


@dataclass(frozen=True)
class Layers:
    """The layers of a cover.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the cover's size, without type; dodged or
            burned where type needs it.
        subject: HW float32, share of the subject, [0, 1].
        slots: the placed type, the masthead first; may be empty.
        colours: of each slot.
        is_behind: whether the masthead goes behind the subject.
        adjustments: applied to the picture, in order; a larger rendering of it needs them, too.
    """

    picture: NDArray[np.uint8]
    subject: NDArray[np.float32]
    slots: tuple[Slot, ...]
    colours: tuple[Colour, ...]
    is_behind: bool
    adjustments: tuple[LocalAdjustment, ...] = ()

    @property
    def width(self) -> int:
        """Width of the cover, in pixels."""
        return int(self.picture.shape[1])

    @property
    def height(self) -> int:
        """Height of the cover, in pixels."""
        return int(self.picture.shape[0])

    @property
    def masthead(self) -> list[tuple[Slot, Colour]]:
        """The title; empty for a cover without words."""
        return [pair for pair in self._coloured_slots if pair[0].role == "masthead"]

    @property
    def lines(self) -> list[tuple[Slot, Colour]]:
        """All other type."""
        return [pair for pair in self._coloured_slots if pair[0].role != "masthead"]

    @property
    def _coloured_slots(self) -> list[tuple[Slot, Colour]]:
        return list(zip(self.slots, self.colours, strict=True))

    def flatten(self) -> NDArray[np.float32]:
        """Composite the layers.

        Returns:
            The finished cover before grain: HWC float32, sRGB-encoded, [0, 1].
        """
        canvas = floats_from_pixels(self.picture)
        for slot, colour in self._coloured_slots:
            ground = canvas[slot.box.slices]
            coverage = floats_from_pixels(slot.type.ink)[..., None]
            ground += (np.array(colour, np.float32) / 255 - ground) * coverage
            if self.is_behind and slot.role == "masthead":
                subject = floats_from_pixels(self._cut_out[slot.box.slices])
                ground += (subject - ground) * self.subject[slot.box.slices][..., None]
        return canvas

    @cached_property
    def _cut_out(self) -> NDArray[np.uint8]:
        """The picture, with the subject's own colours where its edge crosses the masthead."""
        behind = np.zeros(self.subject.shape, np.float32)
        for slot, _ in self.masthead if self.is_behind else []:
            behind[slot.box.slices] = floats_from_pixels(slot.type.ink)
        return decontaminate_edges(self.picture, self.subject, behind, self.width)

    def separate(self) -> dict[str, NDArray[np.uint8]]:
        """Render each layer by itself.

        The subject keeps the picture's colours up to its edge, so that it is invisible over the
        picture it was cut from; only its edge in front of the masthead has the subject's own
        colours.

        Returns:
            picture, masthead, subject and lines, from the bottom up; the masthead is below the
            subject if it goes behind it, otherwise above. Each is HW4 uint8 of the cover's size:
            sRGB with straight alpha, [0, 255].
        """
        opaque = np.full((self.height, self.width, 1), 255, np.uint8)
        alpha = pixels_from_floats(self.subject)[..., None]
        # No pixels of the photo remain where alpha is 0.
        cut_out = np.where(alpha > 0, self._cut_out, 0).astype(np.uint8)
        masthead = {"masthead": self._draw(self.masthead)}
        subject = {"subject": np.concatenate([cut_out, alpha], axis=2)}
        return {
            "picture": np.concatenate([self.picture, opaque], axis=2),
            **(masthead | subject if self.is_behind else subject | masthead),
            "lines": self._draw(self.lines),
        }

    def _draw(self, coloured_slots: Sequence[tuple[Slot, Colour]]) -> NDArray[np.uint8]:
        layer = np.zeros((self.height, self.width, 4), np.uint8)
        for slot, colour in coloured_slots:
            ink = slot.type.ink
            place = layer[slot.box.slices]
            place[ink > 0, :3] = colour
            np.maximum(place[..., 3], ink, out=place[..., 3])
        return layer
