"""The transformer's file -> diffusers' transformer.

Maps BFL's tensor names to those of diffusers; passes quantised weights through, and does not know
their formats.
"""

from __future__ import annotations

import re
from pathlib import Path

import torch
from diffusers import Flux2Transformer2DModel
from torch import Tensor

from poster.engines.flux.architecture import Architecture
from poster.engines.flux.assemble import assemble, read_tensors
from poster.engines.flux.quant import Mode

_DOUBLE = r"double_blocks\.(\d+)"
_SINGLE = r"single_blocks\.(\d+)"
_TO_DOUBLE = r"transformer_blocks.\1"
_TO_SINGLE = r"single_transformer_blocks.\1"

_MODULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("img_in", ("x_embedder",)),
    ("txt_in", ("context_embedder",)),
    (r"time_in\.in_layer", ("time_guidance_embed.timestep_embedder.linear_1",)),
    (r"time_in\.out_layer", ("time_guidance_embed.timestep_embedder.linear_2",)),
    (r"(double_stream_modulation_(?:img|txt)|single_stream_modulation)\.lin", (r"\1.linear",)),
    (r"final_layer\.adaLN_modulation\.1", ("norm_out.linear",)),
    (r"final_layer\.linear", ("proj_out",)),
    (rf"{_DOUBLE}\.img_attn\.qkv", tuple(f"{_TO_DOUBLE}.attn.to_{x}" for x in "qkv")),
    (rf"{_DOUBLE}\.txt_attn\.qkv", tuple(f"{_TO_DOUBLE}.attn.add_{x}_proj" for x in "qkv")),
    (rf"{_DOUBLE}\.img_attn\.norm\.query_norm", (f"{_TO_DOUBLE}.attn.norm_q",)),
    (rf"{_DOUBLE}\.img_attn\.norm\.key_norm", (f"{_TO_DOUBLE}.attn.norm_k",)),
    (rf"{_DOUBLE}\.txt_attn\.norm\.query_norm", (f"{_TO_DOUBLE}.attn.norm_added_q",)),
    (rf"{_DOUBLE}\.txt_attn\.norm\.key_norm", (f"{_TO_DOUBLE}.attn.norm_added_k",)),
    (rf"{_DOUBLE}\.img_attn\.proj", (f"{_TO_DOUBLE}.attn.to_out.0",)),
    (rf"{_DOUBLE}\.txt_attn\.proj", (f"{_TO_DOUBLE}.attn.to_add_out",)),
    (rf"{_DOUBLE}\.img_mlp\.0", (f"{_TO_DOUBLE}.ff.linear_in",)),
    (rf"{_DOUBLE}\.img_mlp\.2", (f"{_TO_DOUBLE}.ff.linear_out",)),
    (rf"{_DOUBLE}\.txt_mlp\.0", (f"{_TO_DOUBLE}.ff_context.linear_in",)),
    (rf"{_DOUBLE}\.txt_mlp\.2", (f"{_TO_DOUBLE}.ff_context.linear_out",)),
    (rf"{_SINGLE}\.linear1", (f"{_TO_SINGLE}.attn.to_qkv_mlp_proj",)),
    (rf"{_SINGLE}\.linear2", (f"{_TO_SINGLE}.attn.to_out",)),
    (rf"{_SINGLE}\.norm\.query_norm", (f"{_TO_SINGLE}.attn.norm_q",)),
    (rf"{_SINGLE}\.norm\.key_norm", (f"{_TO_SINGLE}.attn.norm_k",)),
)
"""BFL's modules -> diffusers' modules; three if diffusers separates what BFL fuses.

Source: black-forest-labs/flux2, model.py, and diffusers' transformer_flux2.py. A test checks that
this equals diffusers' own conversion, which itself fails on the scales of quantised weights.
"""

_COMPILED = tuple((re.compile(pattern), targets) for pattern, targets in _MODULES)
_SCALE_BEFORE_SHIFT = "norm_out.linear"
"""BFL's last modulation has the shift first, then the scale; diffusers has the reverse order."""


def load_transformer(
    path: Path, architecture: Architecture, dtype: torch.dtype, mode: Mode
) -> Flux2Transformer2DModel:
    """Load the transformer, in the file's own mapping.

    Args:
        path: the file, with BFL's tensor names, quantised or not.
        architecture: the architecture that it must have.
        dtype: dtype of tensors that are not quantised.
        mode: how quantised weights are multiplied.

    Returns:
        The model, on the CPU, for inference.

    Raises:
        WeightsDamagedError: it is not a complete safetensors file.
        WeightsMismatchError: it belongs to another model.
    """
    with torch.device("meta"):
        model = Flux2Transformer2DModel(**architecture.transformer)
    assemble(model, rename(read_tensors(path)), path.name, dtype=dtype, mode=mode)
    return model


def rename(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename tensors as diffusers does, and split fused ones.

    Args:
        tensors: BFL's name -> tensor.

    Returns:
        diffusers' name -> tensor; parts of a fused tensor are views. Unknown names are unchanged.
    """
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        stem, _, leaf = name.rpartition(".")
        # BFL's name for the weight of a norm is scale.
        leaf = "weight" if leaf == "scale" else leaf
        targets = _translate(stem)
        if len(targets) == 3:
            # The parts of a fused weight share one scale, a single number.
            parts = tensor.tensor_split(3) if tensor.numel() > 1 else (tensor,) * 3
        elif targets == (_SCALE_BEFORE_SHIFT,) and tensor.ndim:
            parts = (torch.cat(tensor.tensor_split(2)[::-1]),)
        else:
            parts = (tensor,)
        for target, part in zip(targets, parts, strict=True):
            renamed[f"{target}.{leaf}"] = part
    return renamed


def _translate(stem: str) -> tuple[str, ...]:
    for pattern, targets in _COMPILED:
        found = pattern.fullmatch(stem)
        if found:
            return tuple(found.expand(target) for target in targets)
    return (stem,)
