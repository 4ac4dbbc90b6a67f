from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from poster.engines.flux import quant
from poster.engines.flux.architecture import KLEIN_4B, KLEIN_9B
from poster.engines.flux.load import load_pipeline, start_reading
from poster.errors import WeightsDamagedError, WeightsMismatchError, WeightsMissingError
from poster.weights.header import read_header
from tools.tiny_weights import TinyWeights

ROOT = Path(__file__).parents[3]


def paint(pipeline: Any, tiny: TinyWeights, output_type: str) -> Any:
    """Two steps with guidance and a reference picture."""
    noise = np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        prompt="a lighthouse",
        image=Image.fromarray(noise),
        height=48,
        width=32,
        sigmas=[1.0, 0.6],
        num_inference_steps=2,
        guidance_scale=4.0,
        generator=torch.Generator().manual_seed(3),
        max_sequence_length=48,
        text_encoder_out_layers=tiny.architecture.text_layers,
        output_type=output_type,
    ).images


@pytest.fixture(scope="module")
def pipeline(tiny_weights: TinyWeights) -> Any:
    return load_pipeline(tiny_weights.files, tiny_weights.architecture, "cpu")


@pytest.mark.parametrize("output_type", ["latent", "pt"])
def test_the_three_files_paint_what_diffusers_paints_with_the_same_weights(
    output_type: str, pipeline: Any, diffusers_pipeline: Any, tiny_weights: TinyWeights
) -> None:
    ours = paint(pipeline, tiny_weights, output_type)
    theirs = paint(diffusers_pipeline, tiny_weights, output_type)
    assert ours.float().std() > 0.1
    assert torch.equal(ours, theirs)


def test_w8a8_paints_nearly_the_same(
    pipeline: Any, tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quant, "choose_mode", lambda _: "w8a8")
    fast = load_pipeline(tiny_weights.files, tiny_weights.architecture, "cpu")
    exact = paint(pipeline, tiny_weights, "latent").float()
    error = (paint(fast, tiny_weights, "latent").float() - exact).std() / exact.std()
    # Rounding inputs to 3 bits of mantissa in every Linear of random weights.
    assert 0 < error < 0.15


def test_a_sets_own_settings_reach_the_pipeline(pipeline: Any, tiny_weights: TinyWeights) -> None:
    distilled = load_pipeline(
        tiny_weights.files, tiny_weights.architecture, "cpu", is_distilled=True
    )
    assert distilled.config.is_distilled
    assert not pipeline.config.is_distilled


def test_offloaded_weights_stay_but_the_vae_and_multiply_as_the_device_can(
    tiny_weights: TinyWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quant, "choose_mode", {"meta": "w8a8", "cpu": "weight_only"}.get)
    files, architecture = tiny_weights.files, tiny_weights.architecture
    resident = load_pipeline(files, architecture, "meta")
    offloaded = load_pipeline(files, architecture, "meta", is_offloaded=True)
    for pipeline, place in ((resident, "meta"), (offloaded, "cpu")):
        *others, vae = networks(pipeline)
        assert {model.device.type for model in others} == {place}
        assert vae.device.type == "meta"
        assert pipeline.transformer.transformer_blocks[1].attn.to_q.mode == "w8a8"


def networks(pipeline: Any) -> list[Any]:
    return [pipeline.transformer, pipeline.text_encoder, pipeline.vae]


