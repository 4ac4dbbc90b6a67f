"""Plates as floats -> the files that the product reads: PNGs, their description and the index.

Does not know the scene. `poster.envelope.design_library` reads these files.
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
"""Radiance at which plates are clipped; the composite shows it as white anyway."""

MAP_ZERO = 32768
MAP_STEPS = 4096
"""Code of a zero shift, and codes per cover pixel: shifts of up to 8 pixels, to 1/4096 pixel."""

CROP_WORTH = 0.8
"""A plate is cropped to its filled rectangle if that is less than this share of the frame."""

CROP_MARGIN = 8
"""Black pixels kept around a cropped plate, so that it can be resampled alone."""


def encode(plate: Floats) -> tuple[NDArray[np.uint16], float]:
    """Encode a plate with square-root coding.

    Args:
        plate: HW float32, linear, not negative; clipped to BRIGHTEST.

    Returns:
        HW uint16 whose low 4 bits are zero, and the radiance of the highest code.
    """
    max_radiance = min(float(plate.max()), BRIGHTEST) or 1.0
    codes = np.sqrt(np.clip(plate / max_radiance, 0, 1)) * CODES + 0.5
    return codes.astype(np.uint16) * np.uint16(16), max_radiance


def decode(codes: NDArray[np.uint16], max_radiance: float) -> Floats:
    """Invert `encode` as the product does, for checks."""
    share = codes.astype(np.float32) / np.float32(CODES * 16)
    return np.asarray(share * share * np.float32(max_radiance), np.float32)


def filled(plate: Floats) -> tuple[int, int, int, int]:
    """Find the rectangle outside which a plate is zero, plus a margin.

    Args:
        plate: HW float32.

    Returns:
        (left, top, right, bottom) in pixels, half open; the whole frame if cropping saves little,
        and a single pixel if the plate is empty.
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


def encode_cropped(plate: Floats) -> tuple[NDArray[np.uint16], dict[str, Any]]:
    """Encode the filled part of a plate.

    Args:
        plate: HW float32, linear, not negative, in the whole frame.

    Returns:
        Its codes, and their entry in the description without the file's hash.
    """
    left, top, right, bottom = filled(plate)
    codes, max_radiance = encode(plate[top:bottom, left:right])
    entry: dict[str, Any] = {"max": max_radiance}
    if (right - left, bottom - top) != plate.shape[::-1]:
        entry |= {"origin": [left, top], "size": [right - left, bottom - top]}
    return codes, entry


def write_png(path: Path, codes: NDArray[Any]) -> str:
    """Write an image in OpenCV's channel order, and return the SHA-256 of the file."""
    done, png = cv2.imencode(".png", codes, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise SystemExit(f"{path.name} cannot be encoded as PNG")
    path.write_bytes(png.tobytes())
    return hashlib.sha256(png.tobytes()).hexdigest()


def encode_map(shift: Floats) -> NDArray[np.uint16]:
    """Encode the film's displacement.

    Args:
        shift: HW2 float32, (dx, dy) in cover pixels at the plate's size.

    Returns:
        HW3 uint16 in OpenCV's order: blue zero, green dy, red dx.
    """
    codes = np.clip(np.rint(MAP_ZERO + shift * MAP_STEPS), 0, 65535).astype(np.uint16)
    return np.dstack([np.zeros_like(codes[..., 0]), codes[..., 1], codes[..., 0]])


def encode_coverage(cover: Floats, closure: Floats) -> NDArray[np.uint8]:
    """Encode the shares of each pixel that show cover and closure: HW3 uint8 in OpenCV's order."""
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
    """Write a design's plates, its description, and its name into the index.

    Args:
        folder: of the plates.
        name: of the design.
        plates: glare, plastic, pages, cover, background and closure, HW float32, linear.
        shift: the film's displacement, HW2 float32, at a quarter of the plates' size.
        coverage: shares of each pixel that show the cover and the closure, HW float32.
        about: format, size, quad and provenance, for the description.

    Returns:
        Bytes written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    description: dict[str, Any] = {**about, "coding": CODING}
    mirrored = plates["glare"] + plates["plastic"]
    description |= describe_maps(mirrored, coverage[1], about["cover_quad"])
    pictures: dict[str, tuple[NDArray[Any], dict[str, Any]]] = {
        part: encode_cropped(plate) for part, plate in plates.items()
    }
    pictures["map"] = encode_map(shift), {"size": [shift.shape[1], shift.shape[0]]}
    pictures["coverage"] = encode_coverage(*coverage), {}
    total = 0
    for part, (codes, entry) in pictures.items():
        path = folder / f"{name}_{part}.png"
        description[part] = {**entry, "sha256": write_png(path, codes)}
        total += path.stat().st_size
    (folder / f"{name}.json").write_text(json.dumps(description, indent=2) + "\n")
    _enter(folder / "index.json", name)
    return total


def _enter(index: Path, name: str) -> None:
    """Add a name to the index; done last, so that the index never names missing files."""
    names = json.loads(index.read_text())["variants"] if index.exists() else []
    if name not in names:
        names.append(name)
    index.write_text(json.dumps({"variants": names}, indent=2) + "\n")
