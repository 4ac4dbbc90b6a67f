"""Published workflows pass the check; broken ones made from them each get the right finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poster.comfy.check import Report, check_workflow
from poster.comfy.mapping import Target, read_mapping
from poster.comfy.model_files import WantedFile
from poster.comfy.node_finding import NOTE_REASONS, REASONS
from poster.comfy.workflow import read_graph
from poster.errors import RequestError

Workflow = dict[str, Any]
NOWHERE = Path("nowhere")
SUBGRAPH = "75"


def check(workflow: Workflow, *targets: Target, root: Path = NOWHERE) -> Report:
    return check_workflow(read_graph(workflow), targets, root)


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def aim(id_: str, kind: str, name: str) -> Target:
    return Target("seed", id_, kind, name)


def inner(workflow: Workflow, id_: int) -> Workflow:
    """A node of the subgraph that the published workflow runs."""
    host = next(node for node in workflow["nodes"] if str(node["id"]) == SUBGRAPH)
    subgraphs = workflow["definitions"]["subgraphs"]
    graph = next(one for one in subgraphs if one["id"] == host["type"])
    node: Workflow = next(node for node in graph["nodes"] if node["id"] == id_)
    return node


def links(workflow: Workflow) -> list[Workflow]:
    found: list[Workflow] = workflow["definitions"]["subgraphs"][0]["links"]
    return found


def test_every_published_klein_workflow_passes_and_its_files_are_listed_separately(
    templates: dict[str, str], klein: list[str]
) -> None:
    for name in klein:
        report = check(json.loads(templates[name]))
        assert report.findings == (), name
        folders = sorted(file.folder for file in report.missing_files)
        assert folders == ["diffusion_models", "text_encoders", "vae"]


def test_a_handlers_mapping_onto_a_published_workflow_passes(edit_9b: Workflow) -> None:
    report = check(
        edit_9b,
        aim("76", "LoadImage", "image"),
        aim("75:74", "CLIPTextEncode", "text"),
        aim("75:73", "RandomNoise", "noise_seed"),
        aim("75:62", "Flux2Scheduler", "steps"),
        aim("75:63", "CFGGuider", "cfg"),
        aim("75:71", "CLIPLoader", "device"),
        aim("9", "SaveImage", "filename_prefix"),
    )
    assert report.findings == ()


# Broken workflows


def break_link_end(workflow: Workflow) -> None:
    """A link comes from an output that KSamplerSelect does not have."""
    next(link for link in links(workflow) if link["origin_id"] == 61)["origin_slot"] = 3


def break_link_start(workflow: Workflow) -> None:
    """The guider's model input is linked to the VAE."""
    next(link for link in links(workflow) if link["origin_id"] == 70)["origin_id"] = 72


def break_input(workflow: Workflow) -> None:
    """The sampler's noise input is unlinked."""
    for slot in inner(workflow, 64)["inputs"]:
        if slot["name"] == "noise":
            slot["link"] = None


def break_class(workflow: Workflow) -> None:
    inner(workflow, 61)["type"] = "KSamplerSelct"


def break_value(workflow: Workflow) -> None:
    inner(workflow, 62)["widgets_values"][0] = 0


def break_type(workflow: Workflow) -> None:
    inner(workflow, 71)["widgets_values"][1] = "flus2"


def break_circle(workflow: Workflow) -> None:
    """The latent is encoded from the picture that is decoded from it."""
    encode = inner(workflow, 123)
    link = next(slot["link"] for slot in encode["inputs"] if slot["name"] == "pixels")
    next(one for one in links(workflow) if one["id"] == link)["origin_id"] = 65


def break_end(workflow: Workflow) -> None:
    """Its SaveImage is muted."""
    for node in workflow["nodes"]:
        if node["type"] == "SaveImage":
            node["mode"] = 2


def break_folder(workflow: Workflow) -> None:
    host = next(node for node in workflow["nodes"] if str(node["id"]) == SUBGRAPH)
    host["widgets_values"][1] = "text_encoders/qwen_3_8b_fp8mixed.safetensors"


