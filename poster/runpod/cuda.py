"""Names of GPU pools, GPUs, torch wheels and CUDA versions -> which of them work together.

Tables and arithmetic: queries no GPU and imports no torch. The names that others publish come from
poster.runpod.published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from types import MappingProxyType

from packaging.requirements import Requirement
from packaging.version import parse as parse_version

from poster.runpod.published import read_published

Version = tuple[int, int]
"""Major and minor, of CUDA or of a compute capability."""


def _split(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)


_GPUS = read_published("gpus")

POOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {pool: tuple(gpus) for pool, gpus in _GPUS.content["pools"].items()}
)
"""Pool id, as hub.json's gpuIds takes it -> full GPU names, as tests.json's gpuTypeId takes one.

RunPod's own lists disagree about the L4 and the A4500: here each is in both of its listed pools.
"""

GPUS: frozenset[str] = frozenset(_GPUS.content["gpus"])
"""Every full GPU name, including those in no pool."""

CAPABILITIES: Mapping[str, Version] = MappingProxyType(
    {
        "Tesla V100-FHHL-16GB": (7, 0),
        "Tesla V100-PCIE-16GB": (7, 0),
        "Tesla V100-SXM2-16GB": (7, 0),
        "Tesla V100-SXM2-32GB": (7, 0),
        "NVIDIA A100 80GB PCIe": (8, 0),
        "NVIDIA A100-SXM4-40GB": (8, 0),
        "NVIDIA A100-SXM4-80GB": (8, 0),
        "NVIDIA A30": (8, 0),
        "NVIDIA A40": (8, 6),
        "NVIDIA GeForce RTX 3070": (8, 6),
        "NVIDIA GeForce RTX 3080": (8, 6),
        "NVIDIA GeForce RTX 3080 Ti": (8, 6),
        "NVIDIA GeForce RTX 3090": (8, 6),
        "NVIDIA GeForce RTX 3090 Ti": (8, 6),
        "NVIDIA RTX A2000": (8, 6),
        "NVIDIA RTX A4000": (8, 6),
        "NVIDIA RTX A4500": (8, 6),
        "NVIDIA RTX A5000": (8, 6),
        "NVIDIA RTX A6000": (8, 6),
        "NVIDIA GeForce RTX 4070 Ti": (8, 9),
        "NVIDIA GeForce RTX 4080": (8, 9),
        "NVIDIA GeForce RTX 4080 SUPER": (8, 9),
        "NVIDIA GeForce RTX 4090": (8, 9),
        "NVIDIA L4": (8, 9),
        "NVIDIA L40": (8, 9),
        "NVIDIA L40S": (8, 9),
        "NVIDIA RTX 2000 Ada Generation": (8, 9),
        "NVIDIA RTX 4000 Ada Generation": (8, 9),
        "NVIDIA RTX 4000 SFF Ada Generation": (8, 9),
        "NVIDIA RTX 5000 Ada Generation": (8, 9),
        "NVIDIA RTX 6000 Ada Generation": (8, 9),
        "NVIDIA H100 80GB HBM3": (9, 0),
        "NVIDIA H100 NVL": (9, 0),
        "NVIDIA H100 PCIe": (9, 0),
        "NVIDIA H200": (9, 0),
        "NVIDIA H200 NVL": (9, 0),
        "NVIDIA B200": (10, 0),
        "NVIDIA B300 SXM6 AC": (10, 3),
        "NVIDIA GeForce RTX 5080": (12, 0),
        "NVIDIA GeForce RTX 5090": (12, 0),
        "NVIDIA RTX PRO 4500 Blackwell": (12, 0),
        "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition": (12, 0),
        "NVIDIA RTX PRO 6000 Blackwell Server Edition": (12, 0),
        "NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb": (12, 0),
        "NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 2g.48gb": (12, 0),
        "NVIDIA RTX PRO 6000 Blackwell Workstation Edition": (12, 0),
    }
)
"""Full name of an NVIDIA GPU -> compute capability; a GPU of a new pool may be missing.
Source: developer.nvidia.com/cuda-gpus."""

FIRST_CUDA: Mapping[Version, Version] = MappingProxyType(
    {
        (7, 0): (9, 0),
        (8, 0): (11, 0),
        (8, 6): (11, 1),
        (8, 9): (11, 8),
        (9, 0): (11, 8),
        (10, 0): (12, 8),
        (10, 3): (12, 9),
        (12, 0): (12, 8),
    }
)
"""Compute capability -> first CUDA that supports it. Source: CUDA Toolkit release notes."""

_WHEELS = read_published("torch_wheels")

TORCH_CUDA: Mapping[str, Version] = MappingProxyType(
    {version: _split(cuda) for version, cuda in _WHEELS.content["cuda"].items()}
)
"""torch -> CUDA of its Linux wheel on PyPI."""

TORCH_ARCHS: Mapping[Version, tuple[str, ...]] = MappingProxyType(
    {
        (12, 1): ("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"),
        (12, 4): ("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"),
        (12, 6): ("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"),
        (12, 8): ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
        (13, 0): ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
    }
)
"""CUDA -> architectures in torch's wheels for it; up to 2.10 also sm_70, and no Blackwell before
cu128. Source: .ci/manywheel/build_cuda.sh of PyTorch; torch._C._cuda_getArchFlags() of 2.10.0."""

MIN_DRIVERS: Mapping[Version, int] = MappingProxyType(
    {
        (11, 8): 520,
        (12, 0): 525,
        (12, 1): 530,
        (12, 2): 535,
        (12, 3): 545,
        (12, 4): 550,
        (12, 5): 555,
        (12, 6): 560,
        (12, 7): 565,
        (12, 8): 570,
        (12, 9): 575,
        (13, 0): 580,
    }
)
"""CUDA -> first driver branch that reports it, which is how RunPod selects hosts.

