"""The table of signatures matches every node in ComfyUI's published workflows."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from poster.comfy.drawing import DrawnNode, read_drawing
from poster.comfy.nodes import (
    ANY,
    InputSpec,
    Signature,
    find_signature,
    is_known,
    read_table,
)
from poster.comfy.widgets import fits_class, name_widgets

EDITORS_OWN = {"upload", "audioUI"}
"""Slots of buttons, which are not inputs of a class."""

Shown = dict[str, list[DrawnNode]]


def drawn(text: str) -> Iterator[DrawnNode]:
    """All nodes of a workflow and of its subgraphs."""
    drawing = read_drawing(json.loads(text))
    for canvas in (drawing.canvas, *drawing.subgraphs.values()):
        yield from canvas.nodes.values()


@pytest.fixture(scope="module")
def shown(templates: dict[str, str]) -> Shown:
    """Nodes of all published workflows, by class, that are of the table's version."""
    found: Shown = {}
    for text in templates.values():
        for node in drawn(text):
            if find_signature(node.kind) and fits_class(node):
                found.setdefault(node.kind, []).append(node)
    return found


def sign(kind: str) -> Signature:
    signature = find_signature(kind)
    assert signature
    return signature


def test_the_table_names_its_source() -> None:
    table = read_table()
    assert table.version == "0.33.0"
    assert len(table.commit) == 40
    assert table.source.startswith("https://github.com/")
    assert str(table) == f"ComfyUI 0.33.0 ({table.date})"


def test_every_class_of_comfyui_itself_is_in_it() -> None:
    declared = read_table().declared
    assert len(declared) == 886
    for kind in (
        *("KSampler", "LoraLoader", "CheckpointLoaderSimple", "BasicScheduler", "ImageScaleBy"),
        *("EmptyLatentImage", "EmptySD3LatentImage", "ModelSamplingFlux", "LatentUpscaleBy"),
        *("PreviewAny", "FluxKVCache", "GeminiImageNode"),
    ):
        assert find_signature(kind)


def test_a_name_that_comfyui_replaces_is_known_without_a_signature() -> None:
    assert is_known("SDV_img2vid_Conditioning")
    assert find_signature("SDV_img2vid_Conditioning") is None
    assert not is_known("KSampler (Efficient)")


def test_every_class_of_the_klein_workflows_is_in_it(
    templates: dict[str, str], klein: list[str]
) -> None:
    for name in klein:
        subgraphs = set(read_drawing(json.loads(templates[name])).subgraphs)
        kinds = {node.kind for node in drawn(templates[name])} - subgraphs - {"MarkdownNote"}
        assert all(find_signature(kind) for kind in kinds), kinds


def test_most_published_nodes_are_of_its_version(templates: dict[str, str], shown: Shown) -> None:
    nodes = [node for text in templates.values() for node in drawn(text)]
    known = sum(find_signature(node.kind) is not None for node in nodes)
    assert sum(map(len, shown.values())) > 0.98 * known


def test_inputs_have_the_names_and_types_that_are_published(shown: Shown) -> None:
    odd: set[tuple[str, ...]] = set()
    for kind, nodes in shown.items():
        for node in nodes:
            specs = sign(kind).expand(name_widgets(node))
            for slot in node.inputs:
                spec = specs.get(slot.name)
                if spec is None:
                    odd.add((kind, slot.name))
                elif not agrees(slot.kind, spec):
                    odd.add((kind, slot.name, slot.kind))
    unknown = {one for one in odd if one[1] not in EDITORS_OWN and "." not in one[1]}
    # A later ComfyUI gave these further inputs, or types.
    assert len(unknown) < 5, unknown


def agrees(kind: str, spec: InputSpec) -> bool:
    kinds = set(kind.split(","))
    anything = {ANY, "COMFY_MATCHTYPE_V3", "COMFY_AUTOGROW_V3", "COMFY_DYNAMICCOMBO_V3"}
    return bool(kinds & (spec.link_kinds | anything)) or ANY in spec.link_kinds


def test_outputs_have_the_types_that_are_published(shown: Shown) -> None:
    odd = set()
    for kind, nodes in shown.items():
        outputs = sign(kind).outputs
        for node in nodes:
            for ours, slot in zip(outputs, node.outputs, strict=False):
                if ANY not in (ours, slot.kind) and not set(ours.split(",")) & {
                    *slot.kind.split(","),
                    "COMFY_MATCHTYPE_V3",
                }:
                    odd.add((kind, ours, slot.kind))
    assert len(odd) < 5, odd


def test_a_choice_brings_its_own_inputs_and_a_group_has_as_many_as_are_required() -> None:
    signature = Signature(
        inputs={
            "mode": InputSpec(
                "DYNAMIC_COMBO",
                options={"plain": {}, "sized": {"width": InputSpec("INT", low=8)}},
            ),
            "images": InputSpec(
                "AUTOGROW",
                members={"a": InputSpec("IMAGE"), "b": InputSpec("IMAGE", optional=True)},
            ),
        },
        outputs=(),
    )
    plain = signature.expand({"mode": "plain"})
    assert list(plain) == ["mode", "images.a", "images.b"]
    assert plain["mode"].choices == ("plain", "sized")
    assert [plain[name].optional for name in plain] == [False, False, True]
    assert signature.expand({"mode": "sized"})["mode.width"].low == 8
    assert signature.expand({})["mode"].optional


def test_a_group_of_a_published_class_is_expanded_with_its_names() -> None:
    specs = sign("BatchImagesNode").expand({})
    assert list(specs)[:3] == ["images.image0", "images.image1", "images.image2"]
    assert not specs["images.image0"].optional
    assert list(specs.values())[-1].optional
    assert not any(spec.has_widget for spec in specs.values())
