"""A workflow in the API format becomes nodes and links, or is refused with what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.comfy.graph import Graph, Link
from poster.comfy.json_types import MAX_NODES
from poster.comfy.workflow import read_graph, read_workflow
from poster.errors import RequestError

SAVE = {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "x"}}


def test_a_node_has_its_class_its_title_and_its_inputs() -> None:
    notes = {"title": "Keep it", "poster": {"stage": "cover"}}
    graph = read_graph({"9": {**SAVE, "_meta": notes}})
    node = graph.nodes["9"]
    assert (node.id, node.kind) == ("9", "SaveImage")
    assert node.inputs == {"images": Link("7", 0), "filename_prefix": "x"}
    assert node.link("images") == Link("7", 0)
    assert node.link("filename_prefix") is None
    assert node.notes == notes
    assert str(node) == "node '9' (SaveImage)"


@pytest.mark.parametrize("value", [["7"], [7, 0], ["7", 0, 0], ["7", "0"], ["7", True], ["7", 0.5]])
def test_a_list_in_another_form_is_not_a_link(value: list[object]) -> None:
    graph = read_graph({"9": {**SAVE, "inputs": {"images": value}}})
    assert graph.nodes["9"].inputs["images"] == value


@pytest.mark.parametrize(
    ("value", "trouble"),
    [
        ([], "the file must be a JSON object, not a list"),
        (None, "the file must be a JSON object, not null"),
        ({}, "contains no nodes"),
        ({"title": "ORBIT"}, "is a request for poster make, not a workflow of ComfyUI"),
        ({"image": "a.jpg", "style": "paper"}, "is a request for poster make, not a workflow"),
        ({"9": []}, "node '9' must be a JSON object, not a list"),
        ({"9": {}}, "node '9' has no class_type; save the workflow from ComfyUI"),
        ({"9": {"class_type": 5}}, "node '9': class_type must be a string of 1 to 200"),
        ({"9": {"class_type": ""}}, "node '9': class_type must be a string of 1 to 200"),
        ({"9": {"class_type": "a" * 201}}, "node '9': class_type must be a string of 1 to 200"),
        ({"9": {"class_type": "\x1b[2J"}}, "node '9': class_type must be a string of 1 to 200"),
        ({"1" * 201: SAVE}, "a node's id must be a string of 1 to 200"),
        ({"9": {**SAVE, "inputs": [1]}}, "node '9': inputs must be a JSON object, not a list"),
        ({"9": {**SAVE, "inputs": {"\n": 1}}}, "node '9': an input's name must be a string"),
        (
            {"9": {**SAVE, "_meta": "x"}},
            "node '9': _meta must be a JSON object, not the string 'x'",
        ),
        (dict.fromkeys(map(str, range(MAX_NODES + 1)), SAVE), "has more than 5000 nodes"),
    ],
)
def test_an_invalid_workflow_is_refused(value: object, trouble: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_graph(value)
    assert str(caught.value).startswith(f"workflow: {trouble}")


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "workflow.json").write_text(json.dumps({"9": SAVE}))
    assert isinstance(read_workflow(tmp_path / "workflow.json"), Graph)


ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(), inner, max_size=6),
    max_leaves=20,
)
KEYS = (
    *("class_type", "inputs", "_meta", "nodes", "links", "definitions", "subgraphs", "id", "type"),
    *(
        "mode",
        "widgets_values",
        "properties",
        "proxyWidgets",
        "outputs",
        "name",
        "link",
        "inputNode",
    ),
)
HALF_RIGHT: Any = st.recursive(
    st.none() | st.integers(-30, 30) | st.sampled_from(["1", "SaveImage", "Reroute", "a"]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.sampled_from(KEYS) | st.just("1"), inner, max_size=8)
    ),
    max_leaves=40,
)


@given(ANYTHING | HALF_RIGHT)
def test_any_value_is_a_workflow_or_is_refused(value: object) -> None:
    try:
        read_graph(value)
    except RequestError as error:
        assert str(error).startswith("workflow: ")


NAMES = st.text("abc:0123456789", min_size=1, max_size=4)
LINKS = st.builds(Link, NAMES, st.integers(0, 9))
NODES = st.dictionaries(
    NAMES,
    st.tuples(NAMES, st.dictionaries(NAMES, LINKS | st.none() | st.integers() | st.text())),
    min_size=1,
)


@given(NODES)
def test_any_nodes_are_read_unchanged(nodes: dict[str, tuple[str, dict[str, Any]]]) -> None:
    written = {
        id_: {
            "class_type": kind,
            "inputs": {
                name: [value.node, value.slot] if isinstance(value, Link) else value
                for name, value in inputs.items()
            },
        }
        for id_, (kind, inputs) in nodes.items()
    }
    read = read_graph(written).nodes
    assert {id_: (node.kind, node.inputs) for id_, node in read.items()} == nodes
    assert all(node.id == id_ for id_, node in read.items())
