"""The VAE's file -> diffusers' VAE. Its names are diffusers' own."""

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
        architecture: what it must be.
        dtype: to compute in; other than the file's, it takes memory of its own.

    Returns:
        The model, on the CPU, for inference.

    Raises:
        WeightsDamagedError: it is not a whole safetensors file.
        WeightsMismatchError: it is another model's.
    """
    with torch.device("meta"):
        model = AutoencoderKLFlux2(**architecture.vae)
    assemble(model, read_tensors(path), path.name, dtype=dtype)
    return model
