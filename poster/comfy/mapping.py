"""A handler's mapping as JSON -> where it writes into a workflow.

Does not know the workflow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from poster.comfy.json_file import read_json_file
from poster.errors import RequestError

_NAME = "mapping"
_MAX_TARGETS = 1000
_KEYS = ("id", "class", "input")


@dataclass(frozen=True, slots=True)
class Target:
    """One place that a handler writes to.

    Args:
        name: its key or number in the mapping.
        id: the node's id.
        kind: the class that the node must have.
        input: the node's input.
    """

    name: str
    id: str
    kind: str
    input: str

    def __str__(self) -> str:
        return f"mapping entry {_show(self.name)}"


def read_mapping(path: Path) -> tuple[Target, ...]:
    """Read a mapping file.

    Args:
        path: of a JSON file: a list of objects with id, class and input, or an object of them by
            name.

    Returns:
        The targets, in the file's order.

    Raises:
        RequestError: it cannot be read, or is not a mapping.
    """
    return tuple(_read_targets(read_json_file(_NAME, path)))


def _show(name: str) -> str:
    """Show an entry's number, or its name in quotes."""
    return name if name.isdecimal() and len(name) < 6 else f"{name!r:.60}"


def _read_targets(value: object) -> Iterator[Target]:
    if isinstance(value, list):
        entries = [(str(number), entry) for number, entry in enumerate(value, 1)]
    elif isinstance(value, dict):
        entries = list(value.items())
    else:
        raise RequestError(_NAME, "must be a list or an object of objects with id, class and input")
    if not 0 < len(entries) <= _MAX_TARGETS:
        raise RequestError(_NAME, f"must have 1 to {_MAX_TARGETS} entries, not {len(entries)}")
    for name, entry in entries:
        if not isinstance(entry, dict) or set(entry) != set(_KEYS):
            trouble = f"entry {_show(name)} must be an object with exactly id, class and input"
            raise RequestError(_NAME, trouble)
        id_ = entry["id"]
        # Handlers in other languages store ids as numbers.
        values = [str(id_) if type(id_) is int else id_, entry["class"], entry["input"]]
        if not all(isinstance(text, str) and text and text.isprintable() for text in values):
            trouble = f"entry {_show(name)} must have printable strings as id, class and input"
            raise RequestError(_NAME, trouble)
        yield Target(name, *values)
