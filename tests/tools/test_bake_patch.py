"""A window that is rendered anew replaces that part of stored plates, without a seam."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from poster.arrays import Floats
from poster.geometry import Box
from tools.bake import store
from tools.bake.maps import MAP_ROWS
from tools.bake.patch import SEAM, fade, patch

SIZE = 160, 240
QUAD = ((10.0, 30.0), (150.0, 30.0), (150.0, 230.0), (10.0, 230.0))
WINDOW = Box(70, 120, 160, 200)
PARTS = ("glare", "plastic", "pages", "cover", "background", "closure")
SHIFT = np.full((SIZE[1] // 4, SIZE[0] // 4, 2), 0.25, np.float32)


def flat(level: float, box: Box | None = None) -> Floats:
    columns, rows = (box.width, box.height) if box else SIZE
    return np.full((rows, columns), level, np.float32)


LIGHTS = {"glare": flat(0.8, WINDOW), "plastic": flat(0.2, WINDOW)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plates = {part: flat(0.2) for part in PARTS}
    plates["glare"][0, 0] = 1.0
    about = {"size": list(SIZE), "cover_quad": QUAD}
    store.store(tmp_path, "one", plates, 0 * SHIFT, (flat(1), flat(0)), about)
    return tmp_path


def codes_of(folder: Path, part: str) -> np.ndarray:
    codes = cv2.imread(str(folder / f"one_{part}.png"), cv2.IMREAD_UNCHANGED)
    assert codes is not None
    return codes.astype(np.int64)


def test_only_the_window_changes(folder: Path) -> None:
    before = codes_of(folder, "glare")
    patch(folder, "one", LIGHTS, SHIFT, WINDOW)
    after = codes_of(folder, "glare")

    inside = np.zeros(before.shape, np.bool_)
    inside[WINDOW.slices] = True
    assert np.array_equal(after[~inside], before[~inside])
    light = store.decode(after.astype(np.uint16), 1.0)
    # Up to the frame's side, but not up to the window's other sides.
    assert light[160, WINDOW.x0 + SEAM :] == pytest.approx(0.8, abs=0.001)
    assert light[160, WINDOW.x0] == pytest.approx(0.2, abs=0.01)


def test_the_description_fits_the_new_plates(folder: Path) -> None:
    patch(folder, "one", LIGHTS, SHIFT, WINDOW)
    about = json.loads((folder / "one.json").read_text())
    for part in (*PARTS, "map", "coverage"):
        png = (folder / f"one_{part}.png").read_bytes()
        assert about[part]["sha256"] == hashlib.sha256(png).hexdigest()
    assert about["windows"] == [list(WINDOW.edges)]
    # Where the cover is lit by the window, the map is, too: 0.8 + 0.2 instead of 0.2 + 0.2.
    rows = [[int(cell) for cell in row.split()] for row in about["glare_map"]]
    assert rows[MAP_ROWS * 3 // 5][-1] == pytest.approx(10_000, rel=0.01)
    assert rows[0][0] == pytest.approx(4_000, rel=0.01)
    shift = codes_of(folder, "map")[..., 1:]
    assert (shift == store.MAP_ZERO + store.MAP_STEPS / 4).all()


def test_there_is_no_step_at_the_windows_sides() -> None:
    weight = fade(WINDOW, SIZE)
    assert weight.shape == (WINDOW.height, WINDOW.width)
    assert weight[:, 0].max() < 0.01
    assert weight[[0, -1]].max() < 0.01
    assert weight[WINDOW.height // 2, -1] == 1  # the frame's side
    assert max(abs(np.diff(weight, axis=axis)).max() for axis in (0, 1)) < 2 / SEAM


def test_plates_that_are_not_those_described_are_not_patched(folder: Path) -> None:
    png = folder / "one_glare.png"
    png.write_bytes(png.read_bytes() + b"\0")
    with pytest.raises(SystemExit, match="not the plate"):
        patch(folder, "one", LIGHTS, SHIFT, WINDOW)