In one major version an older branch may work (525 for 12.x), but none below 570 supports Blackwell.
Source: docs.nvidia.com, CUDA Toolkit release notes, table of toolkits and drivers.
"""

HOST_CUDA: tuple[Version, ...] = tuple(map(_split, _GPUS.content["host_cuda"]))
"""CUDA versions that hosts report, ascending; allowedCudaVersions is matched with them exactly, and
may also list later ones."""

_ARCH = re.compile(r"(sm|compute)_(\d+)(\d)[af]?")
_ARCH_LIST_ENTRY = re.compile(r"(\d+)\.(\d)[af]?(\+PTX)?")


def read_version(text: str) -> Version | None:
    """Read a CUDA version or a compute capability.

    Args:
        text: such as 12.8 or 12.8.1; the third part is ignored.

    Returns:
        Major and minor; None if the text is not a version.
    """
    found = re.fullmatch(r"(\d{1,4})\.(\d{1,4})(\.\d+)*", text)
    return (int(found[1]), int(found[2])) if found else None


def format_version(version: Version) -> str:
    """Format a version.

    Args:
        version: major and minor.

    Returns:
        Such as 12.8.
    """
    return f"{version[0]}.{version[1]}"


def cuda_of_torch(version: str) -> Version | None:
    """Find the CUDA version of a torch wheel.

    Args:
        version: such as 2.10.0, from PyPI, or 2.10.0+cu128, from PyTorch's own index.

    Returns:
        The CUDA version; None for a CPU build, or if it is not known.
    """
    plain, _, build = version.partition("+")
    if not build:
        return TORCH_CUDA.get(plain, TORCH_CUDA.get(f"{plain}.0"))
    found = re.fullmatch(r"cu(\d\d)(\d)", build)
    return (int(found[1]), int(found[2])) if found else None


def own_torch(requirements: Iterable[str] | None = None) -> str:
    """Find the torch that this package installs, whether or not it is installed here.

    Args:
        requirements: of the package; None reads its metadata.

    Returns:
        The newest version in TORCH_CUDA that its flux extra allows; empty if there is none.
    """
    if requirements is None:
        requirements = metadata.requires("poster-maker") or ()
    for requirement in map(Requirement, requirements):
        if requirement.name == "torch":
            allowed = requirement.specifier.filter(TORCH_CUDA)
            return max(allowed, key=parse_version, default="")
    return ""


def pools_of(gpu: str) -> tuple[str, ...]:
    """Find the pools that contain a GPU.

    Args:
        gpu: its full name.

    Returns:
        Pool ids; empty if there is no such GPU.
    """
    return tuple(pool for pool, gpus in POOLS.items() if gpu in gpus)


def capabilities_of(pools: Iterable[str], excluded: Iterable[str] = ()) -> dict[str, Version]:
    """Find the compute capabilities of the GPUs in some pools.

    Args:
        pools: pool ids.
        excluded: full names of GPUs to leave out.

    Returns:
        Full GPU name -> compute capability; without GPUs whose capability is not known.
    """
    left_out = set(excluded)
    gpus = (gpu for pool in pools for gpu in POOLS.get(pool, ()) if gpu not in left_out)
    return {gpu: CAPABILITIES[gpu] for gpu in gpus if gpu in CAPABILITIES}


def is_covered(archs: Iterable[str], capability: Version) -> bool:
    """Whether code for some architectures runs on a GPU.

    Binary code (sm_86) runs on the same major version with an equal or higher minor one, such as
    8.9. Intermediate code (compute_90) runs on the same or any newer version, and is compiled at
    first use. Architecture-specific code (sm_90a) runs only on that architecture.

    Args:
        archs: as torch._C._cuda_getArchFlags() names them.
        capability: of the GPU.

    Returns:
        Whether any of them runs there.

    Source: docs.nvidia.com, CUDA C++ Programming Guide, binary and PTX compatibility.
    """
    for arch in archs:
        found = _ARCH.fullmatch(arch)
        if not found:
            continue
        built = (int(found[2]), int(found[3]))
        if arch[-1] in "af":
            runs = built == capability
        elif found[1] == "compute":
            runs = built <= capability
        else:
            runs = built[0] == capability[0] and built[1] <= capability[1]
        if runs:
            return True
    return False


def read_arch_list(text: str) -> tuple[str, ...]:
    """Read a TORCH_CUDA_ARCH_LIST.

    Args:
        text: such as "8.9;12.0+PTX", separated by semicolons or spaces.

    Returns:
        Architectures as torch._C._cuda_getArchFlags() names them; invalid entries are left out.
    """
    archs = []
    for entry in re.split(r"[;\s]+", text.strip()):
        found = _ARCH_LIST_ENTRY.fullmatch(entry)
        if found:
            archs.append(f"sm_{found[1]}{found[2]}")
            if found[3]:
                archs.append(f"compute_{found[1]}{found[2]}")
    return tuple(archs)


def min_driver(cuda: Version) -> int:
    """Find the first driver branch for a CUDA version.

    Args:
        cuda: the version.

    Returns:
        Such as 570; for a version newer than the table, the newest branch in it.
    """
    known = [branch for version, branch in MIN_DRIVERS.items() if version <= cuda]
    return max(known, default=min(MIN_DRIVERS.values()))
