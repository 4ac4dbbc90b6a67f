"""A slot and the matte in front of it -> the pixels around its ink, and its measurements.

Does not choose colours: choose_colours does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour, format_hex
from poster.cover.ink.contrast_search import Surround
from poster.cover.layout.dummy import Slot
from poster.result import Block
from poster.typography.contrast import Band, letter_contrast, low_contrast, surroundings
from poster.typography.letters import most_hidden

_SAMPLE = 20_000
"""Maximum number of pixels of a background to measure: enough for a percentile of each letter."""


class PlacedType:
    """A piece of type at its place on a cover.

    Args:
        slot: the type and its place.
        occluder: the matte in front of it, HW float32 of the cover's size, [0, 1]; or None.
        size: rows and columns of the cover.
    """

    def __init__(
        self, slot: Slot, occluder: NDArray[np.float32] | None, size: tuple[int, ...]
    ) -> None:
        self.slot = slot
        self.occluder = occluder
        self._band: Band = surroundings(
            slot.type.ink, slot.box, size, size_px=slot.type.size_px, hidden=occluder
        )

    def surround(
        self, picture: NDArray[np.uint8], mask: NDArray[np.float32], sample: int = _SAMPLE
    ) -> Surround:
        """Return the pixels around the visible ink on a picture, and the mask over them.

        Args:
            picture: HWC uint8, sRGB, [0, 255], of the cover's size.
            mask: HW float32, [0, 1], for adjusting it.
            sample: maximum number of pixels.

        Returns:
            The pixels, letter by letter.
        """
        band = self._band.thinned(sample)
        place = band.rows, band.columns
        return Surround(picture[place], mask[place], band.letters)

    def measure(self, cover: NDArray[np.uint8], colour: Colour) -> Block:
        """Measure this piece of type for the receipt.

        Args:
            cover: the finished cover, HWC uint8, sRGB, [0, 255].
            colour: of the type.

        Returns:
            The receipt's block.
        """
        block, band = self.slot.type, self._band
        around = cover[band.rows, band.columns]
        return Block(
            role=self.slot.role,
            text=block.text,
            script=block.script,
            language=block.language,
            box=self.slot.box,
            envelope_box=None,
            font=block.font,
            size_px=block.size_px,
            colour=format_hex(colour),
            contrast=low_contrast(around, colour),
            letter_contrast=letter_contrast(around, band.letters, colour),
            hidden=share_hidden(self.slot, self.occluder),
            letter_hidden=letter_hidden_most(self.slot, self.occluder),
            missing_glyphs=block.missing_glyphs,
        )


def share_hidden(slot: Slot, occluder: NDArray[np.float32] | None) -> float:
    """Measure how much of a slot's ink is hidden.

    Args:
        slot: the type and its place.
        occluder: HW float32 of the cover's size, [0, 1], or None.

    Returns:
        The hidden share of the ink, [0, 1].
    """
    if occluder is None:
        return 0.0
    ink = slot.type.ink
    return float((ink * occluder[slot.box.slices]).sum() / ink.sum(dtype=np.float64))


def letter_hidden_most(slot: Slot, occluder: NDArray[np.float32] | None) -> float:
    """Measure how much of the most hidden letter is hidden.

    Args:
        slot: the type and its place.
        occluder: HW float32 of the cover's size, [0, 1], or None.

    Returns:
        The hidden share of its ink, [0, 1].
    """
    if occluder is None:
        return 0.0
    return most_hidden(slot.type.ink, occluder[slot.box.slices], slot.type.size_px)
