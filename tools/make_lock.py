"""pyproject.toml's ranges -> requirements/*.lock, exact versions with hashes, and requirements.txt.

    python tools/make_lock.py [--upgrade]

One resolution serves all: test.lock contains everything, and the other locks are subsets of it, at
the same versions. Keeps the locked versions that still fit, unless --upgrade is given. Runs uv,
which test.lock installs. Does not choose the package index: uv's own settings do.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uv import find_uv_bin

ROOT = Path(__file__).parents[1]
FOLDER = "requirements"
PROJECT = "pyproject.toml"
LOCK = f"{FOLDER}/test.lock"
"""The lock that contains everything, relative to the checkout's root."""

EXTRAS: dict[str, tuple[str, ...]] = {
    "test": ("bake", "cog", "flux", "runpod", "test"),
    "base": (),
    "cog": ("cog",),
    "worker": ("cog", "flux", "runpod"),
}
"""Lock -> its extras in addition to the base dependencies; the first contains all the others."""

PURPOSES = {
    "test": "Everything, for `make test`: the base dependencies and every extra.",
    "base": "The base dependencies, for `make poster`.",
    "cog": "The base dependencies and the cog extra, for `make serve`.",
    "worker": "What the worker's image installs.",
    "build": "What builds the package: pyproject.toml's build-system.requires, and editables.",
    "audit": "The tool with which `make advisories` looks up advisories.",
    "lowest": "The lowest versions that pyproject.toml allows, for `make lowest`.",
}

LOWEST_EXTRAS = ("cog", "runpod")
LOWEST_TESTERS = ("hypothesis", "pytest")
"""What runs the contract tests with lowest.lock, at the versions of test.lock."""

IN_PLACE = "editables"
"""What hatchling also needs to install a checkout in place."""

AUDITOR = "pip-audit>=2.10"

COMMON = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--quiet")


def compile_lock(name: str, arguments: Sequence[str], text: str = "") -> None:
    """Write one lock.

    Args:
        name: the lock's name, a key of PURPOSES.
        arguments: arguments for uv: where the requirements are, and constraints.
        text: further requirements, one per line, passed on stdin (`-`).

    Raises:
        SystemExit: uv found no set of versions, or could not reach the index.
    """
    lock = lock_path(name)
    lock.parent.mkdir(exist_ok=True)
    command = ["pip", "compile", *COMMON, *arguments]
    # If the output file exists, uv prefers the versions in it.
    run = subprocess.run(
        [find_uv_bin(), *command, "--output-file", str(lock.relative_to(ROOT))],
        cwd=ROOT,
        input=text,
        text=True,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if run.returncode:
        raise SystemExit(f"{lock.name}: could not be made; see uv's output above")
    head = (
        f"# {PURPOSES[name]}\n"
        "# Made from pyproject.toml's ranges, for every platform, by: python tools/make_lock.py\n"
        f"# which runs: uv {' '.join(command)}\n\n"
    )
    lock.write_text(head + lock.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{FOLDER}/{lock.name}")


def lock_path(name: str) -> Path:
    """The path of a lock in this checkout."""
    return ROOT / FOLDER / f"{name}.lock"


def collect_versions(lock: Path) -> dict[str, str]:
    """Read the versions in a lock.

    Args:
        lock: its path.

    Returns:
        Package -> version, in the lock's order; the last one of a package with several versions.
    """
    text = lock.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


def read_markers(lock: Path) -> dict[str, str]:
    """Read on which platforms a lock's packages are installed.

    Args:
        lock: its path.

    Returns:
        Package -> environment marker; without packages that are installed everywhere.
    """
    text = lock.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==\S+ ; (.+?) \\$", text, re.MULTILINE))


def find_installed(lock: Path, environment: dict[str, str] | None = None) -> dict[str, str]:
    """Find what a lock installs on a platform.

    Args:
        lock: its path.
        environment: the platform, as markers ask for it; None is this machine.

    Returns:
        Package -> version, in the lock's order.
    """
    markers = read_markers(lock)
    return {
        name: version
        for name, version in collect_versions(lock).items()
        if name not in markers or Marker(markers[name]).evaluate(environment)
    }


def write_cog_requirements() -> None:
    """Write requirements.txt: what cog.yaml installs, as plain pins."""
    project = tomllib.loads((ROOT / PROJECT).read_text(encoding="utf-8"))["project"]
    versions = collect_versions(lock_path("worker"))
    texts = [*project["dependencies"], *project["optional-dependencies"]["flux"]]
    names = [canonicalize_name(Requirement(text).name) for text in texts]
    lines = [
        "# For Cog, which needs plain == pins (also of torch, to get the build for CUDA 12.8): the",
        "# base dependencies and the flux extra, at the versions in",
        f"# {FOLDER}/worker.lock. Made by: python tools/make_lock.py",
        *(f"{name}=={versions[name]}" for name in names),
    ]
    (ROOT / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("requirements.txt")


def flags_of(extras: Sequence[str]) -> list[str]:
    """Make uv's arguments for pyproject.toml with some extras."""
    return [PROJECT, *(word for extra in extras for word in ("--extra", extra))]


def main() -> None:
    """Write every lock, and requirements.txt."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="use the newest versions that fit")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    built_by = tomllib.loads((ROOT / PROJECT).read_text(encoding="utf-8"))["build-system"]
    whole, *parts = EXTRAS
    same = ["--constraint", LOCK]
    compile_lock(whole, [*flags_of(EXTRAS[whole]), *upgrade])
    for name in parts:
        compile_lock(name, [*flags_of(EXTRAS[name]), *same])
    compile_lock("build", ["-", *same], "\n".join([*built_by["requires"], IN_PLACE]))
    compile_lock("audit", ["-", *same], AUDITOR)
    versions = collect_versions(lock_path(whole))
    testers = "\n".join(f"{name}=={versions[name]}" for name in LOWEST_TESTERS)
    lowest = [*flags_of(LOWEST_EXTRAS), "-", "--resolution", "lowest-direct", "--upgrade"]
    compile_lock("lowest", lowest, testers)
    write_cog_requirements()


if __name__ == "__main__":
    main()
