"""Weight files that are complete, truncated, altered, swapped, misplaced or copied by hand."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poster.errors import WeightsDamagedError, WeightsMismatchError, WeightsMissingError
from poster.weights import places, record, verify
from poster.weights.manifest import WeightSet, read_manifest
from poster.weights.places import default_root, partial_path, record_path
from poster.weights.verify import (
    WeightFinding,
    find_folder_trouble,
    painting_set,
    require_set,
    verify_file,
    verify_set,
)

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

MakeSafetensors = Callable[..., bytes]


@pytest.fixture
def recorded(tiny: Any) -> Any:
    """The tiny set, complete and recorded."""
    tiny.place_all()
    assert verify_set(tiny.root, tiny.weight_set, full=True) == ()
    return tiny


@pytest.fixture
def sampled(tiny: Any, make_safetensors: MakeSafetensors, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A recorded transformer of 6 MiB, of which the quick check reads 4."""
    monkeypatch.setattr(verify, "SMALL_BYTES", 0)
    content = make_safetensors({"img_in.weight": ("U8", (6 * 1024, 1024))}, 9)
    tiny.contents["transformer.safetensors"] = content
    large = tiny.changed(bytes=len(content), sha256=None)
    large.place_all()
    assert verify_set(large.root, large.weight_set, full=True) == ()
    return large


def only(findings: tuple[WeightFinding, ...]) -> WeightFinding:
    (finding,) = findings
    return finding


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_in_an_empty_root_every_file_is_missing_and_says_how_to_download_it(tiny: Any) -> None:
    findings = verify_set(tiny.root, tiny.weight_set)

    assert {finding.code for finding in findings} == {"missing"}
    assert [finding.role for finding in findings] == [file.role for file in tiny.weight_set.files]
    text = str(findings[0])
    assert text.endswith("is missing; run poster weights download --set tiny")
    assert str(tiny.root) not in text


def test_a_file_copied_by_hand_is_not_recorded_until_a_full_check(sampled: Any, tiny: Any) -> None:
    path = sampled.transformer.path_in(tiny.root)
    record_path(path).unlink()

    finding = only(verify_set(sampled.root, sampled.weight_set))
    assert finding.code == "not_recorded"
    assert not finding.is_fatal
    assert finding.fix == "run poster weights verify --full --set tiny"

    assert verify_set(sampled.root, sampled.weight_set, full=True) == ()
    assert record_path(path).is_file()
    assert verify_set(sampled.root, sampled.weight_set) == ()


def test_a_small_file_needs_no_record(tiny: Any) -> None:
    tiny.place_all()
    assert verify_set(tiny.root, tiny.weight_set) == ()
    assert not record_path(tiny.transformer.path_in(tiny.root)).exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_a_truncated_file_never_verifies(recorded: Any, data: Any) -> None:
    file = data.draw(st.sampled_from(recorded.weight_set.files))
    content = recorded.contents[file.file]
    cut = data.draw(st.integers(0, len(content) - 1))
    path = file.path_in(recorded.root)
    try:
        path.write_bytes(content[:cut])
        for full in (False, True):
            finding = only(verify_set(recorded.root, recorded.weight_set, full=full))
            assert (finding.code, finding.is_fatal) == ("truncated", True)
    finally:
        path.write_bytes(content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_a_truncated_file_of_unknown_size_without_record_never_verifies(
    tiny: Any, data: Any
) -> None:
    unknown = tiny.changed(bytes=None, sha256=None)
    unknown.place_all()
    content = unknown.contents["transformer.safetensors"]
    path = unknown.transformer.path_in(unknown.root)
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])

    for full in (False, True):
        finding = only(verify_set(unknown.root, unknown.weight_set, full=full))
        assert (finding.code, finding.is_fatal) == ("damaged", True)
    assert not record_path(path).exists()


def test_a_flipped_byte_in_a_sampled_block_is_found_by_a_quick_check(sampled: Any) -> None:
    flip(sampled.transformer.path_in(sampled.root), -1)

    finding = only(verify_set(sampled.root, sampled.weight_set))
    assert (finding.code, finding.trouble) == ("changed", "has changed since it was recorded")
    assert finding.fix == "run poster weights verify --full --set tiny"


