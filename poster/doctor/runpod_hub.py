"""hub.json, tests.json and the image's CUDA -> what keeps a job waiting for a GPU for ever.

Knows texts and tables alone; variables and test cases are hub_env's and hub_cases'.

Source: docs.runpod.io, hub/publishing-guide, and what public listings that work have in common.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from poster.doctor.file_finding import FileFinding, find
from poster.doctor.marked import Marked
from poster.runpod.cuda import (
    FIRST_CUDA,
    HOST_CUDA,
    POOLS,
    Version,
    capabilities_of,
    pools_of,
    read_version,
    write_version,
)

HUB = ".runpod/hub.json"
TESTS = ".runpod/tests.json"
HUB_FILES = ("hub.json", "tests.json", "handler.py", "Dockerfile", "README.md")
"""What the Hub looks for, in the root of a repository or in .runpod/."""

TYPES = ("serverless",)
CATEGORIES = ("audio", "embedding", "language", "video", "image")
_FIELDS: Mapping[str, type] = {"title": str, "description": str, "type": str, "category": str}
_CONFIG: Mapping[str, type] = {
    "runsOn": str,
    "containerDiskInGb": int,
    "gpuCount": int,
    "gpuIds": str,
}
_KINDS = {str: "text", int: "a whole number of 1 or more"}


def check_hub_files(present: frozenset[str]) -> tuple[FileFinding, ...]:
    """Look for what the Hub looks for.

    Args:
        present: paths of a checkout's files.

    Returns:
        A finding for each that is missing.
    """
    return tuple(
        find("hub_file_missing", f".runpod/{name}", None, "is neither there nor in the root")
        for name in HUB_FILES
        if not present & {name, f".runpod/{name}"}
    )


def check_listing(hub: Marked) -> tuple[FileFinding, ...]:
    """Look at hub.json by itself, its variables left out.

    Args:
        hub: the file.

    Returns:
        What is wrong with its fields and pools.
    """
    return (*_check_fields(hub), *_check_pools(hub))


def check_agreement(hub: Marked, tests: Marked) -> tuple[FileFinding, ...]:
    """Hold tests.json to hub.json: the test must run on what the listing deploys to.

    Args:
        hub: hub.json.
        tests: tests.json.

    Returns:
        Where they differ, and where the test asks for a GPU that does not exist.
    """
    findings = list(_check_gpu_type(hub, tests))
    ours, theirs = (file.at("config", "gpuCount") for file in (hub, tests))
    if ours.value != theirs.value:
        told = f"gpuCount is {theirs.value}, and {ours.value} in hub.json"
        findings.append(find("gpu_counts_differ", TESTS, theirs.line, told))
    ours, theirs = (file.at("config", "allowedCudaVersions") for file in (hub, tests))
    if ours.value != theirs.value:
        told = f"allowedCudaVersions is {_list(theirs)}, and {_list(ours)} in hub.json"
        findings.append(find("cuda_lists_differ", TESTS, theirs.line, told))
    return tuple(findings)


def check_cuda_list(
    file: str, listed: Marked, pools: tuple[str, ...], image_cuda: Version | None
) -> tuple[FileFinding, ...]:
    """Look at one allowedCudaVersions.

    Args:
        file: which has it.
        listed: the list.
        pools: pool ids that it is for.
        image_cuda: CUDA that torch was built with; None where nobody knows.

    Returns:
        Where it is below what pools or image need, and where it has holes.
    """
    versions = [read_version(part.value) for part in listed.listed() if isinstance(part.value, str)]
    known = sorted(version for version in versions if version)
    if not known or len(known) < len(listed.listed()):
        told = 'allowedCudaVersions must list versions as text, such as "12.8"'
        return (find("hub_field", file, listed.line, told),)
    findings = []
    floor, gpu = _floor(pools)
    if known[0] < floor:
        told = f"{write_version(known[0])} is allowed, and {gpu} needs {write_version(floor)}"
        findings.append(find("cuda_below_pools", file, listed.line, told))
    if image_cuda and known[0] < image_cuda:
        told = f"{write_version(known[0])} is allowed; torch brings {write_version(image_cuda)}"
        findings.append(find("cuda_below_image", file, listed.line, told))
    missing = [version for version in HOST_CUDA if version > known[0] and version not in known]
    if missing:
        told = f"{', '.join(map(write_version, missing))} missing above {write_version(known[0])}"
        findings.append(find("cuda_list_holes", file, listed.line, told))
    return tuple(findings)


def read_pools(hub: Marked) -> tuple[str, ...]:
    """The pools that hub.json lists.

    Args:
        hub: the file.

    Returns:
        Those that exist.
    """
    return tuple(token for token in _tokens(hub) if token in POOLS)


def read_excluded(hub: Marked) -> tuple[str, ...]:
    """The GPUs that hub.json leaves out of its pools.

    Args:
        hub: the file.

    Returns:
        Full names, as they stand there.
    """
    return tuple(token[1:].strip() for token in _tokens(hub) if token.startswith("-"))


def _tokens(hub: Marked) -> list[str]:
    listed = hub.at("config", "gpuIds").value
    return [token.strip() for token in listed.split(",")] if isinstance(listed, str) else []


def _floor(pools: tuple[str, ...]) -> tuple[Version, str]:
    """The CUDA that the most demanding GPU of some pools needs, and its name."""
    needs = [(FIRST_CUDA[capability], gpu) for gpu, capability in capabilities_of(pools).items()]
    return max(needs, default=((0, 0), ""))


def _list(part: Marked) -> str:
    return f"[{', '.join(str(below.value) for below in part.listed())}]"


def _is_of(kind: type, value: object) -> bool:
    if kind is int:
        return type(value) is int and value > 0
    return isinstance(value, kind) and bool(value)


def _check_fields(hub: Marked) -> Iterator[FileFinding]:
    places = (
        ((), _FIELDS, ("config", "iconUrl")),
        (("config",), _CONFIG, ("allowedCudaVersions", "env", "presets")),
    )
    for way, fields, also in places:
        part = hub.at(*way)
        known = {*fields, *also}
        for name, kind in fields.items():
            field = part.at(name)
            if not _is_of(kind, field.value):
                told = f"{'.'.join((*way, name))} must be {_KINDS[kind]}"
                yield find("hub_field", HUB, field.line, told)
        for key, stray in part.parts.items():
            if key not in known:
                told = f"{'.'.join((*way, str(key)))} is no field of hub.json"
                yield find("hub_unknown_field", HUB, stray.line, told)
    for name, choices in (("type", TYPES), ("category", CATEGORIES)):
        field = hub.at(name)
        if isinstance(field.value, str) and field.value not in choices:
            told = f"{name} must be one of {', '.join(choices)}, not {field.value!r}"
            yield find("hub_field", HUB, field.line, told)


def _check_pools(hub: Marked) -> Iterator[FileFinding]:
    line = hub.at("config", "gpuIds").line
    deployed = capabilities_of(read_pools(hub))
    for token in _tokens(hub):
        name = token[1:].strip()
        if token in POOLS or (token.startswith("-") and name in deployed):
            continue
        if token.startswith("-"):
            told = f"{token} leaves out no GPU of the listed pools"
            yield find("stray_exclusion", HUB, line, told)
        elif pools_of(token):
            told = f"{token} is a GPU; its pool is {' or '.join(pools_of(token))}"
            yield find("unknown_pool", HUB, line, told)
        else:
            yield find(
                "unknown_pool", HUB, line, f"there is no pool {token!r}{_guess(token, POOLS)}"
            )
    if deployed and not set(deployed) - set(read_excluded(hub)):
        yield find("stray_exclusion", HUB, line, "every GPU of the listed pools is left out")


def _guess(name: str, names: Iterable[str]) -> str:
    """A hint at what may be meant: a name that holds this one, or one much like it."""
    known = {known.upper(): known for known in names}
    near = [upper for upper in known if name and name.upper() in upper]
    near = near or difflib.get_close_matches(name.upper(), known, n=1)
    return f"; did you mean {known[near[0]]}?" if near else ""


def _check_gpu_type(hub: Marked, tests: Marked) -> Iterator[FileFinding]:
    field = tests.at("config", "gpuTypeId")
    name, pools = field.value, read_pools(hub)
    deployed = set(capabilities_of(pools, read_excluded(hub)))
    if isinstance(name, str) and (name in POOLS or name in _tokens(hub)):
        told = f"gpuTypeId is {name!r}, which is a pool id"
        fix = f"Write one of: {', '.join(POOLS[name])}." if name in POOLS else ""
        yield find("pool_as_gpu_type", TESTS, field.line, told, fix)
    elif not isinstance(name, str) or not pools_of(name):
        guess = _guess(str(name), capabilities_of(POOLS))
        told = f"gpuTypeId is {name!r}, which is no GPU{guess}"
        yield find("unknown_gpu_type", TESTS, field.line, told)
    elif pools and name not in deployed:
        told = f"{name} is of {' or '.join(pools_of(name))}, and hub.json deploys to none of it"
        yield find("gpu_type_outside_pools", TESTS, field.line, told)
