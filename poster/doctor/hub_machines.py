"""The GPUs and CUDA versions in hub.json and tests.json -> what would leave a job waiting forever.

Uses only texts and tables. Does not know the other fields: runpod_hub does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from poster.doctor.file_finding import FileFinding, find_at, place_of
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

_POOL_NAMES = Vocabulary("pool", POOLS.keys(), read_published("gpus"))
_GPU_NAMES = Vocabulary("GPU", GPUS, read_published("gpus"))


def needs_gpu(content: Located) -> bool:
    """Whether a listing, or its test, runs on a GPU.

    Args:
        content: hub.json or tests.json.

    Returns:
        False if it asks for a CPU.
    """
    config = content.at("config")
    return config.at("runsOn").value != "CPU" and config.at("cpuFlavor").value is None


def check_pools(hub: Located) -> tuple[FileFinding, ...]:
    """Check the gpuIds of hub.json.

    Args:
        hub: the file.

    Returns:
        Names that are not pools, and exclusions that exclude nothing or everything.
    """
    return tuple(_check_pools(hub)) if needs_gpu(hub) else ()


def _check_pools(hub: Located) -> Iterator[FileFinding]:
    listed = hub.at("config", "gpuIds")
    deployed = capabilities_of(read_pools(hub))
    gpus = []
    for token in dict.fromkeys(_tokens(hub)):
        name = token[1:].strip()
        if token in POOLS or (token.startswith("-") and name in deployed):
            continue
        if not token:
            yield find_at("unknown_pool", listed, "gpuIds has an empty entry: a comma too many")
        elif token.startswith("-"):
            trouble = f"{token} excludes no GPU in the listed pools"
            yield find_at("stray_exclusion", listed, trouble)
        elif pools := _pools_called(token):
            gpus.append((token, pools))
        else:
            yield judge_name("unknown_pool", place_of(listed), token, _POOL_NAMES)
    if len(gpus) == 1:
        trouble = f"{gpus[0][0]} is a GPU, not a pool; its pool is {gpus[0][1]}"
        yield find_at("unknown_pool", listed, trouble)
    elif gpus:
        named = ", ".join(f"{gpu} ({pools})" for gpu, pools in gpus[:4])
        more = f" and {len(gpus) - 4} more" if len(gpus) > 4 else ""
        yield find_at("unknown_pool", listed, f"GPUs instead of their pools: {named}{more}")
    if deployed and not set(deployed) - set(read_excluded(hub)):
        yield find_at("stray_exclusion", listed, "every GPU in the listed pools is excluded")


def _pools_called(name: str) -> str:
    """The pools of the GPUs that have all words of a name, such as RTX 4090; empty if none has."""
    words = set(re.findall(r"[A-Za-z0-9]+", name))
    if not any(re.search(r"\d", word) for word in words):
        return ""
    gpus = [gpu for gpu in sorted(GPUS) if words <= set(re.findall(r"[A-Za-z0-9]+", gpu))]
    pools = dict.fromkeys(pool for gpu in gpus for pool in pools_of(gpu))
    return " or ".join(pools) or ("none" if gpus else "")


def _looks_like_a_pool(name: str) -> bool:
    return re.fullmatch(r"[A-Z]+_\d+(_[A-Z]+)?", name) is not None


def check_gpu_type(hub: Located | None, tests: Located) -> tuple[FileFinding, ...]:
    """Check the gpuTypeId of tests.json.

    Args:
        hub: hub.json, which lists the pools that it should be in; None if there is none.
        tests: tests.json.

    Returns:
        At most one finding.
    """
    field = tests.at("config", "gpuTypeId")
    name, pools = field.value, read_pools(hub) if hub else ()
    if not isinstance(name, str) or not name or not needs_gpu(tests):
        return ()  # which _check_fields of runpod_hub reports
    if "," in name:
        trouble = "gpuTypeId must be the full name of one GPU, not a list"
        return (find_at("unknown_gpu_type", field, trouble),)
    if name in POOLS or _looks_like_a_pool(name):
        trouble = f"gpuTypeId is {name!r}, which is a pool id"
        fix = f"Write one of: {', '.join(POOLS[name])}." if name in POOLS else ""
        return (find_at("pool_as_gpu_type", field, trouble, fix),)
    if name not in GPUS:
        return (judge_name("unknown_gpu_type", place_of(field), name, _GPU_NAMES),)
    if hub and pools and name not in capabilities_of(pools, read_excluded(hub)):
        where = f"in {' or '.join(pools_of(name))}, which hub.json does not list"
        trouble = (
            f"{name} is {where if pools_of(name) else 'in no pool, so hub.json cannot list it'}"
        )
        return (find_at("gpu_type_outside_pools", field, trouble),)
    return ()


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
            return (find_at("hub_field", listed, trouble),)
        allowed = f"{format_version(known[0])} is allowed"
    findings = []
    floor, gpu = _floor(pools)
    if known[0] < floor:
        trouble = f"{allowed}, but {gpu} needs {format_version(floor)}"
        findings.append(find_at("cuda_below_pools", listed, trouble))
    if image and known[0] < image.version:
        trouble = f"{allowed}, but {image.part} has {format_version(image.version)}"
        findings.append(find_at("cuda_below_image", listed, trouble))
    # Versions below the first usable one should be removed, not completed.
    first = max(known[0], floor, image.version if image else floor)
    missing = [version for version in HOST_CUDA if version >= first and version not in known]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        trouble = f"{', '.join(map(format_version, missing))} {verb} missing in the list"
        findings.append(find_at("cuda_list_holes", listed, trouble))
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
