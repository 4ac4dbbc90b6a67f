"""The locks and the checkout's files -> the licence of every dependency and asset, checked.

    python -m tools.licences

Fails if a licence is neither allowed nor listed in licences.toml, if a package does not state its
licence, or if a folder of assets is not listed. Reads the installed packages; uses no network.
"""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from license_expression import ExpressionError, LicenseExpression, Licensing, get_spdx_licensing
from packaging.utils import canonicalize_name

from tools.make_lock import EXTRAS, collect_versions, find_installed, lock_path

ROOT = Path(__file__).parents[1]
TABLES = Path(__file__).with_suffix(".toml")
ASSETS = ("*.jpg", "*.png", "*.onnx", "*.heic", "*.webp", "*.ttf", "*.otf", "*.icc", "*.npz")
"""Patterns of binary files; git lists those in the checkout."""


@dataclass(frozen=True, slots=True)
class Part:
    """A dependency, or a folder of assets.

    Args:
        name: normalised name of the package, or the folder's path from the root.
        version: of the package; empty for a folder.
        licence: SPDX expression; empty if it is not known.
        found_in: the smallest lock that contains the package; for a folder, the file with details.
    """

    name: str
    version: str
    licence: str
    found_in: str


@cache
def tables() -> Mapping[str, Any]:
    """Read licences.toml."""
    return tomllib.loads(TABLES.read_text(encoding="utf-8"))


@cache
def spdx() -> Licensing:
    """Load SPDX's licence ids; reading them takes a quarter of a second."""
    return get_spdx_licensing()


def licence_of(package: Distribution) -> str:
    """Read a package's licence.

    Args:
        package: an installed package.

    Returns:
        SPDX expression: from licences.toml if it lists the package (somebody read its wheel),
        otherwise from the metadata; empty if neither gives one.
    """
    read: Mapping[str, str] = tables()["read"]
    words: Mapping[str, str] = tables()["words"]
    metadata = package.metadata.json
    classifiers = [text for text in metadata.get("classifier", ()) if "License ::" in text]
    said = (
        read.get(canonicalize_name(package.name), ""),
        str(metadata.get("license_expression", "")),
        str(metadata.get("license", "")),
        classifiers[0].split(" :: ")[-1] if len(classifiers) == 1 else "",
    )
    for text in map(str.strip, said):
        expression = words.get(text, text)
        if expression and is_spdx(expression):
            return expression
    return ""


def is_spdx(text: str) -> bool:
    """Whether a text is an SPDX expression; our own ids (LicenseRef-...) also count."""
    if "LicenseRef-" in text:
        return " " not in text
    return not spdx().validate(text).errors


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Whether an SPDX expression is satisfied by the allowed licences.

    Args:
        expression: SPDX; for OR, one allowed side is enough; for AND, all must be allowed.
        allowed: ids, or patterns such as `CC-BY-SA-*`.

    Returns:
        The answer; False if the text is not an SPDX expression.
    """
    try:
        parsed = spdx().parse(expression)
    except ExpressionError:
        return False
    return parsed is not None and _holds(parsed, allowed)


def _holds(parsed: LicenseExpression, allowed: Collection[str]) -> bool:
    if not parsed.args:
        return any(fnmatchcase(str(parsed), pattern) for pattern in allowed)
    sides = [_holds(side, allowed) for side in parsed.args]
    return any(sides) if isinstance(parsed, spdx().OR) else all(sides)


def find_packages() -> Iterator[Part]:
    """Find every package in test.lock that is installed on this machine."""
    locks = {name: collect_versions(lock_path(name)) for name in EXTRAS}
    for name, version in find_installed(lock_path("test")).items():
        smallest = min((lock for lock in locks if name in locks[lock]), key=lambda x: len(locks[x]))
        yield Part(name, version, licence_of(distribution(name)), smallest)


def find_assets() -> Iterator[Part]:
    """Find every folder with binary files."""
    listed: Mapping[str, list[str]] = tables()["assets"]
    git = ["git", "ls-files", "--", *ASSETS]
    run = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True)
    for folder in sorted({str(Path(line).parent) for line in run.stdout.splitlines()}):
        licence, says = listed.get(folder, ("", ""))
        is_there = (ROOT / folder / says).is_file()
        yield Part(folder, "", licence if is_there else "", says)


def find_trouble(part: Part) -> str:
    """Find what is wrong with a part's licence.

    Args:
        part: the dependency or folder.

    Returns:
        One line; empty if its licence is allowed, or listed for this part.
    """
    if not part.licence:
        return f"{part.name}: its licence is unknown; look it up, and add it to {TABLES.name}"
    named: Mapping[str, Mapping[str, str]] = tables()["named"]
    for_it = [
        licence
        for licence, parts in named.items()
        if any(fnmatchcase(part.name, pattern) for pattern in parts)
    ]
    if not is_allowed(part.licence, [*tables()["allowed"], *for_it]):
        return f"{part.name}: {part.licence} is neither allowed nor listed in {TABLES.name}"
    return ""


def main() -> None:
    """Print every part; fail if any licence is not allowed."""
    parts = [*find_packages(), *find_assets()]
    for part in parts:
        print(f"{part.name:36}{part.version:18} {part.found_in:16}{part.licence}")
    print("\nListed separately, because their terms require more than a notice:")
    for licence, names in tables()["named"].items():
        for name, why in names.items():
            print(f"  {name}: {licence}: {why}")
    troubles = [trouble for trouble in map(find_trouble, parts) if trouble]
    if troubles:
        raise SystemExit("\n" + "\n".join(troubles))
    print(f"\n{len(parts)} parts; every licence is allowed or listed.")


if __name__ == "__main__":
    main()
