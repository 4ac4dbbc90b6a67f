"""Published workflows pass the check; broken ones made from them each get the right finding."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poster.comfy.check import Report, WantedFile, check_workflow
from poster.comfy.mapping import Target, read_mapping
from poster.comfy.node_finding import REASONS
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
    inner(workflow, 61)["type"] = "TheirSampler"


def break_value(workflow: Workflow) -> None:
    inner(workflow, 62)["widgets_values"][0] = 0


def break_type(workflow: Workflow) -> None:
    inner(workflow, 71)["widgets_values"][1] = "flux3"


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
        (break_class, "unknown_class", "75:61", ""),
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
    assert codes(report) == ["link_cut", "no_such_input", "unknown_class"]


@pytest.mark.parametrize(
    ("id_", "inputs", "code", "trouble"),
    [
        ("75:64", {"noise": ["73", 0]}, "dangling_link", "fed by node '73', which does not exist"),
        ("75:64", {"noise": ["75:73", -1]}, "no_such_output", "fed by output -1 of node '75:73'"),
        ("75:64", {"noise": 5}, "bad_value", "noise accepts only a link, to NOISE, not 5"),
        (
            "75:64",
            {"noise": ["75:73"]},
            "bad_value",
            "noise accepts only a link, to NOISE, not ['75:73']",
        ),
        ("75:63", {"cfg": "5"}, "bad_value", "cfg must be a number, not '5'"),
        ("75:63", {"cfg": True}, "bad_value", "cfg must be a number, not True"),
        ("75:63", {"cfg": 100.5}, "bad_value", "cfg must be between 0.0 and 100.0, not 100.5"),
        ("75:62", {"steps": 2.5}, "bad_value", "steps must be a whole number, not 2.5"),
        ("75:73", {"noise_seed": 2**64}, "bad_value", "must be between 0 and 18446744073709551615"),
        ("75:74", {"text": None}, "bad_value", "text must be a string, not None"),
        ("75:61", {"sampler_name": "eulr"}, "bad_value", "sampler_name must be one of euler, "),
        ("75:70", {"unet_name": "\x1b[2J"}, "bad_value", "must name a file, not '\\x1b[2J'"),
        ("75:70", {"unet_name": ""}, "bad_value", "unet_name must name a file, not ''"),
        ("75:70", {"unet_name": ["x"]}, "bad_value", "unet_name must name a file, not ['x']"),
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


def test_whole_numbers_may_be_written_as_floats(seed_workflow: Workflow) -> None:
    seed_workflow["75:62"]["inputs"]["steps"] = 20.0
    assert check(seed_workflow).findings == ()


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
    assert all(source.count(f'"{code}"') for code in REASONS)