@pytest.mark.parametrize(
    ("break_it", "code", "node", "name"),
    [
        (break_link_end, "no_such_output", "75:64", "sampler"),
        (break_link_start, "type_mismatch", "75:63", "model"),
        (break_input, "missing_input", "75:64", "noise"),
        (break_class, "misspelt_class", "75:61", ""),
        (break_value, "bad_value", "75:62", "steps"),
        (break_type, "bad_value", "75:71", "type"),
        (break_circle, "cycle", None, ""),
        (break_end, "no_output", "", ""),
        (break_folder, "folder_in_name", "75:71", ""),
    ],
)
def test_a_broken_workflow_gets_the_finding_that_names_the_break(
    edit_9b: Workflow,
    break_it: Callable[[Workflow], None],
    code: str,
    node: str | None,
    name: str,
) -> None:
    break_it(edit_9b)
    findings = check(edit_9b).findings
    assert [finding.code for finding in findings] == [code], findings
    (finding,) = findings
    assert node is None or (finding.location.node, finding.location.input) == (node, name)
    assert (finding.why, finding.fix) == (REASONS[code].why, REASONS[code].fix)


@pytest.mark.parametrize(
    ("target", "code", "trouble"),
    [
        (
            aim("74", "CLIPTextEncode", "text"),
            "id_missing",
            "mapping entry 'seed': there is no node '74'; CLIPTextEncode has 75:74, 75:67",
        ),
        (
            aim("1234", "KSampler", "seed"),
            "id_missing",
            "mapping entry 'seed': there is no node '1234'",
        ),
        (
            aim("76", "LoadImageMask", "image"),
            "other_class",
            "mapping entry 'seed': node '76' (LoadImage) is not a LoadImageMask",
        ),
        (
            aim("75:73", "RandomNoise", "seed"),
            "no_such_input",
            "mapping entry 'seed': node '75:73' (RandomNoise) has no input 'seed'; it takes noise_",
        ),
        (
            aim("75:66", "EmptyFlux2LatentImage", "width"),
            "link_cut",
            (
                "mapping entry 'seed': width of node '75:66' (EmptyFlux2LatentImage) is fed by "
                "node '75:100'"
            ),
        ),
        (
            aim("75:63", "CFGGuider", "model"),
            "link_cut",
            (
                "mapping entry 'seed': model of node '75:63' (CFGGuider) is fed by "
                "node '75:70' (UNETLoader)"
            ),
        ),
    ],
)
def test_a_wrong_mapping_gets_the_finding_that_says_why(
    edit_9b: Workflow, target: Target, code: str, trouble: str
) -> None:
    (finding,) = check(edit_9b, target).findings
    assert finding.code == code
    assert finding.trouble.startswith(trouble)


def test_what_a_handler_writes_may_be_empty_in_the_file(seed_workflow: Workflow) -> None:
    seed_workflow["2"]["inputs"]["image"] = ""
    del seed_workflow["75:73"]["inputs"]["noise_seed"]
    written = aim("2", "LoadImage", "image"), aim("75:73", "RandomNoise", "noise_seed")
    assert codes(check(seed_workflow)) == ["bad_value", "missing_input"]
    assert codes(check(seed_workflow, *written)) == []


def test_a_value_where_only_a_link_is_accepted_is_a_finding(edit_9b: Workflow) -> None:
    for slot in inner(edit_9b, 63)["inputs"]:
        if slot["name"] == "model":
            slot["link"] = None
    report = check(edit_9b, aim("75:63", "CFGGuider", "model"))
    assert codes(report) == ["takes_link", "missing_input"]


def test_an_input_of_an_unknown_class_must_be_in_the_workflow(
    seed_workflow: Workflow,
) -> None:
    inputs = {"image": ["2", 0], "strength": 1}
    seed_workflow["3"] = {"class_type": "TheirNode", "inputs": inputs}
    report = check(
        seed_workflow,
        aim("3", "TheirNode", "strength"),
        aim("3", "TheirNode", "image"),
        aim("3", "TheirNode", "seed"),
    )
    assert codes(report) == ["link_cut", "no_such_input"]


