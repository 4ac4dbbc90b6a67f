"""hub.json, tests.json and a checkout's file names -> what the Hub would reject or misread.

Uses only texts and tables; hub_machines checks the GPUs and CUDA versions, hub_env the variables
and hub_cases the tests.

Source: docs.runpod.io, hub/publishing-guide, and what public listings that work have in common.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from poster.doctor.file_finding import FileFinding, find_at, make_file_finding, place_of
from poster.doctor.hub_machines import needs_gpu
from poster.doctor.located import Located
from poster.doctor.names import Vocabulary, judge_name
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
        return (find_at("hub_field", content, trouble),)
    missing = [part for part in needed if part not in content.parts]
    if missing:
        return (find_at("hub_field", content, f"{name} has no {' and no '.join(missing)}"),)
    config = content.at("config")
    if not isinstance(config.value, dict):
        return (
            find_at("hub_field", config, f"config must be an object, not {_shape(config.value)}"),
        )
    return ()


def check_listing(hub: Located) -> tuple[FileFinding, ...]:
    """Check the fields of hub.json, apart from its variables.

    Args:
        hub: the file.

    Returns:
        What is wrong with them.
    """
    machine = "GPU" if needs_gpu(hub) else "CPU"
    return (
        *_check_fields(hub, "hub", machine),
        *_check_fields(hub.at("config"), "config", machine),
    )


def check_test_config(hub: Located | None, tests: Located) -> tuple[FileFinding, ...]:
    """Check the config of tests.json, and compare it with hub.json.

    The test must run on what the listing deploys to.

    Args:
        hub: hub.json; None if there is none.
        tests: tests.json.

    Returns:
        What is wrong with its fields, and where they differ.
    """
    machine = "GPU" if needs_gpu(tests) and (hub is None or needs_gpu(hub)) else "CPU"
    fields = _check_fields(tests.at("config"), "test_config", machine)
    return (*fields, *(_compare(hub, tests) if hub else ()))


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
                yield find_at("hub_field", given, f"{lead}{name} is missing; it must be {kind}")
        elif field["kind"] in _KINDS and not _is_of(field["kind"], given.value):
            yield find_at("hub_field", given, f"{lead}{name} must be {_KINDS[field['kind']]}")
        elif field["values"] and given.value not in field["values"]:
            choices = Vocabulary(lead + name, field["values"], _FIELDS)
            yield judge_name("hub_field", place_of(given), given.value, choices)
    known = Vocabulary("config field" if lead else "field", list(fields), _FIELDS)
    for key, stray in part.parts.items():
        if key not in fields:
            yield judge_name("hub_unknown_field", place_of(stray), str(key), known)


def _compare(hub: Located, tests: Located) -> Iterator[FileFinding]:
    ours, theirs = (file.at("config", "gpuCount") for file in (hub, tests))
    if None not in (ours.value, theirs.value) and ours.value != theirs.value:
        counts = json.dumps(theirs.value), json.dumps(ours.value)
        trouble = f"gpuCount is {counts[0]} here, but {counts[1]} in {HUB}"
        yield find_at("gpu_counts_differ", theirs, trouble)
    ours, theirs = (file.at("config", "allowedCudaVersions") for file in (hub, tests))
    if ours.value is not None and _versions(ours) != _versions(theirs):
        here, there = (_show(part) for part in (theirs, ours))
        trouble = f"allowedCudaVersions is {here} here, but {there} in {HUB}"
        yield find_at("cuda_lists_differ", theirs, trouble)


def _versions(part: Located) -> frozenset[str]:
    return frozenset(str(version.value) for version in part.listed())


def _show(part: Located) -> str:
    if part.value is None:
        return "missing"
    return f"[{', '.join(str(version.value) for version in part.listed())}]"
