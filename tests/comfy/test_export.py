"""A request becomes a workflow that matches ComfyUI's declarations, and is imported unchanged."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from poster.comfy.check import check_workflow
from poster.comfy.export import Workflow, export_workflow, name_image
from poster.comfy.graph import Graph, Node
from poster.comfy.import_request import ImportedRequest, import_request
from poster.comfy.json_file import read_json
from poster.comfy.trace import trace_stages
from poster.comfy.workflow import read_graph
from poster.errors import InputError, RequestError
from poster.plan import derive_seeds
from poster.request import DEFAULTS, LIMITS, MAX_SEED, SPECS, PosterRequest
from poster.spec import Spec
from poster.weights.manifest import Manifest, read_manifest

OWN = {"cover": "An unprinted photograph.", "envelope": "A clear envelope."}
PHOTO = b"\xff\xd8\xff a photo"


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return read_manifest()


def export(request: PosterRequest, set_name: str | None = None, **more: Any) -> Workflow:
    weight_set = read_manifest().choose(set_name)
    return export_workflow(request, weight_set, **{"seed": 7, "own_prompts": OWN, **more})


def ask(**fields: Any) -> PosterRequest:
    return PosterRequest.from_mapping({"image": PHOTO, "title": "TABASCO", "seed": 7, **fields})


def as_graph(workflow: Workflow) -> Graph:
    """The graph after a round trip through JSON."""
    return read_graph(read_json("workflow", json.dumps(workflow.nodes).encode()))


def kinds(graph: Graph) -> list[str]:
    return [node.kind for node in graph.nodes.values()]


def behind(graph: Graph, node: Node, *names: str) -> Node:
    """The node behind an input, behind its input, and so on."""
    for name in names:
        link = node.link(name)
        assert link, f"{name} of {node}"
        node = graph.nodes[link.node]
    return node


def save(graph: Graph, stage: str) -> Node:
    prefix = f"poster_{stage}"
    return next(
        node for node in graph.of_kind("SaveImage") if node.inputs["filename_prefix"] == prefix
    )


STAGE = (
    *("ImageScaleToTotalPixels", "VAEEncode", "CLIPTextEncode", "ReferenceLatent"),
    *("CLIPTextEncode", "ReferenceLatent", "RandomNoise", "CFGGuider", "KSamplerSelect"),
    *("GetImageSize", "Flux2Scheduler", "EmptyFlux2LatentImage", "SamplerCustomAdvanced"),
    *("VAEDecode", "SaveImage"),
)
LOADERS = ("UNETLoader", "CLIPLoader", "VAELoader", "LoadImage")


@pytest.mark.parametrize(("stage", "count"), [("both", 2), ("cover", 1), ("envelope", 1)])
def test_each_stage_has_its_nodes(stage: str, count: int) -> None:
    graph = as_graph(export(ask(stage=stage)))
    assert sorted(kinds(graph)) == sorted((*LOADERS, *STAGE * count))
    titles = {str(node.notes["title"]) for node in graph.nodes.values()}
    assert len(titles) == len(graph.nodes)
    assert all(title and title not in STAGE for title in titles)


def test_files_are_those_of_the_manifest() -> None:
    graph = as_graph(export(ask(), "klein-4b-fp8"))
    assert graph.of_kind("UNETLoader")[0].inputs["unet_name"] == "flux-2-klein-4b-fp8.safetensors"
    clip = graph.of_kind("CLIPLoader")[0].inputs
    assert (clip["clip_name"], clip["type"]) == ("qwen_3_4b.safetensors", "flux2")
    assert graph.of_kind("VAELoader")[0].inputs["vae_name"] == "flux2-vae.safetensors"


def test_the_envelope_is_painted_around_the_painted_cover() -> None:
    graph = as_graph(export(ask(cover_prompt="One", envelope_prompt="Two", width=512, height=736)))
    reference = ("images", "samples", "guider", "positive", "latent", "pixels", "image")
    cover = behind(graph, save(graph, "envelope"), *reference)
    assert cover == behind(graph, save(graph, "cover"), "images")
    assert behind(graph, save(graph, "cover"), *reference).kind == "LoadImage"
    for stage, prompt, seed in zip(
        ("cover", "envelope"), ("One", "Two"), derive_seeds(7), strict=False
    ):
        sampler = behind(graph, save(graph, stage), "images", "samples")
        guider = behind(graph, sampler, "guider")
        branches = behind(graph, guider, "positive"), behind(graph, guider, "negative")
        assert [branch.kind for branch in branches] == ["ReferenceLatent"] * 2
        assert branches[0].link("latent") == branches[1].link("latent")
        texts = [behind(graph, branch, "conditioning").inputs["text"] for branch in branches]
        assert texts == [prompt, ""]
        assert guider.inputs["cfg"] == 5.0
        assert behind(graph, sampler, "noise").inputs["noise_seed"] == seed
        latent = behind(graph, sampler, "latent_image").inputs
        assert (latent["width"], latent["height"], latent["batch_size"]) == (512, 736, 1)
        assert behind(graph, sampler, "sampler").inputs["sampler_name"] == "euler"
        assert behind(graph, sampler, "sigmas").inputs["steps"] == 20


def test_noise_levels_depend_on_the_photo_for_base_weights_and_on_the_picture_for_distilled() -> (
    None
):
    base = as_graph(export(ask()))
    size = behind(base, base.of_kind("Flux2Scheduler")[0], "width")
    assert behind(base, size, "image").kind == "ImageScaleToTotalPixels"
    distilled = as_graph(export(ask(guidance_scale=5.0), "klein-9b-fp8"))
    scheduler = distilled.of_kind("Flux2Scheduler")[0].inputs
    assert scheduler == {"steps": 4, "width": 1024, "height": 1472}
    assert distilled.of_kind("CFGGuider")[0].inputs["cfg"] == 1.0


def test_a_finished_cover_goes_between_the_stages() -> None:
    cover = b"\x89PNG a cover"
    workflow = export(ask(), cover=cover)
    graph = as_graph(workflow)
    reference = ("images", "samples", "guider", "positive", "latent", "pixels", "image")
    loaded = [behind(graph, save(graph, stage), *reference) for stage in ("cover", "envelope")]
    assert [node.kind for node in loaded] == ["LoadImage", "LoadImage"]
    assert [node.inputs["image"] for node in loaded] == [name_image(PHOTO), name_image(cover)]
    assert workflow.images == {name_image(PHOTO): PHOTO, name_image(cover): cover}


@pytest.mark.parametrize("stage", ["cover", "envelope"])
def test_a_finished_cover_needs_both_stages(stage: str) -> None:
    with pytest.raises(RequestError, match=f"cover: needs stage both, .*; stage is {stage}"):
        export(ask(stage=stage), cover=b"a cover")


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n", "png"),
        (b"RIFF    WEBPVP8 ", "webp"),
        (b"GIF89a", "gif"),
        (b"II*\0", "tiff"),
        (b"\0\0\0\x1cftypavif", "avif"),
        (b"\0\0\0\x1cftypheic", "heic"),
        (b"?", "png"),
    ],
)
def test_an_image_is_named_by_its_contents(data: bytes, ending: str) -> None:
    assert name_image(data) == f"{hashlib.sha256(data).hexdigest()}.{ending}"


def test_fields_without_a_node_are_stored_in_every_saveimage() -> None:
    graph = as_graph(export(ask(style="swiss", coverlines=["One | Two"]), seed=7))
    for stage in ("cover", "envelope"):
        notes = save(graph, stage).notes["poster"]
        assert isinstance(notes, dict)
        assert notes["stage"] == stage
        changed = {"title": "TABASCO", "style": "swiss", "coverlines": ["One | Two"], "seed": 7}
        assert notes["request"] == changed
        assert notes["written"] == {
            "num_inference_steps": 20,
            "guidance_scale": 5.0,
            "width": 1024,
            "height": 1472,
            "cover_prompt": OWN["cover"],
            "envelope_prompt": OWN["envelope"],
        }


# Round trip


def values_of(spec: Spec) -> st.SearchStrategy[Any]:
    """Any value that a field's spec allows."""
    if spec.choices:
        return st.sampled_from(spec.choices)
    if spec.pattern:
        return st.from_regex(spec.pattern, fullmatch=True)
    if spec.kind is tuple:
        return st.lists(st.text(min_size=1, max_size=40), max_size=LIMITS.coverlines).map(tuple)
    if spec.kind is str:
        return st.text(max_size=min(spec.graphemes or 200, 200))
    whole = st.integers(int(spec.low or 0), int(spec.high or 0))
    return whole if spec.kind is int else whole | st.floats(spec.low, spec.high)