@pytest.mark.parametrize(
    ("id_", "inputs", "code", "trouble"),
    [
        ("75:64", {"noise": ["73", 0]}, "dangling_link", "fed by node '73', which does not exist"),
        (
            "75:64",
            {"noise": ["75:73", -1]},
            "no_such_output",
            "fed by output -1 of node '75:73' (RandomNoise), which has 0 NOISE",
        ),
        ("75:64", {"noise": 5}, "bad_value", "noise accepts only a link, to NOISE, not 5"),
        (
            "75:64",
            {"noise": ["75:73"]},
            "bad_value",
            "noise is ['75:73'], which is not a link: a link is a node's id, as a string, and",
        ),
        ("75:63", {"cfg": "five"}, "bad_value", "cfg must be a number, not 'five'"),
        ("75:63", {"cfg": None}, "bad_value", "cfg must be a number, not None"),
        ("75:63", {"cfg": "101"}, "bad_value", "cfg must be between 0.0 and 100.0, not 101"),
        ("75:63", {"cfg": 100.5}, "bad_value", "cfg must be between 0.0 and 100.0, not 100.5"),
        ("75:62", {"steps": "2.5"}, "bad_value", "steps must be a whole number, not '2.5'"),
        ("75:73", {"noise_seed": 2**64}, "bad_value", "must be between 0 and 18446744073709551615"),
        (
            "75:61",
            {"sampler_name": "eulr"},
            "bad_value",
            "sampler_name is 'eulr', which is not one of its choices; did",
        ),
        ("75:70", {"unet_name": "\x1b[2J"}, "bad_value", "must name a file, not '\\x1b[2J'"),
        ("75:70", {"unet_name": ""}, "bad_value", "unet_name must name a file, not ''"),
        ("75:70", {"unet_name": ["x"]}, "bad_value", "unet_name is ['x'], which is not a link"),
        (
            "75:70",
            {"unet_name": "../x"},
            "folder_in_name",
            "loads '../x', which is not in diffusion_models/",
        ),
        ("75:70", {"unet_name": "unet\\x"}, "folder_in_name", "loads 'unet/x', but its name must"),
        ("75:65", {"vae": ["9", 0]}, "cycle", "the links form a cycle: "),
    ],
)
def test_a_broken_api_workflow_gets_the_right_finding(
    seed_workflow: Workflow, id_: str, inputs: dict[str, object], code: str, trouble: str
) -> None:
    seed_workflow[id_]["inputs"] |= inputs
    findings = check(seed_workflow).findings
    assert findings[0].code == code, findings
    assert trouble in findings[0].trouble


def test_what_comfyui_casts_is_no_finding(seed_workflow: Workflow) -> None:
    seed_workflow["75:62"]["inputs"]["steps"] = "20"
    seed_workflow["75:63"]["inputs"]["cfg"] = "5"
    seed_workflow["75:73"]["inputs"]["noise_seed"] = 7.0
    report = check(seed_workflow)
    assert (report.findings, report.notes) == ((), ())


# Notes


def node(kind: str, **inputs: object) -> Workflow:
    return {"class_type": kind, "inputs": inputs}


def note(report: Report) -> tuple[str, str, str]:
    """The only note of a report without findings: its code, and where it is."""
    assert report.findings == ()
    (found,) = report.notes
    assert (found.why, found.fix) == (NOTE_REASONS[found.code].why, NOTE_REASONS[found.code].fix)
    return found.code, found.location.node, found.location.input


PICTURE = {"1": node("LoadImage", image="a.png")}


def test_a_sampler_of_comfyuis_own_passes() -> None:
    workflow = {
        "1": node("CheckpointLoaderSimple", ckpt_name="sd.safetensors"),
        "2": node("CLIPTextEncode", text="a cover", clip=["1", 1]),
        "3": node("EmptyLatentImage", width=512, height=768, batch_size=1),
        "4": node(
            "KSampler",
            model=["1", 0],
            positive=["2", 0],
            negative=["2", 0],
            latent_image=["3", 0],
            seed=1,
            steps=20,
            cfg=7,
            denoise=1,
            sampler_name="dpmpp_2m",
            scheduler="karras",
        ),
        "5": node("VAEDecode", samples=["4", 0], vae=["1", 2]),
        "6": node("SaveImage", images=["5", 0], filename_prefix="x"),
    }
    report = check(workflow)
    assert (report.findings, report.notes) == ((), ())
    assert report.missing_files == (WantedFile("1", "checkpoints", "sd.safetensors"),)


