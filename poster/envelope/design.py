"""The JSON description next to an envelope's plates -> a validated design.

Opens no files and holds no pixels: `design_library` reads both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from poster.arrays import Floats
from poster.envelope.bounce import Bounce
from poster.geometry import Quad

LIGHTS = ("glare", "plastic", "pages", "cover", "background", "closure")
"""Single-channel plates of linear light."""
PARTS = (*LIGHTS, "map", "coverage")
"""All stored plates; `map` is the film's shift, `coverage` the shares of cover and closure."""


CELL_STEPS = 10_000
"""Steps of the values in a description's maps per unit of radiance or share: an invisible one."""


@dataclass(frozen=True, slots=True)
class PlateFile:
    """The file of one plate.

    Args:
        sha256: of the file.
        origin: column and row of the frame where it starts.
        size: its columns and rows.
        max_radiance: radiance of the highest code; 0 if the plate does not hold light.
    """

    sha256: str
    origin: tuple[int, int]
    size: tuple[int, int]
    max_radiance: float


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """One envelope design, as stored.

    Args:
        name: of the design.
        format: classic, a_series or square: the frame format for which it was rendered.
        size: columns and rows of its plates.
        cover_quad: the cover's corners in its plates.
        stretch_rows: rows between which it may be stretched.
        glare_map: HW float32: mean glare in each cell of the cover, see `choice`.
        cord_map: HW float32: share of each such cell that the closure covers.
        parts: the files, by the names in PARTS.
        bounce: interreflection of cover and film; None if it was not measured.
    """

    name: str
    format: str
    size: tuple[int, int]
    cover_quad: Quad
    stretch_rows: tuple[int, int]
    glare_map: Floats
    cord_map: Floats
    parts: dict[str, PlateFile]
    bounce: Bounce | None = None

    @property
    def aspect(self) -> float:
        """Width over height of its frame."""
        return self.size[0] / self.size[1]


def parse_design(name: str, about: Any) -> Design:  # noqa: ANN401 - JSON
    """Read a description.

    Args:
        name: of the design.
        about: as json.loads returns it.

    Returns:
        The design.

    Raises:
        KeyError: an entry is missing.
        TypeError: an entry has the wrong type.
        ValueError: an entry is out of range.
    """
    width, height = (int(side) for side in about["size"])
    a, b, c, d = ((float(x), float(y)) for x, y in about["cover_quad"])
    top, bottom = (int(row) for row in about["stretch_rows"])
    if not 0 < top < bottom < height:
        raise ValueError("stretch_rows lie outside the plates")
    return Design(
        name=name,
        format=str(about["format"]),
        size=(width, height),
        cover_quad=(a, b, c, d),
        stretch_rows=(top, bottom),
        glare_map=_parse_cells(about["glare_map"]),
        cord_map=_parse_cells(about["cord_map"]),
        parts={part: _parse_part(part, about[part], (width, height)) for part in PARTS},
        bounce=_parse_bounce(about["bounce"]) if "bounce" in about else None,
    )


def _parse_bounce(about: dict[str, Any]) -> Bounce:
    bounce = Bounce(float(about["white"]), float(about["share"]), float(about["reach"]))
    if not (0 <= bounce.baked_reflectance <= 1 and 0 <= bounce.share < 1 and 0 < bounce.sigma <= 1):
        raise ValueError("bounce is out of range")
    return bounce


def _parse_cells(rows: list[str]) -> Floats:
    cells = np.array([str.split(row) for row in rows], np.float32) / np.float32(CELL_STEPS)
    if cells.ndim != 2 or not np.isfinite(cells).all():
        raise ValueError("is not a two-dimensional map of finite numbers")
    return cells


def _parse_part(part: str, about: dict[str, Any], frame: tuple[int, int]) -> PlateFile:
    (left, top), (width, height) = about.get("origin", (0, 0)), about.get("size", frame)
    if left < 0 or top < 0 or left + width > frame[0] or top + height > frame[1]:
        raise ValueError("a plate lies outside its frame")
    if part == "map":
        width, height = about["size"]
    return PlateFile(
        sha256=str(about["sha256"]),
        origin=(int(left), int(top)),
        size=(int(width), int(height)),
        max_radiance=float(about["max"]) if part in LIGHTS else 0.0,
    )
