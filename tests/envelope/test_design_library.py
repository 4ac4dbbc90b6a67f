"""Plates load as they were stored, one design at a time, or fail with a clear reason."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poster.envelope import design_library
from poster.envelope.bounce import Bounce
from poster.envelope.design import Design
from poster.envelope.design_library import DesignLibrary
from poster.envelope.plates import Plates
from poster.errors import AssetError

LIGHTS = ("glare", "plastic", "pages", "cover", "background", "closure")
PARTS = (*LIGHTS, "coverage", "map")


@pytest.fixture
def folder(tmp_path: Path, make_library: Any, drawing: Any) -> Path:
    """A place where a test may break plates."""
    make_library(tmp_path, drawing("one", size=(96, 138)), drawing("two", size=(96, 138)))
    return tmp_path


def test_stored_plates_load_as_the_light_that_was_encoded(
    library: DesignLibrary, drawing: Any
) -> None:
    plates = library.load(library.designs[0])
    drawn = drawing("low", glow=(0.5, 0.9)).draw()
    for part in set(LIGHTS) - {"background"}:
        loaded = getattr(plates, part)
        assert loaded.dtype == np.float32
        # 12 bits of a square root: a step is at most 2 / 4095 of its range.
        np.testing.assert_allclose(loaded, drawn[part], atol=drawn[part].max() / 4000)
    for part in ("on_cover", "on_closure"):
        np.testing.assert_allclose(getattr(plates, part) / 255, drawn[part], atol=0.5 / 255 + 1e-6)
    assert plates.shift[0, 0].tolist() == [0.0, 0.0]
    assert plates.shift[-1, 0].tolist() == [0.25, 0.0]


def test_bare_table_is_exactly_one(library: DesignLibrary) -> None:
    background = library.load(library.designs[0]).background_share
    for edge in (background[:6], background[-6:], background[:, :6], background[:, -6:]):
        assert (edge == 1).all()


def test_no_shadow_reaches_the_edge_and_no_caustic_outshines_the_table(
    make_library: Any, drawing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = drawing.draw

    def shaded(self: Any) -> dict[str, Any]:
        drawn = draw(self)
        shade = {**drawn, "background": drawn["background"] * np.float32(0.9)}
        shade["background"][100:110, 100:110] = 1.4
        return shade

    monkeypatch.setattr(drawing, "draw", shaded)
    library = make_library(tmp_path, drawing("shaded"))
    background = library.load(library.designs[0]).background_share
    for edge in (background[0], background[-1], background[:, 0], background[:, -1]):
        assert (edge == 1).all()
    assert background.max() == 1
    assert background[30, 128] == pytest.approx(0.9 * 0.85, abs=0.002)
    assert abs(np.diff(background[:, 4])).max() < 0.03


def test_the_measured_bounce_comes_with_the_plates(folder: Path) -> None:
    file = folder / "one.json"
    bounce = {"white": 0.5, "share": 0.16, "reach": 0.033}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"bounce": bounce}))
    library = DesignLibrary.open(folder)
    one, two = (library.load(design).bounce for design in library.designs)
    assert one == Bounce(baked_reflectance=0.5, share=0.16, sigma=0.033)
    assert two is None


def test_nothing_but_descriptions_is_read_until_a_design_is_used(folder: Path) -> None:
    for file in folder.glob("two_*.png"):
        file.unlink()
    library = DesignLibrary.open(folder)
    assert [design.name for design in library.designs] == ["one", "two"]
    library.load(library.designs[0])
    with pytest.raises(AssetError, match="two_"):
        library.load(library.designs[1])


def test_the_plates_used_last_are_kept_and_no_others(
    library: DesignLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    load = DesignLibrary.load

    def counted(self: DesignLibrary, design: Any, frame: Any = None) -> Any:
        read.append(design.name)
        return load(self, design, frame)

    monkeypatch.setattr(DesignLibrary, "load", counted)
    own = DesignLibrary(library.folder, library.designs)
    low, high, _ = library.designs
    first = own.fitted(low, 512, 736)
    assert own.fitted(low, 512, 736) is first
    own.fitted(high, 512, 736)
    own.fitted(low, 512, 736)
    own.fitted(low, 512, 768)
    assert read == ["low", "high", "low", "low"]


@pytest.mark.parametrize("size", [(512, 736), (192, 240), (640, 640)])
def test_plates_fitted_one_by_one_equal_plates_fitted_together(
    library: DesignLibrary, size: tuple[int, int]
) -> None:
    low = library.designs[0]
    alone, together = library.load(low, size), library.load(low).at(*size)
    for field in fields(Plates):
        np.testing.assert_array_equal(getattr(alone, field.name), getattr(together, field.name))


@pytest.mark.parametrize("part", PARTS)
def test_a_flipped_bit_is_detected(folder: Path, part: str) -> None:
    file = folder / f"one_{part}.png"
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    library = DesignLibrary.open(folder)
    with pytest.raises(AssetError, match=f"one_{part}.png is damaged: reinstall the package"):
        library.load(library.designs[0])


@pytest.mark.parametrize("file", ["index.json", "one.json"])
def test_a_missing_description_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(AssetError, match=f"{file} is missing"):
        DesignLibrary.open(folder)


def test_an_empty_index_is_refused(folder: Path) -> None:
    (folder / "index.json").write_text('{"variants": []}')
    with pytest.raises(AssetError, match="the index of envelope plates is empty"):
        DesignLibrary.open(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"cover_quad": [[0, 0]]},
        {"size": 8},
        {"size": [8, 8]},
        {"glare": {}},
        {"glare": {"sha256": "", "max": "bright"}},
        {"closure": {"sha256": "", "max": 1.0, "origin": [90, 0], "size": [20, 20]}},
        {"map": {"sha256": ""}},
        {"stretch_rows": None},
        {"stretch_rows": [90, 20]},
        {"glare_map": None},
        {"cord_map": "none"},
        {"bounce": {"white": 0.5}},
        {"bounce": {"white": 0.5, "share": 1.0, "reach": 0.033}},
        {"bounce": {"white": 0.5, "share": 0.16, "reach": 0.0}},
        {"bounce": {"white": 1.5, "share": 0.16, "reach": 0.033}},
    ],
    ids=str,
)
def test_a_description_that_does_not_fit_is_refused(folder: Path, change: dict[str, Any]) -> None:
    file = folder / "one.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(AssetError, match=r"one.json .* damaged: reinstall the package"):
        DesignLibrary.open(folder)


def test_a_description_that_is_not_json_is_refused(folder: Path) -> None:
    (folder / "one.json").write_text("{")
    with pytest.raises(AssetError, match="damaged"):
        DesignLibrary.open(folder)


@pytest.mark.parametrize(
    ("part", "kind", "trouble"),
    [
        ("glare", np.uint8, "16-bit"),
        ("coverage", np.uint16, "8-bit"),
        ("cover", np.uint16, "wrong size or channels"),
    ],
)
def test_an_image_of_another_type_is_refused(
    folder: Path, part: str, kind: type, trouble: str, write_plane: Callable[..., str]
) -> None:
    sha256 = write_plane(folder, f"one_{part}", np.zeros((8, 8), kind))
    file = folder / "one.json"
    about = json.loads(file.read_text())
    about[part]["sha256"] = sha256
    file.write_text(json.dumps(about))
    library = DesignLibrary.open(folder)
    with pytest.raises(AssetError, match=trouble):
        library.load(library.designs[0])


def test_the_package_ships_envelopes_in_every_format() -> None:
    designs = DesignLibrary.open().designs
    assert {design.format for design in designs} == {"classic", "a_series", "square"}
    assert sum(design.format == "classic" for design in designs) >= 4
    assert len({design.name for design in designs}) == len(designs)


@pytest.mark.parametrize("design", DesignLibrary.open().designs, ids=lambda design: design.name)
def test_a_shipped_envelope_is_sound(design: Design) -> None:
    plates = DesignLibrary.open().load(design)
    width, height = design.size
    # The table extends beyond the frame, bare at its edge, without light from the object.
    for plate, value in ((plates.background_share, 1.0), (plates.glare, 0.0), (plates.cover, 0.0)):
        for edge in (plate[0], plate[-1], plate[:, 0], plate[:, -1]):
            np.testing.assert_allclose(edge, value, atol=1e-4)
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = design.cover_quad
    inner = np.s_[int(max(ay, by)) + 40 : int(min(cy, dy)) - 40,
                  int(max(ax, dx)) + 40 : int(min(bx, cx)) - 40]  # fmt: skip
    low, middle, high = np.percentile(plates.cover[inner], (1, 50, 99))
    assert middle == pytest.approx(0.9, abs=0.04)
    assert low > 0.7
    assert high < 1.3
    assert (plates.on_cover[inner] >= 254).mean() > 0.995
    assert plates.background_share[inner].max() < 0.01
    # Type and faces are mostly clear of glare.
    assert np.median(plates.glare[inner]) < 0.03
    assert max(ay, by) < design.stretch_rows[0] < design.stretch_rows[1] < min(cy, dy)
    assert width * height >= 1536 * 1536


def test_plates_stay_small_enough_to_ship() -> None:
    folder = Path(design_library.__file__).parents[1] / "assets" / "plates"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 60_000_000
