"""The lists of names: rebuilt from a synthetic source, and as they ship."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from poster.runpod.published import read_published
from tools.lists.__main__ import LISTS, OUT, main

DOCS = {
    "references/gpu-types.mdx": """\
# GPU types

| GPU ID | Display Name | Memory (GB) |
|--------|--------------|-------------|
| ACME Falcon 10 | Falcon 10 | 16 |
| ACME Falcon 10 Ti | Falcon 10 Ti | 16 |
| ACME Hawk X9 PCIe | Hawk X9 PCIe | 80 |
| ACME Hawk X9-SXM | Hawk X9 SXM | 80 |
| NVIDIA RTX 12 Generation | RTX 12 | 20 |

## GPU pools

| Pool ID | GPUs Included | Memory (GB) |
| :------ | :------------ | :---------- |
| `BIRDS_16` | Falcon 10, 12 | 16 GB |
| `BIRDS_80_PRO` | X9 | 80 GB |
""",
    "flash/configuration/gpu-types.mdx": """\
| GpuGroup | GPUs Included | VRAM |
|----------|---------------|------|
| `GpuGroup.ANY` | Any GPU | Varies |
| `GpuGroup.BIRDS_16` | Falcon (10, 10 Ti) | 16GB |
""",
    "api-reference/openapi.json": json.dumps(
        {
            "components": {
                "schemas": {
                    "GPUTypeId": {"enum": ["ACME  Owl 1", "ACME Falcon 10"]},
                    "PodCreateInput": {
                        "properties": {
                            "allowedCudaVersions": {"items": {"enum": ["13.10", "13.9", "12.0"]}}
                        }
                    },
                }
            }
        }
    ),
    "hub/publishing-guide.mdx": """\
### General metadata

| Field | Description | Required | Values |
| --- | --- | --- | --- |
| `title` | What it is called | Yes | String |
| `colour` | Of the page | No | `"red"` or `"blue"` |

### Runpod configuration

