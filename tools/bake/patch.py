"""A window of a frame, rendered anew -> the stored plates of a design with that window replaced.

For changes of a design that show in a small part of it. Does not render, and does not know whether
the rest of the plates still is what would be rendered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from poster.arrays import Floats
from poster.geometry import Box
from tools.bake import store
from tools.bake.maps import describe_maps

SEAM = 24
"""Width in pixels of the margin in which a window fades into the rest: the denoiser sees no more
than its window, and noise that it took for light differs there by less than a step of the codes."""


def patch(
    folder: Path, name: str, lights: Mapping[str, Floats], shift: Floats, window: Box
) -> None:
    """Replace a window of a design's stored plates, and describe them again.

    Args:
        folder: of the plates.
        name: of the design.
        lights: the window's plates by name, HW float32, linear, exposed as the stored ones.
        shift: the film's displacement in the whole frame, HW2 float32, see `store.store`.
        window: their place in the frame, in pixels.
    """
    description = folder / f"{name}.json"
    about: dict[str, Any] = json.loads(description.read_text())
    columns, rows = about["size"]
    weight = fade(window, (columns, rows))
    whole: dict[str, Floats] = {}
    for part, fresh in lights.items():
        plate = _read_light(folder / f"{name}_{part}.png", about[part], (rows, columns))
        seen = plate[window.slices]
        seen += weight * (fresh - seen)
        whole[part] = plate
        codes, about[part] = store.encode_cropped(plate)
        about[part]["sha256"] = store.write_png(folder / f"{name}_{part}.png", codes)
    written = store.write_png(folder / f"{name}_map.png", store.encode_map(shift))
    about["map"]["sha256"] = written
    coverage = _read(folder / f"{name}_coverage.png")
    on_closure = np.asarray(coverage[..., 1] / np.float32(255), np.float32)
    about |= describe_maps(whole["glare"] + whole["plastic"], on_closure, about["cover_quad"])
    about["windows"] = [*about.get("windows", []), list(window.edges)]
    description.write_text(json.dumps(about, indent=2) + "\n")


def fade(window: Box, frame: tuple[int, int]) -> Floats:
    """Compute how much of a window is taken: all, except near sides that are not the frame's.

    Args:
        window: in the frame.
        frame: width and height in pixels.

    Returns:
        HW float32, [0, 1], of the window's size.
    """

    def ramp(start: int, stop: int, count: int) -> Floats:
        at = np.arange(start, stop) + 0.5
        inner = np.ones(stop - start)
        if start > 0:
            inner = np.minimum(inner, (at - start) / SEAM)
        if stop < count:
            inner = np.minimum(inner, (stop - at) / SEAM)
        return np.asarray(inner * inner * (3 - 2 * inner), np.float32)

    return np.outer(ramp(window.y0, window.y1, frame[1]), ramp(window.x0, window.x1, frame[0]))


def _read(path: Path) -> Any:  # noqa: ANN401 - of either depth
    codes = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if codes is None:
        raise SystemExit(f"{path} cannot be read: bake the whole design first")
    return codes


def _read_light(path: Path, entry: Mapping[str, Any], shape: tuple[int, int]) -> Floats:
    """Read a plate of light in its whole frame, and check that it is the one described."""
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        raise SystemExit(f"{path} is not the plate that its description names")
    plate = store.decode(_read(path), entry["max"])
    whole = np.zeros(shape, np.float32)
    left, top = entry.get("origin", (0, 0))
    whole[top : top + plate.shape[0], left : left + plate.shape[1]] = plate
    return whole
