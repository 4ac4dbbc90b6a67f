"""The VAE's file, with diffusers' tensor names -> diffusers' VAE."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKLFlux2

from poster.engines.flux.architecture import Architecture
from poster.engines.flux.assemble import assemble, read_tensors


def load_vae(path: Path, architecture: Architecture, dtype: torch.dtype) -> AutoencoderKLFlux2:
    """Load the VAE.

    Args:
        path: the file, in float32.
        architecture: the architecture that it must have.
        dtype: dtype of the computation; if it differs from the file's, the tensors are copied.

    Returns:
        The model, on the CPU, for inference.

    Raises:
        WeightsDamagedError: it is not a complete safetensors file.
        WeightsMismatchError: it belongs to another model.
    """
    with torch.device("meta"):
        model = AutoencoderKLFlux2(**architecture.vae)
    assemble(model, read_tensors(path), path.name, dtype=dtype)
    return model
