"""Stored plates of an empty, path-traced envelope -> the same envelope for a frame of any size.

Light adds linearly, so every part that a caller may change has its own plate, and the picture is
their weighted sum. Independent of cover and colours: `composite` adds them. `choice` chooses the
design, and `design_library` reads it.
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
"""The film's shift varies slowly, so it is stored for every fourth pixel in each direction."""

PLANES = (
    *("glare", "plastic", "pages", "cover", "background_share", "closure"),
    *("on_cover", "on_closure", "shift"),
)
"""The fields of `Plates` that are images."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plates:
    """The empty envelope under its studio light, one plate per part; plates are HW float32, linear.

    The picture is `glare + plastic + pages * tint + cover * reflectance of the cover +
    background_share * radiance of the surface below + closure * reflectance of the closure`, except
    for the interreflection.

    Args:
        name: of the design.
        width: of the frame to which the plates are fitted, in pixels.
        height: of that frame, in pixels.
        glare: light reflected by film and metal, not negative; highlights exceed 1.
        plastic: light scattered by rims, welds and folds.
        pages: the page block, before its tint.
        cover: radiance that a cover of reflectance 1 adds; fractional along its edge.
        background_share: share of the light of the surface below that reaches the camera, [0, 1];
            1 off the object.
        closure: radiance that discs and cord of reflectance 1 add.
        on_cover: HW uint8: share of each pixel that shows the cover, [0, 255].
        on_closure: HW uint8: share of each pixel that shows discs or cord, [0, 255].
        shift: HW2 float32: offset (dx, dy), in frame pixels, by which film displaces the cover;
            one vector for MAP_GRID x MAP_GRID pixels of a plate.
        cover_quad: the cover's corners in the frame, clockwise from its top left; (0, 0) is the
            frame's top left corner, not the centre of a pixel.
        stretch_rows: two rows of a plate between which there are only magazine, side seams and
            film.
        bounce: interreflection of cover and film, which a sum cannot express; None omits it.
    """

    name: str
    width: int
    height: int
    glare: Floats
    plastic: Floats
    pages: Floats
    cover: Floats
    background_share: Floats
    closure: Floats
    on_cover: NDArray[np.uint8]
    on_closure: NDArray[np.uint8]
    shift: Floats
    cover_quad: Quad
    stretch_rows: tuple[int, int]
    bounce: Bounce | None = None

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of the plates: fewer than the frame's if it exceeds the stored ones."""
        rows, columns = self.glare.shape
        return columns, rows

    def at(self, width: int, height: int) -> Plates:
        """Fit the same envelope to another frame.

        Parts that must keep their shape (flap, closure, corners) are scaled uniformly, so that
        buttons stay round. Between `stretch_rows`, the envelope is stretched until the magazine has
        the frame's aspect. If the frame is larger than the plates, these are not enlarged; the
        composite interpolates.

        Args:
            width: of the frame in pixels.
            height: of the frame in pixels; one to two times the width.

        Returns:
            Plates for that frame; self if they fit it already.
        """
        if (width, height) == (self.width, self.height):
            return self
        columns, rows = self.grid
        across, down = columns / self.width, rows / self.height
        a, b, c, d = ((x * across, y * down) for x, y in self.cover_quad)
        fit = Fit.of(self.grid, self.stretch_rows, (a, b, c, d), width, height)
        return Plates.from_planes(
            self.name,
            fit,
            {name: fit_plane(name, getattr(self, name), fit) for name in PLANES},
            (a, b, c, d),
            self.stretch_rows,
            self.bounce,
        )

    @classmethod
    def from_planes(
        cls,
        name: str,
        fit: Fit,
        planes: Mapping[str, NDArray[Any]],
        cover_quad: Quad,
        stretch_rows: tuple[int, int],
        bounce: Bounce | None = None,
    ) -> Plates:
        """Assemble the plates of a frame from planes that `fit_plane` has fitted to it.

        Args:
            name: of the design.
            fit: of the stored plates into the frame.
            planes: all of PLANES, fitted.
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

    def sample_rows(self, plate: Plane, top: int, stop: int) -> Plane:
        """Interpolate some rows of the frame from a plate of any resolution.

        Args:
            plate: HW, not negative, covering the whole frame.
            top: first row of the frame.
            stop: row after the last.

        Returns:
            HW of the frame's width, of the plate's type; may be a view.
        """
        rows, columns = plate.shape
        if (columns, rows) == (self.width, self.height):
            return plate[top:stop]
        across, down = columns / self.width, rows / self.height
        # OpenCV counts from pixel centres.
        there = np.array(
            [[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]], np.float64
        )
        found = cv2.warpAffine(
            plate, there, (self.width, stop - top),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return cast(Plane, np.maximum(found, 0, out=found))

    def sample_background_share(self, top: int, stop: int) -> Floats:
        """Interpolate rows of `background_share`, at most 1: no edge may outshine the surface."""
        return np.minimum(self.sample_rows(self.background_share, top, stop), np.float32(1))

    def shrunk(self, times: int) -> Plates:
        """Return plates with rows and columns divided by `times`, for effects without detail."""
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
            background_share=small(self.background_share),
            closure=small(self.closure),
            shift=self.shift * np.float32(across),
            cover_quad=(a, b, c, d),
        )


def fit_plane(name: str, plane: Plane, fit: Fit) -> Plane:
    """Fit one plane of stored plates to a frame.

    Args:
        name: one of PLANES.
        plane: as stored.
        fit: of the stored plates into the frame.

    Returns:
        The same type, on the fit's grid.
    """
    if name != "shift":
        return fit.resample(plane)
    resampled = fit.coarse(MAP_GRID).resample(plane)
    return cast(Plane, resampled * np.float32(fit.scale))