| Field | Description | Required | Values |
| --- | --- | --- | --- |
| `disk` | Its size | Yes | Integer (GB) |
| `pools` | Pools | Only if `runsOn` is `"GPU"` | Pool ids (e.g., `"BIRDS_16"`) |
| `flavor` | Which CPU  | Only if `runsOn` is `"CPU"` | Valid string |
| `env` | Variables | No | Object ([see below](#env)) |

```json
{ "key": "A", "input": { "name": "A", "type": "string" } },
{ "key": "B", "input": {
    "type": "slider", "name": "B" } }
```

### Test cases

| Field | Description | Required | Values |
| --- | --- | --- | --- |
| `name` | Its name | Yes | String |

### Test environment configuration

| Field | Description | Required | Values |
| --- | --- | --- | --- |
| `gpu` | Which one | Only for GPU tests | Valid id |
""",
}


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A synthetic copy of RunPod's documentation."""
    for name, text in DOCS.items():
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "docs"


def rebuild(name: str, source: Path, out: Path) -> dict[str, Any]:
    main([name, str(source), "--taken", "2031-02-03", "--out", str(out)])
    content: dict[str, Any] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    assert (content.pop("taken"), bool(content.pop("source"))) == ("2031-02-03", True)
    return content


def refuse(name: str, source: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        main([name, str(source), "--taken", "2031-02-03", "--out", str(out)])
    assert stopped.value.code == 2
    assert not (out / f"{name}.json").exists()
    return capsys.readouterr().err


def test_gpus_and_pools_are_named_in_full(docs: Path, tmp_path: Path) -> None:
    assert rebuild("gpus", docs, tmp_path) == {
        "pools": {
            "BIRDS_16": ["ACME Falcon 10", "NVIDIA RTX 12 Generation", "ACME Falcon 10 Ti"],
            "BIRDS_80_PRO": ["ACME Hawk X9 PCIe", "ACME Hawk X9-SXM"],
        },
        "gpus": [
            "ACME Falcon 10",
            "ACME Falcon 10 Ti",
            "ACME Hawk X9 PCIe",
            "ACME Hawk X9-SXM",
            "ACME Owl 1",
            "NVIDIA RTX 12 Generation",
        ],
        "host_cuda": ["12.0", "13.9", "13.10"],
    }


def test_hub_fields_have_a_kind_a_need_and_values(docs: Path, tmp_path: Path) -> None:
    def field(kind: str, required: str, *values: str) -> dict[str, Any]:
        return {"kind": kind, "required": required, "values": [*values]}

    assert rebuild("hub_fields", docs, tmp_path) == {
        "hub": {
            "title": field("string", "always"),
            "colour": field("string", "never", "red", "blue"),
        },
        "config": {
            "disk": field("integer", "always"),
            "pools": field("string", "GPU"),
            "flavor": field("string", "CPU"),
            "env": field("other", "never"),
        },
        "test": {"name": field("string", "always")},
        "test_config": {"gpu": field("string", "GPU")},
        "input_types": ["slider", "string"],
    }


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "trouble"),
    [
        ("gpus", "references/gpu-types.mdx", "GPU ID", "Name", "no table with a column GPU ID"),
        ("gpus", "references/gpu-types.mdx", "| X9 |", "| Y9 |", "BIRDS_80_PRO: Y9 matches no GPU"),
        ("gpus", "api-reference/openapi.json", "GPUTypeId", "Gpu", "no enum at GPUTypeId"),
        ("hub_fields", "hub/publishing-guide.mdx", "### Test cases", "#", "under Test cases"),
    ],
)
def test_a_source_of_another_form_is_refused(
    name: str,
    file: str,
    old: str,
    new: str,
    trouble: str,
    docs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (docs / file).read_text(encoding="utf-8")
    assert old in text
    (docs / file).write_text(text.replace(old, new), encoding="utf-8")
    assert trouble in refuse(name, docs, tmp_path, capsys)


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_source_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert "error: " in refuse(name, tmp_path / "empty", tmp_path, capsys)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_namespace_is_a_projects_if_its_own_documentation_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "projects"
    write(
        source / "falcon-project" / "falcon" / "docs" / "docker.md",
        "docker run nestbox/falcon-server:latest\n"  # named after the project
        "docker run elsewhere/redis:7 ./local/falcon:dev path/to/falcon\n",
    )
    write(source / "Owls" / "images" / "README.rst", "`ghcr.io/owls/base`, gcr.io/hawks/base")
    write(source / "Owls" / "nest-docker" / "README.md", "docker pull feather/nest:1.0")
    assert rebuild("image_owners", source, tmp_path) == {
        "owners": {
            "feather": "Owls/nest-docker",
            "nestbox": "falcon-project/falcon",
            "owls": "Owls/images",
        }
    }
    write(source / "Quiet" / "bird" / "README.md", "no image\n")
    again = tmp_path / "again"
    again.mkdir()
    assert "Quiet/bird names no image of its own" in refuse("image_owners", source, again, capsys)


def test_a_wheels_cuda_is_that_of_its_runtime(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "wheels"
    required = {
        "9.10.0": "cuda-toolkit[cublas,cudart]==14.2.1; platform_system == 'Linux'",
        "9.9.1": "nvidia-cuda-runtime-cu13 (==13.8.90) ; platform_system == 'Linux'",
        "9.2.0": "nvidia-cuda-runtime==13.1.5",
    }
    for version, requirement in required.items():
        head = f"Metadata-Version: 2.1\nName: torch\nVersion: {version}\n"
        write(source / f"{version}.METADATA", f"{head}Requires-Dist: {requirement}\n\nText\n")
    content = rebuild("torch_wheels", source, tmp_path)
    assert content == {"cuda": {"9.2.0": "13.1", "9.9.1": "13.8", "9.10.0": "14.2"}}
    assert list(content["cuda"]) == ["9.2.0", "9.9.1", "9.10.0"]
    write(source / "x.METADATA", "Name: torch\nVersion: 1.0\n\n")
    again = tmp_path / "again"
    again.mkdir()
    assert "x.METADATA is not the metadata" in refuse("torch_wheels", source, again, capsys)


@pytest.mark.parametrize("name", LISTS)
def test_every_list_that_ships_has_a_source_and_a_date(name: str) -> None:
    published = read_published(name)
    assert published.source == LISTS[name][0]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", published.taken)
    assert published.content


def test_every_list_in_the_package_has_its_tool() -> None:
    assert {path.stem for path in OUT.glob("*.json")} == set(LISTS)