SIZES = st.sampled_from([(1024, 1472), (512, 512), (512, 1024), (1024, 1024), (2048, 2960)])
OPTIONAL = {
    name: values_of(spec) if DEFAULTS[name] is not None else st.none() | values_of(spec)
    for name, spec in SPECS.items()
    if name not in {"width", "height", "title"}
}


@st.composite
def requests(draw: st.DrawFn) -> PosterRequest:
    width, height = draw(SIZES)
    fields = draw(st.fixed_dictionaries({}, optional=OPTIONAL))
    fields |= {"width": width, "height": height, "image": draw(st.binary(min_size=1, max_size=40))}
    if draw(st.integers(0, 4)):
        fields["title"] = draw(st.text(min_size=1, max_size=80))
    try:
        return PosterRequest.from_mapping(fields)
    except InputError:
        # Fields that conflict.
        assume(False)
        raise


def read_back(workflow: Workflow, manifest: Manifest) -> tuple[PosterRequest, ImportedRequest]:
    reading = import_request(as_graph(workflow), manifest)
    fields = json.loads(json.dumps(reading.fields))
    image = workflow.images[fields.pop("image")]
    return PosterRequest.from_mapping({**fields, "image": image}), reading


@settings(max_examples=150)
@given(
    request=requests(),
    set_name=st.sampled_from(sorted(read_manifest().sets)),
    drawn=st.integers(0, MAX_SEED),
    own=st.fixed_dictionaries({"cover": st.text(), "envelope": st.text()}),
    cover=st.none() | st.binary(min_size=1, max_size=20),
)
def test_any_request_comes_back_the_same(
    manifest: Manifest,
    request: PosterRequest,
    set_name: str,
    drawn: int,
    own: dict[str, str],
    cover: bytes | None,
) -> None:
    seed = drawn if request.seed is None else request.seed
    cover = cover if request.stage == "both" else None
    workflow = export(request, set_name, seed=seed, own_prompts=own, cover=cover)
    graph = as_graph(workflow)
    again, reading = read_back(workflow, manifest)
    assert again == request
    assert reading.notes == ()
    assert check_workflow(graph, (), Path("nowhere")).findings == ()
    assert len(trace_stages(graph)) == len(graph.of_kind("SaveImage"))