ROLES = {
    "transformer": "img_in.weight",
    "text_encoder": "model.layers.1.mlp.up_proj.weight",
    "vae": "decoder.conv_in.bias",
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("trouble", ["missing", "extra", "of another shape"])
def test_a_file_that_does_not_match_belongs_to_another_model(
    role: str, trouble: str, tiny_weights: TinyWeights, copy_weights: Callable[..., Path]
) -> None:
    changes: dict[str, dict[str, Any]] = {
        "missing": {ROLES[role]: None},
        "extra": {"stranger.weight": torch.ones(3)},
        "of another shape": {ROLES[role]: torch.ones(5, 7)},
    }
    files = replace(tiny_weights.files, **{role: copy_weights(role, **changes[trouble])})
    with pytest.raises(WeightsMismatchError, match=rf"^{role}\.safetensors: .*{trouble}: "):
        load_pipeline(files, tiny_weights.architecture, "cpu")


@pytest.mark.parametrize("role", ROLES)
def test_a_truncated_file_is_damaged(role: str, tiny_weights: TinyWeights, tmp_path: Path) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(getattr(tiny_weights.files, role).read_bytes()[:-1])
    files = replace(tiny_weights.files, **{role: path})
    with pytest.raises(WeightsDamagedError, match=r"^cut\.safetensors: truncated"):
        load_pipeline(files, tiny_weights.architecture, "cpu")


@pytest.mark.parametrize("role", ROLES)
def test_an_absent_file_is_reported_as_missing(
    role: str, tiny_weights: TinyWeights, tmp_path: Path
) -> None:
    files = replace(tiny_weights.files, **{role: tmp_path / "none.safetensors"})
    with pytest.raises(WeightsMissingError, match=r"^none\.safetensors: is missing"):
        load_pipeline(files, tiny_weights.architecture, "cpu")


@pytest.mark.parametrize(
    ("role", "name", "declared", "width", "told"),
    [
        ("transformer", "img_in.weight", KLEIN_9B, 3072, "klein-4b"),
        ("text_encoder", "model.norm.weight", KLEIN_4B, 4096, "klein-9b"),
    ],
)
def test_a_file_of_the_other_size_is_reported_with_both_names_before_anything_is_read(
    role: str,
    name: str,
    declared: Any,
    width: int,
    told: str,
    tiny_weights: TinyWeights,
    tmp_path: Path,
) -> None:
    path = tmp_path / "other.safetensors"
    save_file({name: torch.ones(width, 1)}, path)
    files = replace(tiny_weights.files, **{role: path})
    with pytest.raises(WeightsMismatchError, match=f"{told}, but the set is for {declared.name};"):
        start_reading(files, declared)


def test_only_what_is_used_is_read(tiny_weights: TinyWeights) -> None:
    with start_reading(tiny_weights.files, tiny_weights.architecture) as reading:
        for path in reading.spans:
            reading.wait(path)
    shares = {
        role: sum(end - start for start, end in reading.spans[path]) / read_header(path).data_bytes
        for role in ROLES
        for path in [getattr(tiny_weights.files, role)]
    }
    assert (shares["transformer"], shares["vae"]) == (1, 1)
    # A fourth of the layers is not, but the table of tokens is.
    assert 0.6 < shares["text_encoder"] < 0.85


LIGHT = """
import sys
sys.path.insert(0, ".")
import poster.commands.main, poster.engines.registry, poster.engines.flux.load, predict
heavy = {"torch", "diffusers", "transformers"} & sys.modules.keys()
assert not heavy, heavy
"""

EARLY = """
import sys
from poster.engines.flux import load, readahead
class Probe(readahead.Readahead):
    def __init__(self, files):
        assert "torch" not in sys.modules
        super().__init__(files)
        print("read first")
load.Readahead = Probe
from pathlib import Path
files = load.ModelFiles(*map(Path, sys.argv[1:5]))
load.load_pipeline(files, load.Architecture("tiny", {}, {"num_hidden_layers": 4}, {}, (3,)), "cpu")
"""


def test_doors_registry_and_loader_do_not_import_torch_until_something_is_loaded() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], cwd=ROOT, check=True, timeout=60)


def test_the_disk_reads_before_torch_is_imported(tiny_weights: TinyWeights) -> None:
    files = tiny_weights.files
    paths = (files.transformer, files.text_encoder, files.vae, files.tokenizer)
    # Ends with the error of an architecture that has no such shapes, after torch was imported.
    ended = subprocess.run(
        [sys.executable, "-c", EARLY, *map(str, paths)],
        cwd=ROOT,
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert "read first" in ended.stdout
    assert "WeightsMismatchError" in ended.stderr
