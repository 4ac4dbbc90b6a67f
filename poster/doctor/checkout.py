"""A folder -> the texts and file names that the doctor checks. The doctor reads files only here.

Does not know what is in them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_READ = re.compile(
    r"(\.runpod/)?(Dockerfile(\.\w+)?|(hub|tests)\.json|handler\.py|runpod_shim\.py|[\w-]+\.sh)"
    r"|\.dockerignore|cog\.yaml|(docker-)?compose\.ya?ml|pyproject\.toml"
    r"|requirements[\w/-]*\.(txt|lock)"
)
_NAMED = re.compile(r"[\w-][\w.-]*\.(?:py|sh|txt)\b|(?<= -m )[\w.]+")
"""Scripts and requirements that a build names, and modules that it runs."""

_SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", "out"}
_HUB = re.compile(r"(\.runpod/)?(hub|tests)\.json")
_DOCKERFILE = re.compile(r"(\.runpod/)?Dockerfile(\.\w+)?")
_MAX_BYTES = 4_000_000
"""Larger than any of these files needs to be; a lock with hashes has 0.2 MB."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The files of a checkout.

    Args:
        texts: path -> text, with its original line endings, of the files that say how to deploy it
            and of the scripts that its builds name.
        files: paths of all files, relative to the folder, with forward slashes.
    """

    texts: dict[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    @property
    def is_deployment(self) -> bool:
        """Whether the checkout contains anything that the doctor checks."""
        return self.is_listing or any(
            _DOCKERFILE.fullmatch(file) or file == "cog.yaml" for file in self.files
        )

    @property
    def is_listing(self) -> bool:
        """Whether the checkout contains hub.json or tests.json."""
        return any(_HUB.fullmatch(file) for file in self.files)


def read_checkout(folder: Path) -> Checkout:
    """Read a checkout.

    Args:
        folder: its root.

    Returns:
        The checkout; a file that cannot be read counts as missing.
    """
    files = frozenset(_walk(folder))
    texts = _read_all(folder, (file for file in files if _READ.fullmatch(file)))
    builds = (file for file in texts if _DOCKERFILE.fullmatch(file) or file == "cog.yaml")
    named = {name for file in builds for name in _NAMED.findall(texts[file])}
    named |= {f"{name.rpartition('.')[2]}.py" for name in named}
    rest = (file for file in files - texts.keys() if file.rpartition("/")[2] in named)
    return Checkout(texts | _read_all(folder, rest), files)


def _read_all(folder: Path, files: Iterable[str]) -> dict[str, str]:
    read = ((file, _read(folder / file)) for file in sorted(files))
    return {file: text for file, text in read if text is not None}


def _is_skipped(folder: Path) -> bool:
    # A Python environment contains pyvenv.cfg, whatever its name.
    return folder.name in _SKIPPED or (folder / "pyvenv.cfg").exists()


def _walk(folder: Path) -> Iterator[str]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_skipped(Path(above, name)))
        for name in names:
            yield (Path(above) / name).relative_to(folder).as_posix()


def _read(path: Path) -> str | None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None