def test_an_unknown_class_is_a_note_that_names_the_version_once_for_all_its_nodes() -> None:
    workflow = {**PICTURE, "2": node("TheirEnd", image=["1", 0]), "3": node("TheirEnd")}
    report = check(workflow)
    assert note(report) == ("unknown_class", "2", "")
    (found,) = report.notes
    assert "and 1 more of its class: ComfyUI 0.33.0 (20" in found.trouble
    assert "custom node or from another version" in found.why


def test_a_custom_nodes_name_with_spaces_is_not_taken_for_comfyuis() -> None:
    assert note(check({**PICTURE, "2": node("Image Flip", images=["1", 0])}))[0] == "unknown_class"


def test_every_node_of_a_misspelt_class_is_a_finding() -> None:
    workflow = {**PICTURE, "2": node("SaveImge", images=["1", 0]), "3": node("SaveImge")}
    report = check(workflow)
    assert codes(report) == ["misspelt_class", "misspelt_class"]
    assert report.findings[0].trouble.endswith("has no such class; did you mean SaveImage?")
    assert report.notes == ()


def test_a_choice_of_another_version_is_a_note() -> None:
    workflow = {"1": node("CLIPLoader", clip_name="a.safetensors", type="unheard_of")}
    workflow["2"] = node("CLIPTextEncode", text="x", clip=["1", 0])
    workflow["3"] = node("PreviewAny", source=["2", 0])
    assert note(check(workflow)) == ("unknown_choice", "1", "type")


def test_a_cast_that_changes_the_meaning_is_a_note(seed_workflow: Workflow) -> None:
    seed_workflow["75:62"]["inputs"]["steps"] = 2.5
    assert note(check(seed_workflow)) == ("cast_value", "75:62", "steps")


@pytest.mark.parametrize("value", ["__SEED__", "{{seed}}", "${seed}", "%seed%", " {seed} "])
def test_a_placeholder_is_a_note(seed_workflow: Workflow, value: str) -> None:
    seed_workflow["75:73"]["inputs"]["noise_seed"] = value
    seed_workflow["75:74"]["inputs"]["text"] = value
    assert note(check(seed_workflow)) == ("placeholder", "75:73", "noise_seed")
    seed_workflow["75:70"]["inputs"]["unet_name"] = value
    assert "75:70" not in {file.node for file in check(seed_workflow).missing_files}


def test_a_node_that_no_output_needs_is_not_checked() -> None:
    save = node("SaveImage", images=["1", 0], filename_prefix="x")
    report = check({**PICTURE, "2": save, "3": node("KSampler", steps="many")})
    assert (report.findings, report.notes) == ((), ())


def test_an_output_without_its_link_is_skipped_if_there_is_another() -> None:
    save = node("SaveImage", images=["1", 0], filename_prefix="x")
    assert note(check({**PICTURE, "2": save, "3": node("PreviewImage")}))[:2] == (
        "skipped_output",
        "3",
    )
    assert codes(check({**PICTURE, "3": node("PreviewImage")})) == ["missing_input"]


def test_a_node_from_another_version_is_a_note_and_not_checked() -> None:
    drawn = {
        "nodes": [
            {
                "id": 1,
                "type": "LoadImage",
                "outputs": [{"name": name, "type": "IMAGE"} for name in ("A", "B", "C")],
                "widgets_values": ["a.png", "image"],
            },
            {
                "id": 2,
                "type": "SaveImage",
                "inputs": [{"name": "images", "type": "IMAGE", "link": 5}],
                "widgets_values": ["x"],
            },
        ],
        "links": [[5, 1, 2, 2, 0, "IMAGE"]],
    }
    assert note(check(drawn)) == ("other_version", "1", "")
    drawn["nodes"][0]["outputs"].pop()  # type: ignore[index]
    assert codes(check(drawn)) == ["no_such_output"]


def test_a_group_node_is_a_note_and_no_part_of_a_cycle() -> None:
    workflow = {
        **PICTURE,
        "2": node("workflow>Both", image=["1", 0], text=["3", 0]),
        "3": node("StringTrim", string=["2", 1], mode="Both"),
        "4": node("SaveImage", images=["2", 0], filename_prefix="x"),
    }
    assert note(check(workflow)) == ("group_node", "2", "")


