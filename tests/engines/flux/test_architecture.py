from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
import torch
from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel
from transformers import Qwen3Config, Qwen3Model

from poster.engines.flux.architecture import (
    ARCHITECTURES,
    KLEIN_4B,
    KLEIN_9B,
    Architecture,
    find_architecture,
)
from poster.errors import WeightsMismatchError
from poster.weights.identity import WIDTHS
from poster.weights.manifest import read_manifest

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

BOTH = pytest.mark.parametrize("architecture", [KLEIN_9B, KLEIN_4B], ids=lambda a: a.name)


@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [(KLEIN_9B, 9_078_581_248), (KLEIN_4B, 3_875_544_576)],
)
def test_the_transformer_has_as_many_parameters_as_published(
    architecture: Architecture, parameters: int
) -> None:
    with torch.device("meta"):
        model = Flux2Transformer2DModel(**architecture.transformer)
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


@pytest.mark.parametrize(
    ("architecture", "parameters"), [(KLEIN_9B, 7_568_405_504), (KLEIN_4B, 4_022_468_096)]
)
def test_the_text_encoder_has_as_many_parameters_as_qwen3_without_its_head(
    architecture: Architecture, parameters: int
) -> None:
    with torch.device("meta"):
        model = Qwen3Model(Qwen3Config(**architecture.text_encoder))
    assert sum(parameter.numel() for parameter in model.parameters()) == parameters


def test_the_vae_is_diffusers_own() -> None:
    with torch.device("meta"):
        model = AutoencoderKLFlux2(**KLEIN_9B.vae)
    floats = sum(tensor.numel() * 4 for tensor in model.state_dict().values())
    # The published file has 336,213,556 bytes, its header among them.
    assert 0 < 336_213_556 - floats < 100_000


@BOTH
def test_an_embedding_is_as_wide_as_the_transformer_takes(architecture: Architecture) -> None:
    width = architecture.text_encoder["hidden_size"] * len(architecture.text_layers)
    assert width == architecture.transformer["joint_attention_dim"]


@BOTH
def test_files_are_distinguished_by_the_widths_of_models(architecture: Architecture) -> None:
    config = architecture.transformer
    width = config["num_attention_heads"] * config["attention_head_dim"]
    assert WIDTHS["transformer", "img_in.weight"][width] == architecture.name
    hidden = architecture.text_encoder["hidden_size"]
    assert WIDTHS["text_encoder", "model.norm.weight"][hidden] == architecture.name


def test_every_set_of_the_manifest_has_its_architecture() -> None:
    assert {each.architecture for each in read_manifest().sets.values()} <= ARCHITECTURES.keys()


@pytest.mark.parametrize(
    ("name", "is_read"),
    [
        ("model.embed_tokens.weight", True),
        ("model.layers.0.mlp.up_proj.weight", True),
        ("model.layers.26.mlp.up_proj.weight", True),
        ("model.layers.27.mlp.up_proj.weight", False),
        ("model.layers.35.self_attn.q_norm.weight", False),
        ("model.layers.36.mlp.up_proj.weight", True),
        ("model.norm.weight", False),
        ("lm_head.weight", False),
        ("model.visual.weight", True),
    ],
)
def test_layers_that_no_embedding_needs_are_not_read_and_unknown_tensors_are(
    name: str, *, is_read: bool
) -> None:
    assert KLEIN_9B.reads_text_tensor(name) is is_read


def test_a_manifest_can_declare_its_own_architecture(tiny_weights: TinyWeights) -> None:
    manifest = read_manifest(tiny_weights.manifest_path)
    found = find_architecture("klein-tiny", manifest.architectures)
    assert found.text_layers == tiny_weights.architecture.text_layers
    # JSON has no tuples.
    assert json.dumps(asdict(found)) == json.dumps(asdict(tiny_weights.architecture))


def test_a_manifest_cannot_redefine_one_of_ours() -> None:
    assert find_architecture("klein-9b", {"klein-9b": {}}) is KLEIN_9B


def test_an_unknown_architecture_is_refused_with_a_list_of_known_ones() -> None:
    with pytest.raises(WeightsMismatchError, match=r"klein-7b: .* klein-9b, klein-4b, mine"):
        find_architecture("klein-7b", {"mine": {}})
