"""poster comfy export | import | check, through main()."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from poster.engines.flux.prompts import envelope_prompt
from tests.support.command_line import RunCli

pytestmark = pytest.mark.usefixtures("looks_once")

SMALL = ["--width", "512", "--height", "736"]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSTER_MODELS", str(tmp_path / "models"))


def of_kind(workflow: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [node["inputs"] for node in workflow.values() if node["class_type"] == kind]


def test_a_request_exported_and_imported_makes_the_same_poster(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    words = ["--title", "ORBIT", "--kicker", "The Heat Issue", "--style", "paper"]
    asked = [portrait, *words, "--seed", 7, *SMALL]
    code, out, err = run("comfy", "export", *asked, "--inputs", "input")
    assert (code, err) == (0, "")
    digest = hashlib.sha256(portrait.read_bytes()).hexdigest()
    assert [path.name for path in (tmp_path / "input").iterdir()] == [f"{digest}.jpg"]
    (tmp_path / "workflow.json").write_text(out, encoding="utf-8")

    code, out, err = run("comfy", "import", "workflow.json")
    assert (code, err) == (0, "")
    (tmp_path / "input" / "request.json").write_text(out, encoding="utf-8")

    for name, photo in (("one", asked), ("two", ["--request", "input/request.json"])):
        code, _, err = run("make", *photo, "--stage", "cover", "--out", name)
        assert (code, err) == (0, "")
    one, two = ((tmp_path / name / "cover.png").read_bytes() for name in ("one", "two"))
    assert one == two


def test_prompts_are_the_flux_engines_own(run: RunCli, portrait: Path) -> None:
    code, out, _ = run("comfy", "export", portrait, "--title", "ORBIT", "--style", "poster", *SMALL)
    assert code == 0
    workflow = json.loads(out)
    cover, negative, envelope, _ = (node["text"] for node in of_kind(workflow, "CLIPTextEncode"))
    assert cover.startswith("Repaint image 1 as the picture for the cover of a fine print magazine")
    assert "of the frame is" in cover
    assert (negative, envelope) == ("", envelope_prompt())


def test_a_request_without_a_seed_is_exported_with_one_and_imported_without(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    asked = [portrait, "--title", "T", "--cover-prompt", "Anew.", "--stage", "cover"]
    first, second = (run("comfy", "export", *asked)[1] for _ in range(2))
    assert first != second
    (tmp_path / "workflow.json").write_text(first, encoding="utf-8")
    assert "seed" not in json.loads(run("comfy", "import", "workflow.json")[1])


def test_a_finished_cover_is_sealed_instead_of_the_painted_one(
    run: RunCli, portrait: Path, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "cover.png"), np.zeros((1472, 1024, 3), np.uint8))
    asked = [portrait, "--title", "T", "--cover-prompt", "Anew.", "--set", "klein-4b-fp8"]
    code, out, _ = run("comfy", "export", *asked, "--cover", "cover.png", "--inputs", "input")
    assert code == 0
    names = [node["image"] for node in of_kind(json.loads(out), "LoadImage")]
    assert {path.name for path in (tmp_path / "input").iterdir()} == set(names)
    assert (
        names[1].removesuffix(".png")
        == hashlib.sha256((tmp_path / "cover.png").read_bytes()).hexdigest()
    )
    assert of_kind(json.loads(out), "UNETLoader")[0]["unet_name"].endswith(
        "klein-4b-fp8.safetensors"
    )


@pytest.mark.parametrize(
    ("arguments", "trouble"),
    [
        (["export", "none.jpg", "--title", "T"], "image: none.jpg does not exist"),
        (["export", "x.json", "--title", "T"], "image: JSON, not a photo: use JPEG, PNG"),
        (
            ["export", "x.json", "--titel", "T"],
            "unknown flag --titel; did you mean --title? see poster comfy export --help",
        ),
        (
            ["export", "x.json", "--title", "T", "--set", "none"],
            "set: must be one of klein-base-9b",
        ),
        (
            ["export", "x.json", "--title", "T", "--cover", "none.png"],
            "cover: none.png does not exist",
        ),
        (
            ["export", "x.json", "--stage", "envelope", "--cover", "x.json"],
            "cover: needs stage both, since it goes between the stages; stage is envelope",
        ),
        (
            ["export", "x.json", "--stage", "envelope", "--inputs", "x.json"],
            "inputs: x.json exists and is not a folder; name another one",
        ),
        (
            ["export", "x.json", "--title", "T", "--cover", "http://a.example/b"],
            "cover: is a URL; ",
        ),
        (["import", "none.json"], "workflow: none.json does not exist"),
        (["import", "x.json"], "workflow: contains no nodes"),
        (["check", "x.json"], "workflow: contains no nodes"),
        (["check", "w.json", "--mapping", "x.json"], "mapping: must have 1 to 1000 entries, not 0"),
        (["check"], "the following arguments are required: WORKFLOW"),
        ([], "a command is missing; see poster comfy --help"),
    ],
)
def test_bad_input_is_reported_in_one_line(
    run: RunCli, tmp_path: Path, seed_workflow: object, arguments: list[str], trouble: str
) -> None:
    (tmp_path / "x.json").write_text("{}")
    (tmp_path / "w.json").write_text(json.dumps(seed_workflow))
    code, out, err = run("comfy", *arguments)
    assert (code, out) == (2, "")
    assert trouble in err
    assert err.count("\n") == 1


def test_what_a_request_cannot_express_goes_to_stderr(
    run: RunCli, tmp_path: Path, seed_workflow: object
) -> None:
    (tmp_path / "w.json").write_text(json.dumps(seed_workflow))
    code, out, err = run("comfy", "import", "w.json")
    assert code == 0
    assert json.loads(out)["cover_prompt"] == "A magazine cover with the masthead TABASCO."
    assert err.startswith("poster: note: noise_seed 432262096973499, 1111443136920027 becomes")


def test_a_workflow_that_passes_exits_0_and_lists_missing_files(
    run: RunCli, tmp_path: Path, seed_workflow: object
) -> None:
    (tmp_path / "w.json").write_text(json.dumps(seed_workflow))
    code, out, err = run("comfy", "check", "w.json")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"Missing from {tmp_path / 'models'}:",
        "  diffusion_models/flux-2-klein-base-9b-fp8.safetensors",
        "  text_encoders/qwen_3_8b_fp8mixed.safetensors",
        "  vae/flux2-vae.safetensors",
        "no findings",
    ]


def test_findings_exit_1_with_why_and_fix(
    run: RunCli, tmp_path: Path, seed_workflow: dict[str, Any]
) -> None:
    entry = {"id": "74", "class": "CLIPTextEncode", "input": "text"}
    (tmp_path / "m.json").write_text(json.dumps({"prompt": entry}))
    seed_workflow["75:61"]["class_type"] = "KSamplerSelct"
    seed_workflow["75:62"]["class_type"] = "TheirScheduler"
    (tmp_path / "w.json").write_text(json.dumps(seed_workflow))
    check = ["comfy", "check", "w.json", "--mapping", "m.json"]
    code, out, err = run(*check)
    assert (code, err) == (1, "")
    text = " ".join(out.split())
    assert "mapping entry 'prompt': there is no node '74'; CLIPTextEncode has 11:74, 11:67" in text
    assert "[id_missing] Why: The handler fails on its first job" in text
    assert "did you mean KSamplerSelect? [misspelt_class] Why: ComfyUI refuses" in text
    assert "Note: node '75:62' (TheirScheduler): ComfyUI 0.33.0 (" in text
    assert (
        "itself has no such class [unknown_class] Why: The class may be from a custom node" in text
    )
    assert out.endswith("2 findings\n")

    code, out, err = run(*check, "--json", "--root", tmp_path)
    assert (code, err) == (1, "")
    report = json.loads(out)
    assert (report["passed"], report["nodes"]) == (False, len(seed_workflow))
    assert [(one["code"], one["node"]) for one in report["findings"]] == [
        ("id_missing", "74"),
        ("misspelt_class", "75:61"),
    ]
    assert [(one["code"], one["node"]) for one in report["notes"]] == [("unknown_class", "75:62")]
    assert report["lacking"][0] == {
        "node": "11:70",
        "folder": "diffusion_models",
        "name": "flux-2-klein-base-9b-fp8.safetensors",
    }


def test_notes_alone_exit_0(run: RunCli, tmp_path: Path, seed_workflow: dict[str, Any]) -> None:
    seed_workflow["75:62"]["class_type"] = "TheirScheduler"
    (tmp_path / "w.json").write_text(json.dumps(seed_workflow))
    code, out, err = run("comfy", "check", "w.json")
    assert (code, err) == (0, "")
    assert "[unknown_class]" in out
    assert out.endswith("no findings\n")


@pytest.mark.parametrize("field", ["prompt", "workflow"])
def test_the_workflow_in_a_request_body_or_a_job_is_checked_and_imported(
    run: RunCli, tmp_path: Path, seed_workflow: dict[str, Any], field: str
) -> None:
    job = {"input": {"workflow": seed_workflow, "images": []}}
    body = {"prompt": seed_workflow, "client_id": "c"}
    (tmp_path / "w.json").write_text(json.dumps(body if field == "prompt" else job))
    assert run("comfy", "check", "w.json")[0] == 0
    code, out, _ = run("comfy", "import", "w.json")
    assert code == 0
    assert json.loads(out)["cover_prompt"] == "A magazine cover with the masthead TABASCO."
