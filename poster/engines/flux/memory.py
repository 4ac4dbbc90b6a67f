"""Headers and a picture's size -> the GPU memory that a poster needs, and how to make it fit.

Arithmetic on the files' headers, before any file is loaded; does not import torch or query a GPU.
1 GB is 1e9 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from poster.engines.flux.architecture import Architecture
from poster.engines.flux.schedule import TOKEN_SIDE
from poster.errors import MemoryPlanError
from poster.weights.header import SafetensorsHeader, Tensor

TILE_SIDE = 768
"""Side of the VAE's tiles in pixels. Each tile takes 0.9 GB, and a cover of 1024 x 1472 has six.
Smaller tiles save little memory and are more visible, because each is normalised separately."""

TEXT_TOKENS = 512
"""Every prompt is padded to this length. Source: diffusers' Flux2KleinPipeline."""

_PROMPTS_AT_ONCE = 3
"""The prompts of both stages and the empty prompt."""

_TRANSFORMER_BYTES = 43
"""Peak bytes of activations per token and channel. Measured: live tensors of diffusers'
Flux2Transformer2DModel in bf16, 9B and 4B, on the meta device, with attention that does not store
its scores: 42.6 and 42.8."""

_DECODE_BYTES = 1540
_ENCODE_BYTES = 1280
"""Peak bytes of activations per pixel. Measured in the same way on AutoencoderKLFlux2."""

_DEQUANTISED_BYTES = 4
"""Bytes per element while one Linear is dequantised to bf16: the cast and the scaled copy."""
_DEQUANTISED_TEXT_BYTES = 12
"""The same if 4-bit codes are looked up with a 32-bit index."""

_ALLOCATOR = 1.25
"""Allowance for the allocator's blocks and the workspaces of convolutions. With it and the context,
9B at 1024 x 1472 needs 20.3 GB, between the 19.6 and 21.7 GB that others report for an RTX 5090;
not measured by us."""
_CONTEXT_BYTES = 800_000_000
"""CUDA's context with cuBLAS and cuDNN loaded: 0.5 to 0.9 GB on recent GPUs."""

_GB = 1e9


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The sizes of a model that determine its memory on the device.

    Args:
        transformer_bytes: weights of the transformer.
        text_encoder_bytes: weights of the text encoder layers that are used.
        vae_bytes: weights of the VAE, in bf16.
        channels: width of the transformer.
        text_channels: width of the text encoder.
        text_layers: number of text encoder layers that are used.
        largest_linear: elements of the transformer's largest weight.
        largest_text_linear: elements of the largest weight in the text encoder's layers.
    """

    transformer_bytes: int
    text_encoder_bytes: int
    vae_bytes: int
    channels: int
    text_channels: int
    text_layers: int
    largest_linear: int
    largest_text_linear: int

    @property
    def resident_bytes(self) -> int:
        """Bytes of all weights."""
        return self.transformer_bytes + self.text_encoder_bytes + self.vae_bytes


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How a poster fits in memory.

    Args:
        peak_bytes: peak memory on the device.
        offload_text_encoder: whether only one of text encoder and transformer is on the device at a
            time.
        tile_vae: whether the VAE works in tiles of TILE_SIDE. Slices would not help: they split a
            batch, and a poster is a batch of one.
    """

    peak_bytes: int
    offload_text_encoder: bool
    tile_vae: bool


