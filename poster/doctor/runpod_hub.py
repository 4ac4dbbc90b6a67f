"""hub.json, tests.json and the image's CUDA -> what would leave a job waiting for a GPU forever.

Uses only texts and tables; hub_env checks the variables and hub_cases the tests.

Source: docs.runpod.io, hub/publishing-guide, and what public listings that work have in common.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from poster.doctor.file_finding import FileFinding, FileLocation, make_file_finding
from poster.doctor.located import Located
from poster.doctor.names import Vocabulary, judge_name
from poster.doctor.pins import ImageCuda
from poster.runpod.cuda import (
    FIRST_CUDA,
    GPUS,
    HOST_CUDA,
    POOLS,
    Version,
    capabilities_of,
    format_version,
    pools_of,
    read_version,
)
from poster.runpod.published import read_published

HUB = "hub.json"
TESTS = "tests.json"
HUB_FILES = (HUB, TESTS, "handler.py", "Dockerfile", "README.md")
"""The files that the Hub looks for, in the root of a repository or in .runpod/."""

_FIELDS = read_published("hub_fields")
_KINDS = {"string": "a string", "integer": "a whole number, 1 or more"}
_SHAPES: Mapping[type, str] = {list: "a list", str: "a string", bool: "true or false"}


def check_hub_files(present: frozenset[str]) -> tuple[FileFinding, ...]:
    """Check that the files which the Hub looks for exist.

    Args:
        present: paths of a checkout's files.

    Returns:
        A finding for each missing file.
    """
    missing = [name for name in HUB_FILES if not present & {name, f".runpod/{name}"}]
    # Published listings have the handler elsewhere, and the Dockerfile starts it.
    if any(file.endswith("handler.py") for file in present):
        missing = [name for name in missing if name != "handler.py"]
    return tuple(
        make_file_finding(
            "hub_file_missing",
            f".runpod/{name}",
            None,
            "is missing; it must be in .runpod/ or in the root",
        )
        for name in missing
    )


def check_shape(content: Located, *needed: str) -> tuple[FileFinding, ...]:
    """Check that a file contains an object with the parts that other checks look into.

    Args:
        content: the file.
        needed: names of the parts that must be there.

    Returns:
        One finding if it does not; nothing else in the file is worth checking then.
    """
    name = content.file.rpartition("/")[2]
    if not isinstance(content.value, dict):
        parts = " and ".join(needed)
        trouble = f"{name} must be an object with {parts}, not {_shape(content.value)}"
        return (_find("hub_field", content, trouble),)
    missing = [part for part in needed if part not in content.parts]
    if missing:
        return (_find("hub_field", content, f"{name} has no {' and no '.join(missing)}"),)
    config = content.at("config")
    if not isinstance(config.value, dict):
        return (
            _find("hub_field", config, f"config must be an object, not {_shape(config.value)}"),
        )
    return ()


def check_listing(hub: Located) -> tuple[FileFinding, ...]:
    """Check hub.json by itself, without its variables.

    Args:
        hub: the file.

    Returns:
        What is wrong with its fields and pools.
    """
    machine = "GPU" if needs_gpu(hub) else "CPU"
    fields = (
        *_check_fields(hub, "hub", machine),
        *_check_fields(hub.at("config"), "config", machine),
    )
    return (*fields, *_check_pools(hub)) if needs_gpu(hub) else fields


def check_test_config(hub: Located | None, tests: Located) -> tuple[FileFinding, ...]:
    """Check the config of tests.json, and compare it with hub.json.

    The test must run on what the listing deploys to.

    Args:
        hub: hub.json; None if there is none.
        tests: tests.json.

    Returns:
        Where they differ, and where the test names a GPU that does not exist.
    """
    config = tests.at("config")
    machine = "GPU" if needs_gpu(tests) and (hub is None or needs_gpu(hub)) else "CPU"
    findings = [
        found
        for found in _check_fields(config, "test_config", machine)
        if "gpuTypeId" not in found.trouble
    ]
    if machine == "GPU":
        findings += _check_gpu_type(hub, tests)
    if hub is not None:
        findings += _compare(hub, tests)
    return tuple(findings)


def needs_gpu(content: Located) -> bool:
    """Whether a listing, or its test, runs on a GPU.

    Args:
        content: hub.json or tests.json.

    Returns:
        False if it asks for a CPU.
    """
    config = content.at("config")
    return config.at("runsOn").value != "CPU" and config.at("cpuFlavor").value is None


def check_cuda_list(
    content: Located, pools: tuple[str, ...], image: ImageCuda | None
) -> tuple[FileFinding, ...]:
    """Check the allowedCudaVersions of a file; without the list, every version is allowed.

    Args:
        content: hub.json or tests.json.
        pools: pool ids that it is for.
        image: CUDA of the image; None if not known.

    Returns:
        Findings if it allows less than the pools or the image need, or has gaps.
    """
    listed = content.at("config", "allowedCudaVersions")
    if not needs_gpu(content):
        return ()
    if listed.value is None:
        known, allowed = list(HOST_CUDA), "allowedCudaVersions is missing"
    else:
        texts = [part.value for part in listed.listed() if isinstance(part.value, str)]
        known = sorted(filter(None, map(read_version, texts)))
        if not known or len(known) < len(listed.listed()):
            trouble = 'allowedCudaVersions must be a list of strings, such as "12.8"'
            return (_find("hub_field", listed, trouble),)
        allowed = f"{format_version(known[0])} is allowed"
    findings = []
    floor, gpu = _floor(pools)
    if known[0] < floor:
        trouble = f"{allowed}, but {gpu} needs {format_version(floor)}"
        findings.append(_find("cuda_below_pools", listed, trouble))
    if image and known[0] < image.version:
        trouble = f"{allowed}, but {image.part} has {format_version(image.version)}"
        findings.append(_find("cuda_below_image", listed, trouble))
    # Versions below the first usable one should be removed, not completed.
    first = max(known[0], floor, image.version if image else floor)
    missing = [version for version in HOST_CUDA if version >= first and version not in known]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        trouble = f"{', '.join(map(format_version, missing))} {verb} missing in the list"
        findings.append(_find("cuda_list_holes", listed, trouble))
    return tuple(findings)


def read_pools(hub: Located) -> tuple[str, ...]:
    """The pools that hub.json lists.

    Args:
        hub: the file.

    Returns:
        Ids of the listed pools that exist.
    """
    return tuple(token for token in _tokens(hub) if token in POOLS)


def read_excluded(hub: Located) -> tuple[str, ...]:
    """The GPUs that hub.json excludes from its pools.

    Args:
        hub: the file.

    Returns:
        Full names, as written there.
    """
    return tuple(token[1:].strip() for token in _tokens(hub) if token.startswith("-"))


def _tokens(hub: Located) -> list[str]:
    listed = hub.at("config", "gpuIds").value
    return [token.strip() for token in listed.split(",")] if isinstance(listed, str) else []


def _floor(pools: tuple[str, ...]) -> tuple[Version, str]:
    """The CUDA that the most demanding GPU of some pools needs, and its name."""
    needs = [(FIRST_CUDA[capability], gpu) for gpu, capability in capabilities_of(pools).items()]
    return max(needs, default=((0, 0), ""))


def _find(code: str, part: Located, trouble: str, fix: str = "") -> FileFinding:
    return make_file_finding(code, part.file, part.line, trouble, fix)


def _shape(value: object) -> str:
    return _SHAPES.get(type(value), "a number" if value is not None else "null")


def _is_of(kind: str, value: object) -> bool:
    if kind == "integer":
        return type(value) is int and value > 0
    return isinstance(value, str) and bool(value)


def _check_fields(part: Located, table: str, machine: str) -> Iterator[FileFinding]:
    """Check an object against a table of the guide, for a listing on a GPU or a CPU."""
    fields: Mapping[str, Any] = _FIELDS.content[table]
    lead = "" if table == "hub" else "config."
    for name, field in fields.items():
        given = part.at(name)
        is_required = field["required"] in {"always", machine}
        if given.value is None or (given.value == "" and not is_required):
            if is_required:
                kind = _KINDS.get(field["kind"], "an object")
                yield _find("hub_field", given, f"{lead}{name} is missing; it must be {kind}")
        elif field["kind"] in _KINDS and not _is_of(field["kind"], given.value):
            yield _find("hub_field", given, f"{lead}{name} must be {_KINDS[field['kind']]}")
        elif field["values"] and given.value not in field["values"]:
            choices = Vocabulary(lead + name, field["values"], _FIELDS)
            yield judge_name("hub_field", _place(given), given.value, choices)
    known = Vocabulary(f"{lead or 'hub.json '}field".replace(".", " "), list(fields), _FIELDS)
    for key, stray in part.parts.items():
        if key not in fields:
            yield judge_name("hub_unknown_field", _place(stray), str(key), known)


def _place(part: Located) -> FileLocation:
    return FileLocation(part.file, part.line)


def _check_pools(hub: Located) -> Iterator[FileFinding]:
    listed = hub.at("config", "gpuIds")
    deployed = capabilities_of(read_pools(hub))
    gpus = []
    for token in _tokens(hub):
        name = token[1:].strip()
        if token in POOLS or (token.startswith("-") and name in deployed):
            continue
        if not token:
            yield _find("unknown_pool", listed, "gpuIds has an empty entry: a comma too many")
        elif token.startswith("-"):
            trouble = f"{token} excludes no GPU in the listed pools"
            yield _find("stray_exclusion", listed, trouble)
        elif pools := _pools_called(token):
            gpus.append((token, pools))
        else:
            yield judge_name("unknown_pool", _place(listed), token, _vocabulary("pool", POOLS))
    if len(gpus) == 1:
        trouble = f"{gpus[0][0]} is a GPU, not a pool; its pool is {gpus[0][1]}"
        yield _find("unknown_pool", listed, trouble)
    elif gpus:
        named = ", ".join(f"{gpu} ({pools})" for gpu, pools in gpus[:4])
        more = f" and {len(gpus) - 4} more" if len(gpus) > 4 else ""
        yield _find("unknown_pool", listed, f"GPUs instead of their pools: {named}{more}")
    if deployed and not set(deployed) - set(read_excluded(hub)):
        yield _find("stray_exclusion", listed, "every GPU in the listed pools is excluded")


def _pools_called(name: str) -> str:
    """The pools of the GPUs that have all words of a name, such as RTX 4090; empty if none has."""
    words = set(re.findall(r"[A-Za-z0-9]+", name))
    if _looks_like_a_pool(name) or not any(re.search(r"\d", word) for word in words):
        return ""
    gpus = [gpu for gpu in sorted(GPUS) if words <= set(re.findall(r"[A-Za-z0-9]+", gpu))]
    pools = dict.fromkeys(pool for gpu in gpus for pool in pools_of(gpu))
    return " or ".join(pools) or ("none" if gpus else "")


def _looks_like_a_pool(name: str) -> bool:
    return re.fullmatch(r"[A-Z]+_\d+(_[A-Z]+)?", name) is not None


def _vocabulary(kind: str, names: Mapping[str, object] | frozenset[str]) -> Vocabulary:
    return Vocabulary(kind, list(names), read_published("gpus"))


def _check_gpu_type(hub: Located | None, tests: Located) -> Iterator[FileFinding]:
    field = tests.at("config", "gpuTypeId")
    name, pools = field.value, read_pools(hub) if hub else ()
    if name is None:
        yield _find("unknown_gpu_type", field, "gpuTypeId is missing")
    elif not isinstance(name, str) or "," in name:
        yield _find("unknown_gpu_type", field, "gpuTypeId must be the full name of one GPU")
    elif name in POOLS or _looks_like_a_pool(name):
        trouble = f"gpuTypeId is {name!r}, which is a pool id"
        fix = f"Write one of: {', '.join(POOLS[name])}." if name in POOLS else ""
        yield _find("pool_as_gpu_type", field, trouble, fix)
    elif name not in GPUS:
        yield judge_name("unknown_gpu_type", _place(field), name, _vocabulary("GPU", GPUS))
    elif pools and hub and name not in capabilities_of(pools, read_excluded(hub)):
        where = " or ".join(pools_of(name)) or "no pool"
        trouble = f"{name} is in {where}, which {HUB} does not list"
        if not pools_of(name):
            trouble = f"{name} is in no pool, so {HUB} cannot list it"
        yield _find("gpu_type_outside_pools", field, trouble)


def _compare(hub: Located, tests: Located) -> Iterator[FileFinding]:
    ours, theirs = (file.at("config", "gpuCount") for file in (hub, tests))
    if None not in (ours.value, theirs.value) and ours.value != theirs.value:
        counts = json.dumps(theirs.value), json.dumps(ours.value)
        trouble = f"gpuCount is {counts[0]} here, but {counts[1]} in {HUB}"
        yield _find("gpu_counts_differ", theirs, trouble)
    ours, theirs = (file.at("config", "allowedCudaVersions") for file in (hub, tests))
    if ours.value is not None and _versions(ours) != _versions(theirs):
        here, there = (_show(part) for part in (theirs, ours))
        trouble = f"allowedCudaVersions is {here} here, but {there} in {HUB}"
        yield _find("cuda_lists_differ", theirs, trouble)


def _versions(part: Located) -> frozenset[str]:
    return frozenset(str(version.value) for version in part.listed())


def _show(part: Located) -> str:
    if part.value is None:
        return "missing"
    return f"[{', '.join(str(version.value) for version in part.listed())}]"
