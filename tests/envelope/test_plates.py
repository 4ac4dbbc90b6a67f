import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poster.envelope import plates as plates_module
from poster.envelope.plates import Floats, Plates, load_plates
from poster.errors import AssetError

ROOT = Path(__file__).parents[2]
STORED = ROOT / "poster" / "assets" / "plates"
FRAMES = [(1024, 1472), (512, 1024), (1024, 1024), (2048, 2944), (768, 1024), (512, 736)]


@pytest.fixture(scope="module")
def plates() -> Plates:
    return load_plates()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stored plates in a place where a test may break them."""
    folder = tmp_path / "assets" / "plates"
    shutil.copytree(STORED, folder)
    monkeypatch.setattr(plates_module, "files", lambda _: tmp_path)
    return folder


def upper_button_spread(plates: Plates) -> tuple[float, float]:
    """How far the upper button's warm colour spreads across and down, in pixels."""
    (ax, _), (bx, _), _, _ = plates.cover_quad
    # Middle and half side of a window round it, in covers' breadths; the row is above the cover.
    scale = bx - ax
    x, y = round(ax + 0.613 * scale), round(plates.stretch_row - 0.19 * scale)
    half = round(0.034 * scale)
    window = plates.glare[y - half : y + half, x - half : x + half]
    warmth = np.maximum(window[..., 0] - window[..., 2], 0)
    spread = []
    for axis in (0, 1):
        weights = warmth.sum(axis=axis)
        at = np.arange(len(weights)) + 0.5
        middle = np.average(at, weights=weights)
        spread.append(float(np.sqrt(np.average((at - middle) ** 2, weights=weights))) / scale)
    return spread[0], spread[1]


def test_stored_plates_load_as_linear_light(plates: Plates) -> None:
    rows, columns = plates.response.shape
    assert plates.glare.shape == (rows, columns, 3)
    assert plates.glare.dtype == plates.response.dtype == np.float32
    assert plates.glare.min() >= 0
    assert plates.response.min() >= 0
    assert np.isfinite(plates.glare).all()


def test_a_white_cover_comes_out_evenly_lit_and_almost_white(plates: Plates) -> None:
    (x0, y0), _, (x1, y1), _ = plates.cover_quad
    inner = plates.response[int(y0) + 40 : int(y1) - 40, int(x0) + 40 : int(x1) - 40]
    low, middle, high = np.percentile(inner, (1, 50, 99))
    assert middle == pytest.approx(0.9, abs=0.02)
    assert low > 0.75
    assert high < 1.1


def test_glare_leaves_masthead_and_faces_alone(plates: Plates) -> None:
    (x0, y0), (x1, _), (_, y1), _ = plates.cover_quad

    def part(left: float, right: float, top: float, foot: float) -> Floats:
        rows = slice(int(y0 + top * (y1 - y0)), int(y0 + foot * (y1 - y0)))
        return plates.glare[rows, int(x0 + left * (x1 - x0)) : int(x0 + right * (x1 - x0))]

    assert part(0.05, 0.95, 0.04, 0.33).mean() < 0.02
    assert np.percentile(part(0.05, 0.95, 0.04, 0.33), 99.5) < 0.15
    assert part(0.2, 0.8, 0.2, 0.75).max() < 0.05


def test_nothing_of_the_cover_shows_beside_the_envelope(plates: Plates) -> None:
    assert plates.response[:20].max() < 1e-3
    assert plates.response[:, :40].max() < 1e-3
    assert plates.glare[:20].max() < 1e-3
    assert plates.glare[:, -40:].max() < 1e-3


@pytest.mark.parametrize("part", ["glare", "response"])
def test_a_flipped_byte_is_noticed(copied: Path, part: str) -> None:
    file = copied / f"classic_{part}.png"
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    with pytest.raises(AssetError, match="damaged"):
        load_plates()


@pytest.mark.parametrize("file", ["classic.json", "classic_glare.png", "classic_response.png"])
def test_a_missing_file_is_named(copied: Path, file: str) -> None:
    (copied / file).unlink()
    with pytest.raises(AssetError, match=file):
        load_plates()


@pytest.mark.parametrize(
    "change",
    [{"cover_quad": [[0, 0]]}, {"size": [8, 8]}, {"size": 8}, {"glare": {}}, {"stretch_row": None}],
)
def test_a_description_that_does_not_fit_is_refused(copied: Path, change: dict[str, Any]) -> None:
    file = copied / "classic.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(AssetError):
        load_plates()


def test_a_description_that_is_no_json_is_refused(copied: Path) -> None:
    (copied / "classic.json").write_text("{")
    with pytest.raises(AssetError, match="damaged"):
        load_plates()


def test_plates_at_their_own_size_are_themselves(plates: Plates) -> None:
    rows, columns = plates.response.shape
    assert plates.at(columns, rows) is plates


@pytest.mark.parametrize(("width", "height"), FRAMES)
def test_every_frame_keeps_its_size_its_aspect_and_round_buttons(
    plates: Plates, width: int, height: int
) -> None:
    fitted = plates.at(width, height)
    assert fitted.glare.shape == (height, width, 3)
    assert fitted.response.shape == (height, width)
    a, b, c, d = np.array(fitted.cover_quad)
    across = (np.linalg.norm(b - a) + np.linalg.norm(c - d)) / 2
    down = (np.linalg.norm(d - a) + np.linalg.norm(c - b)) / 2
    assert across / down == pytest.approx(width / height, rel=0.01)
    assert upper_button_spread(fitted) == pytest.approx(upper_button_spread(plates), rel=0.03)
    assert across > 0.66 * width


@pytest.mark.parametrize(("width", "height"), FRAMES)
def test_the_cover_lies_where_the_quad_says_in_every_frame(
    plates: Plates, width: int, height: int
) -> None:
    fitted = plates.at(width, height)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = fitted.cover_quad
    middle_row = fitted.response[round((ay + dy) / 2), :]
    middle_column = fitted.response[:, round((ax + bx) / 2)]
    covered = np.clip(middle_row / 0.75, 0, 1)
    assert covered.sum() == pytest.approx((bx + cx - ax - dx) / 2, abs=0.012 * width)
    edge = int(np.argmax(middle_column > 0.4))
    assert edge == pytest.approx((ay + by) / 2, abs=2)
    last = height - int(np.argmax(middle_column[::-1] > 0.4))
    assert last == pytest.approx((cy + dy) / 2, abs=2)


def test_the_stored_map_is_the_scenes_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    frame = importlib.import_module("tools.bake.frame")
    about = json.loads((STORED / "classic.json").read_text())
    size = tuple(about["size"])
    np.testing.assert_allclose(about["cover_quad"], frame.cover_quad(size), atol=1e-3)
    assert about["stretch_row"] == frame.stretch_row(size)


def test_the_scenes_camera_projects_like_a_pinhole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)
    frame = importlib.import_module("tools.bake.frame")
    assert frame.to_pixel(0.0, 0.0, 0.3, (1024, 1472)) == (512.0, 736.0)
    assert frame.to_pixel(0.2, -0.1, 0.0, (1024, 1472)) == pytest.approx((712, 836))
    x, y = frame.to_pixel(0.2, -0.1, frame.CAMERA_Z / 2, (1024, 1472))
    assert (x, y) == pytest.approx((912, 936))


def test_plates_stay_small_enough_to_ship() -> None:
    assert sum(file.stat().st_size for file in STORED.iterdir()) < 8_000_000
