"""The values that a drawn node's widgets hold, in order -> values by the names of its inputs.

The editor saves them without names, so that the order of a class's declaration says which is which.
"""

from __future__ import annotations

from collections.abc import Mapping

from poster.comfy.drawing import Canvas, DrawnNode
from poster.comfy.nodes import CONTROLS, find_signature

_WIDGET_KINDS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
_OWN = "-1"
"""Names the subgraph itself in a list of proxied widgets."""


def name_widgets(node: DrawnNode) -> dict[str, object]:
    """Name the values of a node's widgets.

    Args:
        node: as it is drawn.

    Returns:
        Values by input. A known class's missing ones are what the editor would fill in: a widget
        that came with a later version has no value in an older file. An unknown class's are named
        where its inputs say as many names.
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
    """Name the values of the widgets of a node that stands for a subgraph.

    Args:
        node: as it is drawn.
        canvas: of the subgraph.

    Returns:
        Values by node inside and name; the node is empty for the subgraph's own input. Where it
        cannot be told which is which there are none: then what is inside holds.
    """
    values = list(node.widgets) if isinstance(node.widgets, list) else []
    own = [("", slot.name) for slot in canvas.inputs if slot.kind in _WIDGET_KINDS]
    shown = [("", slot.name) for slot in node.inputs if slot.is_widget]
    proxied = [("" if id_ == _OWN else id_, name) for id_, name in node.proxies or ()]
    ways = [proxied] if node.proxies else [own, shown]
    return next(
        (dict(zip(names, values, strict=True)) for names in ways if len(names) == len(values)), {}
    )
