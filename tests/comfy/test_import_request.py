"""A workflow from elsewhere becomes a request: prompts, steps, guidance, seed, size and files."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poster.comfy.graph import Graph
from poster.comfy.import_request import ImportedRequest, import_request
from poster.comfy.workflow import read_graph
from poster.errors import RequestError
from poster.request import PosterRequest
from poster.weights.manifest import read_manifest

Workflow = dict[str, Any]


def read(workflow: Workflow) -> ImportedRequest:
    return import_request(read_graph(workflow), read_manifest())


def test_two_stages_of_subgraphs_are_found_from_what_they_save(seed_workflow: Workflow) -> None:
    reading = read(seed_workflow)
    assert reading.fields == {
        "image": "example.png",
        "seed": 432262096973499 % 2**32,
        "num_inference_steps": 20,
        "guidance_scale": 5,
        "cover_prompt": "A magazine cover with the masthead TABASCO.",
        "envelope_prompt": "The magazine in a clear plastic envelope.",
        "engine": "flux",
    }
    (note,) = reading.notes
    seeds = f"432262096973499, 1111443136920027 becomes the seed {reading.fields['seed']}"
    assert note.startswith(f"noise_seed {seeds}; each stage's seed is derived from it")


def test_the_last_saveimage_alone_is_enough(seed_workflow: Workflow) -> None:
    whole = read(seed_workflow)
    del seed_workflow["10"]
    assert read(seed_workflow) == whole


@given(st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_ids_and_their_order_do_not_matter(seed_workflow: Workflow, dice: random.Random) -> None:
    """Ids such as 11:74 or 74 mean nothing: a node is identified by its class and links."""
    numbers = dice.sample(range(1000), len(seed_workflow))
    names = {old: str(new) for old, new in zip(seed_workflow, numbers, strict=True)}
    text = json.dumps(seed_workflow)
    workflow: Workflow = json.loads(text)
    renamed = {
        names[id_]: {
            **node,
            "inputs": {
                name: [names[given_[0]], given_[1]] if isinstance(given_, list) else given_
                for name, given_ in node["inputs"].items()
            },
        }
        for id_, node in workflow.items()
    }
    order = dice.sample(sorted(renamed), len(renamed))
    assert read({id_: renamed[id_] for id_ in order}).fields == read(workflow).fields


def changed(workflow: Workflow, id_: str, **inputs: object) -> Workflow:
    workflow[id_]["inputs"] |= inputs
    return workflow


@pytest.mark.parametrize(
    ("id_", "inputs", "note"),
    [
        ("75:62", {"steps": 30}, "steps is 20 for the cover and 30 for the envelope"),
        ("75:63", {"cfg": 4}, "cfg is 5 for the cover and 4 for the envelope"),
        ("11:62", {"steps": 400}, "num_inference_steps: must be between 1 and 100, not 400"),
        (
            "11:62",
            {"steps": "many"},
            "num_inference_steps: must be a whole number, not the string 'many'",
        ),
        ("11:63", {"cfg": 21}, "guidance_scale: must be between 0.0 and 20.0, not 21"),
        (
            "11:66",
            {"width": 400},
            "the size 400 x 1472 is left out: width: must be between 512 and 4096, not 400",
        ),
        (
            "11:66",
            {"width": 1920, "height": 1088},
            "width: must be 0.5 to 1.0 times the height",
        ),
        ("11:66", {"width": ["11:100", 0]}, "width is computed for the cover and 1024 for the env"),
        (
            "11:66",
            {"width": ["11:100", 0]},
            "the size depends on the photo; the default of 1024",
        ),
        ("11:67", {"text": "blurry"}, "a negative prompt is left out: a request has no field"),
        ("11:61", {"sampler_name": "heun"}, "the sampler 'heun' becomes euler"),
        ("11:70", {"unet_name": "x.safetensors"}, "'x.safetensors' (transformer) is not in the"),
        ("11:71", {"clip_name": "y.safetensors"}, "'y.safetensors' (text_encoder) is not in the"),
        ("2", {"image": "../../etc/passwd"}, "loads '../../etc/passwd', which is outside the"),
        ("2", {"image": "/etc/passwd"}, "loads '/etc/passwd', which is outside the"),
        ("2", {"image": "data:image/png;base64,"}, "which is outside the input folder"),
        ("2", {"image": 5}, "loads no photo; pass one to poster make"),
    ],
)
def test_what_a_request_cannot_express_is_noted(
    seed_workflow: Workflow, id_: str, inputs: dict[str, object], note: str
) -> None:
    notes = read(changed(seed_workflow, id_, **inputs)).notes
    assert any(note in one for one in notes), notes


def test_a_prompt_that_is_too_long_leaves_nothing_to_paint(seed_workflow: Workflow) -> None:
    with pytest.raises(RequestError, match="has no prompt for the cover; cover_prompt: ") as caught:
        read(changed(seed_workflow, "11:74", text="a" * 4001))
    assert "4000" in str(caught.value)


@pytest.mark.parametrize(
    ("image", "name"),
    [("a.png [input]", "a.png"), ("album/b.jpg", "album/b.jpg"), ("album\\b.jpg", "album/b.jpg")],
)
def test_the_image_is_named_as_a_file(seed_workflow: Workflow, image: str, name: str) -> None:
    assert read(changed(seed_workflow, "2", image=image)).fields["image"] == name


def test_distilled_weights_of_the_same_model_are_the_fast_ones(seed_workflow: Workflow) -> None:
    reading = read(changed(seed_workflow, "11:70", unet_name="flux-2-klein-9b-fp8.safetensors"))
    assert reading.fields["speed"] == "fast"
    message = "flux-2-klein-9b-fp8.safetensors belongs to the set klein-9b-fp8; the deployment uses"
    assert any(one.startswith(message) for one in reading.notes)
    assert not any("text_encoder" in one for one in reading.notes)
    reading = read(changed(seed_workflow, "11:70", unet_name="flux-2-klein-4b-fp8.safetensors"))
    assert "speed" not in reading.fields


def test_values_may_be_in_primitives_and_behind_switches(seed_workflow: Workflow) -> None:
    seed_workflow |= {
        "1": {"class_type": "PrimitiveStringMultiline", "inputs": {"value": "From afar."}},
        "3": {"class_type": "PrimitiveInt", "inputs": {"value": 12}},
        "4": {"class_type": "PrimitiveInt", "inputs": {"value": 4}},
        "5": {"class_type": "PrimitiveBoolean", "inputs": {"value": False}},
        "6": {
            "class_type": "ComfySwitchNode",
            "inputs": {"switch": ["5", 0], "on_true": ["4", 0], "on_false": ["3", 0]},
        },
    }
    changed(seed_workflow, "11:74", text=["1", 0])
    changed(seed_workflow, "11:62", steps=["6", 0])
    fields = read(seed_workflow).fields
    assert (fields["cover_prompt"], fields["num_inference_steps"]) == ("From afar.", 12)


def test_a_ksampler_is_read_with_what_a_request_cannot_express_noted() -> None:
    workflow: Workflow = {
        "1": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux-2-klein-4b.safetensors"}},
        "2": {"class_type": "CLIPLoader", "inputs": {"clip_name": "qwen_3_4b.safetensors"}},
        "3": {"class_type": "VAELoader", "inputs": {"vae_name": "flux2-vae.safetensors"}},
        "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "A red fox.", "clip": ["2", 0]}},
        "5": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["4", 0]}},
        "6": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 768, "height": 1024}},
        "7": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["1", 0],
                "positive": ["4", 0],
                "negative": ["5", 0],
                "latent_image": ["6", 0],
                "seed": 9,
                "steps": 4,
                "cfg": 1.5,
                "denoise": 0.8,
                "sampler_name": "euler",
                "scheduler": "simple",
            },
        },
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["7", 0], "vae": ["3", 0]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    }
    reading = read(workflow)
    assert reading.fields == {
        "stage": "cover",
        "seed": 9,
        "width": 768,
        "height": 1024,
        "engine": "flux",
        "num_inference_steps": 4,
        "guidance_scale": 1.5,
        "cover_prompt": "A red fox.",
    }
    assert "the scheduler 'simple' becomes Flux2Scheduler's" in reading.notes
    assert "denoise 0.8 becomes 1" in reading.notes

    workflow["4"]["inputs"]["text"] = ["99", 0]
    workflow["99"] = {"class_type": "TheirWriter", "inputs": {}}
    with pytest.raises(RequestError) as caught:
        read(workflow)
    assert str(caught.value).startswith("workflow: has no prompt for the cover; write one in the")


def test_skipped_nodes_are_noted(seed_workflow: Workflow) -> None:
    seed_workflow |= {
        "1": {"class_type": "FluxKVCache", "inputs": {"model": ["11:70", 0]}},
        "3": {"class_type": "FluxGuidance", "inputs": {"conditioning": ["11:77", 0]}},
        "4": {"class_type": "BasicGuider", "inputs": {"model": ["1", 0], "conditioning": ["3", 0]}},
    }
    reading = read(changed(seed_workflow, "11:64", guider=["4", 0]))
    assert reading.fields["guidance_scale"] == 1.0
    for node in ("node '1' (FluxKVCache)", "node '3' (FluxGuidance)"):
        assert f"{node} is left out: a request has no field for it" in reading.notes


def test_the_first_reference_is_the_photo_and_others_are_noted(seed_workflow: Workflow) -> None:
    seed_workflow |= {
        "1": {"class_type": "LoadImage", "inputs": {"image": "other.png"}},
        "3": {"class_type": "VAEEncode", "inputs": {"pixels": ["1", 0], "vae": ["11:72", 0]}},
        "4": {
            "class_type": "ReferenceLatent",
            "inputs": {"conditioning": ["11:77", 0], "latent": ["3", 0]},
        },
    }
    reading = read(changed(seed_workflow, "11:63", positive=["4", 0]))
    assert reading.fields["image"] == "example.png"
    assert "node '4' (ReferenceLatent) is left out: a request has no field for it" in reading.notes


def test_of_two_workflows_in_a_file_the_longer_one_is_read(
    seed_workflow: Workflow,
) -> None:
    alone = {
        f"x{id_}": {
            **node,
            "inputs": {
                name: [f"x{given_[0]}", given_[1]] if isinstance(given_, list) else given_
                for name, given_ in node["inputs"].items()
            },
        }
        for id_, node in seed_workflow.items()
        if id_ in {"2", "10"} or id_.startswith("11:")
    }
    reading = read({**alone, **seed_workflow})
    assert reading.fields == read(seed_workflow).fields
    assert "node 'x10' (SaveImage) saves another picture, which is left out" in reading.notes


@pytest.mark.parametrize(
    ("id_", "inputs", "trouble"),
    [
        ("11:64", {"noise": ["75", 0]}, "node '11:64' (SamplerCustomAdvanced): noise is fed by"),
        ("11:64", {"noise": ["11:61", 0]}, "noise is fed by node '11:61' (KSamplerSelect); it"),
        ("11:64", {"noise": 5}, "noise is fed by nothing; it must be RandomNoise"),
        ("11:80", {"image": ["75:65", 0]}, "has a cycle through node '75:64'"),
        ("11:80", {"image": ["11:80", 0]}, "has a cycle through node '11:80'"),
        ("11:63", {"model": ["11:61", 0]}, "takes a model from node '11:61' (KSamplerSelect)"),
        ("11:63", {"positive": ["11:61", 0]}, "takes a prompt from node '11:61' (KSamplerSelect)"),
        ("11:80", {"image": ["11:61", 0]}, "takes an image from node '11:61' (KSamplerSelect)"),
    ],
)
def test_a_graph_that_cannot_be_followed_is_refused(
    seed_workflow: Workflow, id_: str, inputs: dict[str, object], trouble: str
) -> None:
    with pytest.raises(RequestError) as caught:
        read(changed(seed_workflow, id_, **inputs))
    assert str(caught.value).startswith("workflow: ")
    assert trouble in str(caught.value)


def test_a_workflow_that_paints_nothing_is_refused(seed_workflow: Workflow) -> None:
    loaded = {"2": seed_workflow["2"], "9": changed(seed_workflow, "9", images=["2", 0])["9"]}
    with pytest.raises(RequestError, match="saves only pictures that it loads; no node paints one"):
        read(loaded)
    unlinked = {"9": {**seed_workflow["9"], "inputs": {"filename_prefix": "x"}}}
    with pytest.raises(RequestError, match=r"node '9' \(SaveImage\) has no image; link its input"):
        read(unlinked)
    with pytest.raises(RequestError, match="has no active SaveImage node"):
        read({"2": seed_workflow["2"]})


def chain(workflow: Workflow, count: int) -> Workflow:
    """Stages in a row, each painted from the previous one."""
    stage = {id_: node for id_, node in workflow.items() if id_.startswith("11:")}
    long: Workflow = {"2": workflow["2"]}
    for number in range(count):
        text = json.dumps(stage).replace('"11:', f'"{number}:')
        long |= json.loads(text)
        source = [f"{number - 1}:65", 0] if number else ["2", 0]
        long[f"{number}:80"]["inputs"]["image"] = source
    long["9"] = {"class_type": "SaveImage", "inputs": {"images": [f"{count - 1}:65", 0]}}
    return long


def test_a_poster_has_two_stages_at_most(seed_workflow: Workflow) -> None:
    assert "stage" not in read(chain(seed_workflow, 2)).fields
    with pytest.raises(RequestError, match="paints 3 stages in a row; a poster has two"):
        read(chain(seed_workflow, 3))
    with pytest.raises(RequestError, match="paints more than 8 stages in a row"):
        read(chain(seed_workflow, 250))


def test_a_cycle_of_switches_is_refused(seed_workflow: Workflow) -> None:
    seed_workflow["1"] = {
        "class_type": "ComfySwitchNode",
        "inputs": {"switch": ["1", 0], "on_true": ["1", 0], "on_false": ["1", 0]},
    }
    with pytest.raises(RequestError, match="is fed by too many switches in a row"):
        read(changed(seed_workflow, "11:62", steps=["1", 0]))


@pytest.mark.parametrize(
    ("notes", "trouble"),
    [
        ({"request": []}, "workflow: SaveImage: _meta.poster was not written by an export"),
        ({"written": "x"}, "workflow: SaveImage: _meta.poster was not written by an export"),
        ({"request": {"title": 5}}, "title: must be a string, not the number 5"),
        ({"request": {"stage": "both", "style": "none"}}, "style: must be one of auto, classic"),
        ({"stage": "cover", "request": {"title": "a" * 81}}, "title: has 81 characters"),
    ],
)
def test_notes_that_no_export_wrote_are_refused(
    seed_workflow: Workflow, notes: dict[str, object], trouble: str
) -> None:
    seed_workflow["9"]["_meta"]["poster"] = notes
    with pytest.raises(RequestError, match=trouble):
        read(seed_workflow)


def test_two_nodes_cannot_both_save_the_cover(seed_workflow: Workflow) -> None:
    for id_ in ("9", "10"):
        seed_workflow[id_]["_meta"]["poster"] = {"stage": "cover"}
    with pytest.raises(RequestError, match="has two SaveImage nodes for the cover"):
        read(seed_workflow)


def test_every_published_klein_workflow_becomes_a_request(
    templates: dict[str, str], klein: list[str]
) -> None:
    for name in klein:
        fields = read(json.loads(templates[name])).fields
        assert fields["stage"] == "cover"
        assert fields["cover_prompt"]
        assert ("image" in fields) == ("edit" in name)
        PosterRequest.from_mapping({**fields, "image": b"?"})


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=150,
)
@given(data=st.data())
def test_any_changed_link_or_value_is_read_or_refused(
    data: st.DataObject, seed_graph: Graph
) -> None:
    """Anything that can feed an input: a node, a missing node, or any value."""
    nodes: Workflow = {
        id_: {"class_type": node.kind, "inputs": dict(node.inputs)}
        for id_, node in seed_graph.nodes.items()
    }
    for node in nodes.values():
        for name, given_ in node["inputs"].items():
            if hasattr(given_, "node"):
                node["inputs"][name] = [given_.node, given_.slot]
    values = (
        st.tuples(st.sampled_from([*nodes, "none"]), st.integers(0, 3)).map(list)
        | st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.floats(allow_nan=False)
    )
    for _ in range(data.draw(st.integers(1, 4))):
        node = nodes[data.draw(st.sampled_from(sorted(nodes)))]
        if node["inputs"]:
            node["inputs"][data.draw(st.sampled_from(sorted(node["inputs"])))] = data.draw(values)
    try:
        reading = read(nodes)
    except RequestError:
        return
    PosterRequest.from_mapping({**reading.fields, "image": b"?"})
