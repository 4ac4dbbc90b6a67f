"""The files in assets/plates -> the descriptions of all designs, and the plates of one at a time.

Descriptions are read at once, pixels only when a design is used. Does not choose a design.
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
from poster.envelope.design import LIGHTS, PARTS, Design, parse_design
from poster.envelope.fit import Fit
from poster.envelope.plates import Plates, fit_plane
from poster.errors import AssetError

HIGHEST = 65520
"""The maximum code of a plate: 12 bits, shifted left to fill 16."""
MAP_ZERO = 32768
MAP_STEPS = 4096
"""Codes of the film's shift: the code of zero, and codes per pixel of the plates."""

_FADE = 1 / 40
"""Margin in which shadows fade out, as a share of a plate's width; it is free of any envelope."""
_NO_SHADOW = 0.0005
"""A weaker shadow is ignored: a tenth of a level in mid grey, the rounding of the coding."""

_FIX = "reinstall the package"


class Folder(Protocol):
    """A folder of plates, on a disk or inside a package."""

    def joinpath(self, name: str) -> Any:  # noqa: ANN401 - a Traversable, in packages and on disks
        """Return a file in it."""
        ...


@dataclass(slots=True)
class DesignLibrary:
    """All envelope designs, and the plates of the one used last.

    Args:
        folder: of the plates.
        designs: all designs, in the order of the index.
    """

    folder: Folder
    designs: tuple[Design, ...]
    _last: Plates | None = field(default=None, repr=False)

    @classmethod
    def open(cls, folder: Folder | None = None) -> DesignLibrary:
        """Read the index and every design's description, but no pixels.

        Args:
            folder: of the plates; None uses those shipped with the package.

        Returns:
            The library.

        Raises:
            AssetError: the index or a description is missing or damaged.
        """
        if folder is None:
            folder = files("poster") / "assets" / "plates"
        index = _described("the index", lambda: json.loads(_read(folder, "index.json")))
        names = _described("the index", lambda: [str(name) for name in index["variants"]])
        if not names:
            raise AssetError(f"the index of envelope plates is empty: {_FIX}")
        return cls(folder, tuple(_read_design(folder, name) for name in names))

    def fitted(self, design: Design, width: int, height: int) -> Plates:
        """Return a design's plates for a frame, cached from the last call if it was the same.

        Args:
            design: a design of this library.
            width: of the frame in pixels.
            height: of the frame in pixels.

        Returns:
            The plates, see `Plates.at`.

        Raises:
            AssetError: a plate is missing, damaged or does not fit the others.
        """
        last = self._last
        if last is None or (last.name, last.width, last.height) != (design.name, width, height):
            self._last = None  # released before others are read: only one is ever in memory
            last = self.load(design, (width, height))
            self._last = last
        return last

    def load(self, design: Design, frame: tuple[int, int] | None = None) -> Plates:
        """Read a design's plates.

        Args:
            design: a design of this library.
            frame: width and height to which each plate is fitted as soon as it is read, so that the
                stored plates are never all in memory; None keeps them as stored.

        Returns:
            The plates.

        Raises:
            AssetError: a plate is missing, damaged or does not fit the others.
        """
        quad, rows = design.cover_quad, design.stretch_rows
        fit = Fit.of(design.size, rows, quad, *frame) if frame else Fit.none(design.size)

        def read(part: str) -> dict[str, NDArray[Any]]:
            planes = _named(part, self._plane(design, part))
            return {name: fit_plane(name, plane, fit) for name, plane in planes.items()}

        # Most time goes into inflating, which releases the GIL.
        with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
            planes = {n: plane for found in pool.map(read, PARTS) for n, plane in found.items()}
        return Plates.from_planes(design.name, fit, planes, quad, rows, design.bounce)

    def _plane(self, design: Design, part: str) -> NDArray[Any]:
        about = design.parts[part]
        name = f"{design.name}_{part}.png"
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
        light = _placed(_light_from(wide, about.max_radiance), design.size, about.origin)
        return _snap_to_shadowless(light) if part == "background" else light


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
    """Split a stored part into planes of `Plates`."""
    if part == "map":
        return {"shift": plane}
    if part == "coverage":  # OpenCV's order is blue, green, red
        return {
            "on_cover": np.ascontiguousarray(plane[..., 2]),
            "on_closure": np.ascontiguousarray(plane[..., 1]),
        }
    return {"background_share" if part == "background" else part: plane}


def _read_design(folder: Folder, name: str) -> Design:
    text = _read(folder, f"{name}.json")
    found = _described(f"{name}.json", lambda: parse_design(name, json.loads(text)))
    return cast(Design, found)


def _light_from(codes: Floats, max_radiance: float) -> Floats:
    """Undo the square-root coding, in place: HIGHEST stands for `max_radiance`."""
    codes *= np.float32(max_radiance**0.5 / HIGHEST)
    return np.multiply(codes, codes, out=codes)


def _shift_from(codes: Floats) -> Floats:
    """Decode HW3 codes (blue, green, red) into HW2 shifts (dx, dy)."""
    return (codes[..., [2, 1]] - np.float32(MAP_ZERO)) * np.float32(1 / MAP_STEPS)


def _snap_to_shadowless(share: Floats) -> Floats:
    """Set the background share to 1 where it nearly is, and along the whole edge of the frame.

    A shadow that reached the edge would show as a line when the picture is placed on a page or,
    with alpha, over another picture.
    """
    rows, columns = share.shape
    margin = columns * _FADE
    down, across = (
        np.clip(np.minimum(np.arange(n), np.arange(n)[::-1]) / margin, 0, 1).astype(np.float32)
        for n in (rows, columns)
    )
    hidden = (1 - share) * (down * down * (3 - 2 * down))[:, None]
    hidden *= across * across * (3 - 2 * across)
    hidden[hidden < _NO_SHADOW] = 0
    return np.asarray(1 - hidden, np.float32)


def _placed(plate: Floats, size: tuple[int, int], origin: tuple[int, int]) -> Floats:
    """Place a cropped plate in its whole frame."""
    columns, rows = size
    if plate.shape == (rows, columns):
        return plate
    left, top = origin
    whole = np.zeros((rows, columns), np.float32)
    whole[top : top + plate.shape[0], left : left + plate.shape[1]] = plate
    return whole
