"""A photo's picture and facts in their place -> the page's: what the photo leaves free is paper.

Knows no type. A picture that fills the page is handed on as it is.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour, relative_luminance
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.photo.palette import Swatch, accent_of, colour_at

PAPER: Colour = (246, 242, 234)
"""A warm, uncoated white."""

SIGNAL: Colour = (226, 59, 41)
"""The red that posters of the school took where the photo was grey."""

_STEP = 16

_FIELD_LIGHTNESS = 0.74
_FIELD_CHROMA = (0.09, 0.16)
"""In OKLCH: light enough for ink to read at 7 and more, and neither pastel nor neon."""


def choose_paper(page: str, palette: tuple[Swatch, ...]) -> Colour:
    """Choose the colour of what the photo leaves free.

    Args:
        page: a style's: none, paper or accent.
        palette: of the photo.

    Returns:
        sRGB.
    """
    if page != "accent":
        return PAPER
    accent = accent_of(palette)
    if accent is None:
        return SIGNAL
    low, high = _FIELD_CHROMA
    return colour_at(_FIELD_LIGHTNESS, min(max(accent.chroma, low), high), accent.hue)


def painted_box(picture: Box) -> Box:
    """What is painted for a place: its sides are multiples of 16, as diffusion models paint them.

    Args:
        picture: where the photo lies on the page.

    Returns:
        A box from the same corner, at most 15 pixels wider and higher; the page hides the rest.
    """
    columns, rows = (-(-side // _STEP) * _STEP for side in (picture.width, picture.height))
    return Box(picture.x0, picture.y0, picture.x0 + columns, picture.y0 + rows)


def lay_facts(
    facts: PhotoFacts, picture: Box, width: int, height: int, paper: Colour
) -> PhotoFacts:
    """Lay the facts of a picture on a page.

    Args:
        facts: of the picture.
        picture: where it lies on the page.
        width: of the page, in pixels.
        height: of the page, in pixels.
        paper: colour of the rest.

    Returns:
        Facts of the page, in its pixels; paper has no edges and no subject.
    """
    if picture == Box(0, 0, width, height):
        return facts
    cell = width / CELLS_ACROSS
    rows, columns = round(height / cell), CELLS_ACROSS
    first, left = round(picture.y0 / cell), round(picture.x0 / cell)
    last, right = min(rows, round(picture.y1 / cell)), min(columns, round(picture.x1 / cell))

    def lay(cells: NDArray[np.float32], ground: float) -> NDArray[np.float32]:
        page = np.full((rows, columns), ground, np.float32)
        size = (right - left, last - first)
        page[first:last, left:right] = cv2.resize(cells, size, interpolation=cv2.INTER_AREA)
        return page

    luminance = float(relative_luminance(np.array(paper, np.uint8)))
    return PhotoFacts(
        width=width,
        height=height,
        cell=cell,
        luminance=lay(facts.luminance, luminance),
        edges=lay(facts.edges, 0.0),
        matte=lay(facts.matte, 0.0),
        faces=tuple(face.shifted(picture.x0, picture.y0) for face in facts.faces),
    )


def lay_picture(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    place: Box,
    width: int,
    height: int,
    paper: Colour,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Lay a picture on a page.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of painted_box's size.
        matte: HW float32, share of the subject, [0, 1].
        place: where it lies.
        width: of the page, in pixels.
        height: of the page, in pixels.
        paper: colour of the rest.

    Returns:
        The page and its matte, of the same kinds.
    """
    if place == Box(0, 0, width, height):
        return picture, matte
    page = np.full((height, width, 3), paper, np.uint8)
    page[place.slices] = picture[: place.height, : place.width]
    subject = np.zeros((height, width), np.float32)
    subject[place.slices] = matte[: place.height, : place.width]
    return page, subject
