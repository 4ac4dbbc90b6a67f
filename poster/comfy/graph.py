"""A workflow in memory: nodes, and the links and values that feed them.

Independent of file formats and node classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """Where an input's value comes from.

    Args:
        node: id of the node that outputs it.
        slot: which of its outputs, counted from 0.
    """

    node: str
    slot: int


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    Args:
        id: such as 9, or 11:74 for node 74 of subgraph 11.
        kind: its class; `class_type` in ComfyUI's files.
        inputs: by name, each a Link or a value of JSON.
        notes: its `_meta`, such as its title.
        is_other_version: whether it was saved with other inputs or outputs than its class has in
            the version of ComfyUI that this package knows, which then says nothing of it.
    """

    id: str
    kind: str
    inputs: Mapping[str, object]
    notes: Mapping[str, object] = field(default_factory=dict)
    is_other_version: bool = False

    def __str__(self) -> str:
        return f"node {self.id!r:.60} ({self.kind:.60})"

    def link(self, name: str) -> Link | None:
        """The link that feeds an input; None if it has a value, or nothing."""
        given = self.inputs.get(name)
        return given if isinstance(given, Link) else None


@dataclass(frozen=True, slots=True)
class Graph:
    """A workflow as ComfyUI runs it.

    Args:
        nodes: by id, in the file's order, without muted and bypassed ones.
    """

    nodes: Mapping[str, Node]

    def of_kind(self, kind: str) -> tuple[Node, ...]:
        """The nodes of a class, in the file's order."""
        return tuple(node for node in self.nodes.values() if node.kind == kind)
