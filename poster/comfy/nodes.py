"""The name of a node's class -> its signature: what ComfyUI declares that it takes and gives.

A table of the nodes that posters and the published FLUX.2 [klein] workflows are made of; knows no
custom node, and nothing of what a node does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

CONTROLS = ("fixed", "increment", "decrement", "randomize")
"""What the editor writes after a seed, in the place of one more widget: control_after_generate."""

INPUT_FOLDER = "input"
"""The folder of ComfyUI that LoadImage reads; it is no folder of models."""

ANY = "*"
"""A kind that goes with every other."""

_LITERALS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "FILE"}


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a node.

    Args:
        kind: INT, FLOAT, STRING, BOOLEAN, COMBO or FILE for what a widget holds; for what only a
            link brings, its type, such as MODEL.
        default: what the editor puts into a new widget; None where it has no such value.
        low: least number, inclusive.
        high: greatest number, inclusive.
        choices: of a COMBO.
        folder: of a FILE, below ComfyUI's models, or INPUT_FOLDER.
        control: whether the editor keeps one more value, one of CONTROLS, after it.
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
        """Whether a value can be written there, and not only a link."""
        return self.kind in _LITERALS

    @property
    def link_kind(self) -> str:
        """The type of what a link may bring."""
        return "COMBO" if self.kind == "FILE" else self.kind


@dataclass(frozen=True, slots=True)
class Signature:
    """What a class of nodes takes and gives.

    Args:
        inputs: by name, in the order of the editor's widgets.
        outputs: their types, in order.
    """

    inputs: Mapping[str, InputSpec]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeTable:
    """All signatures, and whose they are.

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
        It; its version is the one of ComfyUI that the declarations were taken from.

    Source: ComfyUI 0.33.0, nodes.py and comfy_extras/nodes_*.py; nodes.json beside this file says
    the commit.
    """
    text = resources.files("poster.comfy").joinpath("nodes.json").read_text("utf-8")
    told = json.loads(text)
    signatures = {
        kind: Signature(
            inputs={name: _read_input(entry) for name, entry in node["inputs"].items()},
            outputs=tuple(node["outputs"]),
        )
        for kind, node in told["nodes"].items()
    }
    return NodeTable(told["version"], told["commit"], signatures)


def find_signature(kind: str) -> Signature | None:
    """Look a class up.

    Args:
        kind: its name, such as KSamplerSelect.

    Returns:
        Its signature; None for a class that is not in the table.
    """
    return read_table().signatures.get(kind)


def _read_input(entry: Mapping[str, Any]) -> InputSpec:
    return InputSpec(**{**entry, "choices": tuple(entry.get("choices", ()))})
