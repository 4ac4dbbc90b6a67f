"""The plates that ship with the package -> variants described, and one of them at a time in full.

Descriptions are read at once, pixels only when a variant is used. Does not choose a variant.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from typing import Any, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.envelope.fit import Floats
from poster.envelope.plates import Plates
from poster.errors import AssetError
from poster.geometry import Quad

HIGHEST = 65520
"""The highest code of a plate: 12 bits, shifted up to fill 16."""
MAP_ZERO = 32768
MAP_STEPS = 4096
"""Codes of the film's shift: zero, and how many make a pixel of the plates."""

_LIGHTS = ("glare", "plastic", "pages", "cover", "background", "closure")
_PARTS = (*_LIGHTS, "map", "coverage")
_MEND = "install the package anew"


class Folder(Protocol):
    """Where plates lie: a folder on a disk or inside a package."""

    def joinpath(self, name: str) -> Any:  # noqa: ANN401 - a Traversable, in packages and on disks
        """A file in it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One envelope as it is stored.

    Args:
        name: of the variant.
        format: classic, a_series or square: the shape that it was rendered in.
        size: columns and rows of its plates.
        cover_quad: the cover's corners in its plates.
        stretch_rows: rows between which it may be stretched.
        glare_map: HW float32: mean glare over the cells of the cover, see `choice`.
        cord_map: HW float32: share of each such cell that the closure covers.
        parts: part -> its own entry of the description.
    """

    name: str
    format: str
    size: tuple[int, int]
    cover_quad: Quad
    stretch_rows: tuple[int, int]
    glare_map: Floats
    cord_map: Floats
    parts: dict[str, dict[str, Any]]

    @property
    def aspect(self) -> float:
        """Width over height of its frame."""
        return self.size[0] / self.size[1]


@dataclass(slots=True)
class Stock:
    """All variants, and the plates of the one that was used last.

    Args:
        folder: where they lie.
        variants: in the order of the index.
    """

    folder: Folder
    variants: tuple[Variant, ...]
    _last: Plates | None = field(default=None, repr=False)

    @classmethod
    def open(cls, folder: Folder | None = None) -> Stock:
        """Read the index and every variant's description, and no pixels.

        Args:
            folder: where plates lie; None takes those that ship with the package.

        Returns:
            The stock.

        Raises:
            AssetError: the index or a description is missing or damaged.
        """
        if folder is None:
            folder = files("poster") / "assets" / "plates"
        index = _described("the index", lambda: json.loads(_read(folder, "index.json")))
        names = _described("the index", lambda: [str(name) for name in index["variants"]])
        if not names:
            raise AssetError(f"no envelope has plates; {_MEND}")
        return cls(folder, tuple(_read_variant(folder, name) for name in names))

    def fitted(self, variant: Variant, width: int, height: int) -> Plates:
        """A variant's plates for a frame; those of the last call are kept.

        Args:
            variant: of this stock.
            width: of the frame in pixels.
            height: of the frame in pixels.

        Returns:
            The plates, see `Plates.at`.

        Raises:
            AssetError: a plate is missing, damaged or does not fit the others.
        """
        last = self._last
        if last is None or (last.name, last.width, last.height) != (variant.name, width, height):
            self._last = None  # before others are read: only ever one in memory
            last = self.load(variant).at(width, height)
            self._last = last
        return last

    def load(self, variant: Variant) -> Plates:
        """A variant's plates as they are stored.

        Args:
            variant: of this stock.

        Returns:
            The plates at their own size.

        Raises:
            AssetError: a plate is missing, damaged or does not fit the others.
        """
        # Inflating takes longest, and lets other threads run.
        with ThreadPoolExecutor() as pool:
            read = dict(zip(_PARTS, pool.map(partial(self._plane, variant), _PARTS), strict=True))
        shift = read.pop("map")
        coverage = read.pop("coverage")
        width, height = variant.size
        return Plates(
            name=variant.name,
            width=width,
            height=height,
            **{part: cast(Floats, read[part]) for part in _LIGHTS},
            on_cover=np.ascontiguousarray(coverage[..., 2]),  # OpenCV: blue, green, red
            on_closure=np.ascontiguousarray(coverage[..., 1]),
            shift=cast(Floats, shift),
            cover_quad=variant.cover_quad,
            stretch_rows=variant.stretch_rows,
        )

    def _plane(self, variant: Variant, part: str) -> NDArray[Any]:
        about = variant.parts[part]
        name = f"{variant.name}_{part}.png"
        png = _read(self.folder, name)
        if hashlib.sha256(png).hexdigest() != about["sha256"]:
            raise AssetError(f"{name} of the envelope's plates is damaged; {_MEND}")
        codes = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        kind = np.uint8 if part == "coverage" else np.uint16
        if codes is None or codes.dtype != kind:
            depth = 8 * np.dtype(kind).itemsize
            raise AssetError(f"{name} of the envelope's plates is no {depth}-bit picture; {_MEND}")
        is_mono = part in _LIGHTS
        if is_mono != (codes.ndim == 2) or codes.shape[:2] != _shape(variant, part):
            raise AssetError(f"{name} of the envelope's plates has another shape; {_MEND}")
        if part == "coverage":
            return codes
        wide = codes.astype(np.float32)
        if part == "map":
            return _shift_from(wide)
        return _placed(_light_from(wide, about["max"]), variant.size, about["origin"])


