"""What has no wheel for a platform is found, and a failed question is not taken for an answer."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tools.check_wheels import find_trouble

PROJECT = """\
[project]
name = "tiny"
version = "1"
dependencies = ["drawn"]

[tool.uv.pip]
no-index = true
find-links = ["."]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose one dependency has a wheel for one platform and one Python."""
    name = "drawn-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        about = "drawn-1.0.dist-info"
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: drawn\nVersion: 1.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr(f"{about}/RECORD", "")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def test_a_dependency_with_a_wheel_resolves(folder: Path) -> None:
    assert find_trouble("3.12", "Linux x86-64", "", folder) == ""


@pytest.mark.parametrize(
    ("python", "platform"),
    [("3.13", "Linux x86-64"), ("3.12", "Linux arm64"), ("3.12", "Windows x86-64")],
)
def test_a_dependency_without_one_is_named(python: str, platform: str, folder: Path) -> None:
    assert "drawn" in find_trouble(python, platform, "", folder)


def test_a_project_that_cannot_be_read_is_no_missing_wheel(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[project")
    with pytest.raises(SystemExit, match="could not resolve"):
        find_trouble("3.12", "Linux x86-64", "", folder)
