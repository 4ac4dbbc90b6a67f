"""The plates in assets/plates -> variants described, and one of them at a time in full.

Descriptions are read at once, pixels only when a variant is used. Does not choose a variant.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.fit import Fit
from poster.envelope.plates import Plates, lay
from poster.envelope.variant import LIGHTS, PARTS, Variant, parse_variant
from poster.errors import AssetError

HIGHEST = 65520
"""The highest code of a plate: 12 bits, shifted up to fill 16."""
MAP_ZERO = 32768
MAP_STEPS = 4096
"""Codes of the film's shift: zero, and how many make a pixel of the plates."""

_FADE = 1 / 40
"""Share of a plate's width from its edge within which shadows fade away; no envelope lies there."""
_NO_SHADOW = 0.0005
"""A tenth of a level in mid grey: the coding's own rounding."""

_FIX = "reinstall the package"


class Folder(Protocol):
    """Where plates lie: a folder on a disk or inside a package."""

    def joinpath(self, name: str) -> Any:  # noqa: ANN401 - a Traversable, in packages and on disks
        """A file in it."""
        ...


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
            raise AssetError(f"the index of envelope plates is empty: {_FIX}")
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
            last = self.load(variant, (width, height))
            self._last = last
        return last

    def load(self, variant: Variant, frame: tuple[int, int] | None = None) -> Plates:
        """Read a variant's plates.

        Args:
            variant: of this stock.
            frame: width and height to fit them to, each as soon as it is read, so that never all
                are in memory as they are stored; None leaves them so.

        Returns:
            The plates.

        Raises:
            AssetError: a plate is missing, damaged or does not fit the others.
        """
        quad, rows = variant.cover_quad, variant.stretch_rows
        fit = Fit.of(variant.size, rows, quad, *frame) if frame else Fit.none(variant.size)

        def read(part: str) -> dict[str, NDArray[Any]]:
            planes = _named(part, self._plane(variant, part))
            return {name: lay(name, plane, fit) for name, plane in planes.items()}

        # Inflating takes longest, and lets other threads run.
        with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
            planes = {n: plane for found in pool.map(read, PARTS) for n, plane in found.items()}
        return Plates.laid(variant.name, fit, planes, quad, rows, variant.bounce)

    def _plane(self, variant: Variant, part: str) -> NDArray[Any]:
        about = variant.parts[part]
        name = f"{variant.name}_{part}.png"
        png = _read(self.folder, name)
        if hashlib.sha256(png).hexdigest() != about.sha256:
            raise AssetError(f"the envelope plate {name} is damaged: {_FIX}")
        codes = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        kind = np.uint8 if part == "coverage" else np.uint16
        if codes is None or codes.dtype != kind:
            depth = 8 * np.dtype(kind).itemsize
            raise AssetError(f"the envelope plate {name} is not a {depth}-bit image: {_FIX}")
        is_mono = part in LIGHTS
        if is_mono != (codes.ndim == 2) or codes.shape[1::-1] != about.size:
            raise AssetError(f"the envelope plate {name} has the wrong size or channels: {_FIX}")
        if part == "coverage":
            return codes
        wide = codes.astype(np.float32)
        if part == "map":
            return _shift_from(wide)
        light = _placed(_light_from(wide, about.most), variant.size, about.origin)
        return _bare_round(light) if part == "background" else light


def _read(folder: Folder, file: str) -> bytes:
    try:
        return cast(bytes, folder.joinpath(file).read_bytes())
    except OSError as error:
        raise AssetError(f"{file} is missing from the envelope plates: {_FIX}") from error


def _described(what: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
    try:
        return read()
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(f"{what} of the envelope plates is damaged: {_FIX}") from error


def _named(part: str, plane: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """A stored part as planes of `Plates`."""
    if part == "map":
        return {"shift": plane}
    if part == "coverage":  # OpenCV's order is blue, green, red
        return {
            "on_cover": np.ascontiguousarray(plane[..., 2]),
            "on_closure": np.ascontiguousarray(plane[..., 1]),
        }
    return {part: plane}


def _read_variant(folder: Folder, name: str) -> Variant:
    text = _read(folder, f"{name}.json")
    found = _described(f"{name}.json", lambda: parse_variant(name, json.loads(text)))
    return cast(Variant, found)


def _light_from(codes: Floats, most: float) -> Floats:
    """Undo the square-root coding: HIGHEST stands for the radiance `most`. Codes are used up."""
    codes *= np.float32(most**0.5 / HIGHEST)
    return np.multiply(codes, codes, out=codes)


def _shift_from(codes: Floats) -> Floats:
    """HW3 codes, blue, green, red -> HW2 shifts, (dx, dy)."""
    return (codes[..., [2, 1]] - np.float32(MAP_ZERO)) * np.float32(1 / MAP_STEPS)


def _bare_round(share: Floats) -> Floats:
    """A background that is bare, exactly, wherever it nearly is and all along the frame's edge.

    A shadow that ran over the edge would draw a line where the picture lies on a page or, with
    alpha, on another picture.
    """
    rows, columns = share.shape
    reach = columns * _FADE
    down, across = (
        np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / reach, 0, 1).astype(np.float32)
        for n in (rows, columns)
    )
    hidden = (1 - share) * (down * down * (3 - 2 * down))[:, None]
    hidden *= across * across * (3 - 2 * across)
    hidden[hidden < _NO_SHADOW] = 0
    return np.asarray(1 - hidden, np.float32)


def _placed(plate: Floats, size: tuple[int, int], origin: tuple[int, int]) -> Floats:
    """A cropped plate in its whole frame."""
    columns, rows = size
    if plate.shape == (rows, columns):
        return plate
    left, top = origin
    whole = np.zeros((rows, columns), np.float32)
    whole[top : top + plate.shape[0], left : left + plate.shape[1]] = plate
    return whole
