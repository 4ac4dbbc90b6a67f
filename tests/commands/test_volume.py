"""poster volume prepare, with a fake Hub, and the endpoint settings that it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from poster.commands.volume import FOLDERS, create_folders
from poster.runpod import endpoint
from poster.weights.places import record_path
from tests.support.command_line import RunCli


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder on a Pod's volume."""
    monkeypatch.setattr(endpoint, "POD_MOUNT", tmp_path / "workspace")
    return tmp_path / "workspace" / "models"


@pytest.fixture
def run(run: RunCli, tiny: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> RunCli:
    """Runs poster volume prepare with the tiny manifest; a second --root overrides the first."""
    monkeypatch.setenv("POSTER_MANIFEST", str(tiny.manifest_path))
    return partial(run, "volume", "prepare", "--root", root)


@pytest.mark.usefixtures("hub")
def test_an_empty_volume_gets_its_folders_and_verified_files(
    run: RunCli, root: Path, tiny: Any
) -> None:
    code, out, err = run()
    assert (code, err) == (0, "")
    assert {path.name for path in root.iterdir()} == {*FOLDERS, ".partial"}
    for file in tiny.weight_set.files:
        assert f"downloaded {file.folder}/{file.file}\n" in out
        assert file.path_in(root).read_bytes() == tiny.contents[file.file]
        assert record_path(file.path_in(root)).is_file()
    assert "tiny: all 5 files are present and verified\n" in out


def test_workers_may_keep_embeddings_and_write_nothing_else(tmp_path: Path) -> None:
    create_folders(tmp_path / "models")
    modes = {place.name: place.stat().st_mode & 0o1777 for place in (tmp_path / "models").iterdir()}
    assert modes.pop("embeddings") == 0o1777
    assert not any(mode & 0o002 for mode in modes.values())
    create_folders(tmp_path / "models")


def printed_needs(out: str) -> dict[str, str]:
    lines = out.partition("the endpoint needs:\n")[2].splitlines()
    rows = (line.strip().split("  ", 1) for line in lines if line.startswith("  "))
    return {name: value.strip() for name, value in rows}


@pytest.mark.usefixtures("hub")
def test_the_endpoints_needs_are_printed_with_runpods_names(run: RunCli) -> None:
    needs = printed_needs(run()[1])
    assert needs == {
        "network volume": "the prepared volume, 2 GB or more, mounted at /runpod-volume",
        "POSTER_ENGINE": "flux",
        "POSTER_MODELS": "/runpod-volume/models",
        "allowedCudaVersions": "12.8, 12.9, 13.0",
        "licence": "Apache-2.0; it applies to whoever runs the endpoint",
    }


def test_a_second_run_downloads_nothing_and_prints_the_same(run: RunCli, hub: Any) -> None:
    first = run()[1]
    asked = len(hub.asked)
    second = run()[1]
    assert len(hub.asked) == asked
    assert "downloaded" not in second
    assert first.endswith(second)


@pytest.mark.usefixtures("hub")
def test_json_is_one_object_with_the_whole_result(run: RunCli, root: Path, tiny: Any) -> None:
    code, out, err = run("--json")
    content = json.loads(out)
    assert (code, err) == (0, "")
    assert (content["set"], content["root"], content["moved"], content["findings"]) == (
        "tiny",
        str(root),
        [],
        [],
    )
    assert len(content["fetched"]) == 5
    needs = content["endpoint"]
    assert needs["environment"]["POSTER_MODELS"] == "/runpod-volume/models"
    assert needs["weights_bytes"] == sum(map(len, tiny.contents.values()))
    assert needs["cuda_versions"] == ["12.8", "12.9", "13.0"]


@pytest.mark.usefixtures("hub")
def test_an_unknown_architecture_is_noted(run: RunCli) -> None:
    out = run()[1]
    assert "note: no worker can paint with this set: architecture klein-tiny: is unknown" in out


def put_in_clip(root: Path, tiny: Any) -> Path:
    former = root / "clip" / "text_encoder.safetensors"
    former.parent.mkdir(parents=True)
    former.write_bytes(tiny.contents[former.name])
    return former


def test_a_file_in_clip_is_reported_and_not_moved(
    run: RunCli, root: Path, tiny: Any, hub: Any
) -> None:
    former = put_in_clip(root, tiny)
    code, out, err = run()
    assert (code, err) == (1, "")
    assert out == (
        "text_encoders/text_encoder.safetensors: is in clip/; "
        "move it from clip/ to text_encoders/, or run this again with --move\n"
    )
    assert former.is_file()
    assert hub.asked == []
    findings = json.loads(run("--json")[1])["findings"]
    assert [finding["code"] for finding in findings] == ["misplaced"]


def test_move_puts_it_in_place_and_downloads_only_the_rest(
    run: RunCli, root: Path, tiny: Any, hub: Any
) -> None:
    former = put_in_clip(root, tiny)
    code, out, _ = run("--move")
    assert code == 0
    assert "moved text_encoders/text_encoder.safetensors\n" in out
    assert "downloaded text_encoders" not in out
    assert not former.exists()
    assert not any("text_encoder" in asked.path for asked in hub.asked)


@pytest.mark.usefixtures("hub")
def test_move_also_moves_a_files_record(run: RunCli, root: Path) -> None:
    run()
    place = root / "diffusion_models" / "transformer.safetensors"
    former = root / "unet" / place.name
    former.parent.mkdir()
    place.rename(former)
    kept = record_path(place).rename(record_path(former)).read_text()
    assert run("--move")[0] == 0
    assert record_path(place).read_text() == kept
    assert list(former.parent.iterdir()) == []


@pytest.mark.usefixtures("hub")
def test_move_leaves_a_copy_alone(run: RunCli, root: Path, tiny: Any) -> None:
    run()
    former = put_in_clip(root, tiny)
    code, out, _ = run("--move")
    assert (code, former.is_file()) == (0, True)
    assert "moved" not in out


def test_a_volume_without_room_is_refused_before_any_download(
    run: RunCli, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "poster.weights.download.shutil.disk_usage",
        lambda _: type("Usage", (), {"free": 1000}),
    )
    code, out, err = run()
    assert (code, out) == (3, "")
    assert err.startswith("poster: disk: 0.00 GB must be downloaded, but only 0.00 GB are free")
    assert hub.asked == []


def test_a_refused_licence_is_one_line_and_exit_3(
    run: RunCli, hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_x")
    hub.mischief.status, hub.mischief.error_code = 403, "GatedRepo"
    code, out, err = run()
    assert (code, out) == (3, "")
    assert len(err.splitlines()) == 1


def test_an_altered_file_is_found_and_downloaded_again(
    run: RunCli, root: Path, tiny: Any, hub: Any
) -> None:
    run()
    place = tiny.transformer.path_in(root)
    content = bytearray(place.read_bytes())
    content[-5] ^= 1
    place.write_bytes(content)
    hub.asked.clear()
    code, out, _ = run()
    assert code == 0
    assert "downloaded diffusion_models/transformer.safetensors" in out
    assert place.read_bytes() == tiny.contents[place.name]


@pytest.mark.usefixtures("hub")
def test_a_folder_that_no_worker_sees_is_noted_before_and_after(
    run: RunCli, tmp_path: Path
) -> None:
    code, out, err = run("--root", tmp_path / "elsewhere")
    assert code == 0
    place = tmp_path / "elsewhere"
    trouble = "is not on a network volume, so no worker will see it"
    assert err == f"poster: warning: {place} {trouble}\n"
    assert "POSTER_MODELS" not in printed_needs(out)
    assert "note: this folder is not on a network volume" in out


@pytest.mark.usefixtures("hub")
def test_another_set_that_workers_would_use_is_noted(run: RunCli, tiny: Any) -> None:
    content = json.loads(tiny.manifest_path.read_text())
    content["sets"]["other"] = content["sets"]["tiny"]
    tiny.manifest_path.write_text(json.dumps(content))
    code, out, _ = run("--set", "other")
    assert code == 0
    assert "note: tiny is also on this volume, and workers use it: it is the default" in out


def test_bad_input_is_one_line_and_exit_2(run: RunCli, tmp_path: Path) -> None:
    assert run("--set", "huge")[0] == 2
    (tmp_path / "file").write_text("")
    code, out, err = run("--root", tmp_path / "file" / "models")
    assert (code, out) == (2, "")
    folder = tmp_path / "file" / "models" / "diffusion_models"
    assert err == f"poster: root: {folder} cannot be written: Not a directory\n"
    assert main_without_root() == 2


def main_without_root() -> int:
    command = [sys.executable, "-m", "poster", "volume", "prepare"]
    return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
