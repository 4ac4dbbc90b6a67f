"""A workflow, a mapping onto it and a models folder -> what is wrong, and which files are missing.

Uses the table of ComfyUI's declarations; runs nothing and makes no request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from poster.comfy.acceptance import (
    describe_cast,
    describe_choice,
    is_placeholder,
    refuse_link,
    refuse_value,
)
from poster.comfy.graph import Graph, Link, Node
from poster.comfy.json_types import MAX_NODES
from poster.comfy.mapping import Target
from poster.comfy.misspelling import find_intended
from poster.comfy.model_files import WantedFile, check_place, is_there, list_files
from poster.comfy.node_finding import (
    NodeFinding,
    NodeLocation,
    make_node_finding,
    make_node_note,
)
from poster.comfy.nodes import InputSpec, find_signature, is_known, read_table
from poster.comfy.signed_node import expand, sign
from poster.comfy.targets import check_target


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a check.

    Args:
        findings: what is wrong, in the order of the mapping and then of the nodes.
        notes: what may be right, but is worth knowing.
        missing_files: files missing from the models folder; these are not findings.
    """

    findings: tuple[NodeFinding, ...]
    notes: tuple[NodeFinding, ...]
    missing_files: tuple[WantedFile, ...]


def check_workflow(graph: Graph, targets: Sequence[Target], root: Path) -> Report:
    """Check a workflow.

    Args:
        graph: the workflow's graph.
        targets: where a handler writes; may be empty.
        root: the models folder.

    Returns:
        What is wrong, what is worth knowing, and the missing files.
    """
    missing: list[WantedFile] = []
    findings: list[NodeFinding] = []
    written: set[NodeLocation] = set()
    for target in targets:
        found = tuple(check_target(target, graph))
        findings += found
        if not found:
            written.add(NodeLocation(target.id, target.input))
    running = _find_running(graph)
    broadcaster = _find_broadcaster(graph)
    can_skip = any(_may_end(node) and not _list_missing(node) for node in running.values())
    findings += [*_check_whole(graph, running), *_check_classes(graph)]
    notes = [*_note_classes(graph), *_note_broadcaster(broadcaster)]
    for node in running.values():
        inner = list(_check_inputs(node, graph))
        if broadcaster is None and can_skip and _lacks_links(node):
            notes += _note_skipped(node)
        elif broadcaster is None:
            inner[:0] = _check_missing(node)
        # What a handler writes does not depend on what the file has there.
        findings += [one for one in inner if one.location not in written]
        values = [one for one in _note_values(node) if one.location not in written]
        notes += [*_note_version(node), *values]
        for file in list_files(node):
            finding = check_place(file, root)
            if finding:
                findings.append(finding)
            elif not is_there(file, root):
                missing.append(file)
    return Report(tuple(findings), tuple(notes), tuple(missing))


def _find_running(graph: Graph) -> Mapping[str, Node]:
    """The nodes that ComfyUI checks: those that an output needs; all, if there is no output."""
    waiting = [node.id for node in graph.nodes.values() if _may_end(node)]
    if not waiting:
        return graph.nodes
    found: dict[str, Node] = {}
    while waiting:
        id_ = waiting.pop()
        node = graph.nodes.get(id_)
        if node is None or id_ in found:
            continue
        found[id_] = node
        waiting += [given.node for given in node.inputs.values() if isinstance(given, Link)]
    return {id_: node for id_, node in graph.nodes.items() if id_ in found}


def _may_end(node: Node) -> bool:
    signature = find_signature(node.kind)
    return signature is None or signature.is_end


def _check_whole(graph: Graph, running: Mapping[str, Node]) -> Iterator[NodeFinding]:
    if not any(map(_may_end, graph.nodes.values())):
        trouble = "no active node is an output" if graph.nodes else "there is no active node"
        yield make_node_finding("no_output", "", "", trouble)
    before = {
        node.id: [given.node for given in node.inputs.values() if isinstance(given, Link)]
        for node in running.values()
        # A group node stands for several nodes: a link may lead back to another one of them.
        if not _is_group(node)
    }
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        path = " -> ".join(repr(id_) for id_ in ring[::-1])
        yield make_node_finding("cycle", ring[0], "", f"the links form a cycle: {path:.200}")


def _is_group(node: Node) -> bool:
    """Whether it is one of the editor's group nodes. Source: its frontend, groupNode.ts."""
    return node.kind.startswith(("workflow>", "workflow/"))


def _list_unknown(graph: Graph) -> Iterator[tuple[str, tuple[Node, ...]]]:
    """Every class that is not in the table, and its nodes."""
    for kind in dict.fromkeys(node.kind for node in graph.nodes.values()):
        if not is_known(kind):
            yield kind, graph.of_kind(kind)


def _check_classes(graph: Graph) -> Iterator[NodeFinding]:
    for kind, nodes in _list_unknown(graph):
        if intended := _find_intended(kind):
            for node in nodes:
                trouble = f"{node}: {read_table()} has no such class; did you mean {intended}?"
                yield make_node_finding("misspelt_class", node.id, "", trouble)