def _read(folder: Folder, file: str) -> bytes:
    try:
        return cast(bytes, folder.joinpath(file).read_bytes())
    except OSError as error:
        raise AssetError(f"{file} is missing from the envelope's plates; {_MEND}") from error


def _described(what: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
    try:
        return read()
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(f"{what} of the envelope's plates is damaged; {_MEND}") from error


def _read_variant(folder: Folder, name: str) -> Variant:
    text = _read(folder, f"{name}.json")

    def read() -> Variant:
        about = json.loads(text)
        width, height = (int(side) for side in about["size"])
        a, b, c, d = ((float(x), float(y)) for x, y in about["cover_quad"])
        top, bottom = (int(row) for row in about["stretch_rows"])
        parts = {part: _read_part(about[part], part, (width, height)) for part in _PARTS}
        if not 0 < top < bottom < height:
            raise ValueError("rows outside the plates")
        return Variant(
            name=name,
            format=str(about["format"]),
            size=(width, height),
            cover_quad=(a, b, c, d),
            stretch_rows=(top, bottom),
            glare_map=_cells(about["glare_map"]),
            cord_map=_cells(about["cord_map"]),
            parts=parts,
        )

    return cast(Variant, _described(f"{name}.json", read))


def _cells(values: list[list[float]]) -> Floats:
    cells = np.array(values, np.float32)
    if cells.ndim != 2 or not np.isfinite(cells).all():
        raise ValueError("no map")
    return cells


def _read_part(about: dict[str, Any], part: str, size: tuple[int, int]) -> dict[str, Any]:
    """One plate's entry, checked: a hash, and for a light its range and place."""
    entry: dict[str, Any] = {"sha256": str(about["sha256"])}
    if part in _LIGHTS:
        entry["max"] = float(about["max"])
        (left, top), (width, height) = about.get("origin", (0, 0)), about.get("size", size)
        entry |= {"origin": (int(left), int(top)), "size": (int(width), int(height))}
        if left < 0 or top < 0 or left + width > size[0] or top + height > size[1]:
            raise ValueError("a plate outside its frame")
    elif part == "map":
        width, height = about["size"]
        entry["size"] = int(width), int(height)
    return entry


def _shape(variant: Variant, part: str) -> tuple[int, int]:
    width, height = variant.parts[part].get("size", variant.size)
    return height, width


def _light_from(codes: Floats, most: float) -> Floats:
    """Undo the square-root coding: HIGHEST stands for the radiance `most`. Codes are used up."""
    codes *= np.float32(most**0.5 / HIGHEST)
    return np.multiply(codes, codes, out=codes)


def _shift_from(codes: Floats) -> Floats:
    """HW3 codes, blue, green, red -> HW2 shifts, (dx, dy)."""
    return (codes[..., [2, 1]] - np.float32(MAP_ZERO)) * np.float32(1 / MAP_STEPS)


def _placed(plate: Floats, size: tuple[int, int], origin: tuple[int, int]) -> Floats:
    """A cropped plate in its whole frame."""
    columns, rows = size
    if plate.shape == (rows, columns):
        return plate
    left, top = origin
    whole = np.zeros((rows, columns), np.float32)
    whole[top : top + plate.shape[0], left : left + plate.shape[1]] = plate
    return whole