@pytest.mark.parametrize(
    ("kind", "name", "value", "field"),
    [
        ("CLIPTextEncode", "text", "Anew.", "cover_prompt"),
        ("Flux2Scheduler", "steps", 30, "num_inference_steps"),
        ("CFGGuider", "cfg", 3.5, "guidance_scale"),
        ("EmptyFlux2LatentImage", "width", 1040, "width"),
        ("RandomNoise", "noise_seed", 99, "seed"),
        ("LoadImage", "image", "another.png", "image"),
    ],
)
def test_what_an_artist_changes_comes_back_and_the_rest_stays(
    manifest: Manifest, kind: str, name: str, value: object, field: str
) -> None:
    workflow = export(ask(kicker="The Heat Issue", stage="cover"))
    nodes: Any = json.loads(json.dumps(workflow.nodes))
    node = next(node for node in nodes.values() if node["class_type"] == kind)
    node["inputs"][name] = value
    fields = import_request(read_graph(nodes), manifest).fields
    unchanged = {"image": name_image(PHOTO), "title": "TABASCO", "seed": 7, "stage": "cover"}
    assert fields == {**unchanged, "kicker": "The Heat Issue", field: value}


def test_a_stage_that_was_removed_is_not_requested(manifest: Manifest) -> None:
    nodes: Any = export(ask(stage="both")).nodes
    saves = [id_ for id_, node in nodes.items() if node["class_type"] == "SaveImage"]
    del nodes[saves[1]]
    assert import_request(read_graph(nodes), manifest).fields["stage"] == "cover"
