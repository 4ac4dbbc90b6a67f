"""Plates as floats -> files that the product reads: PNGs, their description and the index.

Knows the coding, not the scene: `poster.envelope.stock` reads what is written here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from poster.arrays import Floats
from tools.bake.maps import describe_maps

CODES = 4095
"""12 bits, square-root coded: finer than an 8-bit sRGB step everywhere."""

CODING = "radiance = max * (code / 65520) ** 2; the low 4 of 16 bits are zero"

BRIGHTEST = 4.0
"""Radiance; what is brighter is white to the composite anyway."""

MAP_ZERO = 32768
MAP_STEPS = 4096
"""Codes a cover pixel: shifts of less than 8 pixels either way, to a 4096th of one."""

CROP_WORTH = 0.8
"""A plate is stored as its filled rectangle where that is less than this share of the frame."""

CROP_MARGIN = 8
"""Pixels of black kept round a cropped plate, so that it can be resampled alone."""


def encode(plate: Floats) -> tuple[NDArray[np.uint16], float]:
    """Square-root code a plate.

    Args:
        plate: HW float32, linear, 0 and up; what is above BRIGHTEST becomes BRIGHTEST.

    Returns:
        HW uint16 of which the low 4 bits are zero, and the radiance of the highest code.
    """
    most = min(float(plate.max()), BRIGHTEST) or 1.0
    codes = np.sqrt(np.clip(plate / most, 0, 1)) * CODES + 0.5
    return codes.astype(np.uint16) * np.uint16(16), most


def decode(codes: NDArray[np.uint16], most: float) -> Floats:
    """Undo `encode`: as the product does, for checks."""
    share = codes.astype(np.float32) / np.float32(CODES * 16)
    return np.asarray(share * share * np.float32(most), np.float32)


def filled(plate: Floats) -> tuple[int, int, int, int]:
    """The rectangle outside which a plate is zero, with a margin.

    Args:
        plate: HW float32.

    Returns:
        (left, top, right, bottom) in pixels, half open; the whole frame where cropping saves
        little, and a single pixel where nothing is there.
    """
    height, width = plate.shape
    rows, columns = np.flatnonzero(plate.any(axis=1)), np.flatnonzero(plate.any(axis=0))
    if not rows.size:
        return 0, 0, 1, 1
    left, right = max(int(columns[0]) - CROP_MARGIN, 0), int(columns[-1]) + 1 + CROP_MARGIN
    top, bottom = max(int(rows[0]) - CROP_MARGIN, 0), int(rows[-1]) + 1 + CROP_MARGIN
    right, bottom = min(right, width), min(bottom, height)
    if (right - left) * (bottom - top) > CROP_WORTH * width * height:
        return 0, 0, width, height
    return left, top, right, bottom


def encode_map(shift: Floats) -> NDArray[np.uint16]:
    """Code the film's displacement.

    Args:
        shift: HW2 float32, (dx, dy) in cover pixels at the plate's size.

    Returns:
        HW3 uint16 in OpenCV's order: blue zero, green dy, red dx.
    """
    codes = np.clip(np.rint(MAP_ZERO + shift * MAP_STEPS), 0, 65535).astype(np.uint16)
    return np.dstack([np.zeros_like(codes[..., 0]), codes[..., 1], codes[..., 0]])


def encode_coverage(cover: Floats, closure: Floats) -> NDArray[np.uint8]:
    """Code the shares of each pixel that see cover and closure: HW3 uint8, OpenCV's order."""
    red, green = (np.rint(np.clip(p, 0, 1) * 255).astype(np.uint8) for p in (cover, closure))
    return np.dstack([np.zeros_like(red), green, red])


def store(
    folder: Path,
    name: str,
    plates: Mapping[str, Floats],
    shift: Floats,
    coverage: tuple[Floats, Floats],
    about: Mapping[str, Any],
) -> int:
    """Write a variant's plates, its description, and its name into the index.

    Args:
        folder: where plates live.
        name: of the variant.
        plates: glare, plastic, pages, cover, background and closure, HW float32, linear.
        shift: the film's displacement, HW2 float32, at a quarter of the plates' size.
        coverage: shares of each pixel that see the cover and the closure, HW float32.
        about: format, size, quad and provenance, for the description.

    Returns:
        Bytes written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    description: dict[str, Any] = {**about, "coding": CODING}
    mirrored = plates["glare"] + plates["plastic"]
    description |= describe_maps(mirrored, coverage[1], about["cover_quad"])
    pictures: dict[str, tuple[NDArray[Any], dict[str, Any]]] = {}
    for part, plate in plates.items():
        left, top, right, bottom = filled(plate)
        codes, most = encode(plate[top:bottom, left:right])
        entry: dict[str, Any] = {"max": most}
        if (right - left, bottom - top) != plate.shape[::-1]:
            entry |= {"origin": [left, top], "size": [right - left, bottom - top]}
        pictures[part] = codes, entry
    pictures["map"] = encode_map(shift), {"size": [shift.shape[1], shift.shape[0]]}
    pictures["coverage"] = encode_coverage(*coverage), {}
    total = 0
    for part, (codes, entry) in pictures.items():
        done, png = cv2.imencode(".png", codes, [cv2.IMWRITE_PNG_COMPRESSION, 9])
        if not done:
            raise SystemExit(f"the plate {part} cannot be encoded as PNG")
        (folder / f"{name}_{part}.png").write_bytes(png.tobytes())
        description[part] = {**entry, "sha256": hashlib.sha256(png.tobytes()).hexdigest()}
        total += len(png)
    (folder / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
    _enter(folder / "index.json", name)
    return total


def _enter(index: Path, name: str) -> None:
    """Add a name to the index, last, so that it never names what is not yet written."""
    names = json.loads(index.read_text())["variants"] if index.exists() else []
    if name not in names:
        names.append(name)
    index.write_text(json.dumps({"variants": names}, indent=2) + "\n")
