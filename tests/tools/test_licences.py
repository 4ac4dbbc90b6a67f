"""Every dependency and asset has a licence that is allowed or named, and the SBOM says so, too."""

from __future__ import annotations

import json
from importlib import resources
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from packaging.markers import Marker
from referencing import Registry, Resource

from tools import licences
from tools.licences import Part, find_assets, find_packages, find_trouble, is_allowed, licence_of
from tools.make_lock import collect_versions, lock_path, read_markers
from tools.make_sbom import IMAGE, SBOM, make_sbom

ROOT = Path(__file__).parents[2]
SCHEMAS = {f"{name}.SNAPSHOT.schema.json" for name in ("bom-1.6", "spdx", "jsf-0.82")}
OSI = "Classifier: License :: OSI Approved"


class Package(Distribution):
    """An installed package with some metadata."""

    def __init__(self, text: str) -> None:
        self.text = f"Metadata-Version: 2.4\nName: some-thing\nVersion: 1\n{text}\n"

    def read_text(self, filename: str) -> str | None:
        return self.text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        raise NotImplementedError


def test_every_part_has_a_licence_that_is_allowed_or_named() -> None:
    parts = [*find_packages(), *find_assets()]
    assert len(parts) > 150
    assert [trouble for trouble in map(find_trouble, parts) if trouble] == []


@pytest.mark.parametrize(
    ("licence", "is_fine"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("(MIT OR GPL-3.0-only) AND Apache-2.0", True),
        ("AGPL-3.0-only", False),
        ("LGPL-3.0-or-later", False),
        ("CC-BY-SA-4.0", False),
        ("", False),
    ],
)
def test_a_package_passes_with_allowed_licences_alone(licence: str, *, is_fine: bool) -> None:
    trouble = find_trouble(Part("some-thing", "1", licence, "base"))
    assert (trouble == "") == is_fine
    assert is_fine or "some-thing" in trouble


def test_a_named_licence_is_fine_for_what_it_is_named_for_alone() -> None:
    assert find_trouble(Part("paramiko", "1", "LGPL-2.1-only", "worker")) == ""
    assert find_trouble(Part("paramiko", "1", "GPL-2.0-only", "worker"))
    assert find_trouble(Part("nvidia-new-cu12", "1", "LicenseRef-NVIDIA-Proprietary", "x")) == ""
    assert find_trouble(Part("other", "1", "LicenseRef-NVIDIA-Proprietary", "x"))


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT AND Zlib", "MIT AND Zlib"),
        ("License: Apache 2.0", "Apache-2.0"),
        ("License: BSD", ""),
        ("License: Dual License", ""),
        (f"{OSI} :: MIT License", "MIT"),
        (f"{OSI} :: MIT License\n{OSI} :: Apache Software License", ""),
        ("Summary: says nothing of it", ""),
    ],
)
def test_a_licence_is_read_from_metadata_that_says_it_and_never_guessed(
    metadata: str, licence: str
) -> None:
    assert licence_of(Package(metadata)) == licence


def test_an_expression_that_cannot_be_read_is_not_allowed() -> None:
    assert not is_allowed("MIT AND", ["MIT"])
    assert is_allowed("CC-BY-SA-3.0", ["CC-BY-SA-*"])


def test_assets_in_a_folder_that_is_not_listed_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = dict(licences.tables()["assets"])
    del listed["examples"]
    monkeypatch.setattr(licences, "tables", lambda: {"assets": listed})
    assert [part.name for part in find_assets() if not part.licence] == ["examples"]


def test_the_photos_licences_are_those_of_their_records() -> None:
    records = json.loads((ROOT / "bench" / "photos" / "photos.json").read_text(encoding="utf-8"))
    folders = {part.name: part.licence for part in find_assets()}
    for folder in ("bench/photos", "tests/baseline/looks"):
        assert set(folders[folder].split(" AND ")) == {record["licence"] for record in records}


def test_no_picture_in_the_docs_is_made_from_a_share_alike_photo() -> None:
    records = json.loads((ROOT / "bench" / "photos" / "photos.json").read_text(encoding="utf-8"))
    share_alike = {record["name"] for record in records if "-SA-" in record["licence"]}
    gallery = ROOT / "docs" / "gallery"
    for page in ("covers.json", "envelopes.json"):
        shown = {one["photo"] for one in json.loads((gallery / page).read_text(encoding="utf-8"))}
        assert not shown & share_alike


def test_notice_names_all_that_is_named() -> None:
    notice = (ROOT / "NOTICE.md").read_text(encoding="utf-8")
    for names in licences.tables()["named"].values():
        assert all(f"`{name}`" in notice for name in names)


def test_the_sbom_is_that_of_the_lock() -> None:
    assert SBOM.read_text(encoding="utf-8") == make_sbom(), "make locks writes it anew"
    components = json.loads(SBOM.read_text(encoding="utf-8"))["components"]
    lock = lock_path("worker")
    markers = read_markers(lock)
    locked = {
        name: version
        for name, version in collect_versions(lock).items()
        if name not in markers or Marker(markers[name]).evaluate(IMAGE)
    }
    assert {part["name"]: part["version"] for part in components} == locked
    assert all(part["licenses"] for part in components)


def test_the_sbom_is_valid() -> None:
    folder = resources.files("cyclonedx.schema._res")
    schemas = {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in SCHEMAS}
    schema = schemas["bom-1.6.SNAPSHOT.schema.json"]
    base = schema["$id"].rpartition("/")[0]
    registry: Registry[Any] = Registry().with_resources(
        [(f"{base}/{name}", Resource.from_contents(one)) for name, one in schemas.items()]
    )
    validator = jsonschema.Draft7Validator(schema, registry=registry)
    sbom = json.loads(SBOM.read_text(encoding="utf-8"))
    assert list(validator.iter_errors(sbom)) == []
    sbom["components"][0]["type"] = "nonsense"
    assert list(validator.iter_errors(sbom))
