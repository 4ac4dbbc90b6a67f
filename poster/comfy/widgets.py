"""A drawn node's widget values, in order -> values by the names of its inputs.

The editor saves them without names; the order of inputs in the class's declaration identifies them.
"""

from __future__ import annotations

from collections.abc import Mapping

from poster.comfy.drawing import Canvas, DrawnNode
from poster.comfy.nodes import CONTROLS, find_signature

_WIDGET_KINDS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
_OWN = "-1"
"""The subgraph itself, in a list of proxied widgets."""


def name_widgets(node: DrawnNode) -> dict[str, object]:
    """Name the values of a node's widgets.

    Args:
        node: as drawn.

    Returns:
        Values by input. A known class's missing values get the editor's defaults: a widget added in
        a later version has no value in an older file. An unknown class's values are named only if
        its inputs have the same number of names.
    """
    signature = find_signature(node.kind)
    if isinstance(node.widgets, Mapping):
        return {name: value for name, value in node.widgets.items() if name.isprintable()}
    values = list(node.widgets or [])
    if signature is None:
        names = [slot.name for slot in node.inputs if slot.is_widget]
        return dict(zip(names, values, strict=True)) if len(names) == len(values) else {}
    named: dict[str, object] = {}
    for name, spec in signature.inputs.items():
        if not spec.is_literal:
            continue
        if values:
            named[name] = values.pop(0)
            if spec.control and values and values[0] in CONTROLS:
                values.pop(0)
        elif spec.default is not None:
            named[name] = spec.default
    return named


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
    return next(
        (dict(zip(names, values, strict=True)) for names in ways if len(names) == len(values)), {}
    )
