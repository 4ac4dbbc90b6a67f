"""The table of signatures matches every node in ComfyUI's published workflows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from poster.comfy.nodes import ANY, CONTROLS, InputSpec, find_signature, read_table

NAMED_BY_THE_ISSUE = (
    *("UNETLoader", "CLIPLoader", "VAELoader", "CLIPTextEncode", "ReferenceLatent"),
    *("EmptyFlux2LatentImage", "Flux2Scheduler", "CFGGuider", "RandomNoise", "KSamplerSelect"),
    *("SamplerCustomAdvanced", "VAEDecode", "SaveImage", "LoadImage", "GetImageSize"),
    *("ImageScaleToTotalPixels", "VAEEncode", "ConditioningZeroOut", "FluxKVCache"),
)

SHOWN_BESIDE = {"LoadImage": 1, "GetImageSize": 0}
"""Class -> number of widgets that are inputs; after them come a button and measured values."""


def drawn(text: str) -> Iterator[dict[str, Any]]:
    """All nodes of a workflow and of its subgraphs."""
    workflow = json.loads(text)
    canvases = [workflow, *workflow.get("definitions", {}).get("subgraphs", [])]
    for canvas in canvases:
        yield from canvas["nodes"]


@pytest.fixture(scope="module")
def shown(templates: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Nodes of all published workflows, by class, of the classes in the table."""
    found: dict[str, list[dict[str, Any]]] = {}
    for text in templates.values():
        for node in drawn(text):
            if find_signature(node["type"]):
                found.setdefault(node["type"], []).append(node)
    return found


def test_the_table_names_its_source() -> None:
    table = read_table()
    assert table.version == "0.33.0"
    assert len(table.commit) == 40
    assert set(NAMED_BY_THE_ISSUE) <= set(table.signatures)


def test_every_class_of_the_klein_workflows_is_in_it(
    templates: dict[str, str], klein: list[str]
) -> None:
    for name in klein:
        workflow = json.loads(templates[name])
        subgraphs = {one["id"] for one in workflow["definitions"]["subgraphs"]}
        kinds = {node["type"] for node in drawn(templates[name])} - subgraphs - {"MarkdownNote"}
        assert all(find_signature(kind) for kind in kinds), kinds


def test_every_class_of_it_is_published(shown: dict[str, list[dict[str, Any]]]) -> None:
    assert set(shown) == set(read_table().signatures)


def kind_of(slot: dict[str, Any]) -> str:
    return slot["type"] if isinstance(slot["type"], str) else "COMBO"


def agrees(slot: dict[str, Any], spec: InputSpec) -> bool:
    return ANY in (spec.link_kind, kind_of(slot)) or kind_of(slot) == spec.link_kind


def test_inputs_have_the_names_and_types_that_are_published(
    shown: dict[str, list[dict[str, Any]]],
) -> None:
    for kind, nodes in shown.items():
        signature = find_signature(kind)
        assert signature
        for node in nodes:
            for slot in node.get("inputs", []):
                spec = signature.inputs.get(slot["name"])
                # LoadImage's upload button also has a slot.
                if spec is None:
                    assert (kind, slot["name"]) == ("LoadImage", "upload")
                    continue
                assert agrees(slot, spec), (kind, slot)
                assert spec.is_literal or "widget" not in slot


def test_outputs_have_the_types_that_are_published(shown: dict[str, list[dict[str, Any]]]) -> None:
    for kind, nodes in shown.items():
        signature = find_signature(kind)
        assert signature
        for node in nodes:
            kinds = [kind_of(slot) for slot in node.get("outputs", [])]
            for ours, theirs in zip(signature.outputs, kinds, strict=False):
                assert ANY in (ours, theirs) or ours == theirs, (kind, kinds)
            assert len(kinds) <= len(signature.outputs)


def test_widgets_are_as_many_and_of_the_kinds_that_are_published(
    shown: dict[str, list[dict[str, Any]]],
) -> None:
    kinds: dict[str, tuple[type, ...]] = {
        "INT": (int,),
        "FLOAT": (int, float),
        "BOOLEAN": (bool,),
        **dict.fromkeys(("STRING", "COMBO", "FILE"), (str,)),
    }
    for kind, nodes in shown.items():
        signature = find_signature(kind)
        assert signature
        places = [
            place
            for spec in signature.inputs.values()
            if spec.is_literal
            for place in [spec.kind, *(["CONTROL"] if spec.control else [])]
        ]
        for node in nodes:
            values = node.get("widgets_values") or []
            values = values[: SHOWN_BESIDE.get(kind, len(values))]
            assert len(values) <= len(places), (kind, values)
            for place, value in zip(places, values, strict=False):
                assert value in CONTROLS if place == "CONTROL" else isinstance(value, kinds[place])


def test_the_newest_nodes_have_all_widgets(shown: dict[str, list[dict[str, Any]]]) -> None:
    for kind, nodes in shown.items():
        signature = find_signature(kind)
        assert signature
        count = sum(spec.is_literal + spec.control for spec in signature.inputs.values())
        assert max(len(node.get("widgets_values") or []) for node in nodes) >= count, kind
