"""Stored plates of an empty, path-traced envelope -> the same envelope for a frame of any size.

A plate pair splits light by where it met the magazine: `glare` holds all that reaches the camera
when the cover is black, `response` what a white cover would add. Knows nothing of the cover: the
composite puts it in.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.errors import AssetError
from poster.geometry import Point, Quad

Floats = NDArray[np.float32]

WHITE = 65520  # highest code: 12 bits, shifted up to fill 16


@dataclass(frozen=True, slots=True, eq=False)
class Plates:
    """The empty envelope under its studio light.

    Args:
        glare: HWC float32, linear, 0 and up (highlights exceed 1): film, closure, page block.
        response: HW float32, linear: radiance that a cover of reflectance 1 adds. Zero off the
            cover, fractional on its very edge.
        cover_quad: the cover's corners, clockwise from its top left; (0, 0) is the frame's top
            left corner, not the middle of a pixel.
        stretch_row: rows above hold flap and closure and keep their shape in every frame.
    """

    glare: Floats
    response: Floats
    cover_quad: Quad
    stretch_row: int

    def at(self, width: int, height: int) -> Plates:
        """The same envelope for another frame.

        Flap and closure are scaled alike both ways, so that buttons stay round. Rows below
        `stretch_row` are stretched until the magazine has the frame's aspect. What the envelope
        leaves of the frame is filled with its black ground.

        Args:
            width: of the frame in pixels, 512 to 4096.
            height: of the frame in pixels, 512 to 4096; one to two times the width.

        Returns:
            Plates of shape (height, width); self where that is already so.
        """
        rows, columns = self.response.shape
        if (height, width) == (rows, columns):
            return self
        stretch = (height / width) / (rows / columns)
        tall = self.stretch_row + stretch * (rows - self.stretch_row)
        scale = min(width / columns, height / tall)
        fit = _Fit(
            width=min(width, round(scale * columns)),
            top=round(scale * self.stretch_row),
            height=min(height, round(scale * tall)),
        )
        left, above = (width - fit.width) // 2, (height - fit.height) // 2

        def placed(plate: Floats) -> Floats:
            scaled = fit.resized(plate, self.stretch_row)
            margins = (above, height - fit.height - above, left, width - fit.width - left)
            return cast(Floats, cv2.copyMakeBorder(scaled, *margins, cv2.BORDER_CONSTANT))

        def moved(point: Point) -> Point:
            x, y = point
            over = fit.top / self.stretch_row
            under = (fit.height - fit.top) / (rows - self.stretch_row)
            if y < self.stretch_row:
                return left + x * fit.width / columns, above + y * over
            return left + x * fit.width / columns, above + fit.top + (y - self.stretch_row) * under

        a, b, c, d = self.cover_quad
        return Plates(
            placed(self.glare),
            placed(self.response),
            (moved(a), moved(b), moved(c), moved(d)),
            above + fit.top,
        )


@dataclass(frozen=True, slots=True)
class _Fit:
    """Size in whole pixels of a plate resampled for a frame: the map is exact by construction."""

    width: int
    top: int
    height: int

    def resized(self, plate: Floats, stretch_row: int) -> Floats:
        """Resample the part above the row and the part below, and join them."""
        above = _resize(plate[:stretch_row], self.width, self.top)
        below = _resize(plate[stretch_row:], self.width, self.height - self.top)
        return np.concatenate([above, below])


def _resize(plate: Floats, width: int, height: int) -> Floats:
    """Average where the plate shrinks; a cubic, kept from undershooting black, where it grows."""
    rows, columns = plate.shape[:2]
    if width * height <= rows * columns:
        return cast(Floats, cv2.resize(plate, (width, height), interpolation=cv2.INTER_AREA))
    grown = cv2.resize(plate, (width, height), interpolation=cv2.INTER_CUBIC)
    return cast(Floats, np.maximum(grown, 0, out=grown))


def load_plates(name: str = "classic") -> Plates:
    """Read a plate pair that ships with the package.

    Args:
        name: of the pair.

    Returns:
        The plates as baked.

    Raises:
        AssetError: a file is missing, damaged or does not fit the others.
    """
    folder = files("poster") / "assets" / "plates"

    def read(file: str) -> bytes:
        try:
            return (folder / file).read_bytes()
        except OSError as error:
            raise AssetError(
                f"{file} is missing from the envelope's plates; install the package anew"
            ) from error

    try:
        about: dict[str, Any] = json.loads(read(f"{name}.json"))
        glare = _decode(read(f"{name}_glare.png"), about["glare"])
        response = _decode(read(f"{name}_response.png"), about["response"])
        a, b, c, d = ((float(x), float(y)) for x, y in about["cover_quad"])
        row = int(about["stretch_row"])
        width, height = about["size"]
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(
            f"the description of the envelope's plates {name} is damaged; install the package anew"
        ) from error
    if glare.shape != (height, width, 3) or response.shape != (height, width):
        raise AssetError(f"the envelope's plates {name} differ in size; install the package anew")
    return Plates(glare, response, (a, b, c, d), row)


def _decode(png: bytes, about: dict[str, Any]) -> Floats:
    """Undo the square-root coding: WHITE stands for the radiance `max`."""
    if hashlib.sha256(png).hexdigest() != about["sha256"]:
        raise AssetError("an envelope plate is damaged; install the package anew")
    codes = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if codes is None or codes.dtype != np.uint16:
        raise AssetError("an envelope plate is not a 16-bit picture; install the package anew")
    if codes.ndim == 3:
        codes = cv2.cvtColor(codes, cv2.COLOR_BGR2RGB)
    plate = codes.astype(np.float32)
    plate *= np.float32(float(about["max"]) ** 0.5 / WHITE)
    return cast(Floats, np.multiply(plate, plate, out=plate))
