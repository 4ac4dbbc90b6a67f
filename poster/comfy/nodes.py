"""The name of a node's class -> its signature: the inputs and outputs that ComfyUI declares.

A table of the classes that one version of ComfyUI has by itself, written by
tools/read_comfyui_nodes.py. Does not know custom nodes, or what a node does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

CONTROLS = ("fixed", "increment", "decrement", "randomize")
"""The values of control_after_generate, which the editor stores after a seed as one more widget."""

INPUT_FOLDER = "input"
"""ComfyUI's folder that LoadImage reads; it does not contain models."""

ANY = "*"
"""A kind that is compatible with every other."""

_AUTOGROW, _DYNAMIC_COMBO = "AUTOGROW", "DYNAMIC_COMBO"
_LITERALS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "FILE"}


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a node, or a group of inputs with one declaration.

    Args:
        kind: INT, FLOAT, STRING, BOOLEAN, COMBO or FILE for a value, AUTOGROW or DYNAMIC_COMBO for
            a group, otherwise the types of the links that it accepts, such as MODEL or IMAGE,MASK.
        default: the editor's value for a new widget; None if it has none.
        low: minimum, inclusive.
        high: maximum, inclusive.
        choices: of a COMBO, or offered beside the files of a FILE; None if the source does not
            determine them.
        folder: of a FILE: below ComfyUI's models folder, or INPUT_FOLDER.
        control: whether the editor stores one more value, one of CONTROLS, after it.
        optional: whether the node runs without it.
        widget: whether the editor has a widget for it; None: as its kind usually has.
        many: whether a COMBO takes a list of its choices.
        members: of an AUTOGROW, its inputs.
        options: of a DYNAMIC_COMBO, the further inputs that each of its choices brings.
    """

    kind: str
    default: str | int | float | bool | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str | int | float | bool, ...] | None = None
    folder: str = ""
    control: bool = False
    optional: bool = False
    widget: bool | None = None
    many: bool = False
    members: Mapping[str, InputSpec] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, InputSpec]] = field(default_factory=dict)

    @property
    def is_literal(self) -> bool:
        """Whether it accepts a value, and not only a link."""
        return self.kind in _LITERALS or bool(self.widget) or ANY in self.link_kinds

    @property
    def needs_link(self) -> bool:
        """Whether it accepts only a link: some class outputs its type, and no value is of it."""
        return not self.is_literal and self.link_kinds <= _list_output_kinds()

    @property
    def has_widget(self) -> bool:
        """Whether the editor stores a value for it."""
        return self.kind in {*_LITERALS, _DYNAMIC_COMBO} if self.widget is None else self.widget

    @property
    def link_kinds(self) -> frozenset[str]:
        """The types of link that it accepts."""
        return frozenset(("COMBO",) if self.kind == "FILE" else split_kinds(self.kind))


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs and outputs of a node class.

    Args:
        inputs: by name, in the order of the editor's widgets.
        outputs: their types, in order.
        names: the outputs' names, in order.
        is_end: whether ComfyUI runs it for its own sake, such as a node that saves something.
        has_list_types: whether a COMBO of it is of the type of its list, which no COMBO matches.
        checks_links: whether the class checks the types of its links itself.
    """

    inputs: Mapping[str, InputSpec]
    outputs: tuple[str, ...]
    names: tuple[str, ...] = ()
    is_end: bool = False
    has_list_types: bool = False
    checks_links: bool = False

    def expand(self, given: Mapping[str, object]) -> dict[str, InputSpec]:
        """List the inputs that a node has, with those that its values bring.

        Args:
            given: the node's values and links, by name.

        Returns:
            Its inputs, by the names that a workflow has for them.

        Source: ComfyUI 0.33.0, comfy_api/latest/_io.py, parse_class_inputs.
        """
        return _expand(self.inputs, given, "")


