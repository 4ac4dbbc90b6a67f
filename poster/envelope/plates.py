"""Stored plates of an empty, path-traced envelope -> the same envelope for a frame of any size.

Light is linear, so every part that a caller may change has a plate of its own: what the camera sees
is their weighted sum. Knows neither cover nor colours: the composite puts them in. Which variant to
take is `choice`'s business, reading it is `stock`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.bounce import Bounce
from poster.envelope.fit import Fit, Plane
from poster.geometry import Quad

MAP_GRID = 4
"""The film's shift varies slowly: it is stored for every fourth pixel of a plate."""

PLANES = (
    *("glare", "plastic", "pages", "cover", "background", "closure"),
    *("on_cover", "on_closure", "shift"),
)
"""The fields of `Plates` that are pictures."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plates:
    """The empty envelope under its studio light, each part apart; all plates HW float32, linear.

    Together they are `glare + plastic + pages * tint + cover * reflectance of the cover +
    background * radiance of the table + closure * reflectance of the closure`, but for the bounce.

    Args:
        name: of the variant.
        width: of the frame that they were fitted to, in pixels.
        height: of the frame that they were fitted to, in pixels.
        glare: what the film and the metal mirror, 0 and up; highlights exceed 1.
        plastic: the milk of rims, welds and folds.
        pages: the page block, before its tint.
        cover: radiance that a cover of reflectance 1 adds; fractional on its very edge.
        background: share of the table's light that reaches the camera, [0, 1]; 1 off the object.
        closure: radiance that discs and cord of reflectance 1 add.
        on_cover: HW uint8: share of each pixel that sees the cover, [0, 255].
        on_closure: HW uint8: share of each pixel that sees discs or cord, [0, 255].
        shift: HW2 float32: the camera sees the cover (dx, dy) frame pixels from where it would
            lie without film; one vector for MAP_GRID x MAP_GRID pixels of a plate.
        cover_quad: the cover's corners in the frame, clockwise from its top left; (0, 0) is the
            frame's top left corner, not the middle of a pixel.
        stretch_rows: between these two rows of a plate lie only magazine, side seams and film.
        bounce: of light between cover and film, the one thing that no sum has; None leaves it out.
    """

    name: str
    width: int
    height: int
    glare: Floats
    plastic: Floats
    pages: Floats
    cover: Floats
    background: Floats
    closure: Floats
    on_cover: NDArray[np.uint8]
    on_closure: NDArray[np.uint8]
    shift: Floats
    cover_quad: Quad
    stretch_rows: tuple[int, int]
    bounce: Bounce | None = None

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of the plates; a frame larger than the stored plates has more pixels."""
        rows, columns = self.glare.shape
        return columns, rows

    def at(self, width: int, height: int) -> Plates:
        """The same envelope for another frame.

        Whatever has to keep its shape (flap, closure, corners) is scaled alike both ways, so that
        buttons stay round; between `stretch_rows` the envelope is stretched until the magazine has
        the frame's aspect. Where the frame is larger than the plates, they keep their pixels, and
        the composite reads between them.

        Args:
            width: of the frame in pixels.
            height: of the frame in pixels; one to two times the width.

        Returns:
            Plates of that frame; self where they are already.
        """
        if (width, height) == (self.width, self.height):
            return self
        columns, rows = self.grid
        across, down = columns / self.width, rows / self.height
        a, b, c, d = ((x * across, y * down) for x, y in self.cover_quad)
        fit = Fit.of(self.grid, self.stretch_rows, (a, b, c, d), width, height)
        return Plates.laid(
            self.name,
            fit,
            {name: lay(name, getattr(self, name), fit) for name in PLANES},
            (a, b, c, d),
            self.stretch_rows,
            self.bounce,
        )

    @classmethod
    def laid(
        cls,
        name: str,
        fit: Fit,
        planes: Mapping[str, NDArray[Any]],
        cover_quad: Quad,
        stretch_rows: tuple[int, int],
        bounce: Bounce | None = None,
    ) -> Plates:
        """Plates of a frame, from planes that `lay` has laid into it one by one.

        Args:
            name: of the variant.
            fit: of the stored plates into the frame.
            planes: all of PLANES, laid.
            cover_quad: the cover's corners in the stored plates.
            stretch_rows: of the stored plates.
            bounce: of the stored plates.

        Returns:
            The plates.
        """
        width, height = fit.frame
        top, bottom = (round(row) for row in fit.rows(stretch_rows))
        return cls(
            name=name,
            width=width,
            height=height,
            **planes,
            cover_quad=fit.moved(cover_quad),
            stretch_rows=(top, bottom),
            bounce=bounce,
        )

    def read(self, plate: Plane, top: int, foot: int) -> Plane:
        """Some rows of the frame of a plate that covers it, of however many pixels.

        Args:
            plate: HW, 0 and up.
            top: first row of the frame.
            foot: row behind the last.

        Returns:
            HW of the frame's width, of the plate's kind; may be a view.
        """
        rows, columns = plate.shape
        if (columns, rows) == (self.width, self.height):
            return plate[top:foot]
        across, down = columns / self.width, rows / self.height
        # OpenCV counts from the middle of a pixel.
        there = np.array(
            [[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]], np.float64
        )
        found = cv2.warpAffine(
            plate, there, (self.width, foot - top),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return cast(Plane, np.maximum(found, 0, out=found))

    def read_share(self, top: int, foot: int) -> Floats:
        """Some rows of `background`, never over 1: no edge shall outshine the bare table."""
        return np.minimum(self.read(self.background, top, foot), np.float32(1))

    def shrunk(self, times: int) -> Plates:
        """The same frame in so many times fewer rows and columns, for what needs no detail."""
        columns, rows = (max(1, round(side / times)) for side in (self.width, self.height))

        def small(plate: Floats) -> Floats:
            return np.asarray(cv2.resize(plate, (columns, rows), interpolation=cv2.INTER_AREA))

        across, down = columns / self.width, rows / self.height
        a, b, c, d = ((x * across, y * down) for x, y in self.cover_quad)
        return replace(
            self,
            width=columns,
            height=rows,
            glare=small(self.glare),
            plastic=small(self.plastic),
            pages=small(self.pages),
            cover=small(self.cover),
            background=small(self.background),
            closure=small(self.closure),
            shift=self.shift * np.float32(across),
            cover_quad=(a, b, c, d),
        )


def lay(name: str, plane: Plane, fit: Fit) -> Plane:
    """Lay one plane of stored plates into a frame.

    Args:
        name: one of PLANES.
        plane: as it is stored.
        fit: of the stored plates into the frame.

    Returns:
        The same kind, of the fit's grid.
    """
    if name != "shift":
        return fit.laid(plane)
    laid = fit.coarse(MAP_GRID).laid(plane)
    return cast(Plane, laid * np.float32(fit.scale))
