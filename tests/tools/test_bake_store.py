"""The product reads back what the baker writes, to within a step of the coding."""

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from poster.arrays import Floats
from poster.colour import srgb_from_linear
from tools.bake import store
from tools.bake.maps import MAP_COLUMNS, MAP_ROWS

PARTS = ("glare", "plastic", "pages", "cover", "background", "closure")


def ramp(most: float) -> Floats:
    return np.linspace(0, most, 4096, dtype=np.float32).reshape(64, 64)


def test_coding_costs_less_than_half_an_eight_bit_step() -> None:
    plate = ramp(2.0)
    codes, most = store.encode(plate)
    back = store.decode(codes, most)
    off = abs(srgb_from_linear(np.minimum(back, 1)) - srgb_from_linear(np.minimum(plate, 1)))
    assert off.max() * 255 < 0.5


def test_only_twelve_bits_vary() -> None:
    codes, _ = store.encode(ramp(1.0))
    assert not (codes & 15).any()
    assert codes.max() == 65520


def test_radiance_beyond_visible_white_is_clipped() -> None:
    codes, most = store.encode(ramp(9.0))
    assert most == store.BRIGHTEST
    assert (codes == 65520).sum() > 1


def test_an_empty_plate_is_black_and_tiny() -> None:
    plate = np.zeros((50, 40), np.float32)
    codes, most = store.encode(plate)
    assert most > 0
    assert not codes.any()
    assert store.filled(plate) == (0, 0, 1, 1)


def test_a_crop_contains_all_light_and_a_black_border() -> None:
    plate = np.zeros((200, 100), np.float32)
    plate[50:60, 30:41] = 1
    left, top, right, bottom = store.filled(plate)
    assert plate[top:bottom, left:right].sum() == plate.sum()
    assert (left, top, right, bottom) == (22, 42, 49, 68)


def test_a_crop_that_saves_little_is_not_made() -> None:
    plate = np.ones((200, 100), np.float32)
    plate[:4] = 0
    assert store.filled(plate) == (0, 0, 100, 200)


def test_the_map_is_restored_to_a_four_thousandth_of_a_pixel() -> None:
    shift = np.random.default_rng(3).uniform(-2, 2, (20, 30, 2)).astype(np.float32)
    codes = store.encode_map(shift)
    assert not codes[..., 0].any()
    back = (codes[..., :0:-1].astype(np.float32) - store.MAP_ZERO) / store.MAP_STEPS
    np.testing.assert_allclose(back, shift, atol=0.5 / store.MAP_STEPS + 1e-6)


def test_a_stored_set_is_described_as_it_is(tmp_path: Path) -> None:
    plates = {part: np.zeros((96, 64), np.float32) for part in PARTS}
    plates["cover"][20:80, 10:50] = 0.9
    plates["background"][:] = 1
    plates["closure"][10:14, 30:36] = 0.5
    masks = plates["cover"], plates["closure"]
    shift = np.zeros((24, 16, 2), np.float32)
    about = {"format": "classic", "cover_quad": [(10, 20), (50, 20), (50, 80), (10, 80)]}
    for name in ("first", "second", "first"):
        written = store.store(tmp_path, name, plates, shift, masks, about)
    assert json.loads((tmp_path / "index.json").read_text()) == {"variants": ["first", "second"]}
    about = json.loads((tmp_path / "first.json").read_text())
    assert about["glare_map"] == [" ".join(["0"] * MAP_COLUMNS)] * MAP_ROWS
    sizes = 0
    for part in (*PARTS, "map", "coverage"):
        png = (tmp_path / f"first_{part}.png").read_bytes()
        sizes += len(png)
        assert about[part]["sha256"] == hashlib.sha256(png).hexdigest()
    assert sizes == written
    closure = cv2.imread(str(tmp_path / "first_closure.png"), cv2.IMREAD_UNCHANGED)
    assert closure is not None
    assert about["closure"]["origin"] == [22, 2]
    assert list(closure.shape[::-1]) == about["closure"]["size"]
    back = store.decode(closure.astype(np.uint16), about["closure"]["max"])
    assert back.max() == pytest.approx(0.5)
    assert "origin" not in about["background"]
