from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from types import ModuleType

import pytest

from poster.errors import AssetError
from poster.photo import nets

MODELS = Path(__file__).parents[2] / "poster" / "assets" / "models"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the models folder, which load_net reads instead."""
    folder = tmp_path / "assets" / "models"
    shutil.copytree(MODELS, folder)

    def files(package: ModuleType | str) -> Path:
        assert package == "poster"
        return tmp_path

    monkeypatch.setattr(resources, "files", files)
    return folder


def test_a_whole_model_loads(copy: Path) -> None:
    assert copy.is_dir()
    assert not nets.load_net("u2netp.onnx").empty()


def test_a_missing_model_is_named(copy: Path) -> None:
    (copy / "u2netp.onnx").unlink()
    with pytest.raises(AssetError, match=r"u2netp\.onnx: missing; reinstall"):
        nets.load_net("u2netp.onnx")


def test_a_missing_record_is_an_error(copy: Path) -> None:
    (copy / "models.json").unlink()
    with pytest.raises(AssetError, match="missing"):
        nets.load_net("centerface.onnx")


def test_a_model_with_one_changed_byte_is_refused(copy: Path) -> None:
    file = copy / "centerface.onnx"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(AssetError, match="altered or incomplete") as caught:
        nets.load_net("centerface.onnx")
    assert "/" not in str(caught.value)


def test_a_truncated_model_is_refused(copy: Path) -> None:
    file = copy / "u2netp.onnx"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(AssetError, match="altered or incomplete"):
        nets.load_net("u2netp.onnx")


def test_every_model_has_its_licence_beside_it() -> None:
    for record in json.loads((MODELS / "models.json").read_text()).values():
        assert "License" in (MODELS / record["licence_file"]).read_text()
