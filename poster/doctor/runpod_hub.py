"""hub.json, tests.json and the image's CUDA -> what would leave a job waiting for a GPU forever.

Uses only texts and tables; hub_env checks the variables and hub_cases the tests.

Source: docs.runpod.io, hub/publishing-guide, and what public listings that work have in common.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping

from poster.doctor.file_finding import FileFinding, make_file_finding
from poster.doctor.located import Located
from poster.runpod.cuda import (
    FIRST_CUDA,
    HOST_CUDA,
    POOLS,
    Version,
    capabilities_of,
    format_version,
    pools_of,
    read_version,
)

HUB = ".runpod/hub.json"
TESTS = ".runpod/tests.json"
HUB_FILES = ("hub.json", "tests.json", "handler.py", "Dockerfile", "README.md")
"""The files that the Hub looks for, in the root of a repository or in .runpod/."""

TYPES = ("serverless",)
CATEGORIES = ("audio", "embedding", "language", "video", "image")
_FIELDS: Mapping[str, type] = {"title": str, "description": str, "type": str, "category": str}
_CONFIG: Mapping[str, type] = {
    "runsOn": str,
    "containerDiskInGb": int,
    "gpuCount": int,
    "gpuIds": str,
}
_KINDS = {str: "a string", int: "a whole number, 1 or more"}


def check_hub_files(present: frozenset[str]) -> tuple[FileFinding, ...]:
    """Check that the files which the Hub looks for exist.

    Args:
        present: paths of a checkout's files.

    Returns:
        A finding for each missing file.
    """
    return tuple(
        make_file_finding(
            "hub_file_missing",
            f".runpod/{name}",
            None,
            "is missing; it must be in .runpod/ or in the root",
        )
        for name in HUB_FILES
        if not present & {name, f".runpod/{name}"}
    )


def check_listing(hub: Located) -> tuple[FileFinding, ...]:
    """Check hub.json by itself, without its variables.

    Args:
        hub: the file.

    Returns:
        What is wrong with its fields and pools.
    """
    return (*_check_fields(hub), *_check_pools(hub))


def check_agreement(hub: Located, tests: Located) -> tuple[FileFinding, ...]:
    """Compare tests.json with hub.json: the test must run on what the listing deploys to.

    Args:
        hub: hub.json.
        tests: tests.json.

    Returns:
        Where they differ, and where the test names a GPU that does not exist.
    """
    findings = list(_check_gpu_type(hub, tests))
    ours, theirs = (file.at("config", "gpuCount") for file in (hub, tests))
    if ours.value != theirs.value:
        counts = json.dumps(theirs.value), json.dumps(ours.value)
        trouble = f"gpuCount is {counts[0]} here, but {counts[1]} in hub.json"
        findings.append(make_file_finding("gpu_counts_differ", TESTS, theirs.line, trouble))
    ours, theirs = (file.at("config", "allowedCudaVersions") for file in (hub, tests))
    if ours.value != theirs.value:
        trouble = f"allowedCudaVersions is {_list(theirs)} here, but {_list(ours)} in hub.json"
        findings.append(make_file_finding("cuda_lists_differ", TESTS, theirs.line, trouble))
    return tuple(findings)


def check_cuda_list(
    file: str, listed: Located, pools: tuple[str, ...], image_cuda: Version | None
) -> tuple[FileFinding, ...]:
    """Check one allowedCudaVersions list.

    Args:
        file: the file that contains it.
        listed: the list.
        pools: pool ids that it is for.
        image_cuda: CUDA that torch was built with; None if not known.

    Returns:
        Findings if it allows less than the pools or the image need, or has gaps.
    """
    versions = [read_version(part.value) for part in listed.listed() if isinstance(part.value, str)]
    known = sorted(version for version in versions if version)
    if not known or len(known) < len(listed.listed()):
        trouble = 'allowedCudaVersions must be a list of strings, such as "12.8"'
        return (make_file_finding("hub_field", file, listed.line, trouble),)
    findings = []
    floor, gpu = _floor(pools)
    if known[0] < floor:
        trouble = f"{format_version(known[0])} is allowed, but {gpu} needs {format_version(floor)}"
        findings.append(make_file_finding("cuda_below_pools", file, listed.line, trouble))
    if image_cuda and known[0] < image_cuda:
        trouble = (
            f"{format_version(known[0])} is allowed, but torch has {format_version(image_cuda)}"
        )
        findings.append(make_file_finding("cuda_below_image", file, listed.line, trouble))
    # Versions below the first usable one should be removed, not completed.
    first = max(known[0], floor, image_cuda or floor)
    missing = [version for version in HOST_CUDA if version >= first and version not in known]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        trouble = f"{', '.join(map(format_version, missing))} {verb} missing in the list"
        findings.append(make_file_finding("cuda_list_holes", file, listed.line, trouble))
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


def _list(part: Located) -> str:
    return f"[{', '.join(str(below.value) for below in part.listed())}]"


def _is_of(kind: type, value: object) -> bool:
    if kind is int:
        return type(value) is int and value > 0
    return isinstance(value, kind) and bool(value)


def _check_fields(hub: Located) -> Iterator[FileFinding]:
    places = (
        ((), _FIELDS, ("config", "iconUrl")),
        (("config",), _CONFIG, ("allowedCudaVersions", "env", "presets")),
    )
    for path, fields, also in places:
        part = hub.at(*path)
        known = {*fields, *also}
        for name, kind in fields.items():
            field = part.at(name)
            if not _is_of(kind, field.value):
                trouble = f"{'.'.join((*path, name))} must be {_KINDS[kind]}"
                yield make_file_finding("hub_field", HUB, field.line, trouble)
        for key, stray in part.parts.items():
            if key not in known:
                trouble = f"{'.'.join((*path, str(key)))} is not a field of hub.json"
                yield make_file_finding("hub_unknown_field", HUB, stray.line, trouble)
    for name, choices in (("type", TYPES), ("category", CATEGORIES)):
        field = hub.at(name)
        if isinstance(field.value, str) and field.value not in choices:
            trouble = f"{name} must be one of {', '.join(choices)}, not {field.value!r}"
            yield make_file_finding("hub_field", HUB, field.line, trouble)


def _check_pools(hub: Located) -> Iterator[FileFinding]:
    line = hub.at("config", "gpuIds").line
    deployed = capabilities_of(read_pools(hub))
    for token in _tokens(hub):
        name = token[1:].strip()
        if token in POOLS or (token.startswith("-") and name in deployed):
            continue
        if token.startswith("-"):
            trouble = f"{token} excludes no GPU in the listed pools"
            yield make_file_finding("stray_exclusion", HUB, line, trouble)
        elif pools_of(token):
            trouble = f"{token} is a GPU, not a pool; its pool is {' or '.join(pools_of(token))}"
            yield make_file_finding("unknown_pool", HUB, line, trouble)
        else:
            yield make_file_finding(
                "unknown_pool", HUB, line, f"there is no pool {token!r}{_guess(token, POOLS)}"
            )
    if deployed and not set(deployed) - set(read_excluded(hub)):
        yield make_file_finding(
            "stray_exclusion", HUB, line, "every GPU in the listed pools is excluded"
        )


def _guess(name: str, names: Iterable[str]) -> str:
    """A suggestion: a name that contains this one, or a similar name."""
    known = {known.upper(): known for known in names}
    near = [upper for upper in known if name and name.upper() in upper]
    near = near or difflib.get_close_matches(name.upper(), known, n=1)
    return f"; did you mean {known[near[0]]}?" if near else ""


def _check_gpu_type(hub: Located, tests: Located) -> Iterator[FileFinding]:
    field = tests.at("config", "gpuTypeId")
    name, pools = field.value, read_pools(hub)
    deployed = set(capabilities_of(pools, read_excluded(hub)))
    if isinstance(name, str) and (name in POOLS or name in _tokens(hub)):
        trouble = f"gpuTypeId is {name!r}, which is a pool id"
        fix = f"Write one of: {', '.join(POOLS[name])}." if name in POOLS else ""
        yield make_file_finding("pool_as_gpu_type", TESTS, field.line, trouble, fix)
    elif not isinstance(name, str) or not pools_of(name):
        guess = _guess(str(name), capabilities_of(POOLS))
        trouble = f"gpuTypeId is {name!r}, which is not a known GPU{guess}"
        yield make_file_finding("unknown_gpu_type", TESTS, field.line, trouble)
    elif pools and name not in deployed:
        trouble = f"{name} is in {' or '.join(pools_of(name))}, which hub.json does not list"
        yield make_file_finding("gpu_type_outside_pools", TESTS, field.line, trouble)