def test_no_link_is_missed_where_a_custom_node_feeds_inputs_without_one() -> None:
    workflow = {**PICTURE, "2": node("SaveImage", filename_prefix="x")}
    workflow["3"] = node("Anything Everywhere", anything=["1", 0])
    report = check(workflow)
    assert report.findings == ()
    assert [found.code for found in report.notes] == ["unknown_class", "unseen_links"]


def test_a_cycle_of_thousands_of_nodes_is_found_without_recursion() -> None:
    count = 4000
    ring: Workflow = {
        str(i): {"class_type": "FluxKVCache", "inputs": {"model": [str((i + 1) % count), 0]}}
        for i in range(count)
    }
    assert codes(check(ring)) == ["no_output", "cycle"]


# Files


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


UNET = "diffusion_models/flux-2-klein-base-9b-fp8.safetensors"
CLIP = "qwen_3_8b_fp8mixed.safetensors"


def test_a_file_missing_from_the_volume_is_not_a_finding(
    seed_workflow: Workflow, tmp_path: Path
) -> None:
    put(tmp_path, UNET, f"text_encoders/{CLIP}")
    report = check(seed_workflow, root=tmp_path)
    assert report.findings == ()
    vae = "flux2-vae.safetensors"
    assert report.missing_files == (
        WantedFile("11:72", "vae", vae),
        WantedFile("75:72", "vae", vae),
    )


def test_a_text_encoder_in_clip_is_a_finding(seed_workflow: Workflow, tmp_path: Path) -> None:
    put(tmp_path, UNET, "vae/flux2-vae.safetensors", f"clip/{CLIP}")
    report = check(seed_workflow, root=tmp_path)
    assert codes(report) == ["former_folder", "former_folder"]
    assert report.findings[0].trouble == f"text_encoders/{CLIP} is missing; the file is in clip/"
    assert report.missing_files == ()
    put(tmp_path, f"text_encoders/{CLIP}")
    assert check(seed_workflow, root=tmp_path).findings == ()


def test_a_name_that_no_file_system_accepts_is_missing(seed_workflow: Workflow) -> None:
    seed_workflow["75:70"]["inputs"]["unet_name"] = "x" * 100_000
    assert len(check(seed_workflow).missing_files) == 6


# Mappings


def test_a_mapping_is_a_list_or_an_object_by_name(tmp_path: Path) -> None:
    entry = {"id": "75:73", "class": "RandomNoise", "input": "noise_seed"}
    path = tmp_path / "mapping.json"
    for content, names in (
        ([entry, {**entry, "id": 73}], ["1", "2"]),
        ({"seed": entry, "again": {**entry, "id": 73}}, ["seed", "again"]),
    ):
        path.write_text(json.dumps(content))
        targets = read_mapping(path)
        assert [target.name for target in targets] == names
        assert targets[0] == Target(names[0], "75:73", "RandomNoise", "noise_seed")
        assert targets[1].id == "73"


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        (5, "must be a list or an object of objects with id, class and input"),
        ([], "must have 1 to 1000 entries, not 0"),
        ([{}] * 1001, "must have 1 to 1000 entries, not 1001"),
        (["75:73"], "entry 1 must be an object with exactly id, class and input"),
        ([{"id": "1", "class": "A"}], "entry 1 must be an object with exactly id"),
        (
            {"seed": {"id": True, "class": "A", "input": "b"}},
            "entry 'seed' must have printable strings as id",
        ),
        (
            {"seed": {"id": "\n", "class": "A", "input": "b"}},
            "entry 'seed' must have printable strings as id",
        ),
        (
            {"seed": {"id": "1", "class": "", "input": "b"}},
            "entry 'seed' must have printable strings as id",
        ),
    ],
)
def test_an_invalid_mapping_is_refused(content: object, trouble: str, tmp_path: Path) -> None:
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(content))
    with pytest.raises(RequestError) as caught:
        read_mapping(path)
    assert str(caught.value).startswith(f"mapping: {trouble}")


def test_every_reason_has_a_case_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert all(source.count(f'"{code}"') for code in (*REASONS, *NOTE_REASONS))
