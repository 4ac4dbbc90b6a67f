"""A file from ComfyUI's editor -> nodes, links and subgraphs as drawn, with their types checked.

Does not know what a drawing means: no link is followed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from poster.comfy.json_types import (
    MAX_NODES,
    WORKFLOW,
    expect_list,
    expect_object,
    expect_text,
    too_many,
)
from poster.errors import RequestError

_MUTED, _BYPASSED = 2, 4
"""Modes of a node. Source: ComfyUI's frontend, LGraphEventMode.NEVER and BYPASS."""

_MAX_LINKS = 10 * MAX_NODES
_MAX_SLOT = 1000
"""Limit on a node's inputs, outputs and widgets; the largest published nodes have tens."""

_ENTRY, _EXIT = "-10", "-20"
"""Ids of a subgraph's input and output. Source: its frontend, SUBGRAPH_INPUT_ID and OUTPUT_ID."""


@dataclass(frozen=True, slots=True)
class DrawnSlot:
    """An input or an output.

    Args:
        name: its name.
        kind: its type.
        link: id of the link that feeds an input; None if there is none, and for outputs.
        is_widget: whether an input also has a widget.
    """

    name: str
    kind: str
    link: str | None = None
    is_widget: bool = False


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node as it is drawn.

    Args:
        id: on its own canvas.
        kind: its class, or the id of the subgraph that it represents.
        mode: whether it runs.
        inputs: in order.
        outputs: in order.
        widgets: values in order, or by name; None if it has none.
        proxies: for a subgraph's node, the inner widgets that its own widgets represent, as node
            and name; the node is -1 for the subgraph's own input. None if the file has no list.
    """

    id: str
    kind: str
    mode: int
    inputs: tuple[DrawnSlot, ...]
    outputs: tuple[DrawnSlot, ...]
    widgets: list[object] | Mapping[str, object] | None
    proxies: tuple[tuple[str, str], ...] | None

    @property
    def is_muted(self) -> bool:
        """Whether it does not run, and neither do the nodes that depend on it."""
        return self.mode == _MUTED

    @property
    def is_bypassed(self) -> bool:
        """Whether it does not run, and passes its inputs through."""
        return self.mode == _BYPASSED


@dataclass(frozen=True, slots=True)
class DrawnLink:
    """A link as it is drawn.

    Args:
        id: on its own canvas.
        origin: the node that the link comes from.
        origin_slot: which of its outputs.
        target: the node that the link goes to.
        target_slot: which of its inputs, as drawn.
    """

    id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True, slots=True)
class Canvas:
    """The workflow itself, or the inside of a subgraph.

    Args:
        nodes: by id.
        links: by id; some may lead from or to a deleted node.
        inputs: of a subgraph.
        entry: the origin id of links that come from the subgraph's inputs.
        exits: of a subgraph: output number -> id of the link that feeds it.
    """

    nodes: Mapping[str, DrawnNode]
    links: Mapping[str, DrawnLink]
    inputs: tuple[DrawnSlot, ...] = ()
    entry: str = _ENTRY
    exits: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole file.

    Args:
        canvas: the workflow itself.
        subgraphs: by id; the nodes that represent a subgraph have its id as their class.
    """

    canvas: Canvas
    subgraphs: Mapping[str, Canvas]


def read_drawing(entries: Mapping[str, object]) -> Drawing:
    """Read the drawing from a file.

    Args:
        entries: the file's object.

    Returns:
        The drawing.

    Raises:
        RequestError: a part is not in the editor's format; the message names it.
    """
    definitions = expect_object(entries.get("definitions") or {}, "definitions")
    subgraphs = {}
    for entry in expect_list(definitions.get("subgraphs"), "definitions.subgraphs"):
        drawn = expect_object(entry, "a subgraph")
        id_ = expect_text(drawn.get("id"), "a subgraph's id")
        if id_ in subgraphs:
            raise RequestError(WORKFLOW, f"has the subgraph {id_!r:.60} twice")
        subgraphs[id_] = _read_canvas(drawn, f"subgraph {id_!r:.60}")
    return Drawing(_read_canvas(entries, "the file"), subgraphs)


