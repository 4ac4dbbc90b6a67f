"""The models folder, the GPU and the licence, as the doctor reports them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from poster.doctor.file_finding import FileFinding
from poster.doctor.readiness import check_gate, check_machine, check_weights, missing_gated_files
from poster.engines.flux.torch_build import TorchBuild
from poster.errors import DownloadError, LicenceError, TokenError
from poster.runpod.machine import Gpu, Machine
from poster.weights.manifest import Manifest, WeightFile, read_manifest
from poster.weights.places import partial_path, record_path
from poster.weights.record import hash_file, make_record, write_record

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

CU128 = TorchBuild("2.10.0", "12.8", ("sm_86", "sm_90", "sm_100", "sm_120"))
GIB = 2**30
RTX_4090 = Gpu("NVIDIA GeForce RTX 4090", (8, 9), 24 * GIB, 23 * GIB)


@pytest.fixture
def both(tiny_weights: TinyWeights) -> Manifest:
    """The manifest of the default and distilled sets, which share all but the transformer."""
    return read_manifest(tiny_weights.manifest_path)


@pytest.fixture
def manifest(both: Manifest) -> Manifest:
    """The manifest of the default set alone."""
    return replace(both, sets={both.default: both.choose()})


@pytest.fixture
def root(tiny_weights: TinyWeights, tmp_path: Path) -> Path:
    """A complete models folder that the test may change."""
    return Path(shutil.copytree(tiny_weights.root, tmp_path / "models"))


def transformer(manifest: Manifest) -> WeightFile:
    return manifest.choose().of_role("transformer")[0]


def text_encoder(manifest: Manifest) -> WeightFile:
    return manifest.choose().of_role("text_encoder")[0]


def seen(findings: tuple[FileFinding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, finding.location.file) for finding in findings]


def test_a_complete_set_is_at_most_unrecorded(root: Path, manifest: Manifest) -> None:
    assert {finding.code for finding in check_weights(root, manifest)} <= {"weights_unrecorded"}
    for file in manifest.choose().files:
        path = file.path_in(root)
        record = make_record(path, hash_file(path), is_safetensors=file.is_safetensors)
        write_record(path, record)
    assert check_weights(root, manifest) == ()


@pytest.mark.parametrize("make", [lambda _: None, lambda root: root.mkdir()])
def test_no_volume_is_one_finding(
    make: Callable[[Path], None], tmp_path: Path, manifest: Manifest
) -> None:
    make(tmp_path / "models")
    found = check_weights(tmp_path / "models", manifest)
    assert seen(found) == [("weights_missing", "models folder")]
    assert "poster volume prepare" in found[0].fix


def test_a_models_folder_that_does_not_exist_is_named(tmp_path: Path, manifest: Manifest) -> None:
    [found] = check_weights(tmp_path / "none", manifest)
    assert found.trouble == f"{tmp_path / 'none'} does not exist"


def test_the_advised_command_keeps_the_root_option(root: Path, manifest: Manifest) -> None:
    transformer(manifest).path_in(root).unlink()
    found = check_weights(root, manifest, " --root here")
    [missing] = [one for one in found if one.code == "weights_missing"]
    assert missing.fix.endswith(f" --set {manifest.default} --root here.")


def test_a_text_encoder_in_clip_gets_a_finding_that_says_where_to_move_it(
    root: Path, manifest: Manifest
) -> None:
    file = text_encoder(manifest)
    (root / "clip").mkdir()
    file.path_in(root).rename(root / "clip" / file.file)
    record_path(file.path_in(root)).unlink(missing_ok=True)

    (found,) = [f for f in check_weights(root, manifest) if f.code != "weights_unrecorded"]
    assert (found.code, found.location.file) == ("weights_misplaced", f"text_encoders/{file.file}")
    assert found.trouble == "is in clip/"
    assert found.fix == "Move it from clip/ to text_encoders/."
    assert "never from clip/" in found.why


def test_an_unfinished_download_is_partial(root: Path, manifest: Manifest) -> None:
    file = transformer(manifest)
    partial = partial_path(root, file)
    partial.parent.mkdir(exist_ok=True)
    partial.write_bytes(file.path_in(root).read_bytes()[:100])
    file.path_in(root).unlink()

    (found,) = [f for f in check_weights(root, manifest) if f.code != "weights_unrecorded"]
    assert (found.code, "only 100 of" in found.trouble) == ("weights_partial", True)


@pytest.mark.parametrize(
    "harm", [lambda whole: whole[:-1], lambda whole: whole + b"x", lambda _: b"<html>403</html>"]
)
def test_an_incomplete_file_is_damaged(
    harm: Callable[[bytes], bytes], root: Path, manifest: Manifest
) -> None:
    place = transformer(manifest).path_in(root)
    place.write_bytes(harm(place.read_bytes()))
    (found,) = [f for f in check_weights(root, manifest) if f.code != "weights_unrecorded"]
    assert found.code == "weights_damaged"
    assert "poster weights download" in found.fix


def test_a_damaged_default_is_reported_even_if_another_set_is_usable(
    root: Path, both: Manifest
) -> None:
    place = transformer(both).path_in(root)
    place.write_bytes(place.read_bytes()[:-1])
    found = [f.code for f in check_weights(root, both) if f.code != "weights_unrecorded"]
    assert found == ["weights_damaged"]
    place.unlink()
    assert {f.code for f in check_weights(root, both)} <= {"weights_unrecorded"}


def test_only_missing_gated_files_are_listed(root: Path, manifest: Manifest) -> None:
    assert missing_gated_files(root, manifest) == ()
    transformer(manifest).path_in(root).unlink()
    shipped = read_manifest()
    assert [file.gated for file in missing_gated_files(root, shipped)] == [True]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LicenceError("x: the licence is not accepted"), "licence_not_accepted"),
        (TokenError("x: the token is not valid"), "bad_token"),
        (DownloadError("x: Hugging Face does not answer"), "download_failed"),
        (None, ""),
    ],
)
def test_each_answer_of_a_gated_repository_has_its_finding(
    error: DownloadError | None, code: str, manifest: Manifest
) -> None:
    file = replace(transformer(manifest), gated=True)

    def ask(asked: WeightFile) -> None:
        assert asked == file
        if error:
            raise error

    found = check_gate([file], has_token=True, ask=ask)
    assert seen(found) == ([(code, file.label)] if code else [])
    assert all(str(error) == finding.trouble for finding in found)


def test_without_a_token_no_request_is_made(manifest: Manifest) -> None:
    asked: list[WeightFile] = []
    found = check_gate([transformer(manifest)], has_token=False, ask=asked.append)
    assert ([finding.code for finding in found], asked) == (["no_token"], [])
    assert "never as a build ARG" in found[0].fix


def test_with_a_token_and_offline_there_is_no_finding(manifest: Manifest) -> None:
    assert check_gate([transformer(manifest)], has_token=True, ask=None) == ()


@pytest.mark.parametrize(
    ("machine", "codes"),
    [
        (Machine("570.86.15", (RTX_4090,)), []),
        (Machine("580.65.06", (replace(RTX_4090, compute_capability=(12, 0)),)), []),
        (Machine("550.54.15", (RTX_4090,)), ["driver_old"]),
        (Machine("570.86.15", (replace(RTX_4090, compute_capability=(7, 0)),)), ["gpu_uncovered"]),
        (Machine("570.86.15", (replace(RTX_4090, free_bytes=GIB // 2),)), ["gpu_small"]),
        (Machine(None, (), "nvidia-smi shows no GPU"), ["no_gpu"]),
    ],
)
def test_a_machine_is_checked_as_workers_check_it(
    machine: Machine, codes: list[str], root: Path, manifest: Manifest
) -> None:
    found = check_machine(machine, CU128, root, manifest)
    assert seen(found) == [(code, "this machine") for code in codes]


def test_without_weights_memory_is_not_checked(tmp_path: Path, manifest: Manifest) -> None:
    small = Machine("570.86.15", (replace(RTX_4090, free_bytes=1),))
    assert check_machine(small, CU128, tmp_path, manifest) == ()
