"""A workflow, a mapping onto it and a models folder -> what is wrong, and which files are missing.

Uses the table of ComfyUI's declarations; runs nothing and makes no request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath
from typing import TypeGuard

from poster.comfy.graph import Graph, Link, Node
from poster.comfy.mapping import Target
from poster.comfy.node_finding import NodeFinding, make_node_finding
from poster.comfy.nodes import ANY, INPUT_FOLDER, InputSpec, find_signature
from poster.comfy.trace import SAVERS
from poster.weights.places import FORMER_FOLDERS

_FOLDERS = {*FORMER_FOLDERS, *FORMER_FOLDERS.values(), "vae", "loras"}


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A model file that a workflow loads.

    Args:
        node: id of the node that loads it.
        folder: below the models folder.
        name: in that folder.
    """

    node: str
    folder: str
    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a check.

    Args:
        findings: what is wrong, in the order of the mapping and then of the nodes.
        missing_files: files missing from the models folder; these are not findings.
    """

    findings: tuple[NodeFinding, ...]
    missing_files: tuple[WantedFile, ...]


def check_workflow(graph: Graph, targets: Sequence[Target], root: Path) -> Report:
    """Check a workflow.

    Args:
        graph: the workflow's graph.
        targets: where a handler writes; may be empty.
        root: the models folder.

    Returns:
        What is wrong, and the missing files.
    """
    missing: list[WantedFile] = []
    findings = [finding for target in targets for finding in _check_target(target, graph)]
    findings += _check_whole(graph)
    for node in graph.nodes.values():
        findings += _check_node(node, graph)
        for file in _list_files(node):
            finding = _check_place(file, root)
            if finding:
                findings.append(finding)
            elif not _is_file(root / file.folder / file.name):
                missing.append(file)
    return Report(tuple(findings), tuple(missing))


def _check_target(target: Target, graph: Graph) -> Iterator[NodeFinding]:
    node = graph.nodes.get(target.id)
    name = target.input
    if node is None:
        same = [other.id for other in graph.of_kind(target.kind)]
        hint = f"; {target.kind:.60} has {', '.join(same[:5])}" if same else ""
        trouble = f"{target}: there is no node {target.id!r:.60}{hint:.200}"
        yield make_node_finding("id_missing", target.id, name, trouble)
        return
    if node.kind != target.kind:
        trouble = f"{target}: {node} is not a {target.kind:.60}"
        yield make_node_finding("other_class", node.id, name, trouble)
        return
    signature = find_signature(node.kind)
    spec = signature.inputs.get(name) if signature else None
    if spec is None and (signature or name not in node.inputs):
        takes = ", ".join(signature.inputs if signature else node.inputs) or "nothing"
        trouble = f"{target}: {node} has no input {name!r:.60}; it takes {takes:.200}"
        yield make_node_finding("no_such_input", node.id, name, trouble)
    elif link := node.link(name):
        source = graph.nodes.get(link.node)
        trouble = f"{target}: {name} of {node} is fed by {source or f'node {link.node!r:.60}'}"
        yield make_node_finding("link_cut", node.id, name, trouble)
    elif spec and not spec.is_literal:
        trouble = f"{target}: {name} of {node} accepts only a link, to {spec.kind}"
        yield make_node_finding("takes_link", node.id, name, trouble)


def _check_whole(graph: Graph) -> Iterator[NodeFinding]:
    if not any(graph.of_kind(kind) for kind in SAVERS):
        trouble = "no active node saves a picture" if graph.nodes else "there is no active node"
        yield make_node_finding("no_output", "", "", trouble)
    before = {
        node.id: [given.node for given in node.inputs.values() if isinstance(given, Link)]
        for node in graph.nodes.values()
    }
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        path = " -> ".join(repr(id_) for id_ in ring[::-1])
        yield make_node_finding("cycle", ring[0], "", f"the links form a cycle: {path:.200}")


def _check_node(node: Node, graph: Graph) -> Iterator[NodeFinding]:
    signature = find_signature(node.kind)
    if signature is None:
        yield make_node_finding("unknown_class", node.id, "", f"the class of {node} is unknown")
    specs = signature.inputs if signature else {}
    for name, spec in specs.items():
        if name not in node.inputs and not spec.optional:
            yield make_node_finding(
                "missing_input", node.id, name, f"{node}: {name} has no value and no link"
            )
    for name, given in node.inputs.items():
        spec_or_none = specs.get(name)
        if isinstance(given, Link):
            yield from _check_link(node, name, given, spec_or_none, graph)
        elif spec_or_none and (trouble := _check_value(given, spec_or_none)):
            yield make_node_finding("bad_value", node.id, name, f"{node}: {name} {trouble}")


def _check_link(
    node: Node, name: str, link: Link, spec: InputSpec | None, graph: Graph
) -> Iterator[NodeFinding]:
    source = graph.nodes.get(link.node)
    if source is None:
        trouble = f"{node}: {name} is fed by node {link.node!r:.60}, which does not exist"
        yield make_node_finding("dangling_link", node.id, name, trouble)
        return
    signature = find_signature(source.kind)
    if signature is None:
        return
    if not 0 <= link.slot < len(signature.outputs):
        count = len(signature.outputs)
        trouble = f"{node}: {name} is fed by output {link.slot} of {source}, which has {count}"
        yield make_node_finding("no_such_output", node.id, name, trouble)
        return
    kind = signature.outputs[link.slot]
    if spec and ANY not in (kind, spec.link_kind) and kind != spec.link_kind:
        trouble = f"{node}: {name} takes {spec.link_kind}, but {source} outputs {kind}"
        yield make_node_finding("type_mismatch", node.id, name, trouble)


def _check_value(given: object, spec: InputSpec) -> str:
    """What is wrong with a value; empty if nothing is."""
    shown = f"{given!r:.60}"
    match spec.kind:
        case "INT" | "FLOAT":
            return _check_number(given, spec)
        case "BOOLEAN":
            wanted = "" if isinstance(given, (bool, int)) else "be true or false"
        case "STRING":
            wanted = "" if isinstance(given, str) else "be a string"
        case "FILE":
            wanted = "" if _names_file(given) else "name a file"
        case "COMBO":
            wanted = "" if given in spec.choices else f"be one of {', '.join(spec.choices):.120}"
        case kind:
            return f"accepts only a link, to {kind}, not {shown}"
    return f"must {wanted}, not {shown}" if wanted else ""


def _check_number(given: object, spec: InputSpec) -> str:
    what = "a whole number" if spec.kind == "INT" else "a number"
    # ComfyUI casts strings, but checks their bounds only after the cast.
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return f"must be {what}, not {given!r:.60}"
    if spec.kind == "INT" and given != int(given):
        return f"must be {what}, not {given}"
    if spec.low is not None and spec.high is not None and not spec.low <= given <= spec.high:
        return f"must be between {spec.low} and {spec.high}, not {given!s:.40}"
    return ""


def _list_files(node: Node) -> Iterator[WantedFile]:
    signature = find_signature(node.kind)
    for name, spec in (signature.inputs if signature else {}).items():
        given = node.inputs.get(name)
        if spec.folder not in ("", INPUT_FOLDER) and _names_file(given):
            yield WantedFile(node.id, spec.folder, given.replace("\\", "/"))


def _check_place(file: WantedFile, root: Path) -> NodeFinding | None:
    """What is wrong with a file's folder or name."""
    parts = PurePosixPath(file.name).parts
    outside = file.name.startswith("/") or ".." in parts or "\0" in file.name
    if outside or (len(parts) > 1 and parts[0] in _FOLDERS):
        trouble = f"loads {file.name!r:.80}, " + (
            f"which is not in {file.folder}/" if outside else "but its name must not have a folder"
        )
        return make_node_finding(
            "folder_in_name", file.node, "", f"node {file.node!r:.60} {trouble}"
        )
    former = FORMER_FOLDERS.get(file.folder)
    is_former = former and _is_file(root / former / file.name)
    if is_former and not _is_file(root / file.folder / file.name):
        trouble = f"{file.folder}/{file.name:.80} is missing; the file is in {former}/"
        return make_node_finding("former_folder", file.node, "", trouble)
    return None


def _names_file(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and bool(given) and given.isprintable()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that the file system does not accept
        return False
