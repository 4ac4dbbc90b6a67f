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
        name: as the mapping has it: its key, or its number.
        id: of the node.
        kind: the class that the node must be of.
        input: of the node.
    """

    name: str
    id: str
    kind: str
    input: str

    def __str__(self) -> str:
        return f"mapping {self.name!r:.60}"


def read_mapping(path: Path) -> tuple[Target, ...]:
    """Read a mapping file.

    Args:
        path: of a JSON list of objects with id, class and input, or of an object of such by name.

    Returns:
        The targets, in the file's order.

    Raises:
        RequestError: it cannot be read, or is no mapping.
    """
    return tuple(_read_targets(read_json_file(_NAME, path)))


def _read_targets(told: object) -> Iterator[Target]:
    if isinstance(told, list):
        entries = [(str(number), entry) for number, entry in enumerate(told, 1)]
    elif isinstance(told, dict):
        entries = list(told.items())
    else:
        raise RequestError(_NAME, "must be a list, or an object, of objects with id, class, input")
    if not 0 < len(entries) <= _MAX_TARGETS:
        raise RequestError(_NAME, f"must have 1 to {_MAX_TARGETS} entries, not {len(entries)}")
    for name, entry in entries:
        if not isinstance(entry, dict) or set(entry) != set(_KEYS):
            trouble = f"{name!r:.60} must be an object with id, class and input, and no more"
            raise RequestError(_NAME, trouble)
        id_ = entry["id"]
        # Handlers in other languages keep ids as numbers.
        values = [str(id_) if type(id_) is int else id_, entry["class"], entry["input"]]
        if not all(isinstance(value, str) and value and value.isprintable() for value in values):
            trouble = f"{name!r:.60} must have printable texts as id, class and input"
            raise RequestError(_NAME, trouble)
        yield Target(name, *values)
