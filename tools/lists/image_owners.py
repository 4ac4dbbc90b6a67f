"""Checkouts of projects -> the namespaces in which each of them publishes its own Docker images.

Reads what a project's own documentation names: an image in a namespace of the project's owner or
name, or one that is named after the project. Does not know which registry has it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tools.lists.runpod_docs import SourceError

_REGISTRIES = r"docker\.io|ghcr\.io|nvcr\.io|gcr\.io|quay\.io|hub\.docker\.com/r"
_IMAGE = re.compile(
    rf"(?<![\w./-])(?:(?P<registry>{_REGISTRIES})/)?"
    r"(?P<namespace>[a-z0-9][a-z0-9_-]+)/(?P<image>[a-z0-9][a-z0-9._-]*)(?P<tag>:[A-Za-z0-9]|)"
)


def read_image_owners(folder: Path) -> dict[str, Any]:
    """Read the namespaces.

    Args:
        folder: contains checkouts, each at OWNER/NAME as on GitHub.

    Returns:
        owners: namespace -> the project whose documentation names it, as OWNER/NAME.

    Raises:
        SourceError: there are no checkouts, or one of them names no image of its own.
    """
    owners: dict[str, str] = {}
    checkouts = sorted(path for path in folder.glob("*/*") if path.is_dir())
    if not checkouts:
        raise SourceError(f"{folder} contains no folder OWNER/NAME")
    for checkout in checkouts:
        owner, name = checkout.parent.name, checkout.name
        found = _namespaces(checkout, owner.lower(), name.lower())
        if not found:
            raise SourceError(f"{owner}/{name} names no image of its own")
        for namespace in sorted(found):
            owners.setdefault(namespace, f"{owner}/{name}")
    return {"owners": dict(sorted(owners.items()))}


def _namespaces(checkout: Path, owner: str, name: str) -> set[str]:
    found = set()
    for path in sorted(checkout.rglob("*")):
        if path.suffix not in {".md", ".mdx", ".rst"}:
            continue
        for match in _IMAGE.finditer(path.read_text(encoding="utf-8", errors="replace")):
            namespace, image = match["namespace"], match["image"]
            is_image = bool(match["registry"] or match["tag"])
            is_namesake = image.startswith(name) or name.startswith(f"{image}-")
            if is_image and (namespace in {owner, name} or is_namesake):
                found.add(namespace)
    return found - {"local", "library"}
