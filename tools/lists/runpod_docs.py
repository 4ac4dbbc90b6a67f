"""A checkout of RunPod's documentation -> its names of GPUs, pools, CUDA versions and Hub fields.

Takes names only, no text. Does not know which GPU runs what: poster.runpod.cuda does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

GPU_TYPES = "references/gpu-types.mdx"
FLASH_GPU_TYPES = "flash/configuration/gpu-types.mdx"
API = "api-reference/openapi.json"
GUIDE = "hub/publishing-guide.mdx"

_TABLES = {
    "hub": "General metadata",
    "config": "Runpod configuration",
    "test": "Test cases",
    "test_config": "Test environment configuration",
}
"""Key in the list -> heading of its table in the publishing guide."""

_VENDOR_WORDS = {"NVIDIA", "GEFORCE", "RTX", "TESLA", "ADA"}
"""Words that RunPod leaves out of a GPU's short name in its tables of pools."""


class SourceError(Exception):
    """The copy of a source lacks a file, or a table that the list is made of."""


def read_gpus(docs: Path) -> dict[str, Any]:
    """Read the names of GPUs and pools.

    Args:
        docs: a checkout of github.com/runpod/docs.

    Returns:
        pools: pool id -> full GPU names; gpus: all full names; host_cuda: what hosts report.

    Raises:
        SourceError: a file or table is missing.
    """
    types = _read(docs, GPU_TYPES)
    display = {row["GPU ID"]: row["Display Name"] for row in _tables(types) if "GPU ID" in row}
    if not display:
        raise SourceError(f"{GPU_TYPES}: no table with a column GPU ID")
    api = json.loads(_read(docs, API))["components"]["schemas"]
    for name in _enum(api, "GPUTypeId"):
        display.setdefault(name, name)
    pools: dict[str, list[str]] = {}
    for row in [*_tables(types), *_tables(_read(docs, FLASH_GPU_TYPES))]:
        pool = _plain(row.get("Pool ID", row.get("GpuGroup", ""))).removeprefix("GpuGroup.")
        if not re.fullmatch(r"[A-Z]+_\d+\w*", pool):
            continue
        for short in _split_names(row["GPUs Included"]):
            full = _expand_name(short, display)
            if not full:
                raise SourceError(f"{pool}: {short} matches no GPU ID")
            known = pools.setdefault(pool, [])
            known += [name for name in full if name not in known]
    cuda = _enum(api, "PodCreateInput", "properties", "allowedCudaVersions", "items")
    return {
        "pools": pools,
        "gpus": sorted(display),
        "host_cuda": sorted(cuda, key=lambda version: [int(part) for part in version.split(".")]),
    }


def read_hub_fields(docs: Path) -> dict[str, Any]:
    """Read the fields of hub.json and tests.json.

    Args:
        docs: a checkout of github.com/runpod/docs.

    Returns:
        hub, config, test, test_config: field -> kind (string, integer or other), required
        (always, GPU, CPU or never) and values (the only ones allowed; empty if any is);
        input_types: types of a variable's input.

    Raises:
        SourceError: a file or table is missing.
    """
    guide = _read(docs, GUIDE)
    content: dict[str, Any] = {}
    for key, heading in _TABLES.items():
        rows = [row for row in _tables(_section(guide, heading)) if "Field" in row]
        if not rows:
            raise SourceError(f"{GUIDE}: no table of fields under {heading}")
        content[key] = {_plain(row["Field"]): _describe_field(row) for row in rows}
    types = re.findall(r'"input": \{[^{}]*?"type": "(\w+)"', guide)
    content["input_types"] = sorted(set(types))
    return content


def _describe_field(row: Mapping[str, str]) -> dict[str, Any]:
    values, required = row["Values"], row["Required"]
    machine = re.search(r"\b(GPU|CPU)\b", required)
    quoted = [] if "e.g." in values else re.findall(r'`"([^"`]+)"`', values)
    is_other = re.match(r"Array|Object|Raw", values)
    return {
        "kind": "integer" if values.startswith("Integer") else "other" if is_other else "string",
        "required": machine[1] if machine else "always" if required == "Yes" else "never",
        "values": quoted,
    }


def _read(docs: Path, name: str) -> str:
    try:
        return (docs / name).read_text(encoding="utf-8")
    except OSError as error:
        raise SourceError(f"{name} is not in {docs}") from error


def _enum(schemas: Mapping[str, Any], *path: str) -> list[str]:
    here: Any = schemas
    for step in path:
        here = here.get(step, {}) if isinstance(here, dict) else {}
    names = here.get("enum") if isinstance(here, dict) else None
    if not isinstance(names, list):
        raise SourceError(f"{API}: no enum at {'/'.join(path)}")
    return [" ".join(str(name).split()) for name in names]


def _section(text: str, heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _tables(text: str) -> Iterator[dict[str, str]]:
    """Rows of all Markdown tables, by column heading."""
    headings: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|"):
            headings = []
        elif not headings:
            headings = cells
        elif not re.fullmatch(r"[:\s|-]+", line):
            yield dict(zip(headings, cells, strict=False))


def _plain(cell: str) -> str:
    return cell.strip("`* ")


def _split_names(cell: str) -> Iterator[str]:
    """Names separated by commas; A (x, y) names A x and A y."""
    for name, variants in re.findall(r"([^,()]+)(?:\(([^)]*)\))?", cell):
        if name.strip():
            yield from (f"{name.strip()} {v.strip()}".strip() for v in variants.split(","))


def _expand_name(short: str, display: Mapping[str, str]) -> list[str]:
    """The full names that a short one stands for.

    They have all its words, and add the fewest others: 3090 is not the 3090 Ti.
    """
    words = _words(short)
    extra = {
        full: min(len(_words(name) - words - _VENDOR_WORDS) for name in (full, shown))
        for full, shown in display.items()
        if words <= _words(full) | _words(shown)
    }
    return sorted(full for full, count in extra.items() if count == min(extra.values()))


def _words(name: str) -> set[str]:
    return set(re.findall(r"[A-Z0-9]+", name.upper()))
