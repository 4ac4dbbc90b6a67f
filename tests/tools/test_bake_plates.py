"""The baker path-traces plates that the product can read, and adds samples to earlier runs."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.envelope.composite import composite_envelope
from poster.envelope.design_library import DesignLibrary
from poster.envelope.plates import Plates
from poster.paint_settings import EnvelopeAppearance
from tools.bake import render
from tools.bake.designs import DESIGNS

ROOT = Path(__file__).parents[2]
WIDTH = 48


def bake(folder: Path, samples: int) -> str:
    """Bake a tiny square envelope, and return the output."""
    return run_baker(folder / "work", folder / "plates", samples, "--width", str(WIDTH))


def run_baker(work: Path, out: Path, samples: int, *options: str) -> str:
    """Bake the square envelope without LLVM, and return the output."""
    command = [sys.executable, "-m", "tools.bake_plates", "record", "--scalar"]
    folders = ["--work", str(work), "--out", str(out), "--samples", str(samples)]
    done = subprocess.run(
        [*command, *folders, *options], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def baked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bake")
    bake(folder, 4)
    return folder


def load(folder: Path) -> Plates:
    library = DesignLibrary.open(folder / "plates")
    return library.load(library.designs[0])


def seal_flat(plates: Plates, level: int, look: EnvelopeAppearance) -> NDArray[np.float64]:
    cover = np.full((WIDTH, WIDTH, 3), level, np.uint8)
    sealed = composite_envelope(cover, plates, look, 1)
    return np.asarray(sealed.mean(axis=2), np.float64)


def test_baked_plates_can_be_composited(baked: Path) -> None:
    plates = load(baked)
    white, black = (seal_flat(plates, level, EnvelopeAppearance()) for level in (255, 0))
    middle = slice(24, 40), slice(16, 32)
    assert white[middle].mean() > 200
    assert black[middle].mean() < 60
    lit = seal_flat(plates, 0, EnvelopeAppearance(background=(255, 255, 255)))
    assert lit[0].min() > 240  # nothing is at the frame's edge
    assert black[0].mean() < 8
    assert plates.on_closure.max() > 0


def test_absent_light_is_not_baked(baked: Path) -> None:
    plates = load(baked)
    about = json.loads((baked / "plates" / "record.json").read_text())
    assert about["samples"] == 4
    off_cover = np.asarray(plates.on_cover, np.float32) == 0
    assert plates.cover[off_cover].mean() < 0.02 * plates.cover[~off_cover].mean()
    assert (plates.glare >= 0).all()
    assert plates.glare.max() > 0.05  # film reflects the lights


def test_a_second_run_adds_to_the_first_and_renders_nothing_twice(
    baked: Path, tmp_path: Path
) -> None:
    again = Path(shutil.copytree(baked, tmp_path / "again"))
    sums = next((again / "work").iterdir())
    with np.load(sums / "lit.npz") as held:
        first = held["total"].copy()
    output = bake(again, 8)
    assert "record lit: 8 of 8 samples" in output
    assert "record lit: 4 of" not in output
    assert "coverage" not in output  # it already has all its samples
    with np.load(sums / "lit.npz") as held:
        added = held["total"] - first
        assert held["samples"] == 8
    assert added.min() >= 0
    assert added.mean() == pytest.approx(first.mean(), rel=0.1)
    assert not np.allclose(added, first)  # other paths
    assert json.loads((again / "plates" / "record.json").read_text())["samples"] == 8


def test_a_window_of_stored_plates_is_baked_again(tmp_path: Path) -> None:
    for stored in (ROOT / "poster" / "assets" / "plates").glob("record*"):
        shutil.copy(stored, tmp_path)
    (tmp_path / "index.json").write_text('{"variants": ["record"]}')
    before = DesignLibrary.open(tmp_path)
    earlier = before.load(before.designs[0])
    run_baker(tmp_path / "work", tmp_path, 4, "--window", "1200", "1200", "1232", "1232")
    after = DesignLibrary.open(tmp_path)
    plates = after.load(after.designs[0])
    changed = np.argwhere(plates.cover != earlier.cover)
    assert len(changed)
    assert changed.min() >= 1200
    assert changed.max() < 1232
    # The same scene in other noise.
    middle = slice(1208, 1224), slice(1208, 1224)
    assert plates.cover[middle].mean() == pytest.approx(earlier.cover[middle].mean(), rel=0.1)


def test_sums_of_another_scene_are_not_reused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (48, 48)
    own = render.fingerprint(DESIGNS["record"], size)
    assert own == render.fingerprint(DESIGNS["record"], size)
    assert own != render.fingerprint(DESIGNS["gallery"], size)
    edited = tmp_path / "film.py"
    edited.write_bytes(render.SOURCES[1].read_bytes() + b"MIN_GAP = 0.002\n")
    monkeypatch.setattr(render, "SOURCES", (render.SOURCES[0], edited, *render.SOURCES[2:]))
    assert own != render.fingerprint(DESIGNS["record"], size)