def test_a_flipped_byte_between_the_blocks_is_found_by_a_full_check(sampled: Any) -> None:
    path = sampled.transformer.path_in(sampled.root)
    # Blocks start 96 KiB apart and are 64 KiB long.
    flip(path, 80 * 1024)

    assert verify_set(sampled.root, sampled.weight_set) == ()
    finding = only(verify_set(sampled.root, sampled.weight_set, full=True))
    assert finding.code == "wrong_hash"


def test_a_changed_header_is_found_by_a_quick_check(sampled: Any) -> None:
    path = sampled.transformer.path_in(sampled.root)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"img_in.weight", b"img_on.weight", 1))

    assert only(verify_set(sampled.root, sampled.weight_set)).code == "changed"


def test_the_manifests_hash_wins_over_the_record(sampled: Any) -> None:
    other = sampled.changed(sha256="0" * 64)

    cheap, full = (
        only(verify_set(other.root, other.weight_set, full=full)) for full in (False, True)
    )
    assert (cheap.code, full.code) == ("wrong_hash", "wrong_hash")


def test_an_invalid_record_counts_as_none(sampled: Any) -> None:
    place = record_path(sampled.transformer.path_in(sampled.root))
    number = json.dumps({**json.loads(place.read_text()), "sha256": 5})
    for text in ("", "[]", "{}", '{"bytes": 1}', "[" * 100_000, number):
        place.write_text(text)
        assert only(verify_set(sampled.root, sampled.weight_set)).code == "not_recorded"


def test_a_record_says_when_and_what(recorded: Any) -> None:
    content = json.loads(record_path(recorded.transformer.path_in(recorded.root)).read_text())
    assert set(content) == {"bytes", "sha256", "header_sha256", "sampled_sha256", "verified_at"}
    assert content["verified_at"].endswith("+00:00")


def test_a_file_in_clip_gets_a_finding_that_says_where_to_move_it(recorded: Any) -> None:
    file = recorded.weight_set.of_role("text_encoder")[0]
    (recorded.root / "clip").mkdir()
    shutil.move(file.path_in(recorded.root), recorded.root / "clip" / file.file)

    finding = only(verify_set(recorded.root, recorded.weight_set))
    assert finding.code == "misplaced"
    assert finding.fix == "move it from clip/ to text_encoders/"
    assert finding.is_fatal


def test_a_partial_file_is_reported_with_its_size(recorded: Any) -> None:
    recorded.transformer.path_in(recorded.root).unlink()
    partial = partial_path(recorded.root, recorded.transformer)
    partial.parent.mkdir()
    partial.write_bytes(bytes(1000))

    finding = only(verify_set(recorded.root, recorded.weight_set))
    assert finding.code == "partial"
    assert f"only 1000 of {recorded.transformer.bytes} bytes are downloaded" in finding.trouble


def test_a_larger_file_has_the_wrong_size(tiny: Any) -> None:
    tiny.place_all()
    file = tiny.weight_set.of_role("tokenizer")[0]
    file.path_in(tiny.root).write_bytes(tiny.contents[file.file] + b"\n")

    assert only(verify_set(tiny.root, tiny.weight_set)).code == "wrong_size"


def test_a_file_that_cannot_be_read_is_reported(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.place_all()

    def refuse(*_: object) -> str:
        raise OSError(5, "Input/output error", "secret/path")

    monkeypatch.setattr(verify, "hash_file", refuse)
    finding = verify_set(tiny.root, tiny.weight_set)[0]
    assert (finding.code, finding.trouble) == ("unreadable", "cannot be read: Input/output error")


def test_a_read_only_volume_can_be_verified(
    tiny: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tiny.place_all()

    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(verify, "write_record", refuse)
    assert verify_set(tiny.root, tiny.weight_set, full=True) == ()
    assert "is right, but its record cannot be written: Read-only file system" in caplog.text


def declare(tiny: Any, architecture: str) -> WeightSet:
    content = json.loads(tiny.manifest_path.read_text())
    content["sets"]["tiny"]["architecture"] = architecture
    tiny.manifest_path.write_text(json.dumps(content))
    chosen: WeightSet = tiny.weight_set
    return chosen


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("transformer", {"img_in.weight": ("BF16", (3072, 2))}),
        ("text_encoder", {"model.norm.weight": ("BF16", (2560,))}),
    ],
)
def test_a_4b_file_in_a_9b_set_is_reported_with_both_names(
    tiny: Any, make_safetensors: MakeSafetensors, name: str, shapes: dict[str, Any]
) -> None:
    tiny.place_all()
    file = tiny.weight_set.of_role(name)[0]
    file.path_in(tiny.root).write_bytes(make_safetensors(shapes))

    finding = only(verify_set(tiny.root, declare(tiny, "klein-9b")))
    assert finding.code == "wrong_architecture"
    assert finding.trouble == "belongs to klein-4b, but the set is for klein-9b"
    with pytest.raises(WeightsMismatchError, match="klein-4b, but the set is for klein-9b"):
        require_set(tiny.root, tiny.weight_set)
    assert only(verify_set(tiny.root, declare(tiny, "klein-4b"))).code != "wrong_architecture"


