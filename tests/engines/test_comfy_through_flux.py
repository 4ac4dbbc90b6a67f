"""A published workflow of FLUX.2 [klein], read as a request and painted on tiny weights."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from poster.commands.main import main

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

TEMPLATE = "image_flux2_klein_image_edit_9b_distilled.json"


def test_a_published_image_edit_is_painted_by_poster_make(
    tiny_weights: TinyWeights,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    portrait: Path,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("POSTER_MODELS", str(tiny_weights.root))
    monkeypatch.setenv("POSTER_MANIFEST", str(tiny_weights.manifest_path))
    monkeypatch.setenv("POSTER_DEVICE", "cpu")
    published = resources.files("comfyui_workflow_templates_json") / "templates" / TEMPLATE
    (tmp_path / "workflow.json").write_text(published.read_text(encoding="utf-8"))

    assert main(["comfy", "import", str(tmp_path / "workflow.json")]) == 0
    told = capsys.readouterr().out
    request = json.loads(told)
    assert request["cover_prompt"].startswith("Replace the background with a quiet coastal cliff")
    assert (request["num_inference_steps"], request["guidance_scale"]) == (4, 1)
    (tmp_path / "request.json").write_text(told)
    # The photo that the workflow loads, by the name that it loads it by.
    (tmp_path / request["image"]).write_bytes(portrait.read_bytes())

    small = ["--width", "512", "--height", "512", "--num-inference-steps", "1"]
    asked = ["make", "--request", str(tmp_path / "request.json"), *small]
    assert main([*asked, "--out", str(tmp_path / "out"), "--json"]) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert receipt["engine"] == "flux"
    assert receipt["seed"] == request["seed"]
    assert receipt["blocks"] == []
    assert (tmp_path / "out" / "cover.png").stat().st_size > 1000