def _note_classes(graph: Graph) -> Iterator[NodeFinding]:
    for kind, (node, *others) in _list_unknown(graph):
        if _is_group(node):
            trouble = f"{node} is a group of nodes, which were not checked"
            yield make_node_note("group_node", node.id, "", trouble)
        elif not _find_intended(kind):
            more = f", and {len(others)} more of its class" if others else ""
            trouble = f"{node}{more}: {read_table()} itself has no such class"
            yield make_node_note("unknown_class", node.id, "", trouble)


@lru_cache(maxsize=MAX_NODES)
def _find_intended(kind: str) -> str:
    """The class that an unknown name was probably meant to be; empty if it is another's name."""
    # Many custom nodes have the name of one of ComfyUI's, with spaces between the words.
    return "" if " " in kind.strip() else find_intended(kind, read_table().declared)


def _find_broadcaster(graph: Graph) -> Node | None:
    """A node that feeds inputs without a link. Source: cg-use-everywhere, its classes' names."""
    return next((node for node in graph.nodes.values() if "Everywhere" in node.kind), None)


def _note_broadcaster(node: Node | None) -> Iterator[NodeFinding]:
    if node:
        trouble = f"{node} may feed any input that has no link, so none was looked for"
        yield make_node_note("unseen_links", node.id, "", trouble)


def _check_missing(node: Node) -> Iterator[NodeFinding]:
    for name in _list_missing(node):
        trouble = f"{node}: {name} has no value and no link"
        yield make_node_finding("missing_input", node.id, name, trouble)


def _check_inputs(node: Node, graph: Graph) -> Iterator[NodeFinding]:
    specs = expand(node)
    for name, given in node.inputs.items():
        spec_or_none = specs.get(name)
        if isinstance(given, Link):
            yield from _check_link(node, name, given, spec_or_none, graph)
        elif is_placeholder(given) or spec_or_none is None:
            continue
        elif trouble := refuse_value(given, spec_or_none):
            yield make_node_finding("bad_value", node.id, name, f"{node}: {name} {trouble}")


def _list_missing(node: Node) -> list[str]:
    """The required inputs that a node lacks."""
    specs = expand(node)
    return [name for name in specs if name not in node.inputs and not specs[name].optional]


def _lacks_links(node: Node) -> bool:
    """Whether all that an output lacks are links: ComfyUI skips it if it can run another one."""
    specs = expand(node)
    missing = _list_missing(node)
    return _may_end(node) and bool(missing) and not any(specs[name].has_widget for name in missing)


def _note_skipped(node: Node) -> Iterator[NodeFinding]:
    trouble = f"{node}: {_list_missing(node)[0]} has no link"
    yield make_node_note("skipped_output", node.id, "", trouble)


def _note_version(node: Node) -> Iterator[NodeFinding]:
    if node.is_other_version and find_signature(node.kind):
        trouble = f"{node} was saved with other inputs or outputs than it has in {read_table()}"
        yield make_node_note("other_version", node.id, "", trouble)


def _note_values(node: Node) -> Iterator[NodeFinding]:
    for name, spec in expand(node).items():
        given = node.inputs.get(name)
        if name not in node.inputs or isinstance(given, Link):
            continue
        if is_placeholder(given) and spec.kind != "STRING":
            trouble = f"{node}: {name} is {given!r:.60}"
            yield make_node_note("placeholder", node.id, name, trouble)
        elif not refuse_value(given, spec):
            yield from _note_accepted(node, name, given, spec)


def _note_accepted(node: Node, name: str, given: object, spec: InputSpec) -> Iterator[NodeFinding]:
    for code, describe in (("cast_value", describe_cast), ("unknown_choice", describe_choice)):
        if trouble := describe(given, spec):
            yield make_node_note(code, node.id, name, f"{node}: {name} {trouble}")


def _check_link(
    node: Node, name: str, link: Link, spec: InputSpec | None, graph: Graph
) -> Iterator[NodeFinding]:
    source = graph.nodes.get(link.node)
    if source is None:
        trouble = f"{node}: {name} is fed by node {link.node!r:.60}, which does not exist"
        yield make_node_finding("dangling_link", node.id, name, trouble)
        return
    signature, target = sign(source), sign(node)
    if signature is None:
        return
    if not 0 <= link.slot < len(signature.outputs):
        has = ", ".join(f"{place} {one}" for place, one in enumerate(signature.names)) or "none"
        trouble = f"{node}: {name} is fed by output {link.slot} of {source}, which has {has:.80}"
        yield make_node_finding("no_such_output", node.id, name, trouble)
        return
    if spec and target and refuse_link(signature, link.slot, target, spec):
        kind = signature.outputs[link.slot]
        trouble = f"{node}: {name} takes {spec.kind:.60}, but {source} outputs {kind:.60}"
        yield make_node_finding("type_mismatch", node.id, name, trouble)
