"""The shipped manifest, compared with its schema and with public data about the files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import poster.weights
from poster.errors import RequestError, WeightsError
from poster.weights.manifest import ROLES, read_manifest

ROOT = Path(__file__).parents[2]
FOLDER = Path(poster.weights.__file__).parent
SHIPPED = json.loads((FOLDER / "weights_manifest.json").read_text())
SCHEMA = json.loads((FOLDER / "manifest.schema.json").read_text())

# From public lists that pin these files, not from the manifest.
KNOWN = {
    "flux-2-klein-base-9b-fp8.safetensors": (
        9567278472,
        "a9f5028c24a7a96f4f45beb883aad287d9bccc246227a6803edc898ddda42cf4",
    ),
    "flux-2-klein-9b-fp8.safetensors": (
        9433061528,
        "865ba09f5b4c3cbd3468a4bd3acb9fcb2f8740c54317482f0bcd4ed1d3655cee",
    ),
    "flux-2-klein-4b-fp8.safetensors": (
        4070624520,
        "97ed34fe0567e436200f2faee3939b88f2b5d99f8af2a4dc16532c4245c0ccb6",
    ),
    "qwen_3_8b_fp8mixed.safetensors": (
        8664848742,
        "abad16806e0cbabc54e0325d6565847443fe396d5f0be38bb3cd3fe75a1201d6",
    ),
    "qwen_3_4b.safetensors": (
        8044982048,
        "6c671498573ac2f7a5501502ccce8d2b08ea6ca2f661c458e708f36b36edfc5a",
    ),
    "flux2-vae.safetensors": (
        336213556,
        "d64f3a68e1cc4f9f4e29b6e0da38a0204fe9a49f2d4053f0ec1fa1ca02f9c4b5",
    ),
}


def fits_schema(content: object) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(content)


def test_the_schema_is_valid_and_the_manifest_matches_it() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(SHIPPED)


def test_there_is_one_manifest_and_the_root_points_to_it() -> None:
    assert (ROOT / "weights_manifest.json").samefile(FOLDER / "weights_manifest.json")


def test_sizes_and_hashes_are_the_publicly_known_ones() -> None:
    files = {file.file: file for chosen in read_manifest().sets.values() for file in chosen.files}
    listed = {name: (files[name].bytes, files[name].sha256) for name in KNOWN}
    assert listed == KNOWN


def test_sets_have_their_models_default_settings() -> None:
    manifest = read_manifest()
    listed = {
        name: (s.num_inference_steps, s.guidance_scale, s.is_distilled, s.architecture)
        for name, s in manifest.sets.items()
    }
    assert manifest.default == "klein-base-9b-fp8"
    assert listed == {
        "klein-base-9b-fp8": (20, 5.0, False, "klein-9b"),
        "klein-9b-fp8": (4, 1.0, True, "klein-9b"),
        "klein-4b-fp8": (4, 1.0, True, "klein-4b"),
    }


def test_only_the_4b_set_is_free_of_the_non_commercial_licence() -> None:
    sets = read_manifest().sets
    assert {file.licence for file in sets["klein-4b-fp8"].files} == {"Apache-2.0"}
    assert not any(file.gated for file in sets["klein-4b-fp8"].files)
    for name in ("klein-base-9b-fp8", "klein-9b-fp8"):
        transformer = sets[name].of_role("transformer")[0]
        assert transformer.licence == sets[name].licence == "FLUX Non-Commercial License"
        assert transformer.gated


def test_sets_share_the_files_that_are_the_same() -> None:
    base, distilled, small = read_manifest().sets.values()
    for role in ("text_encoder", "vae", "tokenizer"):
        assert base.of_role(role) == distilled.of_role(role)
    assert base.of_role("vae") == small.of_role("vae")
    assert base.of_role("text_encoder") != small.of_role("text_encoder")


def test_each_role_has_its_folder_and_none_is_clip() -> None:
    folders = {(file.role, file.folder) for s in read_manifest().sets.values() for file in s.files}
    names = ("diffusion_models", "text_encoders", "vae", "tokenizer")
    assert folders == set(zip(ROLES, names, strict=True))


def test_every_file_is_pinned_and_names_what_it_was_checked_against() -> None:
    for chosen in read_manifest().sets.values():
        for file in chosen.files:
            assert file.unverified == ()
            assert file.revision
            assert len(file.revision) == 40


def test_a_files_path_is_in_its_folder_below_the_root() -> None:
    transformer = read_manifest().choose().of_role("transformer")[0]
    name = "flux-2-klein-base-9b-fp8.safetensors"
    assert transformer.path_in(Path("models")) == Path("models/diffusion_models") / name


def test_an_unknown_set_is_refused_with_the_names_of_all_sets() -> None:
    with pytest.raises(RequestError, match="must be one of klein-base-9b-fp8, klein-9b-fp8"):
        read_manifest().choose("klein-12b")


@pytest.mark.parametrize(
    "name", ["repo", "revision", "path", "bytes", "sha256", "licence", "gated", "verified_by"]
)
def test_unknown_values_may_be_null_and_are_listed(tiny: Any, name: str) -> None:
    changed = tiny.changed(**{name: None})
    assert fits_schema(json.loads(changed.manifest_path.read_text()))
    assert changed.transformer.unverified == (name,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"role": "lora"}, "role must be one of"),
        ({"role": None}, "role must be str"),
        ({"file": "../evil"}, "file must be a plain name"),
        ({"file": ".hidden"}, "file must be a plain name"),
        ({"folder": "/etc"}, "folder must be a plain name"),
        ({"folder": "a/b"}, "folder must be a plain name"),
        ({"bytes": 0}, "bytes must be 1 or more"),
        ({"bytes": "9"}, "bytes must be int or null"),
        ({"bytes": True}, "bytes must be int or null"),
        ({"sha256": "abc"}, "sha256 must be 64 hexadecimal digits"),
        ({"gated": "no"}, "gated must be bool or null"),
        ({"colour": "red"}, "of exactly role"),
    ],
)
def test_a_wrong_file_entry_is_refused_by_the_reader_and_by_the_schema(
    tiny: Any, change: dict[str, object], words: str
) -> None:
    changed = tiny.changed(**change)
    with pytest.raises(WeightsError, match=f"file transformer: .*{words}"):
        read_manifest(changed.manifest_path)
    assert not fits_schema(json.loads(changed.manifest_path.read_text()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"files": ["transformer"]}, "must have one text_encoder, but has 0"),
        ({"files": ["vae", "nowhere"]}, "files names 'nowhere', which is not in the manifest"),
        ({"files": [[]]}, "which is not in the manifest"),
        ({"num_inference_steps": 0}, "must be 1 or more"),
        ({"is_distilled": 1}, "is_distilled must be bool"),
        ({"title": None}, "title must be str"),
    ],
)
def test_a_wrong_set_is_refused(tiny: Any, change: dict[str, object], words: str) -> None:
    content = json.loads(tiny.manifest_path.read_text())
    content["sets"]["tiny"].update(change)
    tiny.manifest_path.write_text(json.dumps(content))

    with pytest.raises(WeightsError, match=f"set tiny: .*{words}"):
        read_manifest(tiny.manifest_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ('{"sets": {}, "sets": {}}', "is not valid JSON: the name 'sets' is given twice"),
        ("[]", "must be an object with sets and files"),
        ('{"sets": {}, "files": {}}', "default must name one of its sets"),
        ('{"sets": {}, "files": {}, "default": []}', "default must name one of its sets"),
        ('{"sets": {}, "files": {"a": 3}, "default": "a"}', "file a: must be an object"),
        ('{"sets": {}, "files": {}, "architectures": 3}', "architectures must be an object"),
        ('{"sets": {}, "files": {}, "architectures": {"a": {}}}', "architecture a: must be an"),
    ],
)
def test_an_invalid_manifest_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text)
    with pytest.raises(WeightsError, match=words):
        read_manifest(path)


def test_a_missing_manifest_is_reported_without_its_path(tmp_path: Path) -> None:
    with pytest.raises(
        WeightsError, match="the file that POSTER_MANIFEST names cannot be read: No such"
    ) as caught:
        read_manifest(tmp_path / "nowhere.json")
    assert "nowhere" not in str(caught.value)


def test_a_manifest_that_is_no_small_file_is_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(11_000_000)
    for path, trouble in (
        (pipe, "it is not a regular file"),
        (Path("/dev/zero"), "it is not a regular file"),
        (large, "it is larger than 10 MB"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(WeightsError, match=f"cannot be read: {trouble}"):
            read_manifest(path)
