"""pyproject.toml, locks, cog.yaml and Dockerfile -> where torch, CUDA or Python versions differ.

Uses only texts and tables; what is installed here does not matter.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from poster.doctor.dockerfile import Instruction, read_arguments, read_dockerfile
from poster.doctor.file_finding import FileFinding, FileLocation, make_file_finding
from poster.doctor.image import DOCKERFILE
from poster.doctor.located import NotReadableError, read_yaml
from poster.runpod.cuda import (
    TORCH_ARCHS,
    Version,
    capabilities_of,
    cuda_of_torch,
    format_version,
    is_covered,
    read_arch_list,
    read_version,
)

PROJECT = "pyproject.toml"
LOCK = "requirements/worker.lock"
COG_REQUIREMENTS = "requirements.txt"
COG = "cog.yaml"
SHIPPED_EXTRAS = ("flux", "runpod")
"""Extras that a worker needs in addition to the base dependencies."""

MIN_RUNPOD = (1, 10, 1)

_PIN = re.compile(r"^\s*[\"']?([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?\s*==\s*([\w.!+-]+)", re.MULTILINE)
_CUDA = re.compile(r"(?<![\d.])1[1-3]\.\d{1,2}(?![\d])")
_CUDA_INDEX = re.compile(r"/whl/cu(\d\d)(\d)\b")
_ARCH_LIST = re.compile(r"TORCH_CUDA_ARCH_LIST=[\"']?([\d.;+PTX ]+)")


@dataclass(frozen=True, slots=True)
class Pin:
    """A package's version, and where it is pinned.

    Args:
        file: path.
        line: in the file.
        version: after ==.
    """

    file: str
    line: int
    version: str


Pins = Mapping[str, tuple[Pin, ...]]
"""Normalised name -> its pins, the authoritative one first."""


def read_pins(texts: Mapping[str, str]) -> Pins:
    """Read every pin of a checkout.

    Args:
        texts: path -> text.

    Returns:
        Pins of pyproject.toml, the locks and the Dockerfile.
    """
    pins: dict[str, tuple[Pin, ...]] = {}
    for file in (PROJECT, LOCK, COG_REQUIREMENTS, DOCKERFILE):
        text = texts.get(file, "")
        pattern = _PIN
        if file == PROJECT:
            pattern = re.compile(r"[\"']([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)[\"'; ]")
        elif file == DOCKERFILE:
            pattern = re.compile(r"(?<=[\s\"'])([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)")
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            name = canonicalize_name(found[1])
            pins[name] = (*pins.get(name, ()), Pin(file, line, found[2]))
    return pins


def read_image_cuda(pins: Pins) -> Version | None:
    """The CUDA that the image will have.

    Args:
        pins: of the checkout.

    Returns:
        CUDA of the pinned torch; None if torch is not pinned or not in the tables.
    """
    torch = pins.get("torch", ())
    return cuda_of_torch(torch[0].version) if torch else None


def check_pins(texts: Mapping[str, str], pins: Pins) -> tuple[FileFinding, ...]:
    """Check that all files agree on versions.

    Args:
        texts: path -> text.
        pins: of the checkout.

    Returns:
        Where they differ, and where the lock is incomplete.
    """
    return (
        *_check_torch(pins),
        *_check_drift(pins),
        *_check_ranges(texts, pins),
        *_check_lock(texts, pins),
        *_check_cuda(texts, read_image_cuda(pins)),
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
    cuda = read_image_cuda(pins)
    if cuda and cuda in TORCH_ARCHS:
        torch = pins["torch"][0]
        lists.append((torch.file, torch.line, f"torch {torch.version}", TORCH_ARCHS[cuda]))
    for instruction in read_dockerfile(texts.get(DOCKERFILE, "")):
        for line, text in instruction.lines:
            for listed in _ARCH_LIST.findall(text):
                archs = read_arch_list(listed)
                lists.append((DOCKERFILE, line, f"TORCH_CUDA_ARCH_LIST {listed.strip()}", archs))
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


def _check_torch(pins: Pins) -> Iterator[FileFinding]:
    torch = pins.get("torch")
    if not torch:
        yield make_file_finding("torch_unpinned", PROJECT, None, "torch is not pinned")
    elif cuda_of_torch(torch[0].version) not in TORCH_ARCHS:
        trouble = f"torch {torch[0].version} is not in the doctor's tables"
        yield make_file_finding("torch_unknown", torch[0].file, torch[0].line, trouble)
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
            if first.version not in {pin.version for pin in theirs}:
                trouble = f"{name} is {theirs[0].version}, but {first.version} in {first.file}"
                yield make_file_finding("pins_differ", file, theirs[0].line, trouble)


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
        found = _PIN.match(entry)
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


def _check_cuda(texts: Mapping[str, str], cuda: Version | None) -> Iterator[FileFinding]:
    if cuda is None:
        return
    right = format_version(cuda)
    for file, line, versions in _cuda_lines(texts):
        for version in versions:
            if read_version(version) != cuda:
                trouble = f"CUDA is {version} here, but torch has {right}"
                yield make_file_finding("cuda_drift", file, line, trouble)


def _cuda_lines(texts: Mapping[str, str]) -> Iterator[tuple[str, int, list[str]]]:
    """Lines that mention CUDA, and the versions in them."""
    for file in (COG, DOCKERFILE, LOCK, COG_REQUIREMENTS):
        for line, text in enumerate(texts.get(file, "").splitlines(), start=1):
            versions = [f"{major}.{minor}" for major, minor in _CUDA_INDEX.findall(text)]
            is_comment = text.lstrip().startswith("#")
            if file in {COG, DOCKERFILE} and "cuda" in text.lower() and not is_comment:
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
    instructions = read_dockerfile(texts.get(DOCKERFILE, ""))
    theirs = _base_python(instructions)
    ours = str(cog.value)
    if cog.value is not None and theirs and not f"{theirs}.".startswith(f"{ours}."):
        trouble = f"python_version is {ours}, but the base of {DOCKERFILE} is {theirs}"
        yield make_file_finding("python_drift", COG, cog.line, trouble)


def _base_python(instructions: tuple[Instruction, ...]) -> str:
    named = [*read_arguments(instructions).values()]
    named += [instruction.text for instruction in instructions if instruction.keyword == "FROM"]
    found = [re.match(r"(?:\S+/)?python:(\d+(?:\.\d+)+)", name) for name in named]
    return next((match[1] for match in found if match), "")
