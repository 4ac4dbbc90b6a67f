"""What ComfyUI's editor saved -> nodes, links and subgraphs as they are drawn, checked for form.

Does not know what a drawing means: nothing is followed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from poster.comfy.form import (
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
"""Of a node's inputs, outputs and widgets; the largest published have tens."""

_ENTRY, _EXIT = "-10", "-20"
"""Ids of a subgraph's two edges. Source: ComfyUI's frontend, SUBGRAPH_INPUT_ID and OUTPUT_ID."""


@dataclass(frozen=True, slots=True)
class DrawnSlot:
    """An input or an output.

    Args:
        name: of it.
        kind: its type.
        link: id of the link that feeds an input; None where none does, and of outputs.
        is_widget: whether an input has a widget too.
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
        kind: its class, or the id of the subgraph that it stands for.
        mode: whether it runs.
        inputs: in order.
        outputs: in order.
        widgets: values in order, or by name; None where it has none.
        proxies: of a subgraph's node: whose widgets its own stand for, as node and name; the node
            is -1 for the subgraph's own input. None where the editor had no such list.
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
        """Whether it does not run, nor anything that needs it."""
        return self.mode == _MUTED

    @property
    def is_bypassed(self) -> bool:
        """Whether it does not run, and hands on what it is given."""
        return self.mode == _BYPASSED


@dataclass(frozen=True, slots=True)
class DrawnLink:
    """A link as it is drawn.

    Args:
        id: on its own canvas.
        origin: the node that gives.
        origin_slot: which of its outputs.
        target: the node that takes.
        target_slot: which of its inputs, as they are drawn.
    """

    id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(frozen=True, slots=True)
class Canvas:
    """The workflow itself, or what a subgraph is made of.

    Args:
        nodes: by id.
        links: by id; some lead from or to a node that is gone.
        inputs: of a subgraph.
        entry: what stands for its inputs as a link's origin.
        exits: of a subgraph, the link that it gives out as each of its outputs, by place.
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
        subgraphs: by id, which is the class of the nodes that stand for them.
    """

    canvas: Canvas
    subgraphs: Mapping[str, Canvas]


def read_drawing(entries: Mapping[str, object]) -> Drawing:
    """Read a file's form.

    Args:
        entries: the file's object.

    Returns:
        The drawing.

    Raises:
        RequestError: a part is not of the editor's form; the message names it.
    """
    definitions = expect_object(entries.get("definitions") or {}, "definitions")
    subgraphs = {}
    for entry in expect_list(definitions.get("subgraphs"), "definitions.subgraphs"):
        told = expect_object(entry, "a subgraph")
        id_ = expect_text(told.get("id"), "a subgraph's id")
        if id_ in subgraphs:
            raise RequestError(WORKFLOW, f"has the subgraph {id_!r:.60} twice")
        subgraphs[id_] = _read_canvas(told, f"subgraph {id_!r:.60}")
    return Drawing(_read_canvas(entries, "the file"), subgraphs)


def _read_canvas(told: Mapping[str, object], where: str) -> Canvas:
    nodes, links = {}, {}
    entries = expect_list(told.get("nodes"), f"{where}: nodes")
    if len(entries) > MAX_NODES:
        raise RequestError(WORKFLOW, too_many())
    for entry in entries:
        node = _read_node(expect_object(entry, f"{where}: a node"))
        if node.id in nodes:
            raise RequestError(WORKFLOW, f"has two nodes of the id {node.id!r:.60} in {where}")
        nodes[node.id] = node
    entries = expect_list(told.get("links"), f"{where}: links")
    if len(entries) > _MAX_LINKS:
        raise RequestError(WORKFLOW, f"has too many links; at most {_MAX_LINKS} are read")
    for entry in entries:
        link = _read_link(entry)
        links[link.id] = link
    entry_id, exit_id = (
        _read_id(expect_object(told.get(name) or {}, name).get("id", usual), f"{where}: {name}")
        for name, usual in (("inputNode", _ENTRY), ("outputNode", _EXIT))
    )
    return Canvas(
        nodes,
        links,
        _read_slots(told.get("inputs"), f"{where}: inputs") if "inputNode" in told else (),
        entry_id,
        {link.target_slot: link.id for link in links.values() if link.target == exit_id},
    )


def _read_node(told: Mapping[str, object]) -> DrawnNode:
    id_ = _read_id(told.get("id"), "a node's id")
    where = f"node {id_!r:.60}"
    mode = told.get("mode", 0)
    if not isinstance(mode, int):
        raise RequestError(WORKFLOW, f"{where}: mode must be a whole number")
    widgets = told.get("widgets_values")
    if not isinstance(widgets, (list, dict, type(None))):
        raise RequestError(WORKFLOW, f"{where}: widgets_values must be a list or an object")
    properties = expect_object(told.get("properties") or {}, f"{where}: properties")
    return DrawnNode(
        id=id_,
        kind=expect_text(told.get("type"), f"{where}: type"),
        mode=mode,
        inputs=_read_slots(told.get("inputs"), f"{where}: inputs"),
        outputs=_read_slots(told.get("outputs"), f"{where}: outputs"),
        widgets=widgets,
        proxies=_read_proxies(properties.get("proxyWidgets"), where),
    )


def _read_slots(told: object, where: str) -> tuple[DrawnSlot, ...]:
    slots = []
    for entry in _expect_few(told, where):
        slot = expect_object(entry, f"{where}: each")
        name, kind, link = slot.get("name"), slot.get("type"), slot.get("link")
        # The editor's own nodes have 0 for any type, and some custom ones a list of choices.
        slots.append(
            DrawnSlot(
                expect_text(name, f"{where}: a name") if name else "",
                kind if isinstance(kind, str) else "COMBO" if isinstance(kind, list) else "*",
                None if link is None else _read_id(link, f"{where}: a link"),
                is_widget="widget" in slot,
            )
        )
    return tuple(slots)


def _read_link(told: object) -> DrawnLink:
    if isinstance(told, list):
        parts = told[:5]
    else:
        entry = expect_object(told, "a link")
        names = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
        parts = [entry.get(name) for name in names]
    if len(parts) < 5:
        raise RequestError(WORKFLOW, "has a link that is no list of id, two ends and a type")
    id_, origin, target = (_read_id(parts[place], "a link's end") for place in (0, 1, 3))
    origin_slot, target_slot = (_read_slot(parts[place]) for place in (2, 4))
    return DrawnLink(id_, origin, origin_slot, target, target_slot)


def _read_slot(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_SLOT:
        return value
    raise RequestError(WORKFLOW, f"has a link whose slot is no number from 0 to {_MAX_SLOT}")


def _read_proxies(told: object, where: str) -> tuple[tuple[str, str], ...] | None:
    if told is None:
        return None
    proxies = []
    for entry in _expect_few(told, f"{where}: proxyWidgets"):
        pair = expect_list(entry, f"{where}: a proxied widget")
        if len(pair) < 2 or not isinstance(pair[1], str):
            raise RequestError(WORKFLOW, f"{where}: a proxied widget is no list of node and name")
        proxies.append((_read_id(pair[0], f"{where}: a proxied widget's node"), pair[1]))
    return tuple(proxies)


def _expect_few(told: object, where: str) -> list[object]:
    entries = expect_list(told, where)
    if len(entries) > _MAX_SLOT:
        raise RequestError(WORKFLOW, f"{where}: has too many entries; at most {_MAX_SLOT} are read")
    return entries


def _read_id(value: object, what: str) -> str:
    """An id, which the editor writes as a number and some custom nodes as a text."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return str(value)
    return expect_text(value, what)