def _read_canvas(drawn: Mapping[str, object], where: str) -> Canvas:
    nodes, links = {}, {}
    entries = expect_list(drawn.get("nodes"), f"{where}: nodes")
    if len(entries) > MAX_NODES:
        raise RequestError(WORKFLOW, too_many())
    for entry in entries:
        node = _read_node(expect_object(entry, f"{where}: a node"))
        if node.id in nodes:
            raise RequestError(WORKFLOW, f"has two nodes with the id {node.id!r:.60} in {where}")
        nodes[node.id] = node
    entries = expect_list(drawn.get("links"), f"{where}: links")
    if len(entries) > _MAX_LINKS:
        raise RequestError(WORKFLOW, f"has more than {_MAX_LINKS} links")
    for entry in entries:
        link = _read_link(entry)
        links[link.id] = link
    entry_id, exit_id = (
        _read_id(expect_object(drawn.get(name) or {}, name).get("id", usual), f"{where}: {name}")
        for name, usual in (("inputNode", _ENTRY), ("outputNode", _EXIT))
    )
    return Canvas(
        nodes,
        links,
        _read_slots(drawn.get("inputs"), f"{where}: inputs") if "inputNode" in drawn else (),
        entry_id,
        {link.target_slot: link.id for link in links.values() if link.target == exit_id},
    )


def _read_node(drawn: Mapping[str, object]) -> DrawnNode:
    id_ = _read_id(drawn.get("id"), "a node's id")
    where = f"node {id_!r:.60}"
    mode = drawn.get("mode", 0)
    if not isinstance(mode, int):
        raise RequestError(WORKFLOW, f"{where}: mode must be a whole number")
    widgets = drawn.get("widgets_values")
    if not isinstance(widgets, (list, dict, type(None))):
        raise RequestError(WORKFLOW, f"{where}: widgets_values must be a list or an object")
    properties = expect_object(drawn.get("properties") or {}, f"{where}: properties")
    return DrawnNode(
        id=id_,
        kind=expect_text(drawn.get("type"), f"{where}: type"),
        mode=mode,
        inputs=_read_slots(drawn.get("inputs"), f"{where}: inputs"),
        outputs=_read_slots(drawn.get("outputs"), f"{where}: outputs"),
        widgets=widgets,
        proxies=_read_proxies(properties.get("proxyWidgets"), where),
    )


def _read_slots(drawn: object, where: str) -> tuple[DrawnSlot, ...]:
    slots = []
    for entry in _expect_few(drawn, where):
        slot = expect_object(entry, f"{where}: each")
        name, kind, link = slot.get("name"), slot.get("type"), slot.get("link")
        # The editor's own nodes use 0 for any type; some custom nodes use a list of choices.
        slots.append(
            DrawnSlot(
                expect_text(name, f"{where}: a name") if name else "",
                kind if isinstance(kind, str) else "COMBO" if isinstance(kind, list) else "*",
                None if link is None else _read_id(link, f"{where}: a link"),
                is_widget="widget" in slot,
            )
        )
    return tuple(slots)


def _read_link(drawn: object) -> DrawnLink:
    if isinstance(drawn, list):
        parts = drawn[:5]
    else:
        entry = expect_object(drawn, "a link")
        names = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
        parts = [entry.get(name) for name in names]
    if len(parts) < 5:
        raise RequestError(WORKFLOW, "has a link that is not a list of id, two ends and a type")
    id_, origin, target = (_read_id(parts[place], "a link's end") for place in (0, 1, 3))
    origin_slot, target_slot = (_read_slot(parts[place]) for place in (2, 4))
    return DrawnLink(id_, origin, origin_slot, target, target_slot)


def _read_slot(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_SLOT:
        return value
    raise RequestError(WORKFLOW, f"has a link whose slot is not a number from 0 to {_MAX_SLOT}")


def _read_proxies(drawn: object, where: str) -> tuple[tuple[str, str], ...] | None:
    if drawn is None:
        return None
    proxies = []
    for entry in _expect_few(drawn, f"{where}: proxyWidgets"):
        pair = expect_list(entry, f"{where}: a proxied widget")
        if len(pair) < 2 or not isinstance(pair[1], str):
            raise RequestError(WORKFLOW, f"{where}: a proxied widget must be [node, name]")
        proxies.append((_read_id(pair[0], f"{where}: a proxied widget's node"), pair[1]))
    return tuple(proxies)


def _expect_few(drawn: object, where: str) -> list[object]:
    entries = expect_list(drawn, where)
    if len(entries) > _MAX_SLOT:
        raise RequestError(WORKFLOW, f"{where}: has more than {_MAX_SLOT} entries")
    return entries


def _read_id(value: object, what: str) -> str:
    """An id, which the editor writes as a number and some custom nodes as a string."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return str(value)
    return expect_text(value, what)
