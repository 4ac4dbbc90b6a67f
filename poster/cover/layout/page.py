"""A style and a palette -> the page; a picture, and its facts -> both mounted on that page.

The area outside the photo is paper, in a colour of its own. Independent of the type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import Colour, relative_luminance
from poster.cover.layout.styles import Style
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, PhotoFacts
from poster.photo.palette import Swatch, accent_of, colour_at
from poster.typography.contrast import WARM_BLACK

PAPER: Colour = (246, 242, 234)
"""A warm, uncoated white."""

SIGNAL: Colour = (186, 34, 22)
"""The red that Swiss-style posters used with grey photos."""

_LIGHT_FIELD = (0.74, (0.09, 0.16))
_DEEP_FIELD = (0.48, (0.11, 0.19))
"""OKLCH lightness, and minimum and maximum chroma, of a colour field. Black type has a contrast
of 7 or more on the light field, white type has 6 on the deep one, and neither is pastel or neon."""

_LEAST_FIELD, _LEAST_PHOTO = 0.13, 0.4
"""Least height of the paper for cover lines, and of the photo, over the page's."""

_DEEP, _DEEP_CHROMA = 0.28, 0.10
"""OKLCH lightness of a deep paper, and its maximum chroma: white type on it has a contrast of 9 and
more."""

_CLEAR, _LEAST_CHROMA, _GREYISH = 0.03, 0.05, 0.015
"""OKLCH chroma from which a colour of the photo gives its hue to a deep paper, and the least that
the paper has then; and the most that it has otherwise."""

_MUDDY = (45.0, 125.0)
"""OKLCH hues, in degrees, that turn to brown and olive if they are deep."""

_LIGHT_HUES = (40.0, 200.0)
"""OKLCH hues, in degrees, that take the light field: orange to cyan. Other hues are strong only if
deep; lightened, they turn to salmon, lilac and baby blue."""


@dataclass(frozen=True, slots=True)
class Page:
    """A blank cover: its size, the box of the photo, and the paper around it.

    Args:
        width: of the cover, in pixels.
        height: of the cover, in pixels.
        picture: the box of the photo, in pixels.
        paper: colour of the area outside the photo.
    """

    width: int
    height: int
    picture: Box
    paper: Colour = PAPER

    @classmethod
    def full_bleed(cls, width: int, height: int) -> Page:
        """Return a page that the photo fills."""
        return cls(width, height, Box(0, 0, width, height))

    @property
    def is_full_bleed(self) -> bool:
        """Whether the photo fills the page."""
        return self.picture == Box(0, 0, self.width, self.height)


def open_page(style: Style, width: int, height: int, palette: tuple[Swatch, ...]) -> Page:
    """Lay out the blank page of a style.

    Args:
        style: sets the box of the photo, and what the rest of the page is.
        width: of the cover, in pixels.
        height: of the cover, in pixels.
        palette: of the photo.

    Returns:
        The page.
    """
    left, top, right, bottom = style.picture
    picture = Box(
        round(left * width), round(top * height), round(right * width), round(bottom * height)
    )
    return Page(width, height, picture, _choose_paper(style, palette))


def show_whole(page: Page, aspect: float) -> Page:
    """Make room for a whole photo, uncropped.

    Args:
        page: with the box of the photo as its style has it.
        aspect: width over height of the photo.

    Returns:
        The page, with the largest box of that aspect inside the old one; itself if the photo fills
        the page.
    """
    if page.is_full_bleed:
        return page
    return replace(page, picture=_shrink_to(page.picture, aspect, page.width, page.height))


def fit_field(page: Page, style: Style, field: int) -> Page:
    """Give the cover lines as much paper as they need.

    Args:
        page: as open_page() returns it.
        style: its lines are in columns.
        field: height of the paper that they need, in pixels.

    Returns:
        The page, with the photo as high as that leaves, within bounds.
    """
    photo, height = page.picture, page.height
    beyond = photo.y0 if style.has_field_at_foot else height - photo.y1
    least = round(_LEAST_FIELD * height)
    most = height - beyond - round(_LEAST_PHOTO * height)
    field = min(max(field, least), most)
    if style.has_field_at_foot:
        return replace(page, picture=replace(photo, y1=height - field))
    return replace(page, picture=replace(photo, y0=field))


