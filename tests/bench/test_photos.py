"""The benchmark's photos are those that photos.json and PROVENANCE.md list."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.request import LIMITS
from tools.fetch_photos import DOWNLOADS, LONG_SIDE, name_tones, prepare, read_members

PHOTOS = Path(__file__).parents[2] / "bench" / "photos"
RECORDS: list[dict[str, Any]] = json.loads((PHOTOS / "photos.json").read_text(encoding="utf-8"))
BY_NAME = {record["name"]: record for record in RECORDS}

FREE = {"CC0-1.0", "LicenseRef-public-domain"}
ATTRIBUTED = {"CC-BY-4.0"}
SHARED_ALIKE = {"CC-BY-SA-2.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0"}

BOUNDS = DecodeBounds(
    LIMITS.image_bytes, LIMITS.image_pixels, LIMITS.image_long_side, LIMITS.image_short_side
)


def read(record: dict[str, Any]) -> bytes:
    return (PHOTOS / f"{record['name']}.jpg").read_bytes()


def test_every_photo_has_a_record_and_every_record_a_photo() -> None:
    assert len(BY_NAME) == len(RECORDS)
    assert {path.stem for path in PHOTOS.glob("*.jpg")} == set(BY_NAME)
    known = {"PROVENANCE.md", "photos.json"}
    assert {path.name for path in PHOTOS.iterdir() if path.suffix != ".jpg"} == known


@pytest.mark.parametrize("name", BY_NAME)
def test_a_photo_is_as_recorded_and_decodes(name: str) -> None:
    record, data = BY_NAME[name], read(BY_NAME[name])
    assert hashlib.sha256(data).hexdigest() == record["sha256"]
    assert len(data) == record["bytes"]
    pixels = decode(data, BOUNDS).pixels
    assert pixels.shape == (record["height"], record["width"], 3)
    assert max(pixels.shape) <= LONG_SIDE
    assert min(pixels.shape[:2]) >= 512
    assert name_tones(pixels) == record["tones"]


def test_the_kinds_that_the_layout_is_scored_by_are_all_there() -> None:
    kinds = Counter(record["kind"] for record in RECORDS)
    assert set(kinds) == {"person", "people", "product", "place", "animal", "plant", "food"}
    assert len(RECORDS) >= 40
    assert kinds["person"] + kinds["people"] >= 12
    assert kinds["product"] >= 8
    assert kinds["place"] >= 8
    assert min(kinds["animal"], kinds["plant"], kinds["food"]) >= 3
    tones = Counter(record["tones"] for record in RECORDS)
    assert set(tones) == {"dark", "high-key", "monochrome", "normal"}
    assert min(tones.values()) >= 5


def test_the_set_is_small_enough_to_be_kept_in_the_repository() -> None:
    assert sum(record["bytes"] for record in RECORDS) <= 12_000_000


def test_the_faces_that_a_record_counts_are_found() -> None:
    with_faces = [record for record in RECORDS if record["faces"]]
    assert all(record["kind"] in {"person", "people"} for record in with_faces)
    assert len(with_faces) >= 12
    assert sum(record["faces"] >= 2 for record in with_faces) >= 3
    net = FaceNet()
    missed = {
        record["name"]: record["faces"]
        for record in with_faces
        if len(net.find(decode(read(record), BOUNDS).pixels)) < record["faces"]
    }
    assert not missed


@pytest.mark.parametrize("name", BY_NAME)
def test_a_photo_says_whose_it_is_and_where_it_came_from(name: str) -> None:
    record = BY_NAME[name]
    source = record["source"]
    assert record["author"]
    assert record["licence"] in FREE | ATTRIBUTED | SHARED_ALIKE
    assert source["registry"] in DOWNLOADS
    assert source["package"]
    assert source["version"]
    assert not source["path"].startswith(("/", "./"))
    assert re.fullmatch("[0-9a-f]{64}", record["source_sha256"])


def test_the_provenance_page_credits_every_photo() -> None:
    page = (PHOTOS / "PROVENANCE.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\w+), \d+ x \d+ (\|.*)$", page, re.MULTILINE))
    assert set(rows) == set(BY_NAME)
    for name, row in rows.items():
        record = BY_NAME[name]
        assert f"| {name}, {record['width']} x {record['height']} |" in page
        assert record["author"] in row
        assert record["licence"] in row
        assert record["source"]["package"] in row
        assert record["source"]["version"] in page


def test_photos_with_a_share_alike_licence_are_listed_separately_on_the_provenance_page() -> None:
    page = (PHOTOS / "PROVENANCE.md").read_text(encoding="utf-8")
    free, shared = page.split("## Share-alike photos")
    shared = shared.split("\n## ")[0]
    for record in RECORDS:
        part = shared if record["licence"] in SHARED_ALIKE else free
        assert f"| {record['name']}, " in part


def test_a_photo_is_cropped_then_shrunk() -> None:
    data = read(BY_NAME["laughing_woman"])
    cut = decode(prepare(data, [0, 0, 700, 600]), BOUNDS).pixels
    assert cut.shape == (600, 700, 3)
    whole = decode(data, BOUNDS).pixels
    assert abs(float(cut[:50, :50].mean()) - float(whole[:50, :50].mean())) < 2


def test_an_archive_without_the_photo_is_reported(tmp_path: Path) -> None:
    tree = tmp_path / "package.tar"
    subprocess.run(
        [sys.executable, "-m", "tarfile", "-c", tree, PHOTOS / "photos.json"], check=True
    )
    with pytest.raises(SystemExit, match=r"package\.tar does not contain photo\.png"):
        read_members(tree, {"photo.png"})
