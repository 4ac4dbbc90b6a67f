"""A file from the editor becomes the graph that ComfyUI would run: subgraphs expanded, bypassed
nodes skipped, widgets named.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.comfy import editor
from poster.comfy.graph import Graph, Link
from poster.comfy.json_types import MAX_NODES
from poster.comfy.workflow import read_graph
from poster.errors import RequestError


def slot(name: str, kind: str, link: int | None = None, *, widget: bool = False) -> dict[str, Any]:
    drawn: dict[str, Any] = {"name": name, "type": kind, "link": link}
    return {**drawn, "widget": {"name": name}} if widget else drawn


def node(id_: int, kind: str, *inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": kind, "mode": 0, "inputs": list(inputs), "outputs": [], **more}


def drawing(*nodes: dict[str, Any], links: list[Any], **more: Any) -> dict[str, Any]:
    return {"nodes": list(nodes), "links": links, **more}


def subgraph(id_: str, *nodes: dict[str, Any], links: list[Any], **more: Any) -> dict[str, Any]:
    edges = {"inputNode": {"id": -10}, "outputNode": {"id": -20}, "inputs": [], "outputs": []}
    named = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
    return {
        "id": id_,
        "nodes": list(nodes),
        "links": [dict(zip(named, link, strict=True)) for link in links],
        **edges,
        **more,
    }


LOAD = node(1, "LoadImage", outputs=[slot("IMAGE", "IMAGE")], widgets_values=["a.png", "image"])


def save(link: int) -> dict[str, Any]:
    return node(9, "SaveImage", slot("images", "IMAGE", link), widgets_values=["x"])


def fed_by(graph: Graph) -> object:
    return graph.nodes["9"].inputs.get("images")


def test_widgets_get_the_names_of_their_inputs_and_controls_are_dropped() -> None:
    graph = read_graph(
        drawing(
            node(1, "RandomNoise", widgets_values=[7, "randomize"]),
            node(2, "RandomNoise", widgets_values=[8]),
            node(3, "CLIPLoader", widgets_values=["q.safetensors", "flux2", "default"]),
            node(4, "ImageScaleToTotalPixels", widgets_values=["lanczos", 1]),
            node(5, "LoadImage", widgets_values=["a.png", "image"]),
            node(6, "VAELoader"),
            links=[],
        )
    )
    inputs = {id_: dict(found.inputs) for id_, found in graph.nodes.items()}
    assert inputs == {
        "1": {"noise_seed": 7},
        "2": {"noise_seed": 8},
        "3": {"clip_name": "q.safetensors", "type": "flux2", "device": "default"},
        # The last was added in a later ComfyUI, and gets its default in the editor.
        "4": {"upscale_method": "lanczos", "megapixels": 1, "resolution_steps": 1},
        "5": {"image": "a.png"},
        "6": {},
    }


def test_a_control_of_2023_is_dropped_like_todays() -> None:
    values = [7, True, 20, 8.0, "euler", "normal", 1.0]
    older = node(1, "KSampler", widgets_values=values)
    found = read_graph(drawing(older, links=[])).nodes["1"]
    assert list(found.inputs.values()) == [7, *values[2:]]
    assert not found.is_other_version


def test_widgets_of_an_unknown_class_are_named_where_its_inputs_name_them() -> None:
    widgets = slot("strength", "FLOAT", widget=True), slot("mode", "COMBO", widget=True)
    graph = read_graph(
        drawing(
            node(1, "TheirNode", slot("image", "IMAGE"), *widgets, widgets_values=[0.5, "soft"]),
            node(2, "TheirNode", *widgets, widgets_values=[0.5]),
            node(3, "TheirVideo", widgets_values={"frame_rate": 8}),
            links=[],
        )
    )
    assert graph.nodes["1"].inputs == {"strength": 0.5, "mode": "soft"}
    assert graph.nodes["2"].inputs == {}
    assert graph.nodes["3"].inputs == {"frame_rate": 8}


def test_a_link_takes_precedence_over_the_widget_that_it_replaced() -> None:
    graph = read_graph(
        drawing(
            node(1, "GetImageSize"),
            node(
                2,
                "Flux2Scheduler",
                slot("width", "INT", 5, widget=True),
                slot("height", "INT", 6, widget=True),
                widgets_values=[20, 1024, 1024],
            ),
            links=[[5, 1, 0, 2, 0, "INT"], [6, 1, 1, 2, 1, "INT"]],
        )
    )
    expected = {"steps": 20, "width": Link("1", 0), "height": Link("1", 1)}
    assert graph.nodes["2"].inputs == expected


def test_notes_reroutes_and_muted_nodes_are_removed() -> None:
    graph = read_graph(
        drawing(
            LOAD,
            node(2, "Reroute", slot("", "*", 1)),
            node(3, "Reroute", slot("", "*", 2)),
            save(3),
            node(4, "MarkdownNote", widgets_values=["# Read me"]),
            node(5, "Note", widgets_values=["Read me"]),
            node(6, "SaveImage", slot("images", "IMAGE", 4), mode=2),
            links=[[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "*"], [3, 3, 0, 9, 0, "*"]],
        )
    )
    assert set(graph.nodes) == {"1", "9"}
    assert fed_by(graph) == Link("1", 0)


def test_a_get_node_passes_on_what_the_set_node_of_its_name_gets() -> None:
    graph = read_graph(
        drawing(
            LOAD,
            node(2, "SetNode", slot("IMAGE", "IMAGE", 1), widgets_values=["photo"]),
            node(3, "SetNode", slot("MASK", "MASK", 2), widgets_values=["shape"]),
            node(4, "GetNode", widgets_values=["photo"]),
            node(5, "Reroute (rgthree)", slot("", "*", 3)),
            node(6, "Label (rgthree)"),
            save(4),
            links=[
                [1, 1, 0, 2, 0, "IMAGE"],
                [2, 1, 1, 3, 0, "MASK"],
                [3, 4, 0, 5, 0, "*"],
                [4, 5, 0, 9, 0, "IMAGE"],
            ],
        )
    )
    assert set(graph.nodes) == {"1", "9"}
    assert fed_by(graph) == Link("1", 0)


def test_a_get_node_without_its_set_node_gives_nothing() -> None:
    get = node(4, "GetNode", widgets_values=["photo"])
    graph = read_graph(drawing(LOAD, get, save(3), links=[[3, 4, 0, 9, 0, "IMAGE"]]))
    assert fed_by(graph) is None


def test_the_inputs_that_a_choice_brings_take_its_values_after_it() -> None:
    scaled = node(
        2,
        "ResizeImageMaskNode",
        slot("input", "IMAGE,MASK", 1),
        widgets_values=["scale by multiplier", 1.5, "lanczos"],
    )
    graph = read_graph(drawing(LOAD, scaled, links=[[1, 1, 0, 2, 0, "IMAGE"]]))
    inputs = graph.nodes["2"].inputs
    assert inputs["resize_type.multiplier"] == 1.5
    assert inputs["scale_method"] == "lanczos"


def test_a_list_is_wrapped_so_that_it_is_not_read_as_a_link() -> None:
    kind = "CreateBoundingBoxes"
    graph = read_graph(drawing(node(1, kind, widgets_values=[8, 8, [{"x": 1}], []]), links=[]))
    lists = [value for value in graph.nodes["1"].inputs.values() if isinstance(value, dict)]
    assert {"__value__": [{"x": 1}]} in lists


def test_values_are_named_by_what_the_file_shows_if_the_class_has_changed() -> None:
    later = node(
        1,
        "SaveImage",
        slot("filename_prefix", "STRING", widget=True),
        slot("a_later_input", "INT", widget=True),
        widgets_values=["x", 5],
    )
    found = read_graph(drawing(later, links=[])).nodes["1"]
    assert found.inputs == {"filename_prefix": "x", "a_later_input": 5}
    assert found.is_other_version


def test_a_bypassed_node_prefers_an_input_of_the_same_type_to_one_of_several() -> None:
    bypassed = node(
        2,
        "TheirNode",
        slot("either", "IMAGE,MASK", 7),
        slot("image", "IMAGE", 1),
        outputs=[slot("IMAGE", "IMAGE")],
        mode=4,
    )
    links = [[1, 1, 0, 2, 1, "IMAGE"], [2, 2, 0, 9, 0, "IMAGE"]]
    assert fed_by(read_graph(drawing(LOAD, bypassed, save(2), links=links))) == Link("1", 0)
    bypassed["inputs"] = [slot("either", "IMAGE,MASK", 1)]
    links[0][4] = 0
    assert fed_by(read_graph(drawing(LOAD, bypassed, save(2), links=links))) == Link("1", 0)


def test_what_a_muted_node_feeds_is_fed_by_nothing() -> None:
    muted = {**LOAD, "mode": 2}
    assert fed_by(read_graph(drawing(muted, save(1), links=[[1, 1, 0, 9, 0, "IMAGE"]]))) is None


def test_a_bypassed_node_passes_on_its_first_input_of_the_outputs_type() -> None:
    bypassed = node(
        2,
        "LoraLoaderModelOnly",
        slot("clip", "CLIP", 7),
        slot("image", "IMAGE", 1),
        outputs=[slot("IMAGE", "IMAGE")],
        mode=4,
    )
    links = [[1, 1, 0, 2, 1, "IMAGE"], [2, 2, 0, 9, 0, "IMAGE"]]
    graph = read_graph(drawing(LOAD, bypassed, save(2), links=links))
    assert set(graph.nodes) == {"1", "9"}
    assert fed_by(graph) == Link("1", 0)


def test_a_bypassed_node_without_such_an_input_passes_on_nothing() -> None:
    bypassed = node(2, "VAEDecode", slot("samples", "LATENT", 1), mode=4)
    links = [[1, 1, 0, 2, 0, "LATENT"], [2, 2, 0, 9, 0, "IMAGE"]]
    assert fed_by(read_graph(drawing(LOAD, bypassed, save(2), links=links))) is None


def test_the_editors_primitive_gives_its_value() -> None:
    graph = read_graph(
        drawing(
            node(1, "PrimitiveNode", widgets_values=[30, "fixed"]),
            node(
                2, "Flux2Scheduler", slot("steps", "INT", 1, widget=True), widgets_values=[20, 1, 1]
            ),
            links=[[1, 1, 0, 2, 0, "INT"]],
        )
    )
    assert set(graph.nodes) == {"2"}
    assert graph.nodes["2"].inputs["steps"] == 30


def test_a_cycle_of_reroutes_feeds_nothing() -> None:
    graph = read_graph(
        drawing(
            node(1, "Reroute", slot("", "*", 2)),
            node(2, "Reroute", slot("", "*", 1)),
            save(3),
            links=[[1, 1, 0, 2, 0, "*"], [2, 2, 0, 1, 0, "*"], [3, 2, 0, 9, 0, "*"]],
        )
    )
    assert fed_by(graph) is None


def noise_inside(*outer: dict[str, Any], **host: Any) -> Graph:
    """RandomNoise 73 in subgraph 11, in subgraph 5; its seed is promoted to both."""
    inner = subgraph(
        "inner",
        node(
            73,
            "RandomNoise",
            slot("noise_seed", "INT", 1, widget=True),
            widgets_values=[1, "fixed"],
        ),
        links=[[1, -10, 0, 73, 0]],
        inputs=[slot("noise_seed", "INT")],
    )
    middle = subgraph(
        "middle",
        node(11, "inner", slot("noise_seed", "INT", 1, widget=True), widgets_values=[2]),
        links=[[1, -10, 0, 11, 0]],
        inputs=[slot("seed", "INT")],
    )
    link = [[8, 1, 0, 5, 0, "INT"]] if outer else []
    feed = slot("seed", "INT", 8 if outer else None, widget=True)
    return read_graph(
        drawing(
            node(5, "middle", feed, **host),
            *outer,
            links=link,
            definitions={"subgraphs": [inner, middle]},
        )
    )


def test_a_subgraphs_nodes_have_its_id_before_theirs() -> None:
    assert list(noise_inside().nodes) == ["5:11:73"]


@pytest.mark.parametrize(
    ("host", "seed"),
    [
        ({}, 2),
        ({"widgets_values": [3]}, 3),
        ({"widgets_values": [3, 4]}, 2),
        ({"widgets_values": [3], "properties": {"proxyWidgets": [["-1", "seed"]]}}, 3),
        ({"widgets_values": [4], "properties": {"proxyWidgets": [["11", "noise_seed"]]}}, 4),
        ({"widgets_values": [], "properties": {"proxyWidgets": [["-1", "seed"]]}}, 2),
        ({"widgets_values": [None], "properties": {"proxyWidgets": [["11", "noise_seed"]]}}, 2),
    ],
)
def test_the_outermost_widget_that_has_a_value_wins(host: dict[str, Any], seed: int) -> None:
    assert noise_inside(**host).nodes["5:11:73"].inputs == {"noise_seed": seed}


def test_a_link_from_outside_a_subgraph_reaches_the_node_inside() -> None:
    primitive = node(1, "PrimitiveInt", widgets_values=[6, "fixed"])
    graph = noise_inside(primitive, widgets_values=[3])
    assert graph.nodes["5:11:73"].inputs == {"noise_seed": Link("1", 0)}


def test_a_subgraphs_output_comes_from_the_node_inside() -> None:
    inner = subgraph("inner", LOAD, links=[[1, 1, 0, -20, 0]], outputs=[slot("IMAGE", "IMAGE")])
    host = node(5, "inner", outputs=[slot("IMAGE", "IMAGE")])
    entries = drawing(
        host, save(2), links=[[2, 5, 0, 9, 0, "IMAGE"]], definitions={"subgraphs": [inner]}
    )
    assert fed_by(read_graph(entries)) == Link("5:1", 0)


def test_every_published_workflow_can_be_read(templates: dict[str, str]) -> None:
    """Links may come from unknown or missing nodes, but never from a removed node."""
    for name, text in templates.items():
        graph = read_graph(json.loads(text))
        for found in graph.nodes.values():
            for given_ in found.inputs.values():
                assert not isinstance(given_, Link) or given_.node in graph.nodes, name


@pytest.mark.parametrize(
    ("entries", "trouble"),
    [
        (drawing(5, links=[]), "the file: a node must be a JSON object, not the number 5"),  # type: ignore[arg-type]
        (
            drawing(node(1, "A"), node(1, "B"), links=[]),
            "has two nodes with the id '1' in the file",
        ),
        (drawing(node(2**60, "A"), links=[]), "a node's id must be a string"),
        (drawing(node(1, ""), links=[]), "node '1': type must be a string"),
        (drawing(node(1, "A", mode="x"), links=[]), "node '1': mode must be a whole number"),
        (drawing(node(1, "A", widgets_values=5), links=[]), "node '1': widgets_values must be"),
        (drawing(node(1, "A", slot("a", "B", -1.5)), links=[]), "node '1': inputs: a link must"),  # type: ignore[arg-type]
        (
            drawing(node(1, "A", inputs={}), links=[]),
            "node '1': inputs must be a list, not an object",
        ),
        (
            drawing(node(1, "A", inputs=[{}] * 1001), links=[]),
            "node '1': inputs: has more than 1000",
        ),
        (drawing(links=[5]), "a link must be a JSON object, not the number 5"),
        (drawing(links=[[1, 2, 3]]), "has a link that is not a list of id, two ends and a type"),
        (drawing(links=[[1, 2, -1, 3, 0, "A"]]), "has a link whose slot is not a number from 0"),
        (drawing(links=[[1, 2, 10**9, 3, 0, "A"]]), "has a link whose slot is not a number from 0"),
        (drawing(links=[[i, 1, 0, 2, 0] for i in range(50_001)]), "has more than 50000 links"),
        (drawing(links=[], definitions=[1]), "definitions must be a JSON object"),
        (drawing(links=[], definitions={"subgraphs": {}}), "definitions.subgraphs must be a list"),
        (
            drawing(links=[], definitions={"subgraphs": [subgraph("a", links=[])] * 2}),
            "has the subgraph 'a' twice",
        ),
        (
            drawing(node(1, "A", properties={"proxyWidgets": [["1"]]}), links=[]),
            "node '1': a proxied widget must be [node, name]",
        ),
        (
            drawing(*(node(i, "A") for i in range(MAX_NODES + 1)), links=[]),
            "has more than 5000 nodes",
        ),
        (
            drawing(
                node(1, "a"),
                links=[],
                definitions={"subgraphs": [subgraph("a", node(1, "a"), links=[])]},
            ),
            "has subgraphs inside themselves, or nested more than 16 deep",
        ),
    ],
)
def test_what_the_editor_never_saves_is_refused(entries: dict[str, Any], trouble: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_graph(entries)
    assert str(caught.value).startswith(f"workflow: {trouble}")


def test_subgraphs_that_multiply_are_refused_before_they_fill_memory() -> None:
    """Ten in ten in ten subgraphs: 10^9 nodes from a hundred."""
    layers = [
        subgraph(f"s{depth}", *(node(i, f"s{depth + 1}") for i in range(10)), links=[])
        for depth in range(9)
    ]
    layers.append(subgraph("s9", node(1, "SaveImage"), links=[]))
    with pytest.raises(RequestError, match="has more than 5000 nodes"):
        read_graph(drawing(node(1, "s0"), links=[], definitions={"subgraphs": layers}))


def test_long_paths_are_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every input of many nodes is at the end of one chain of reroutes."""
    count = 2000
    chain = [node(i, "Reroute", slot("", "*", i - 1)) for i in range(2, count)]
    ends = [node(count + i, "Their", *[slot("a", "*", count - 1)] * 5) for i in range(20)]
    links = [[i, i, 0, i + 1, 0] for i in range(1, count)]
    followed: list[str] = []
    step = editor._Opened._step

    def heard(opened: Any, scope: Any, link: Any) -> Any:
        followed.append(link.id)
        return step(opened, scope, link)

    monkeypatch.setattr(editor._Opened, "_step", heard)
    graph = read_graph(drawing(LOAD, *chain, *ends, links=links))

    assert graph.nodes[str(count + 19)].inputs == {"a": Link("1", 0)}
    assert len(followed) == len(set(followed)) == len(links)


@settings(max_examples=60)
@given(data=st.data())
def test_a_published_workflow_with_anything_changed_is_read_or_refused(
    data: st.DataObject, templates: dict[str, str], klein: list[str]
) -> None:
    workflow: Any = json.loads(templates[data.draw(st.sampled_from(klein))])
    place: Any = workflow
    while isinstance(place, (dict, list)) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        deeper = isinstance(place[key], (dict, list)) and place[key]
        if deeper and data.draw(st.integers(0, 9)):
            place = place[key]
            continue
        place[key] = data.draw(
            st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({})
        )
        break
    try:
        read_graph(workflow)
    except RequestError as error:
        assert str(error).startswith("workflow: ")
