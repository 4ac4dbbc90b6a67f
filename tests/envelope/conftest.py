"""Envelopes that are drawn instead of path-traced, in the product's file format, known exactly.

Each is a film over a magazine with a rim, a page block, two buttons and one highlight, whose place
tells designs apart.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.arrays import Floats
from poster.envelope.design_library import DesignLibrary
from poster.envelope.plates import Plates
from tools.bake.maps import describe_maps

Corner = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """An envelope to draw.

    Args:
        name: of the design.
        format: as stored.
        size: columns and rows.
        glow: middle of the highlight, in shares of the cover.
        turn: how far the magazine's foot lies to the left of its head, in pixels.
        has_cord: whether a cord lies over the cover's upper left corner.
    """

    name: str = "one"
    format: str = "classic"
    size: tuple[int, int] = (256, 368)
    glow: Corner = (0.5, 0.9)
    turn: float = 1.5
    has_cord: bool = False

    @property
    def quad(self) -> tuple[Corner, Corner, Corner, Corner]:
        """A cover of the frame's aspect, 80 % of its width, slightly rotated."""
        width, height = self.size
        left, top = 0.1 * width, 0.16 * height
        right, foot = left + 0.8 * width, top + 0.8 * height
        t = self.turn
        return (left + t, top), (right + t, top + t), (right, foot + t), (left, foot)

    @property
    def stretch_rows(self) -> tuple[int, int]:
        """Well inside the cover."""
        return round(0.25 * self.size[1]), round(0.9 * self.size[1])

    @property
    def buttons(self) -> tuple[tuple[Corner, float], ...]:
        """Centres and radius, above the cover."""
        width, height = self.size
        return tuple(((0.6 * width, y * height), 0.025 * width) for y in (0.05, 0.12))

    def draw(self) -> dict[str, Floats]:
        """Every plate, in linear light, and the two shares of coverage."""
        width, height = self.size
        y, x = np.mgrid[:height, :width].astype(np.float32) + 0.5
        on_cover = self._share(self.quad)
        film = self._share(((9, 8), (width - 9, 8), (width - 9, height - 9), (9, height - 9)))
        inner = self._share(
            ((12, 11), (width - 12, 11), (width - 12, height - 12), (12, height - 12))
        )
        (ax, ay), (bx, _), _, (_, dy) = self.quad
        at_x, at_y = ax + self.glow[0] * (bx - ax), ay + self.glow[1] * (dy - ay)
        spread = 0.05 * width
        glow = 2.0 * np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / (2 * spread**2))
        closure = np.zeros_like(x)
        for (cx, cy), radius in self.buttons:
            closure = np.maximum(closure, np.clip(radius + 0.5 - np.hypot(x - cx, y - cy), 0, 1))
        if self.has_cord:
            closure = np.maximum(closure, ((abs(x - ax - 0.2 * width) < 3) & (y < ay + 30)) * 1.0)
        pages = self._share(((bx + 2, ay), (bx + 5, ay), (bx + 5, dy), (bx + 2, dy)))
        bare = (1 - on_cover) * (1 - np.clip(pages, 0, 1)) * (1 - closure)
        seen = on_cover * (1 - closure)
        return {
            "glare": ((0.004 + glow) * film).astype(np.float32),
            "plastic": (0.05 * (film - inner)).astype(np.float32),
            "pages": (0.5 * pages * (1 - seen)).astype(np.float32),
            "cover": (0.9 * seen).astype(np.float32),
            "background": (bare * (1 - 0.15 * film)).astype(np.float32),
            "closure": (0.8 * closure).astype(np.float32),
            "on_cover": seen.astype(np.float32),
            "on_closure": closure.astype(np.float32),
        }

    def write(self, folder: Path) -> None:
        """Store the plates as the baker does."""
        drawn = self.draw()
        about: dict[str, Any] = {
            "format": self.format,
            "size": list(self.size),
            "cover_quad": [list(corner) for corner in self.quad],
            "stretch_rows": list(self.stretch_rows),
        }
        for part in ("glare", "plastic", "pages", "cover", "background", "closure"):
            plate = drawn[part]
            left, top, right, foot = 0, 0, self.size[0], self.size[1]
            if part == "closure":
                foot = self.size[1] // 3
            most = float(plate.max())
            share = np.sqrt(plate[top:foot, left:right] / most)
            codes = np.rint(share * 4095).astype(np.uint16) << 4
            entry = {"max": most, "origin": [left, top], "size": [right - left, foot - top]}
            about[part] = {**entry, "sha256": write_png(folder, f"{self.name}_{part}", codes)}
        blue = np.zeros(drawn["glare"].shape, np.uint8)
        shares = [
            np.rint(drawn[part] * 255).astype(np.uint8) for part in ("on_closure", "on_cover")
        ]
        coverage = np.dstack([blue, *shares])
        about["coverage"] = {"sha256": write_png(folder, f"{self.name}_coverage", coverage)}
        columns, rows = self.size[0] // 4, self.size[1] // 4
        shift = np.zeros((rows, columns, 3), np.uint16)
        shift[..., 1:] = 32768
        shift[rows // 2 :, :, 2] += 1024  # a quarter of a pixel to the right in the lower half
        about["map"] = {
            "size": [columns, rows],
            "sha256": write_png(folder, f"{self.name}_map", shift),
        }
        about |= describe_maps(drawn["glare"], drawn["on_closure"], self.quad)
        (folder / f"{self.name}.json").write_text(json.dumps(about))

    def _share(self, corners: tuple[Corner, ...]) -> Floats:
        """Coverage of each pixel by a polygon, to a 64th."""
        fine, (width, height) = 8, self.size
        large = np.zeros((height * fine, width * fine), np.uint8)
        points = np.rint((np.array(corners) * fine - 0.5) * 16).astype(np.int32)
        cv2.fillConvexPoly(large, points, 255, cv2.LINE_8, 4)
        small = cv2.resize(large, self.size, interpolation=cv2.INTER_AREA)
        return np.asarray(small / 255, np.float32)


def write_png(folder: Path, name: str, codes: NDArray[Any]) -> str:
    """Write an image in OpenCV's channel order, and return its hash."""
    png = cv2.imencode(".png", codes)[1].tobytes()
    (folder / f"{name}.png").write_bytes(png)
    return hashlib.sha256(png).hexdigest()


def write_library(folder: Path, *drawings: Drawing) -> DesignLibrary:
    """Write designs and their index."""
    folder.mkdir(parents=True, exist_ok=True)
    for drawing in drawings:
        drawing.write(folder)
    index: Mapping[str, Any] = {"variants": [drawing.name for drawing in drawings]}
    (folder / "index.json").write_text(json.dumps(index))
    return DesignLibrary.open(folder)


@pytest.fixture(scope="session")
def drawing() -> type[Drawing]:
    return Drawing


@pytest.fixture(scope="session")
def make_library() -> Any:
    return write_library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> DesignLibrary:
    """Two classic designs, with their highlights high and low, and a square one."""
    return write_library(
        tmp_path_factory.mktemp("plates"),
        Drawing("low", glow=(0.5, 0.9)),
        Drawing("high", glow=(0.5, 0.1)),
        Drawing("square", "square", (320, 320)),
    )


@pytest.fixture(scope="session")
def plates(library: DesignLibrary) -> Plates:
    """The first of them, as stored."""
    return library.load(library.designs[0])


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.fixture(scope="session")
def write_plane() -> Any:
    return write_png
