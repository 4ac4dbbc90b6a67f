"""Covers and their captions -> a contact sheet. Independent of the request."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour
from poster.typography.typeset import Typesetter

THUMB_WIDTH = 480
_GAP = 32
_CAPTION = 56
_CAPTION_SIZE = 18.0
_PAPER: Colour = (238, 236, 231)
_INK = 30


def contact_sheet(
    covers: Sequence[NDArray[np.uint8]], captions: Sequence[str], typesetter: Typesetter
) -> NDArray[np.uint8]:
    """Arrange covers in a grid, each with a caption below it.

    Args:
        covers: HWC uint8, sRGB, [0, 255], all of one size; at least one.
        captions: one line for each cover.
        typesetter: sets the captions.

    Returns:
        HWC uint8, sRGB, [0, 255]; at most four across.
    """
    height = round(THUMB_WIDTH * covers[0].shape[0] / covers[0].shape[1])
    across = min(4, len(covers))
    down = ceil(len(covers) / across)
    cell = THUMB_WIDTH + _GAP, height + _CAPTION + _GAP
    sheet = np.full((down * cell[1] + _GAP, across * cell[0] + _GAP, 3), _PAPER, np.uint8)
    for number, (cover, caption) in enumerate(zip(covers, captions, strict=True)):
        x = _GAP + number % across * cell[0]
        y = _GAP + number // across * cell[1]
        size = (THUMB_WIDTH, height)
        sheet[y : y + height, x : x + THUMB_WIDTH] = cv2.resize(
            cover, size, interpolation=cv2.INTER_AREA
        )
        block = typesetter.set_block(
            caption, "small", size_px=_CAPTION_SIZE, measure=THUMB_WIDTH, language="en"
        )
        rows, columns = block.shape
        ground = sheet[y + height + 14 :][:rows, x : x + columns]
        coverage = block.ink[..., None] / np.float32(255)
        ground[:] = np.rint(ground + (_INK - ground.astype(np.float32)) * coverage)
    return sheet