def mount_facts(facts: PhotoFacts, page: Page) -> PhotoFacts:
    """Mount the facts of a picture on its page.

    Args:
        facts: of the picture as painted.
        page: to mount it on.

    Returns:
        Facts of the page, in its pixels; paper has no edges and no subject.
    """
    if page.is_full_bleed:
        return facts
    place = page.picture
    cell = page.width / CELLS_ACROSS
    rows, columns = round(page.height / cell), CELLS_ACROSS
    first, left = round(place.y0 / cell), round(place.x0 / cell)
    last, right = min(rows, round(place.y1 / cell)), min(columns, round(place.x1 / cell))

    def mount(cells: NDArray[np.float32], ground: float) -> NDArray[np.float32]:
        mounted = np.full((rows, columns), ground, np.float32)
        size = (right - left, last - first)
        mounted[first:last, left:right] = cv2.resize(cells, size, interpolation=cv2.INTER_AREA)
        return mounted

    luminance = float(relative_luminance(np.array(page.paper, np.uint8)))
    return PhotoFacts(
        width=page.width,
        height=page.height,
        cell=cell,
        luminance=mount(facts.luminance, luminance),
        edges=mount(facts.edges, 0.0),
        matte=mount(facts.matte, 0.0),
        faces=tuple(face.shifted(place.x0, place.y0) for face in facts.faces),
        lettering=tuple(box.shifted(place.x0, place.y0) for box in facts.lettering),
    )


def mount_picture(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], page: Page
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Mount a picture on its page.

    Args:
        picture: HWC uint8, sRGB, [0, 255], as painted.
        matte: HW float32, share of the subject, [0, 1].
        page: to mount it on.

    Returns:
        The page and its matte, of the same types.
    """
    if page.is_full_bleed:
        return picture, matte
    place = page.picture
    mounted = np.full((page.height, page.width, 3), page.paper, np.uint8)
    mounted[place.slices] = picture
    subject = np.zeros((page.height, page.width), np.float32)
    subject[place.slices] = matte
    return mounted, subject


def _shrink_to(picture: Box, aspect: float, width: int, height: int) -> Box:
    """Give the box of a photo another aspect; edges that lie on the page's edge stay there."""
    if picture.width < aspect * picture.height:
        free = picture.height - round(picture.width / aspect)
        above = free if picture.y1 == height else free // 2
        return Box(picture.x0, picture.y0 + above, picture.x1, picture.y1 - free + above)
    if picture.width == width:
        return picture
    free = (picture.width - round(picture.height * aspect)) // 2
    return Box(picture.x0 + free, picture.y0, picture.x1 - free, picture.y1)


def _choose_paper(style: Style, palette: tuple[Swatch, ...]) -> Colour:
    if style.paper in ("none", "plain"):
        return PAPER
    accent = accent_of(palette)
    if style.paper == "deep":
        return _choose_deep(palette, accent)
    if accent is None:
        return SIGNAL
    first, last = _LIGHT_HUES
    lightness, (low, high) = _LIGHT_FIELD if first <= accent.hue <= last else _DEEP_FIELD
    return colour_at(lightness, min(max(accent.chroma, low), high), accent.hue)


def _choose_deep(palette: tuple[Swatch, ...], accent: Swatch | None) -> Colour:
    """Return a dark colour in the hue of the accent, or of the clearest one that darkens well."""
    low, high = _MUDDY
    clear = [one for one in palette if one.chroma >= _CLEAR and not low <= one.hue <= high]
    if accent not in clear:
        accent = max(clear, key=lambda one: one.chroma * one.share, default=None)
    if accent is not None:
        return colour_at(_DEEP, min(max(accent.chroma, _LEAST_CHROMA), _DEEP_CHROMA), accent.hue)
    darkest = min(palette, key=lambda one: one.lightness, default=None)
    if darkest is None:
        return WARM_BLACK
    return colour_at(_DEEP, min(darkest.chroma, _GREYISH), darkest.hue)
