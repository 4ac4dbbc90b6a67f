"""What the image is built from: files that must agree, and what a machine's mirrors become."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from poster.data_uri import decode_data_uri
from poster.version import __version__
from tools.image import builders
from tools.image.mirrors import _pip_conf, _pip_settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile.runpod").read_text(encoding="utf-8")


def argument(name: str) -> str:
    """The default of an ARG."""
    (value,) = re.findall(rf"^ARG {name}=(\S+)$", DOCKERFILE, re.MULTILINE)
    return str(value)


def test_the_hub_gets_the_same_dockerfile() -> None:
    hub = (ROOT / ".runpod" / "Dockerfile").read_bytes()
    assert hub == (ROOT / "Dockerfile.runpod").read_bytes()


def test_the_image_says_the_packages_version() -> None:
    assert argument("VERSION") == __version__


def test_the_base_is_a_full_tag_of_a_release_of_debian() -> None:
    assert re.fullmatch(r"python:3\.12\.\d+-slim-[a-z]+", argument("BASE"))


def test_what_the_context_lets_in_is_what_the_dockerfiles_copy() -> None:
    texts = [DOCKERFILE, (ROOT / "Dockerfile.serve").read_text(encoding="utf-8")]
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", "\n".join(texts), re.MULTILINE)
    copied = {source for line in copies for source in line.split()}
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def test_the_hubs_test_job_holds_a_photo_that_can_be_used() -> None:
    tests = json.loads((ROOT / ".runpod" / "tests.json").read_text(encoding="utf-8"))["tests"]
    (job,) = [test["input"] for test in tests if "image" in test["input"]]
    photo = Image.open(io.BytesIO(decode_data_uri("image", job["image"])))
    assert photo.size == (480, 690)


def test_a_build_gets_pips_mirror_but_no_folder_of_this_machine() -> None:
    listing = (
        ":env:.index-url='https://first.example/simple'\n"
        "global.index-url='https://second.example/simple'\n"
        "global.extra-index-url='file:///srv/wheels https://third.example/simple'\n"
        "global.find-links='/srv/wheels'\n"
    )
    settings = _pip_settings(listing)
    assert settings["index-url"] == "https://first.example/simple"
    assert settings["extra-index-url"] == "https://third.example/simple"
    assert _pip_conf({"index-url": "https://a.example"}).split() == [
        *("[global]", "index-url", "=", "https://a.example")
    ]


def test_a_machine_that_builds_no_images_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="apt-get install"):
        builders.find_builder()


def test_buildah_is_taken_where_dockers_daemon_is_not_running(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, status in (("docker", 1), ("buildah", 0)):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert builders.find_builder().name == "buildah"


def test_layers_are_told_with_their_sizes_and_empty_ones_left_out(tmp_path: Path) -> None:
    index = tmp_path / "overlay-layers" / "layers.json"
    index.parent.mkdir()
    entries = [{"diff-digest": "sha256:a", "diff-size": 7}, {"diff-digest": "sha256:b"}]
    index.write_text(json.dumps(entries), encoding="utf-8")
    image = {
        "rootfs": {"diff_ids": ["sha256:a", "sha256:b"]},
        "history": [
            {"created_by": "COPY dir:1 in /"},
            {"created_by": "ENV A=1", "empty_layer": True},
            {"created_by": "RUN true"},
        ],
    }
    store = {"GraphRoot": str(tmp_path), "GraphDriverName": "overlay"}
    buildah = tmp_path / "buildah"
    buildah.write_text(
        "#!/bin/sh\n"
        f"[ $1 = info ] && echo '{json.dumps({'store': store})}' "
        f"|| echo '{json.dumps({'OCIv1': image})}'\n",
        encoding="utf-8",
    )
    buildah.chmod(0o755)
    assert builders.Buildah(str(buildah)).layers("any") == [builders.Layer(7, "COPY dir:1 in /")]
