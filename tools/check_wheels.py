"""pyproject.toml's ranges -> on which platforms and Python versions every dependency has a wheel.

    python -m tools.check_wheels

Resolves each combination without installing anything; a package that would have to be compiled on
the user's machine counts as missing. Does not choose the package index: uv's own settings do.
"""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from uv import find_uv_bin

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACOS = "14.0"
"""The oldest macOS that torch has wheels for."""

PLATFORMS = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux arm64": "aarch64-manylinux_2_28",
    f"macOS {MACOS} arm64": "aarch64-apple-darwin",
    "Windows x86-64": "x86_64-pc-windows-msvc",
}
"""Platform -> uv's name for it."""

EXTRAS = ("", "cog", "runpod", "flux")
"""Extras that users install in addition to the base dependencies; "" is none."""

ENVIRONMENT = {"MACOSX_DEPLOYMENT_TARGET": MACOS, "UV_PYTHON_DOWNLOADS": "never"}
UV = find_uv_bin()

NO_WHEELS = {
    ("Windows x86-64", "cog"): "coglet has no wheel for Windows: serve from Linux, macOS or WSL",
    ("Windows x86-64", "runpod"): "coglet has no wheel for Windows: run the worker on Linux",
}
"""Combinations that are known to have no wheels, and what to do instead."""


def find_trouble(python: str, platform: str, extra: str, folder: Path = ROOT) -> str:
    """Resolve one combination.

    Args:
        python: Python's version, such as 3.11.
        platform: a key of PLATFORMS.
        extra: an extra of pyproject.toml, or "".
        folder: the folder of pyproject.toml.

    Returns:
        Why uv found no set of wheels, in one line; empty if it found one.

    Raises:
        SystemExit: uv could not reach the index, twice.
    """
    command = [
        *(UV, "pip", "compile", "pyproject.toml", "--quiet", "--no-header", "--no-annotate"),
        *("--python-version", python, "--python-platform", PLATFORMS[platform]),
        *("--only-binary", ":all:"),
        *(("--extra", extra) if extra else ()),
    ]
    environment = {**os.environ, **ENVIRONMENT}
    for _ in range(2):
        run = subprocess.run(
            command, cwd=folder, env=environment, check=False, capture_output=True, text=True
        )
        if not run.returncode:
            return ""
        if "No solution found" in run.stderr:
            return " ".join(run.stderr.split())
    raise SystemExit(f"uv could not resolve pyproject.toml: {run.stderr.strip()}")


def main() -> None:
    """Print a table; fail if the combinations without wheels are not those in NO_WHEELS."""
    asked = list(product(EXTRAS, PLATFORMS, PYTHONS))
    with ThreadPoolExecutor() as pool:
        troubles = pool.map(lambda one: find_trouble(one[2], one[1], one[0]), asked)
        found = dict(zip(asked, troubles, strict=True))
    print(f"{'':18}{'':10}{''.join(f'{python:>7}' for python in PYTHONS)}")
    for platform, extra in product(PLATFORMS, EXTRAS):
        cells = ["no" if found[extra, platform, python] else "yes" for python in PYTHONS]
        print(f"{platform:18}{extra or 'base':10}{''.join(f'{cell:>7}' for cell in cells)}")
    wrong = []
    for (extra, platform, python), trouble in found.items():
        if bool(trouble) != ((platform, extra) in NO_WHEELS):
            name = f"{platform}, {extra or 'base'}, Python {python}"
            wrong.append(f"{name}: {trouble or 'has wheels now: remove it from NO_WHEELS'}")
    for (platform, extra), advice in NO_WHEELS.items():
        print(f"{platform}, {extra}: {advice}")
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