def test_a_complete_set_passes(recorded: Any) -> None:
    require_set(recorded.root, recorded.weight_set)


def test_an_absent_set_is_missing_and_each_file_is_named(tiny: Any) -> None:
    tiny.root.mkdir()
    with pytest.raises(WeightsMissingError) as caught:
        require_set(tiny.root, tiny.weight_set)
    assert len(str(caught.value).splitlines()) == len(tiny.weight_set.files)
    assert (caught.value.exit_code, caught.value.code) == (3, "weights_missing")


def test_a_missing_folder_is_named_instead_of_its_files(tiny: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for root, trouble in (
        (tmp_path / "none", "does not exist"),
        (tmp_path / "file" / "models", "does not exist"),
        (tmp_path / "file", "is not a folder"),
    ):
        assert find_folder_trouble(root) == trouble
        message = f"^models folder: {trouble}; set POSTER_MODELS to the right one, or run poster "
        with pytest.raises(WeightsMissingError, match=message):
            require_set(root, tiny.weight_set)
    assert find_folder_trouble(tmp_path) == ""


def test_a_folder_that_cannot_be_looked_at_is_not_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    assert find_folder_trouble(tmp_path) == ""


def test_a_truncated_set_is_damaged(recorded: Any) -> None:
    path = recorded.transformer.path_in(recorded.root)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsDamagedError, match="truncated"):
        require_set(recorded.root, recorded.weight_set)


def test_a_set_that_was_never_hashed_passes_with_a_warning(
    sampled: Any, caplog: pytest.LogCaptureFixture
) -> None:
    record_path(sampled.transformer.path_in(sampled.root)).unlink()

    with caplog.at_level(logging.WARNING):
        require_set(sampled.root, sampled.weight_set)
    assert "has no record" in caplog.text


def test_one_file_can_be_checked_without_its_set(recorded: Any) -> None:
    assert verify_file(recorded.root, recorded.transformer) is None


def test_a_full_check_reports_every_byte(recorded: Any) -> None:
    reports: list[int] = []
    verify_set(recorded.root, recorded.weight_set, full=True, progress=reports.append)
    assert sum(reports) == sum(file.bytes for file in recorded.weight_set.files)


def test_samples_are_the_first_the_last_and_evenly_spaced_blocks_between(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(8 * 1024 * 1024))
    whole = record.hash_samples(path)
    for at in (0, 65_535, 8 * 1024 * 1024 - 65_536, 8 * 1024 * 1024 - 1):
        flip(path, at)
        assert record.hash_samples(path) != whole
        flip(path, at)
    assert record.hash_samples(path) == whole


def test_the_root_is_the_deployments_then_the_volume_then_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "VOLUME", tmp_path / "volume")
    monkeypatch.setenv("HOME", "/home/someone")

    assert default_root(Path("mine")) == Path("mine")
    assert default_root() == Path("/home/someone/.cache/poster-maker/models")
    (tmp_path / "volume").mkdir()
    assert default_root() == tmp_path / "volume"


def test_workers_paint_with_the_default_or_the_first_complete_set(
    tiny_weights: TinyWeights, tmp_path: Path
) -> None:
    manifest = read_manifest(tiny_weights.manifest_path)
    root = tmp_path / "models"
    assert painting_set(manifest, root).name == "klein-tiny"
    shutil.copytree(tiny_weights.root, root)
    assert painting_set(manifest, root).name == "klein-tiny"
    (root / "diffusion_models" / "tiny.safetensors").unlink()
    assert painting_set(manifest, root).name == "klein-tiny-distilled"


def test_a_user_without_a_home_gets_the_volume_and_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("poster.weights.places.VOLUME", tmp_path / "volume")
    monkeypatch.setattr(Path, "home", refuse)
    assert default_root() == tmp_path / "volume"
