"""The locks, against pyproject.toml, each other and what their packages need."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.make_lock import (
    EXTRAS,
    FOLDER,
    IN_PLACE,
    LOWEST_EXTRAS,
    PURPOSES,
    collect_versions,
    lock_path,
)

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PARTS = [name for name in EXTRAS if name != "test"]
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


def text_of(name: str) -> str:
    return lock_path(name).read_text(encoding="utf-8")


def read_lock(name: str) -> list[Pin]:
    return [
        Pin(found["name"], found["version"], Marker(found["marker"]) if found["marker"] else None)
        for found in ENTRY.finditer(text_of(name))
    ]


def requirements_of(names: Iterable[str]) -> list[Requirement]:
    """The base dependencies and those of some extras, as pyproject.toml has them."""
    extras = PROJECT["project"]["optional-dependencies"]
    texts = [
        *PROJECT["project"]["dependencies"],
        *(text for name in names for text in extras[name]),
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


@pytest.mark.parametrize("name", PURPOSES)
def test_every_line_of_a_lock_is_a_pin_with_hashes_or_a_comment(name: str) -> None:
    rest = ENTRY.sub("", text_of(name))
    assert read_lock(name)
    assert [line for line in rest.splitlines() if line and not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize("name", PURPOSES)
def test_a_lock_names_no_host_and_says_how_it_is_made(name: str) -> None:
    text = text_of(name)
    assert "://" not in text
    assert "index-url" not in text
    assert "python tools/make_lock.py" in text.splitlines()[1]


def test_there_is_no_other_lock() -> None:
    assert {path.stem for path in (ROOT / FOLDER).glob("*.lock")} == set(PURPOSES)


@pytest.mark.parametrize("name", EXTRAS)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_a_lock_holds_what_pyproject_asks_for_within_its_ranges(name: str, python: str) -> None:
    locked = {pin.name: pin.version for pin in read_lock(name) if pin.holds_on(python)}
    for wanted in requirements_of(EXTRAS[name]):
        version = locked[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version, prereleases=True), wanted


@pytest.mark.parametrize("name", [*PARTS, "build"])
def test_what_a_part_holds_is_in_the_whole_at_the_same_versions_and_hashes(name: str) -> None:
    whole = {found["name"] + found["version"]: found["hashes"] for found in entries("test")}
    parts = {found["name"] + found["version"]: found["hashes"] for found in entries(name)}
    assert parts.items() <= whole.items()


def entries(name: str) -> Iterator[re.Match[str]]:
    return ENTRY.finditer(text_of(name))


def test_the_build_lock_holds_what_builds_the_package() -> None:
    locked = collect_versions(lock_path("build"))
    for text in PROJECT["build-system"]["requires"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(locked[wanted.name])
    assert IN_PLACE in locked


def test_fonts_are_pinned_exactly_for_another_version_is_another_picture() -> None:
    fonts = [need for need in requirements_of(()) if "font" in need.name]
    assert len(fonts) >= 10
    assert all(str(font.specifier).startswith("==") for font in fonts)


def test_no_other_base_dependency_is_pinned_for_they_share_an_environment_with_others() -> None:
    others = [need for need in requirements_of(()) if "font" not in need.name]
    assert [str(need) for need in others if "==" in str(need.specifier)] == []


def test_the_lowest_lock_holds_the_lower_bounds() -> None:
    locked = collect_versions(lock_path("lowest"))
    for wanted in requirements_of(LOWEST_EXTRAS):
        [bound] = [part.version for part in wanted.specifier if part.operator in {">=", "=="}]
        version = locked[canonicalize_name(wanted.name)]
        # A bound may name no patch: the first release at or above it is the lowest.
        assert version.split(".")[: len(bound.split("."))] == bound.split("."), wanted


@pytest.mark.parametrize("name", ["base", "cog", "worker"])
@pytest.mark.parametrize("python", ["3.11", "3.12"])
def test_a_lock_lacks_nothing_that_its_packages_need(name: str, python: str) -> None:
    locked = {pin.name: pin.version for pin in read_lock(name) if pin.holds_on(python)}
    wanted = requirements_of(EXTRAS[name])
    first = len(wanted)
    seen: set[str] = set()
    while wanted:
        requirement = wanted.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        package = canonicalize_name(requirement.name)
        assert package in locked, f"{requirement} is not in the lock for Python {python}"
        assert requirement.specifier.contains(locked[package], prereleases=True), requirement
        wanted += needs_of(requirement, locked[package], python)
    assert len(seen) > first


@pytest.mark.parametrize("name", PURPOSES)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_a_lock_holds_one_version_of_a_package_for_each_python(name: str, python: str) -> None:
    names = [pin.name for pin in read_lock(name) if pin.holds_on(python)]
    assert len(names) == len(set(names))


def test_cogs_requirements_are_the_workers_versions_and_name_no_more_than_cog_needs() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    locked = collect_versions(lock_path("worker"))
    assert pins == {name: locked[name] for name in pins}
    assert set(pins) == {canonicalize_name(need.name) for need in requirements_of(["flux"])}
