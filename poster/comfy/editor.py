"""A workflow as ComfyUI's editor saves it -> the graph that ComfyUI would run.

Subgraphs are expanded (node 74 of subgraph 11 becomes 11:74), muted nodes are removed, links are
followed through bypassed nodes and reroutes, and widget values are named by their inputs.
poster.comfy.drawing reads and checks the file. Does not know what a node does.

Source: ComfyUI's frontend, graphToPrompt, ExecutableNodeDTO and LGraphNode's bypass, as they made
the workflows of comfyui-workflow-templates-json 0.1.123.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from poster.comfy.drawing import Canvas, Drawing, DrawnLink, DrawnNode, read_drawing
from poster.comfy.graph import Graph, Link, Node
from poster.comfy.json_types import MAX_NODES, WORKFLOW, too_many
from poster.comfy.nodes import ANY, find_signature, split_kinds
from poster.comfy.widgets import fits_class, name_promoted, name_widgets
from poster.errors import RequestError

_DRAWN_ONLY = {
    *("Note", "MarkdownNote", "Label (rgthree)", "Bookmark (rgthree)"),
    *("Fast Groups Muter (rgthree)", "Fast Groups Bypasser (rgthree)"),
    *("Fast Muter (rgthree)", "Fast Bypasser (rgthree)", "Fast Actions Button (rgthree)"),
}
"""Classes that the editor leaves out of what it runs, rgthree-comfy's among them."""

_REROUTES = {"Reroute", "Reroute (rgthree)"}
_SET, _GET = "SetNode", "GetNode"
"""ComfyUI-KJNodes' links without lines: a GetNode passes on what the SetNode of its name gets."""

_PRIMITIVE = "PrimitiveNode"
_ANYTHING = {ANY, "COMFY_MATCHTYPE_V3"}
_MAX_DEPTH = 16
"""Limit on nested subgraphs; published workflows have two levels."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value found at the end of a link, instead of a node."""

    value: object