@dataclass(frozen=True, slots=True)
class NodeTable:
    """All classes, and their source.

    Args:
        source: address of the repository.
        version: of ComfyUI.
        commit: of its repository.
        date: of the commit.
        replaced: names that ComfyUI itself replaces by those of other classes.
        declared: what each class declares, by name, as in the file.
    """

    source: str
    version: str
    commit: str
    date: str
    replaced: Mapping[str, str]
    declared: Mapping[str, Mapping[str, Any]]

    def __str__(self) -> str:
        return f"ComfyUI {self.version} ({self.date})"


@cache
def read_table() -> NodeTable:
    """Read the table.

    Returns:
        The table, with the version of ComfyUI that the declarations come from.

    Source: ComfyUI, nodes.py, comfy_extras/nodes_*.py and comfy_api_nodes/nodes_*.py, at the commit
    that the file names.
    """
    text = resources.files("poster.comfy").joinpath("nodes.json").read_text("utf-8")
    table = json.loads(text)
    return NodeTable(declared=table.pop("nodes"), **table)


@cache
def find_signature(kind: str) -> Signature | None:
    """Look up a class.

    Args:
        kind: its name, such as KSamplerSelect.

    Returns:
        Its signature; None for a class that is not in the table, or whose declaration could not be
        read from the source.
    """
    declared = read_table().declared.get(kind)
    if not declared:
        return None
    return Signature(
        inputs=_read_inputs(declared["inputs"]),
        outputs=tuple(declared["outputs"]),
        names=tuple(declared.get("names", declared["outputs"])),
        is_end=declared.get("ends", False),
        has_list_types=declared.get("lists", False),
        checks_links=declared.get("links", False),
    )


@cache
def _list_output_kinds() -> frozenset[str]:
    outputs = (node.get("outputs", ()) for node in read_table().declared.values())
    return frozenset(one for kinds in outputs for kind in kinds for one in split_kinds(kind))


def is_known(kind: str) -> bool:
    """Whether ComfyUI has a class of this name by itself, or replaces the name by another."""
    table = read_table()
    return kind in table.declared or kind in table.replaced


def split_kinds(kind: str) -> frozenset[str]:
    """Split a union of types, such as IMAGE,MASK."""
    return frozenset(part.strip() for part in kind.split(","))


def _expand(
    specs: Mapping[str, InputSpec], given: Mapping[str, object], prefix: str
) -> dict[str, InputSpec]:
    expanded: dict[str, InputSpec] = {}
    for name, spec in specs.items():
        full = f"{prefix}{name}"
        if spec.kind == _AUTOGROW:
            expanded |= {f"{full}.{each}": member for each, member in spec.members.items()}
        elif spec.kind == _DYNAMIC_COMBO:
            chosen = given.get(full)
            # Without a choice, ComfyUI leaves it to the node.
            optional = spec.optional or full not in given
            choices = tuple(spec.options)
            expanded[full] = replace(spec, kind="COMBO", choices=choices, optional=optional)
            inner = spec.options.get(chosen, {}) if isinstance(chosen, str) else {}
            expanded |= _expand(inner, given, f"{full}.")
        else:
            expanded[full] = spec
    return expanded


def _read_inputs(entries: Mapping[str, Any]) -> dict[str, InputSpec]:
    return {name: _read_input(entry) for name, entry in entries.items()}


def _read_input(entry: Mapping[str, Any]) -> InputSpec:
    fields = dict(entry)
    if fields["kind"] == _AUTOGROW:
        each = replace(_read_input(fields["each"]), widget=False)
        optional = replace(each, optional=True)
        named = enumerate(fields["names"])
        members = {name: each if at < fields["required"] else optional for at, name in named}
        return InputSpec(_AUTOGROW, optional=fields.get("optional", False), members=members)
    if "choices" in fields:
        fields["choices"] = tuple(fields["choices"])
    if "options" in fields:
        options = fields["options"]
        fields["options"] = {key: _read_inputs(inner) for key, inner in options.items()}
    return InputSpec(**fields)
