"""The name of a node's class -> its signature: the inputs and outputs that ComfyUI declares.

A table of the nodes in posters and in the published FLUX.2 [klein] workflows. Does not
know custom nodes, or what a node does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

CONTROLS = ("fixed", "increment", "decrement", "randomize")
"""The values of control_after_generate, which the editor stores after a seed as one more widget."""

INPUT_FOLDER = "input"
"""ComfyUI's folder that LoadImage reads; it does not contain models."""

ANY = "*"
"""A kind that is compatible with every other."""

_LITERALS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "FILE"}


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a node.

    Args:
        kind: INT, FLOAT, STRING, BOOLEAN, COMBO or FILE if a widget can hold it; otherwise the type
            of the link that it needs, such as MODEL.
        default: the editor's value for a new widget; None if it has none.
        low: minimum, inclusive.
        high: maximum, inclusive.
        choices: of a COMBO.
        folder: of a FILE: below ComfyUI's models folder, or INPUT_FOLDER.
        control: whether the editor stores one more value, one of CONTROLS, after it.
        optional: whether the node runs without it.
    """

    kind: str
    default: str | int | float | bool | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    folder: str = ""
    control: bool = False
    optional: bool = False

    @property
    def is_literal(self) -> bool:
        """Whether it accepts a value, and not only a link."""
        return self.kind in _LITERALS

    @property
    def link_kind(self) -> str:
        """The type of link that it accepts."""
        return "COMBO" if self.kind == "FILE" else self.kind


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs and outputs of a node class.

    Args:
        inputs: by name, in the order of the editor's widgets.
        outputs: their types, in order.
    """

    inputs: Mapping[str, InputSpec]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeTable:
    """All signatures, and their source.

    Args:
        version: of ComfyUI.
        commit: of its repository.
        signatures: by class.
    """

    version: str
    commit: str
    signatures: Mapping[str, Signature]


@cache
def read_table() -> NodeTable:
    """Read the table.

    Returns:
        The table, with the version of ComfyUI that the declarations come from.

    Source: ComfyUI 0.33.0, nodes.py and comfy_extras/nodes_*.py; nodes.json, in this folder, has
    the commit.
    """
    text = resources.files("poster.comfy").joinpath("nodes.json").read_text("utf-8")
    table = json.loads(text)
    signatures = {
        kind: Signature(
            inputs={name: _read_input(entry) for name, entry in node["inputs"].items()},
            outputs=tuple(node["outputs"]),
        )
        for kind, node in table["nodes"].items()
    }
    return NodeTable(table["version"], table["commit"], signatures)


def find_signature(kind: str) -> Signature | None:
    """Look up a class.

    Args:
        kind: its name, such as KSamplerSelect.

    Returns:
        Its signature; None for a class that is not in the table.
    """
    return read_table().signatures.get(kind)


def _read_input(entry: Mapping[str, Any]) -> InputSpec:
    return InputSpec(**{**entry, "choices": tuple(entry.get("choices", ()))})
