"""pyproject.toml, locks, requirements and Dockerfiles -> pinned versions, and the image's CUDA.

Uses only texts and tables; what is installed here does not matter. Does not know which pins should
agree: poster.doctor.drift does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from poster.doctor.dockerfile import Build, read_build
from poster.doctor.image import DOCKERFILES
from poster.runpod.cuda import Version, cuda_of_torch

PROJECT = "pyproject.toml"
LOCK = "requirements/worker.lock"
COG_REQUIREMENTS = "requirements.txt"

CUDA_INDEX = re.compile(r"/whl/(?:test/|nightly/)?cu(\d\d)(\d)\b")
"""PyTorch's own index of the wheels for one CUDA."""

LOCKED = re.compile(
    r"^\s*[\"']?([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?\s*==\s*([\w.!+-]+)", re.MULTILINE
)
"""A pin in a lock or in requirements."""

_DOCKER_PIN = re.compile(r"(?<=[\s\"'])([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)")
_PROJECT_PIN = re.compile(r"[\"']([A-Za-z][\w.-]*)(?:\[[\w,.-]+\])?==([\w.!+-]+)[\"'; ]")
_IMAGE_CUDA = re.compile(r"cuda[-_:]?(1[1-3])\.?(\d)|\bcu(1[1-3])(\d)", re.IGNORECASE)
"""In the name of a base image, such as nvidia/cuda:12.4.1-runtime or runpod/base:1-cu1281."""


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
        for file, build in read_builds(texts)
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
        index = CUDA_INDEX.search(text)
        pattern = _PROJECT_PIN if file == PROJECT else LOCKED
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start(1)) + 1
            _add_pin(pins, found, Pin(file, line, found[2], _build_of(index)))
    for file, run in runs:
        index = CUDA_INDEX.search(run.text)
        for line, text in run.lines:
            for found in _DOCKER_PIN.finditer(text):
                _add_pin(pins, found, Pin(file, line, found[2], _build_of(index)))
    return pins


def _add_pin(pins: dict[str, tuple[Pin, ...]], found: re.Match[str], pin: Pin) -> None:
    name = canonicalize_name(found[1])
    pins[name] = (*pins.get(name, ()), pin)


def _build_of(index: re.Match[str] | None) -> str:
    return f"cu{index[1]}{index[2]}" if index else ""


def read_builds(texts: Mapping[str, str]) -> Iterator[tuple[str, Build]]:
    """Read the Dockerfiles.

    Args:
        texts: path -> text.

    Yields:
        Path and build of those that differ, the one that the Hub builds first.
    """
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
    needs = [ImageCuda(cuda, "torch") for cuda in [torch_cuda(texts, pins)] if cuda]
    # An image of CUDA, too, refuses to start on an older driver.
    needs += [ImageCuda(cuda, "the base image") for cuda in [_base_cuda(texts)] if cuda]
    return max(needs, key=lambda need: need.version, default=None)


def torch_cuda(texts: Mapping[str, str], pins: Pins) -> Version | None:
    """The CUDA of the image's torch.

    Args:
        texts: path -> text.
        pins: of the checkout.

    Returns:
        CUDA of the pinned build, or of the base image that brings torch; None if not known.
    """
    torch = pins.get("torch", ())
    # What the Dockerfile installs is in the image, whatever build the other files leave open.
    built = [
        pin
        for pin in torch
        if pin.file in {*DOCKERFILES, torch[0].file} and (pin.index or "+" in pin.version)
    ]
    if built:
        return cuda_of_pin(built[0])
    for _, build in read_builds(texts):
        for step in build.steps:
            index = CUDA_INDEX.search(step.text)
            if index and re.search(r"\btorch\b", step.text):
                return int(index[1]), int(index[2])
    # pip keeps the torch that is already there.
    return _base_cuda(texts, with_torch=True) or next(map(cuda_of_pin, torch), None)


def cuda_of_pin(pin: Pin) -> Version | None:
    """The CUDA of a pinned torch.

    Args:
        pin: of torch.

    Returns:
        The CUDA; None if not known.
    """
    from_index = pin.index and "+" not in pin.version
    return cuda_of_torch(f"{pin.version}+{pin.index}" if from_index else pin.version)


def _base_cuda(texts: Mapping[str, str], *, with_torch: bool = False) -> Version | None:
    """The CUDA in the name of the base image, or only that of one that contains torch."""
    for _, build in list(read_builds(texts))[:1]:
        for base in [stage.base for stage in build.image]:
            found = _IMAGE_CUDA.search(base)
            if found and ("torch" in base or not with_torch):
                major, minor = (int(number) for number in found.groups() if number)
                return major, minor
    return None
