"""A picture and what was found in it -> PhotoFacts: what a layout needs to know, without pixels.

Does not find the subject, faces or lettering, and does not know type.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.colour import relative_luminance
from poster.geometry import Box
from poster.photo.palette import Swatch, measure_palette
from poster.photo.top_edge import measure_steps

CELLS_ACROSS = 128
"""Number of cells across the width; each is 8 px wide on a 1024 px cover."""

_MAX_UNSURE = 0.075
"""Mean of 1 minus the matte, over the matte: 0.04 at most for 24 clear subjects, and 0.13 and 0.17
for rocks and the hands of a clock."""

_MIN_MAIN = 0.9
"""Share of the subject's area in its largest piece: 0.98 and more for those, 0.83 and less for a
plant whose leaves are found in part."""

_MIDDLE, _MIN_CROWN = (0.3, 0.7), 0.1
"""Columns of a face, as shares of its width, and the least height of hair or scalp above it, over
its own. Of eleven portraits, one whose dark hair was lost on a dark wall had 0.08, and the others
0.12 to 0.6."""

HEAD_REACH = 1.1
"""How far from the middle of a face its hair or hat reaches, in widths of its box."""

_MOSTLY = 0.25
"""Share of a photo that lettering fills if the photo is a page, a poster or a screen of it."""


@dataclass(frozen=True)
class Photo:
    """A decoded picture and what was found in it.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].
        matte: HW float32, the subject's share of each pixel, [0, 1].
        faces: boxes in pixels, the largest first.
        lettering: boxes in pixels of words to be read in the photo, the largest first.
    """

    pixels: NDArray[np.uint8]
    matte: NDArray[np.float32]
    faces: tuple[Box, ...]
    lettering: tuple[Box, ...] = ()


@dataclass(frozen=True)
class PhotoFacts:
    """A picture reduced to maps of square cells.

    Args:
        width: width of the picture, in pixels.
        height: height of the picture, in pixels.
        cell: side of a cell, in pixels of the picture.
        luminance: HW float32, relative luminance, [0, 1].
        edges: HW float32, Sobel magnitude of the encoded grey at cell size, [0, 1].
        matte: HW float32, the subject's share of each cell, [0, 1].
        faces: boxes in pixels, the largest first.
        lettering: boxes in pixels of words to be read in it, the largest first.
        palette: its colours, the largest share first.
        has_whole_subject: whether the subject is a person whose matte has the face and the crown
            above it, or one connected thing with a clear outline. A title behind anything else
            would pass behind one leaf of many, or between a forehead and its hair.
        top_steps: W float32, how sharply the colour changes along the top edge, as
            top_edge.measure_steps() returns it.
    """

    width: int
    height: int
    cell: float
    luminance: NDArray[np.float32]
    edges: NDArray[np.float32]
    matte: NDArray[np.float32]
    faces: tuple[Box, ...]
    lettering: tuple[Box, ...] = ()
    palette: tuple[Swatch, ...] = ()
    has_whole_subject: bool = True
    top_steps: NDArray[np.float32] = field(
        default_factory=lambda: np.zeros(CELLS_ACROSS, np.float32)
    )

    @cached_property
    def heads(self) -> NDArray[np.float32]:
        """HW float32, [0, 1]: the part of the matte that no title may cover.

        Of people, that is what lies beside and above their faces: hair, hats and raised hands, but
        no clothes. Of everything else, it is the whole matte.
        """
        if not self.faces:
            return self.matte
        rows, columns = ((np.arange(side) + 0.5) * self.cell for side in self.matte.shape)
        near = np.zeros(self.matte.shape, np.bool_)
        for face in self.faces:
            beside = np.abs(columns - face.centre[0]) < HEAD_REACH * face.width
            near |= (rows < face.y1)[:, None] & beside
        return self.matte * near

    @property
    def is_mostly_lettering(self) -> bool:
        """Whether lettering fills so much of the photo that a part of it would make no sense."""
        return sum(box.area for box in self.lettering) >= _MOSTLY * self.width * self.height

    def without_headroom(self) -> PhotoFacts:
        """Return the same facts of a photo above which no headroom can be grown."""
        return replace(self, top_steps=np.full_like(self.top_steps, np.inf))


def measure_photo(photo: Photo) -> PhotoFacts:
    """Reduce a picture to its facts.

    Args:
        photo: the picture and what was found in it.

    Returns:
        Maps with CELLS_ACROSS cells across the width.
    """
    height, width = photo.pixels.shape[:2]
    cell = width / CELLS_ACROSS
    size = (CELLS_ACROSS, max(1, round(height / cell)))
    # Edges are measured at half a cell, so that texture finer than a cell still counts.
    fine_size = (size[0] * 2, size[1] * 2)
    fine = np.asarray(cv2.resize(photo.pixels, fine_size, interpolation=cv2.INTER_AREA), np.uint8)
    return PhotoFacts(
        width=width,
        height=height,
        cell=cell,
        luminance=_shrink(relative_luminance(fine), size),
        edges=_shrink(sobel_magnitude(fine), size),
        matte=_shrink(photo.matte, size),
        faces=photo.faces,
        lettering=photo.lettering,
        palette=measure_palette(photo.pixels),
        has_whole_subject=(
            _has_crown(photo.matte, photo.faces[0])
            if photo.faces
            else _is_whole(_shrink(photo.matte, fine_size))
        ),
        top_steps=measure_steps(photo.pixels, photo.matte, CELLS_ACROSS),
    )


def sobel_magnitude(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Compute the gradient magnitude of the encoded grey picture.

    Args:
        pixels: HWC uint8, sRGB, [0, 255].

    Returns:
        HW float32: length of the 3x3 Sobel gradient divided by its maximum (4 * sqrt(2) for grey in
        [0, 1]), [0, 1].
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    dx = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    dy = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(dx, dy) / (255 * 4 * np.sqrt(2)), np.float32)


def _has_crown(matte: NDArray[np.float32], face: Box) -> bool:
    """Whether a matte goes on above a face, which detectors box without hair, or to the top."""
    left, right = (round(face.x0 + share * face.width) for share in _MIDDLE)
    left = min(max(0, left), matte.shape[1] - 1)
    middle = matte[: round(face.centre[1]), left : max(left + 1, right)].mean(1)
    gaps = np.flatnonzero(middle < 0.5)
    top = int(gaps[-1]) + 1 if len(gaps) else 0
    return top == 0 or face.y0 - top >= _MIN_CROWN * face.height


def _is_whole(matte: NDArray[np.float32]) -> bool:
    """Whether a matte is confident, and its subject in one piece."""
    mass = float(matte.sum())
    unsure = float((matte * (1 - matte)).sum()) / max(mass, 1.0)
    pieces = cv2.connectedComponentsWithStats((matte > 0.5).astype(np.uint8))[2]
    areas = pieces[1:, cv2.CC_STAT_AREA]  # without the backdrop
    return unsure <= _MAX_UNSURE and bool(areas.max(initial=0) >= _MIN_MAIN * areas.sum())


def _shrink(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)