def measure_model(
    transformer: SafetensorsHeader,
    text_encoder: SafetensorsHeader,
    vae: SafetensorsHeader,
    architecture: Architecture,
) -> ModelSize:
    """Compute a model's sizes from the headers of its three files.

    Args:
        transformer: the transformer's header.
        text_encoder: the text encoder's header.
        vae: the VAE's header.
        architecture: determines which text encoder tensors are used; the rest is never read.

    Returns:
        The sizes.
    """
    kept = {
        name: tensor
        for name, tensor in text_encoder.tensors.items()
        if architecture.reads_text_tensor(name)
    }
    return ModelSize(
        transformer_bytes=transformer.data_bytes,
        text_encoder_bytes=sum(tensor.end - tensor.start for tensor in kept.values()),
        vae_bytes=2 * sum(prod(tensor.shape) for tensor in vae.tensors.values()),
        channels=transformer.tensors["img_in.weight"].shape[0],
        text_channels=text_encoder.tensors["model.embed_tokens.weight"].shape[1],
        text_layers=architecture.text_depth,
        largest_linear=_largest(transformer.tensors, "blocks."),
        largest_text_linear=_largest(kept, "model.layers."),
    )


def plan_memory(model: ModelSize, width: int, height: int, available_bytes: int) -> MemoryPlan:
    """Find the first plan that fits, starting with the fastest and most exact one.

    Args:
        model: the model's sizes.
        width: width of the picture to paint, in pixels.
        height: height of the picture to paint, in pixels.
        available_bytes: available memory of the device.

    Returns:
        Everything resident if that fits; otherwise the VAE in tiles; otherwise the text encoder
        offloaded while the transformer runs; otherwise both.

    Raises:
        MemoryPlanError: no plan fits; the message has both figures.
    """
    plans = [
        MemoryPlan(peak_bytes(model, width, height, offload=offload, tile=tile), offload, tile)
        for offload in (False, True)
        for tile in (False, True)
    ]
    for plan in plans:
        if plan.peak_bytes <= available_bytes:
            return plan
    needed = min(plan.peak_bytes for plan in plans)
    raise MemoryPlanError(
        f"width, height: {width} x {height} needs {needed / _GB:.1f} GB of GPU memory, even with "
        f"the text encoder offloaded and the VAE in tiles, but {available_bytes / _GB:.1f} GB is "
        "available: request a smaller picture, or deploy a smaller weight set or a larger GPU"
    )


def peak_bytes(model: ModelSize, width: int, height: int, *, offload: bool, tile: bool) -> int:
    """Compute the peak memory while a poster is made.

    Args:
        model: the model's sizes.
        width: width of the picture to paint, in pixels.
        height: height of the picture to paint, in pixels.
        offload: whether only one of text encoder and transformer is on the device at a time.
        tile: whether the VAE works in tiles.

    Returns:
        Bytes on the device, including CUDA's context.
    """
    picture = width * height
    reference = min(picture, 1024 * 1024)
    tokens = (picture + reference) // TOKEN_SIDE**2 + TEXT_TOKENS
    denoising = (
        _TRANSFORMER_BYTES * tokens * model.channels + _DEQUANTISED_BYTES * model.largest_linear
    )
    most = TILE_SIDE**2 if tile else picture
    decoding = _DECODE_BYTES * min(picture, most)
    encoding = _ENCODE_BYTES * min(reference, most)
    reading = (
        # The outputs of all layers are kept until the three that are used are selected.
        2 * _PROMPTS_AT_ONCE * TEXT_TOKENS * model.text_channels * (model.text_layers + 1)
        + _DEQUANTISED_TEXT_BYTES * model.largest_text_linear
    )
    painting = max(denoising, decoding, encoding)
    if offload:
        phases = (
            model.text_encoder_bytes + model.vae_bytes + _ALLOCATOR * reading,
            model.transformer_bytes + model.vae_bytes + _ALLOCATOR * painting,
        )
        return round(max(phases)) + _CONTEXT_BYTES
    return round(model.resident_bytes + _ALLOCATOR * max(painting, reading)) + _CONTEXT_BYTES


def _largest(tensors: Mapping[str, Tensor], part: str) -> int:
    """Count the elements of the largest tensor whose name contains the given part."""
    return max((_elements(tensor) for name, tensor in tensors.items() if part in name), default=0)


def _elements(tensor: Tensor) -> int:
    # One byte stores two 4-bit codes.
    return prod(tensor.shape) * (2 if tensor.dtype == "U8" else 1)
