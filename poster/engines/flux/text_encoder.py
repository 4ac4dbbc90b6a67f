"""The text encoder's file -> the layers of transformers' Qwen3 that feed an embedding.

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
    """Load the layers that are read into memory that is the file's own.

    Args:
        path: the file, in Hugging Face's spelling, quantised or not.
        architecture: what it must be.
        dtype: of what is not quantised.

    Returns:
        The model, on the CPU, for inference. Its hidden_states are those of the whole model as far
        as they go; it has no last norm, and the last of them is not normed.

    Raises:
        WeightsDamagedError: it is not a whole safetensors file.
        WeightsMismatchError: it is another model's.
    """
    config = Qwen3Config(
        **{**architecture.text_encoder, "num_hidden_layers": architecture.text_depth}
    )
    with torch.device("meta"):
        model = Qwen3Model(config)
    model.norm = nn.Identity()
    # Not of the file, and never cast: bfloat16 frequencies shift an embedding by 0.16.
    model.rotary_emb = Qwen3RotaryEmbedding(config)
    tensors = read_tensors(path, architecture.reads_text_tensor)
    named = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
    assemble(model, named, path.name, dtype=dtype)
    return model
