"""Dequantised weights of the tiny set, by comfy-kitchen, and diffusers' own pipeline with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import comfy_kitchen
import pytest
import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)
from diffusers.loaders.single_file_utils import (
    convert_flux2_transformer_checkpoint_to_diffusers,
)
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import Qwen2TokenizerFast, Qwen3Config, Qwen3ForCausalLM

from tools.tiny_weights import TinyWeights

Dequantise = Callable[[Path], dict[str, Tensor]]


def dequantise_file(path: Path) -> dict[str, Tensor]:
    stored = load_file(path)
    plain: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        stem, _, leaf = name.rpartition(".")
        scale = stored.get(f"{stem}.weight_scale")
        if leaf in {"weight_scale", "weight_scale_2", "input_scale", "comfy_quant"}:
            continue
        if leaf != "weight" or scale is None:
            plain[name] = tensor
        elif tensor.dtype == torch.uint8:
            second = stored[f"{stem}.weight_scale_2"]
            plain[name] = comfy_kitchen.dequantize_nvfp4(tensor, second, scale)
        else:
            plain[name] = comfy_kitchen.dequantize_per_tensor_fp8(tensor, scale)
    return plain


@pytest.fixture(scope="session")
def dequantise() -> Dequantise:
    """Read a file's tensors in bfloat16 with comfy-kitchen."""
    return dequantise_file


@pytest.fixture(scope="session")
def whole_text_encoder(tiny_weights: TinyWeights) -> Any:
    """transformers' own model, with all its layers."""
    architecture = tiny_weights.architecture
    model = Qwen3ForCausalLM(Qwen3Config(**architecture.text_encoder)).eval()
    frequencies = model.model.rotary_emb.inv_freq.clone()
    model.bfloat16()
    # As from_pretrained leaves them.
    model.model.rotary_emb.inv_freq = frequencies
    plain = dequantise_file(tiny_weights.files.text_encoder)
    missing, extra = model.load_state_dict(plain, strict=False)
    assert missing == ["lm_head.weight"]
    assert not extra
    return model


@pytest.fixture(scope="session")
def diffusers_pipeline(tiny_weights: TinyWeights, whole_text_encoder: Any) -> Any:
    """diffusers' own pipeline on the same dequantised weights, by its own conversion."""
    architecture, files = tiny_weights.architecture, tiny_weights.files
    transformer = Flux2Transformer2DModel(**architecture.transformer).bfloat16().eval()
    transformer.load_state_dict(
        convert_flux2_transformer_checkpoint_to_diffusers(dequantise_file(files.transformer))
    )
    vae = AutoencoderKLFlux2(**architecture.vae).eval()
    vae.load_state_dict(load_file(files.vae))
    return Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False),
        vae=vae.bfloat16(),
        text_encoder=whole_text_encoder,
        tokenizer=Qwen2TokenizerFast.from_pretrained(files.tokenizer),
        transformer=transformer,
    )


@pytest.fixture
def copy_weights(tiny_weights: TinyWeights, tmp_path: Path) -> Callable[..., Path]:
    """Copies a file of the tiny set with some tensors changed; None leaves one out."""

    def copy(role: str, **changes: Tensor | None) -> Path:
        tensors: dict[str, Tensor | None] = {**load_file(getattr(tiny_weights.files, role))}
        tensors.update(changes)
        path = tmp_path / f"{role}.safetensors"
        save_file({name: t for name, t in tensors.items() if t is not None}, path)
        return path

    return copy
