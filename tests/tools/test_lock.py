"""The locks of the worker's image, against pyproject.toml and what its packages need."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.make_lock import EXTRAS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-build.lock")
ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\\n"
    r"(?P<hashes>(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Pin:
    name: str
    version: str
    marker: Marker | None

    def holds_on(self, python: str) -> bool:
        return self.marker is None or self.marker.evaluate(worker(python))


def worker(python: str, extra: str = "") -> dict[str, str]:
    """A worker's environment, whatever this machine is."""
    return {
        "extra": extra,
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.9",
        "python_version": python,
        "sys_platform": "linux",
    }


def read_lock(name: str) -> list[Pin]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [
        Pin(found["name"], found["version"], Marker(found["marker"]) if found["marker"] else None)
        for found in ENTRY.finditer(text)
    ]


def image_requirements() -> list[Requirement]:
    """What the image is made of, as pyproject.toml has it."""
    extras = PROJECT["project"]["optional-dependencies"]
    texts = [
        *PROJECT["project"]["dependencies"],
        *(text for name in EXTRAS for text in extras[name]),
    ]
    return [Requirement(text) for text in texts]


def needs_of(requirement: Requirement, version: str, python: str) -> list[Requirement]:
    """What an installed package requires; nothing where another version of it is installed."""
    try:
        installed = distribution(requirement.name)
    except PackageNotFoundError:
        return []
    if installed.version != version:
        return []
    needs = [Requirement(text) for text in installed.requires or []]
    environments = [worker(python, extra) for extra in ("", *requirement.extras)]
    return [
        need
        for need in needs
        if need.marker is None or any(need.marker.evaluate(where) for where in environments)
    ]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_of_a_lock_is_a_pin_with_hashes_or_a_comment(name: str) -> None:
    rest = ENTRY.sub("", (ROOT / name).read_text(encoding="utf-8"))
    assert read_lock(name)
    assert [line for line in rest.splitlines() if line and not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_says_how_it_is_made(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "python tools/make_lock.py" in text.splitlines()[1]


@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_the_lock_holds_every_pin_of_pyproject_at_its_version(python: str) -> None:
    locked = {pin.name: pin.version for pin in read_lock(LOCKS[0]) if pin.holds_on(python)}
    pins = {canonicalize_name(pin.name): str(pin.specifier) for pin in image_requirements()}
    assert pins == {name: f"=={locked.get(name)}" for name in pins}


def test_the_build_lock_holds_what_builds_the_package() -> None:
    locked = {f"{pin.name}=={pin.version}" for pin in read_lock(LOCKS[1])}
    assert set(PROJECT["build-system"]["requires"]) <= locked


@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_the_lock_lacks_nothing_that_its_packages_need(python: str) -> None:
    locked = {pin.name: pin.version for pin in read_lock(LOCKS[0]) if pin.holds_on(python)}
    wanted = image_requirements()
    seen: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = canonicalize_name(requirement.name)
        assert name in locked, f"{requirement} is not in the lock for Python {python}"
        assert requirement.specifier.contains(locked[name], prereleases=True), requirement
        wanted += needs_of(requirement, locked[name], python)
    assert len(seen) > len(image_requirements())


def test_a_lock_holds_one_version_of_a_package_for_each_python() -> None:
    for python in ("3.11", "3.12", "3.13"):
        names = [pin.name for pin in read_lock(LOCKS[0]) if pin.holds_on(python)]
        assert len(names) == len(set(names))
