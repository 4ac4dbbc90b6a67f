"""A folder -> the texts and file names that the doctor looks at; the one place where it reads them.

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
_LEAVES_OUT = {".git", ".venv", "venv", "node_modules", "__pycache__", "out"}
_TELLS = re.compile(r"(\.runpod/)?(hub\.json|tests\.json|Dockerfile(\.\w+)?)")
_MAX_BYTES = 4_000_000
"""No such file is as large by right; a lock with hashes has 0.2 MB."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """What was read.

    Args:
        texts: path -> text, line ends as they are.
        files: paths of all files, from the folder, with forward slashes.
    """

    texts: dict[str, str] = field(default_factory=dict)
    files: frozenset[str] = frozenset()

    @property
    def is_deployment(self) -> bool:
        """Whether anything here says how to deploy."""
        return any(_TELLS.fullmatch(file) for file in self.files)


def read_checkout(folder: Path) -> Checkout:
    """Read a checkout.

    Args:
        folder: its root.

    Returns:
        It; a file that cannot be read counts as one that is not there.
    """
    files = frozenset(_walk(folder))
    texts = {}
    for file in sorted(files):
        if _READ.fullmatch(file):
            text = _read(folder / file)
            if text is not None:
                texts[file] = text
    return Checkout(texts, files)


def _walk(folder: Path) -> Iterator[str]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEAVES_OUT)
        for name in names:
            yield (Path(above) / name).relative_to(folder).as_posix()


def _read(path: Path) -> str | None:
    try:
        if path.stat().st_size > _MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None
