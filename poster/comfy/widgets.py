"""A drawn node's widget values, in order -> values by the names of its inputs.

The editor saves them without names; the order of inputs in the class's declaration identifies them.
"""

from __future__ import annotations

from collections.abc import Mapping

from poster.comfy.drawing import Canvas, DrawnNode
from poster.comfy.nodes import CONTROLS, InputSpec, find_signature

_WIDGET_KINDS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO", "FILE"}
_BUTTONS = {"upload", "audioUI"}
"""Widgets that the editor adds to a node for itself; ComfyUI has no such input."""

_OWN = "-1"
"""The subgraph itself, in a list of proxied widgets."""


def name_widgets(node: DrawnNode) -> dict[str, object]:
    """Name the values of a node's widgets.

    Args:
        node: as drawn.

    Returns:
        Values by input, lists wrapped as the editor does for the API. A known class's missing
        values get the editor's defaults: a widget added in a later version has no value in an older
        file. Empty if the values cannot be named.
    """
    if isinstance(node.widgets, Mapping):
        return {name: value for name, value in node.widgets.items() if name.isprintable()}
    values = [{"__value__": one} if isinstance(one, list) else one for one in node.widgets or []]
    signature = find_signature(node.kind)
    if signature is None or not fits_class(node):
        return _take_shown(node, values)
    named: dict[str, object] = {}
    _take(signature.inputs, values, named, "")
    return named


def fits_class(node: DrawnNode) -> bool:
    """Check whether a node was saved with the inputs and outputs that its class has in the table.

    Args:
        node: as drawn, of a class in the table.

    Returns:
        Whether it was; if not, it is from another version of ComfyUI.
    """
    signature = find_signature(node.kind)
    if signature is None or len(node.outputs) > len(signature.outputs):
        return False
    named: dict[str, object] = {}
    if isinstance(node.widgets, list):
        _take(signature.inputs, list(node.widgets), named, "")
    specs = signature.expand(named)
    shown = {slot.name for slot in node.inputs if slot.is_widget} - _BUTTONS
    return shown <= set(specs) and all(_fits(value, specs[name]) for name, value in named.items())


def _take(
    specs: Mapping[str, InputSpec], values: list[object], named: dict[str, object], prefix: str
) -> None:
    """Move values from the front of a list to the names of their inputs."""
    later = [spec for spec in specs.values() if spec.has_widget]
    for name, spec in specs.items():
        full = f"{prefix}{name}"
        if not spec.has_widget:
            if not spec.needs_link and not spec.members and not spec.optional:
                # The editor has a widget of its own for a type that no class outputs.
                named[full] = {}
            continue
        later.pop(0)
        if values:
            named[full] = values.pop(0)
            if spec.control and values and _is_control(values[0], later):
                values.pop(0)
        elif spec.default is not None:
            named[full] = spec.default
        elif spec.options:
            named[full] = next(iter(spec.options))
        elif spec.kind not in _WIDGET_KINDS:
            named[full] = {}
        chosen = named.get(full)
        if isinstance(chosen, str):
            _take(spec.options.get(chosen, {}), values, named, f"{full}.")


def _is_control(value: object, later: list[InputSpec]) -> bool:
    """Whether a value after a seed is its control_after_generate, which was a boolean in 2023."""
    is_older = isinstance(value, bool) and not (later and later[0].kind == "BOOLEAN")
    return value in CONTROLS or is_older


def _take_shown(node: DrawnNode, values: list[object]) -> dict[str, object]:
    """Name values by the inputs that the file itself shows as widgets; empty if they do not fit."""
    shown = [slot.name for slot in node.inputs if slot.is_widget]
    named: dict[str, object] = {}
    for name in shown:
        if not values:
            return {}
        named[name] = values.pop(0)
        if values and isinstance(named[name], int) and values[0] in CONTROLS:
            values.pop(0)
    return {} if values else named


def _fits(value: object, spec: InputSpec) -> bool:
    """Whether the editor's widget for an input can have a value."""
    match spec.kind:
        case "INT" | "FLOAT":
            return isinstance(value, (int, float))
        case "STRING" | "FILE":
            return isinstance(value, str) or value is None
        case "BOOLEAN":
            return isinstance(value, (bool, int))
        case "COMBO":
            return spec.many or not isinstance(value, (dict, list))
        case _:
            return True


def name_promoted(node: DrawnNode, canvas: Canvas) -> dict[tuple[str, str], object]:
    """Name the widget values of a node that represents a subgraph.

    Args:
        node: as drawn.
        canvas: of the subgraph.

    Returns:
        Values by inner node and name; the node is empty for the subgraph's own input. Empty if the
        values cannot be identified; then the inner values apply.
    """
    values = list(node.widgets) if isinstance(node.widgets, list) else []
    own = [("", slot.name) for slot in canvas.inputs if slot.kind in _WIDGET_KINDS]
    shown = [("", slot.name) for slot in node.inputs if slot.is_widget]
    proxied = [("" if id_ == _OWN else id_, name) for id_, name in node.proxies or ()]
    ways = [proxied] if node.proxies else [own, shown]
    fitting = (zip(names, values, strict=True) for names in ways if len(names) == len(values))
    # The editor stores null for a widget that is only shown: the inner node keeps its value.
    return {place: value for place, value in next(fitting, ()) if value is not None}
