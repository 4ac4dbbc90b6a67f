"""A workflow's JSON, in either of ComfyUI's formats -> one Graph of nodes and links.

Reads the API format; poster.comfy.editor reads the editor's format, and poster.comfy.unwrap finds a
workflow inside a request. Does not check links.
"""

from __future__ import annotations

from pathlib import Path

from poster.comfy.editor import expand
from poster.comfy.graph import Graph, Link, Node
from poster.comfy.json_file import read_file, read_json
from poster.comfy.json_types import MAX_NODES, WORKFLOW, expect_object, expect_text, too_many
from poster.comfy.png_text import SIGNATURE, read_png_texts
from poster.comfy.unwrap import unwrap
from poster.errors import RequestError
from poster.request import SPECS

_SAVE = "save the workflow from ComfyUI, or export it for the API"
_NO_NODES = f"has neither nodes with a class_type nor a list of nodes; {_SAVE}"


def read_workflow(path: Path) -> Graph:
    """Read a workflow file.

    Args:
        path: of a JSON file, saved by ComfyUI, exported for its API, or with such a workflow
            inside; or of a PNG file that ComfyUI saved.

    Returns:
        The graph.

    Raises:
        RequestError: it cannot be read, or is not a workflow.
    """
    data = read_file(WORKFLOW, path)
    is_picture = data.startswith(SIGNATURE)
    return read_graph(read_png_texts(data) if is_picture else read_json(WORKFLOW, data))


def read_graph(value: object) -> Graph:
    """Read a workflow.

    Args:
        value: strict JSON, with size and depth already checked.

    Returns:
        The graph. Links may still lead nowhere, or form a cycle.

    Raises:
        RequestError: it is in neither format; the message names the node.
    """
    entries = expect_object(unwrap(value), "the file")
    if isinstance(entries.get("nodes"), list):
        return expand(entries)
    if not entries:
        raise RequestError(WORKFLOW, "contains no nodes")
    if entries.keys() <= {"image", *SPECS}:
        trouble = "is a request for poster make, not a workflow of ComfyUI"
        raise RequestError(WORKFLOW, trouble)
    if len(entries) > MAX_NODES:
        raise RequestError(WORKFLOW, too_many())
    if not any(key.isdecimal() or _has_class(entry) for key, entry in entries.items()):
        raise RequestError(WORKFLOW, _NO_NODES)
    return Graph({key: _read_node(key, entry) for key, entry in entries.items()})


def _has_class(entry: object) -> bool:
    return isinstance(entry, dict) and "class_type" in entry


def _read_node(key: str, value: object) -> Node:
    where = f"node {key!r:.60}"
    expect_text(key, "a node's id")
    entry = expect_object(value, where)
    if not _has_class(entry):
        raise RequestError(WORKFLOW, f"{where} has no class_type; {_SAVE}")
    inputs = expect_object(entry.get("inputs") or {}, f"{where}: inputs")
    return Node(
        id=key,
        kind=expect_text(entry["class_type"], f"{where}: class_type"),
        inputs={
            expect_text(name, f"{where}: an input's name"): _read_input(given)
            for name, given in inputs.items()
        },
        notes=expect_object(entry.get("_meta") or {}, f"{where}: _meta"),
    )


def _read_input(given: object) -> object:
    """A link is a list of an id and a number. Source: ComfyUI 0.33.0, graph_utils.is_link."""
    if isinstance(given, list) and len(given) == 2:
        node, slot = given
        if isinstance(node, str) and isinstance(slot, int) and not isinstance(slot, bool):
            return Link(node, slot)
    return given
