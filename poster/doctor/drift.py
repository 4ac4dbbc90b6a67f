"""The pins of a checkout, cog.yaml and Dockerfiles -> where torch, CUDA or Python versions differ.

Uses only texts and tables; what is installed here does not matter.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion
from packaging.version import Version as PackageVersion

from poster.doctor.file_finding import FileFinding, FileLocation, make_file_finding
from poster.doctor.located import NotReadableError, read_yaml
from poster.doctor.names import Vocabulary, judge_name
from poster.doctor.pins import (
    COG_REQUIREMENTS,
    CUDA_INDEX,
    LOCK,
    LOCKED,
    PROJECT,
    Pins,
    cuda_of_pin,
    read_builds,
    torch_cuda,
)
from poster.runpod.cuda import (
    TORCH_ARCHS,
    capabilities_of,
    format_version,
    is_covered,
    read_arch_list,
    read_version,
)
from poster.runpod.published import read_published

COG = "cog.yaml"
SHIPPED_EXTRAS = ("flux", "runpod")
"""Extras that a worker needs in addition to the base dependencies."""

MIN_RUNPOD = (1, 10, 1)

_CUDA = re.compile(r"(?<![\d.])1[1-3]\.\d{1,2}(?![\d])")
_ARCH_LIST = re.compile(r"TORCH_CUDA_ARCH_LIST=[\"']?([\d.;+PTX ]+)")


def check_pins(texts: Mapping[str, str], pins: Pins) -> tuple[FileFinding, ...]:
    """Check that all files agree on versions.

    Args:
        texts: path -> text.
        pins: of the checkout.

    Returns:
        Where they differ, and where the lock is incomplete.
    """
    return (
        *_check_torch(texts, pins),
        *_check_drift(pins),
        *_check_ranges(texts, pins),
        *_check_lock(texts, pins),
        *_check_cuda(texts, pins),
        *_check_python(texts),
    )


def check_archs(
    texts: Mapping[str, str], pins: Pins, pools: tuple[str, ...], excluded: tuple[str, ...]
) -> tuple[FileFinding, ...]:
    """Check that torch, and code compiled for it, supports every GPU in some pools.

    Args:
        texts: path -> text.
        pins: of the checkout.
        pools: pool ids.
        excluded: full names of GPUs that are not used.

    Returns:
        A finding for each list of architectures that leaves a GPU without code.
    """
    lists = []
    for pin in pins.get("torch", ())[:1]:
        archs = TORCH_ARCHS.get(cuda_of_pin(pin) or (0, 0))
        if archs:
            lists.append((pin.file, pin.line, f"torch {pin.version}", archs))
    for file, build in read_builds(texts):
        for step in build.steps:
            for line, text in step.lines:
                for listed in _ARCH_LIST.findall(text):
                    archs = read_arch_list(listed)
                    lists.append((file, line, f"TORCH_CUDA_ARCH_LIST {listed.strip()}", archs))
    findings = []
    gpus = capabilities_of(pools, excluded)
    for file, line, name, archs in lists:
        lacking = [
            f"{gpu} ({format_version(capability)})"
            for gpu, capability in gpus.items()
            if not is_covered(archs, capability)
        ]
        if lacking:
            trouble = f"{name} has no code for {', '.join(lacking)}"
            findings.append(make_file_finding("archs_miss_pool", file, line, trouble))
    return tuple(findings)


def _check_torch(texts: Mapping[str, str], pins: Pins) -> Iterator[FileFinding]:
    torch = pins.get("torch")
    needed = _requirements(texts.get(PROJECT, ""))
    if not torch and any(requirement.name == "torch" for requirement in needed):
        project = texts[PROJECT]
        line = project.count("\n", 0, project.find("torch")) + 1
        yield make_file_finding("torch_unpinned", PROJECT, line, "torch is not pinned")
    for pin in (torch or ())[:1]:
        if not (cuda_of_pin(pin) or "+" in pin.version):
            # Versions look alike: none is a misspelt other one.
            nothing = Vocabulary("torch version", (), read_published("torch_wheels"))
            yield judge_name("", FileLocation(pin.file, pin.line), pin.version, nothing)
    for pin in pins.get("runpod", ()):
        numbers = tuple(map(int, re.findall(r"\d+", pin.version)[:3]))
        if numbers < MIN_RUNPOD:
            yield make_file_finding(
                "runpod_old", pin.file, pin.line, f"runpod is pinned to {pin.version}"
            )


def _check_drift(pins: Pins) -> Iterator[FileFinding]:
    for name, places in pins.items():
        first = places[0]
        for file in dict.fromkeys(pin.file for pin in places[1:]):
            # A lock for several versions of Python may list a package more than once.
            theirs = [pin for pin in places if pin.file == file]
            if not any(_is_same(first.version, pin.version) for pin in theirs):
                trouble = f"{name} is {theirs[0].version}, but {first.version} in {first.file}"
                yield make_file_finding("pins_differ", file, theirs[0].line, trouble)


def _is_same(ours: str, theirs: str) -> bool:
    """Whether two pins allow the same version: one without a build allows every build of it."""
    try:
        versions = PackageVersion(ours), PackageVersion(theirs)
    except InvalidVersion:
        return ours == theirs
    is_open = not all(version.local for version in versions)
    plain = [PackageVersion(version.public) for version in versions]
    return versions[0] == versions[1] or (is_open and plain[0] == plain[1])


def _check_lock(texts: Mapping[str, str], pins: Pins) -> Iterator[FileFinding]:
    lock = texts.get(LOCK)
    if lock is None:
        return
    for requirement in _requirements(texts.get(PROJECT, ""), SHIPPED_EXTRAS):
        name = canonicalize_name(requirement.name)
        if not any(pin.file == LOCK for pin in pins.get(name, ())):
            yield make_file_finding("lock_incomplete", LOCK, None, f"{name} is missing")
    joined = re.sub(r"\\\n", " ", lock)
    for entry in joined.split("\n"):
        found = LOCKED.match(entry)
        if found and "--hash=" not in entry:
            line = lock.count("\n", 0, lock.find(found[0].strip())) + 1
            yield make_file_finding("lock_unhashed", LOCK, line, f"{found[1]} has no hash")


def _check_ranges(texts: Mapping[str, str], pins: Pins) -> Iterator[FileFinding]:
    for requirement in _requirements(texts.get(PROJECT, "")):
        if any(part.operator == "==" and "*" not in part.version for part in requirement.specifier):
            continue  # read_pins has it, and _check_drift compares it
        found = pins.get(canonicalize_name(requirement.name), ())
        for file in dict.fromkeys(pin.file for pin in found):
            theirs = [pin for pin in found if pin.file == file]
            if not any(_is_within(requirement.specifier, pin.version) for pin in theirs):
                allowed = f"{PROJECT} allows {requirement.specifier}"
                trouble = f"{requirement.name} is {theirs[0].version}, but {allowed}"
                yield make_file_finding("pins_differ", file, theirs[0].line, trouble)


def _is_within(allowed: SpecifierSet, version: str) -> bool:
    try:
        return allowed.contains(version, prereleases=True)
    except InvalidVersion:
        return False


def _requirements(project: str, extras: Collection[str] | None = None) -> Iterator[Requirement]:
    """The base dependencies and those of some extras, or all; unreadable ones are left out."""
    try:
        table = tomllib.loads(project).get("project", {})
        optional = table.get("optional-dependencies", {})
        chosen = optional if extras is None else extras
        needed = [*table.get("dependencies", []), *(optional.get(extra, []) for extra in chosen)]
    except (tomllib.TOMLDecodeError, AttributeError, TypeError):
        return  # pip says so better than the doctor would
    for entry in needed:
        for text in [entry] if isinstance(entry, str) else entry:
            with contextlib.suppress(InvalidRequirement):
                yield Requirement(str(text))


def _check_cuda(texts: Mapping[str, str], pins: Pins) -> Iterator[FileFinding]:
    cuda = torch_cuda(texts, pins)
    if cuda is None or "torch" not in pins:
        return
    right = format_version(cuda)
    for file, line, versions in _cuda_lines(texts):
        for version in versions:
            if read_version(version) != cuda:
                trouble = f"CUDA is {version} here, but torch has {right}"
                yield make_file_finding("cuda_drift", file, line, trouble)


def _cuda_lines(texts: Mapping[str, str]) -> Iterator[tuple[str, int, list[str]]]:
    """Lines that mention CUDA, and the versions in them."""
    dockerfiles = [file for file, _ in read_builds(texts)]
    for file in (COG, *dockerfiles, LOCK, COG_REQUIREMENTS):
        for line, text in enumerate(texts.get(file, "").splitlines(), start=1):
            versions = [f"{major}.{minor}" for major, minor in CUDA_INDEX.findall(text)]
            is_comment = text.lstrip().startswith("#")
            if file in {COG, *dockerfiles} and "cuda" in text.lower() and not is_comment:
                versions += _CUDA.findall(_ARCH_LIST.sub("", text))
            if versions:
                yield file, line, versions


def _check_python(texts: Mapping[str, str]) -> Iterator[FileFinding]:
    try:
        cog = read_yaml(texts.get(COG, "")).at("build", "python_version")
    except NotReadableError as error:
        place = FileLocation(COG, error.line)
        why = "Cog cannot build from a file that is not valid YAML."
        yield FileFinding("not_json", place, error.trouble, why, "Write valid YAML.")
        return
    ours = str(cog.value)
    for file, build in read_builds(texts):
        for stage in build.image[:1]:
            found = re.match(r"(?:\S+/)?python:(\d+(?:\.\d+)+)", stage.base)
            if cog.value is not None and found and not f"{found[1]}.".startswith(f"{ours}."):
                trouble = f"python_version is {ours}, but the base of {file} is {found[1]}"
                yield make_file_finding("python_drift", COG, cog.line, trouble)
