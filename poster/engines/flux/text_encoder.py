"""The text encoder's file -> the layers of transformers' Qwen3 that an embedding needs.

Does not know prompts or tokens.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import Qwen3Config, Qwen3Model
from transformers.models.qwen3.modeling_qwen3 import Qwen3RotaryEmbedding

from poster.engines.flux.architecture import Architecture
from poster.engines.flux.assemble import assemble, read_tensors


def load_text_encoder(path: Path, architecture: Architecture, dtype: torch.dtype) -> Qwen3Model:
    """Load the layers that are used, in the file's own mapping.

    Args:
        path: the file, with Hugging Face's tensor names, quantised or not.
        architecture: the architecture that it must have.
        dtype: dtype of tensors that are not quantised.

    Returns:
        The model, on the CPU, for inference. Its hidden_states equal those of the whole model, but
        it has no final norm, so the last one is not normalised.

    Raises:
        WeightsDamagedError: it is not a complete safetensors file.
        WeightsMismatchError: it belongs to another model.
    """
    config = Qwen3Config(
        **{**architecture.text_encoder, "num_hidden_layers": architecture.text_depth}
    )
    with torch.device("meta"):
        model = Qwen3Model(config)
    model.norm = nn.Identity()
    # Not stored in the file, and never cast: bfloat16 frequencies change an embedding by 0.16.
    model.rotary_emb = Qwen3RotaryEmbedding(config)
    tensors = read_tensors(path, architecture.reads_text_tensor)
    named = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    assemble(model, named, path.name, dtype=dtype)
    return model
