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
from packaging.version import Version as PackageVersion

from poster.doctor.dockerfile import Build, read_build
from poster.doctor.file_finding import FileFinding, FileLocation, make_file_finding
from poster.doctor.image import DOCKERFILES
from poster.doctor.located import NotReadableError, read_yaml
from poster.doctor.names import Vocabulary, judge_name
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
from poster.runpod.published import read_published

PROJECT = "pyproject.toml"
LOCK = "requirements/worker.lock"
COG_REQUIREMENTS = "requirements.txt"
COG = "cog.yaml"
SHIPPED_EXTRAS = ("flux", "runpod")
"""Extras that a worker needs in addition to the base dependencies."""

MIN_RUNPOD = (1, 10, 1)

_PIN = re.compile(r"^\s*[\"']?([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?\s*==\s*([\w.!+-]+)", re.MULTILINE)
_CUDA = re.compile(r"(?<![\d.])1[1-3]\.\d{1,2}(?![\d])")
_CUDA_INDEX = re.compile(r"/whl/(?:test/|nightly/)?cu(\d\d)(\d)\b")
_DOCKER_PIN = re.compile(r"(?<=[\s\"'])([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)")
_PROJECT_PIN = re.compile(r"[\"']([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)[\"'; ]")
_IMAGE_CUDA = re.compile(r"cuda[-_:]?(1[1-3])\.?(\d)|\bcu(1[1-3])(\d)", re.IGNORECASE)
"""In the name of a base image, such as nvidia/cuda:12.4.1-runtime or runpod/base:1-cu1281."""
_ARCH_LIST = re.compile(r"TORCH_CUDA_ARCH_LIST=[\"']?([\d.;+PTX ]+)")


@dataclass(frozen=True, slots=True)
class Pin:
    """A package's version, and where it is pinned.

    Args:
        file: path.
        line: in the file.
        version: after ==.
        index: the build in PyTorch's own index that it comes from, such as cu124; empty if another.
    """

    file: str
    line: int
    version: str
    index: str = ""


Pins = Mapping[str, tuple[Pin, ...]]
"""Normalised name -> its pins, the authoritative one first."""


@dataclass(frozen=True, slots=True)
class ImageCuda:
    """The CUDA that an image needs a host's driver to support.

    Args:
        version: the CUDA.
        part: of the image, that has it: torch, or the base image.
    """

    version: Version
    part: str


def read_pins(texts: Mapping[str, str]) -> Pins:
    """Read every pin of a checkout.

    Args:
        texts: path -> text.

    Returns:
        Pins of pyproject.toml, the locks, other requirements and the Dockerfiles.
    """
    pins: dict[str, tuple[Pin, ...]] = {}
    runs = [
        (file, run)
        for file, build in _read_builds(texts)
        for run in build.steps
        # What depends on a condition may belong to another machine.
        if run.keyword == "RUN" and not re.search(r"\bif \[", run.text)
    ]
    installs = " ".join(run.text for _, run in runs)
    others = [
        file
        for file in texts
        if re.search(r"requirements[^/]*\.txt$", file) and file.rpartition("/")[2] in installs
    ]
    for file in dict.fromkeys((PROJECT, LOCK, COG_REQUIREMENTS, *sorted(others))):
        text = texts.get(file, "")
        index = _CUDA_INDEX.search(text)
        pattern = _PROJECT_PIN if file == PROJECT else _PIN
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            _add_pin(pins, found, Pin(file, line, found[2], _build_of(index)))
    for file, run in runs:
        index = _CUDA_INDEX.search(run.text)
        for line, text in run.lines:
            for found in _DOCKER_PIN.finditer(text):
                _add_pin(pins, found, Pin(file, line, found[2], _build_of(index)))
    return pins


def _add_pin(pins: dict[str, tuple[Pin, ...]], found: re.Match[str], pin: Pin) -> None:
    name = canonicalize_name(found[1])
    pins[name] = (*pins.get(name, ()), pin)


def _build_of(index: re.Match[str] | None) -> str:
    return f"cu{index[1]}{index[2]}" if index else ""


def _read_builds(texts: Mapping[str, str]) -> Iterator[tuple[str, Build]]:
    """The different Dockerfiles, the one that the Hub builds first."""
    by_text = {texts[file]: file for file in DOCKERFILES if file in texts}
    for text, file in by_text.items():
        yield file, read_build(text)


def read_image_cuda(texts: Mapping[str, str], pins: Pins) -> ImageCuda | None:
    """The CUDA that the image will have.

    Args:
        texts: path -> text.
        pins: of the checkout.

    Returns:
        CUDA of the pinned torch or of the base image, whichever is newer; None if neither is known.
    """
    needs = [ImageCuda(cuda, "torch") for cuda in [_torch_cuda(texts, pins)] if cuda]
    # An image of CUDA, too, refuses to start on an older driver.
    needs += [ImageCuda(cuda, "the base image") for cuda in [_base_cuda(texts)] if cuda]
    return max(needs, key=lambda need: need.version, default=None)


def _torch_cuda(texts: Mapping[str, str], pins: Pins) -> Version | None:
    torch = pins.get("torch", ())
    # What the Dockerfile installs is in the image, whatever build the other files leave open.
    built = [
        pin
        for pin in torch
        if pin.file in {*DOCKERFILES, torch[0].file} and (pin.index or "+" in pin.version)
    ]
    if not built and _base_cuda(texts, with_torch=True):
        # pip keeps the torch that is already there.
        return _base_cuda(texts)
    return next(map(_cuda_of_pin, [*built, *torch]), None)


def _cuda_of_pin(pin: Pin) -> Version | None:
    from_index = pin.index and "+" not in pin.version
    return cuda_of_torch(f"{pin.version}+{pin.index}" if from_index else pin.version)


def _base_cuda(texts: Mapping[str, str], *, with_torch: bool = False) -> Version | None:
    """The CUDA in the name of the base image, or only that of one that contains torch."""
    for _, build in list(_read_builds(texts))[:1]:
        for base in [stage.base for stage in build.image]:
            found = _IMAGE_CUDA.search(base)
            if found and ("torch" in base or not with_torch):
                major, minor = (int(number) for number in found.groups() if number)
                return major, minor
    return None


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
        archs = TORCH_ARCHS.get(_cuda_of_pin(pin) or (0, 0))
        if archs:
            lists.append((pin.file, pin.line, f"torch {pin.version}", archs))
    for file, build in _read_builds(texts):
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
        if not (_cuda_of_pin(pin) or "+" in pin.version):
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


def _check_cuda(texts: Mapping[str, str], pins: Pins) -> Iterator[FileFinding]:
    cuda = _torch_cuda(texts, pins)
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
    dockerfiles = [file for file, _ in _read_builds(texts)]
    for file in (COG, *dockerfiles, LOCK, COG_REQUIREMENTS):
        for line, text in enumerate(texts.get(file, "").splitlines(), start=1):
            versions = [f"{major}.{minor}" for major, minor in _CUDA_INDEX.findall(text)]
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
    for file, build in _read_builds(texts):
        for stage in build.image[:1]:
            found = re.match(r"(?:\S+/)?python:(\d+(?:\.\d+)+)", stage.base)
            if cog.value is not None and found and not f"{found[1]}.".startswith(f"{ours}."):
                trouble = f"python_version is {ours}, but the base of {file} is {found[1]}"
                yield make_file_finding("python_drift", COG, cog.line, trouble)
