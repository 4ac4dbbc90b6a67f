"""Compares a picture with a stored one by its worst tile, and saves pictures that differ.

A mean over the picture passes a poster whose title is missing; the worst tile does not.
STORE_GOLDENS=1 in the environment stores the pictures instead: look at them before you commit.
"""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

Image = NDArray[np.uint8]

TILE = 16
"""32 pixels on a cover of the default width, half of that on these."""
WORST = 8.0
"""Mean absolute difference of a tile, in 8-bit levels. A cover line with one wrong letter measures
11 and more, a JPEG of quality 95 below 6."""

FOLDER = Path(__file__).parent


def worst_tile(first: Image, second: Image) -> float:
    if first.shape != second.shape:
        return 255.0
    difference = cv2.absdiff(first, second).astype(np.float32).mean(axis=2)
    rows, columns = (-(-side // TILE) for side in difference.shape)
    padded = np.zeros((rows * TILE, columns * TILE), np.float32)
    padded[: difference.shape[0], : difference.shape[1]] = difference
    return float(padded.reshape(rows, TILE, columns, TILE).mean(axis=(1, 3)).max())


@pytest.fixture
def difference() -> Callable[[Image, Image], float]:
    return worst_tile


@pytest.fixture
def assert_golden(tmp_path: Path) -> Callable[[str, Image], None]:
    def check(name: str, image: Image) -> None:
        path = FOLDER / f"{name}.jpg"
        if os.environ.get("STORE_GOLDENS"):
            quality = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111]
            cv2.imwrite(str(path), image[..., ::-1], quality)
        stored = cv2.imread(str(path))
        assert stored is not None, f"{path.name} is not stored; STORE_GOLDENS=1 stores it"
        reference = np.ascontiguousarray(stored[..., ::-1]).astype(np.uint8)
        worst = worst_tile(image, reference)
        if worst > WORST:
            cv2.imwrite(str(tmp_path / "now.png"), image[..., ::-1])
            cv2.imwrite(str(tmp_path / "difference.png"), cv2.absdiff(image, reference) * 4)
        assert worst <= WORST, f"{name}: worst tile {worst:.1f}; see {tmp_path}"

    return check
