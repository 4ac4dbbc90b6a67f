"""A folder -> the texts and file names that the doctor checks. The doctor reads files only here.

Does not know what is in them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_READ = re.compile(
    r"(\.runpod/)?(Dockerfile(\.\w+)?|(hub|tests)\.json|handler\.py|runpod_shim\.py|[\w-]+\.sh)"
    r"|\.dockerignore|cog\.yaml|pyproject\.toml|requirements[\w/-]*\.(txt|lock)"
)
_SKIPPED = {".git", ".venv", "venv", "node_modules", "__pycache__", "out"}
_DEPLOYS = re.compile(r"(\.runpod/)?(hub\.json|tests\.json|Dockerfile(\.\w+)?)")
_MAX_BYTES = 4_000_000
"""Larger than any of these files needs to be; a lock with hashes has 0.2 MB."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The files of a checkout.

    Args:
        texts: path -> text, with its original line endings.
        files: paths of all files, relative to the folder, with forward slashes.
    """

    texts: dict[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    @property
    def is_deployment(self) -> bool:
        """Whether the checkout contains a Hub file or a Dockerfile."""
        return any(_DEPLOYS.fullmatch(file) for file in self.files)


def read_checkout(folder: Path) -> Checkout:
    """Read a checkout.

    Args:
        folder: its root.

    Returns:
        The checkout; a file that cannot be read counts as missing.
    """
    files = frozenset(_walk(folder))
    texts = {}
    for file in sorted(files):
        if _READ.fullmatch(file):
            text = _read(folder / file)
            if text is not None:
                texts[file] = text
    return Checkout(texts, files)


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