@dataclass(frozen=True, slots=True)
class _Scope:
    """One use of a canvas: the workflow itself, or a subgraph at the node that represents it.

    Args:
        canvas: what is drawn there.
        prefix: of its nodes' ids.
        host: the node that represents it; None for the workflow itself.
        outer: the scope of that node.
        written: values of the subgraph's inputs, by name, from the host's widgets.
        given: values of widgets inside it, by node and name, from an outer host's widgets.
    """

    canvas: Canvas
    prefix: str = ""
    host: DrawnNode | None = None
    outer: _Scope | None = None
    written: Mapping[str, object] = field(default_factory=dict)
    given: Mapping[tuple[str, str], object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Hop:
    """The next link to follow.

    Args:
        scope: where it is drawn.
        link: its id; None if there is nothing to follow.
        instead: the value to use if the link leads nowhere.
    """

    scope: _Scope
    link: str | None
    instead: _Value | None = None


def expand(entries: Mapping[str, object]) -> Graph:
    """Expand a file from the editor into a graph.

    Args:
        entries: the file's object.

    Returns:
        The graph.

    Raises:
        RequestError: it is not in the editor's format, contains itself, or is too large.
    """
    opened = _Opened(read_drawing(entries))
    opened.open(_Scope(opened.drawing.canvas), depth=1)
    return Graph({id_: opened.build(scope, node) for id_, (scope, node) in opened.nodes.items()})


class _Opened:
    """A drawing with its subgraphs expanded."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.nodes: dict[str, tuple[_Scope, DrawnNode]] = {}
        self._inner: dict[str, _Scope] = {}
        self._seen = 0
        self._followed: dict[tuple[str, str], Link | _Value | None] = {}

    def open(self, scope: _Scope, depth: int) -> None:
        """Find every node that runs, in this scope and in those below."""
        if depth > _MAX_DEPTH:
            trouble = f"has subgraphs inside themselves, or nested more than {_MAX_DEPTH} deep"
            raise RequestError(WORKFLOW, trouble)
        for node in scope.canvas.nodes.values():
            self._seen += 1
            if self._seen > MAX_NODES:
                raise RequestError(WORKFLOW, too_many())
            id_ = scope.prefix + node.id
            if node.is_muted or node.is_bypassed or node.kind in _DRAWN_ONLY:
                continue
            if node.kind in self.drawing.subgraphs:
                self._inner[id_] = self._enter(scope, node, id_)
                self.open(self._inner[id_], depth + 1)
            elif node.kind not in {*_REROUTES, _PRIMITIVE, _SET, _GET}:
                self.nodes[id_] = scope, node

    def _enter(self, scope: _Scope, node: DrawnNode, id_: str) -> _Scope:
        canvas = self.drawing.subgraphs[node.kind]
        promoted = name_promoted(node, canvas)
        # An outer host's values for this node's widgets take precedence over the node's own.
        promoted |= {
            ("", name): value for (owner, name), value in scope.given.items() if owner == node.id
        }
        return _Scope(
            canvas,
            f"{id_}:",
            node,
            scope,
            written={name: value for (owner, name), value in promoted.items() if not owner},
            given={place: value for place, value in promoted.items() if place[0]},
        )

    def build(self, scope: _Scope, node: DrawnNode) -> Node:
        """One node as it runs."""
        inputs = name_widgets(node)
        inputs |= {name: value for (owner, name), value in scope.given.items() if owner == node.id}
        for slot in node.inputs:
            source = self._follow(scope, slot.link)
            if isinstance(source, _Value):
                inputs[slot.name] = source.value
            elif source:
                inputs[slot.name] = source
        id_ = scope.prefix + node.id
        return Node(id_, node.kind, inputs, is_other_version=not fits_class(node))

    def _follow(self, scope: _Scope, link_id: str | None) -> Link | _Value | None:
        """What feeds an input: a node that runs, a value, or nothing."""
        trail: list[tuple[tuple[str, str], _Value | None]] = []
        found: Link | _Value | None = None
        while (link := scope.canvas.links.get(link_id) if link_id else None) is not None:
            place = scope.prefix, link.id
            if place in self._followed:
                found = self._followed[place]
                break
            # Set until the source is found: a link that leads back here is a cycle without source.
            self._followed[place] = None
            step = self._step(scope, link)
            if not isinstance(step, _Hop):
                trail.append((place, None))
                found = step
                break
            trail.append((place, step.instead))
            scope, link_id = step.scope, step.link
        for place, instead in reversed(trail):
            found = found or instead
            self._followed[place] = found
        return found

    def _step(self, scope: _Scope, link: DrawnLink) -> _Hop | Link | _Value | None:
        """Go to a link's source: a node, a value, or the next link to follow."""
        if link.origin == scope.canvas.entry:
            return _leave(scope, link.origin_slot)
        node = scope.canvas.nodes.get(link.origin)
        if node is None or node.is_muted:
            return None
        if node.is_bypassed or node.kind in {*_REROUTES, _SET, _GET}:
            return _Hop(scope, _find_passed(scope.canvas, node, link.origin_slot))
        if node.kind == _PRIMITIVE:
            values = node.widgets if isinstance(node.widgets, list) else []
            return _Value(values[0]) if values else None
        inner = self._inner.get(scope.prefix + node.id)
        own = Link(scope.prefix + node.id, link.origin_slot)
        return _Hop(inner, inner.canvas.exits.get(link.origin_slot)) if inner else own


def _leave(scope: _Scope, slot: int) -> _Hop | None:
    """Go from a subgraph's own input to the link that feeds it from outside."""
    if scope.host is None or scope.outer is None or slot >= len(scope.canvas.inputs):
        return None
    name = scope.canvas.inputs[slot].name
    links = (outside.link for outside in scope.host.inputs if outside.name == name)
    written = _Value(scope.written[name]) if name in scope.written else None
    return _Hop(scope.outer, next(links, None), written)


def _find_passed(canvas: Canvas, node: DrawnNode, slot: int) -> str | None:
    """The link that a node without an effect of its own passes on as one of its outputs."""
    if node.is_bypassed:
        return _find_bypass(node, slot)
    if node.kind == _GET:
        return _find_set(canvas, node)
    return node.inputs[0].link if node.inputs else None


def _find_set(canvas: Canvas, get: DrawnNode) -> str | None:
    """The link that feeds the SetNode of a GetNode's name."""
    setters = (node for node in canvas.nodes.values() if node.kind == _SET)
    links = (
        node.inputs[0].link
        for node in setters
        if node.inputs and node.widgets and node.widgets == get.widgets
    )
    return next(links, None)


def _find_bypass(node: DrawnNode, slot: int) -> str | None:
    """The link of the input that a bypassed node passes through as one of its outputs."""
    kinds = split_kinds(_output_kind(node, slot))
    ranked = [*node.inputs[slot : slot + 1], *node.inputs]
    exact = (one.link for one in ranked if split_kinds(one.kind) == kinds)
    fitting = (one.link for one in ranked if split_kinds(one.kind) & (kinds | _ANYTHING))
    return next(exact, next(fitting, None))


def _output_kind(node: DrawnNode, slot: int) -> str:
    if slot < len(node.outputs):
        return node.outputs[slot].kind
    signature = find_signature(node.kind)
    outputs = signature.outputs if signature else ()
    return outputs[slot] if slot < len(outputs) else ""
