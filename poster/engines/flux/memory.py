"""Headers and a picture's size -> how much GPU memory a poster takes, and what must give way.

Arithmetic on what the files declare, before any of them is loaded; imports no torch and asks no
GPU. Bytes are counted in GB of 1e9.
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
"""Pixels on a side of the VAE's tiles when it works in tiles: 0.9 GB each, and a cover of 1024 x
1472 takes six. Smaller ones save little and show more, since each is normalised by itself."""

TEXT_TOKENS = 512
"""Every prompt is padded to as many. Source: diffusers' Flux2KleinPipeline."""

_PROMPTS_AT_ONCE = 3
"""Both stages' and the empty one."""

_TRANSFORMER_BYTES = 43
"""Peak bytes of activations a token and channel. Measured: live tensors of diffusers'
Flux2Transformer2DModel in bf16, 9B and 4B, on the meta device, with attention that keeps no scores:
42.6 and 42.8."""

_DECODE_BYTES = 1540
_ENCODE_BYTES = 1280
"""Peak bytes of activations a pixel. Measured the same way on AutoencoderKLFlux2."""

_DEQUANTISED_BYTES = 4
"""Bytes an element while one Linear is dequantised to bf16: the cast and the scaled copy."""
_DEQUANTISED_TEXT_BYTES = 12
"""The same where 4-bit codes are looked up by a 32-bit index."""

_ALLOCATOR = 1.25
"""Work memory is held in blocks, and convolutions ask for room of their own: an allowance. With it
and the context, 9B at 1024 x 1472 comes to 20.3 GB, between the 19.6 and 21.7 GB that others report
of an RTX 5090; not measured on a card of ours."""
_CONTEXT_BYTES = 800_000_000
"""CUDA's context with cuBLAS and cuDNN loaded: 0.5 to 0.9 GB on recent cards."""

_GB = 1e9


@dataclass(frozen=True, slots=True)
class ModelSize:
    """What a model holds on the device.

    Args:
        transformer_bytes: its weights.
        text_encoder_bytes: weights of the layers that are used.
        vae_bytes: its weights in bf16.
        channels: width of the transformer.
        text_channels: width of the text encoder.
        text_layers: layers of the text encoder that are used.
        largest_linear: elements of the transformer's largest weight.
        largest_text_linear: elements of the text encoder's largest weight in its layers.
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
        """All weights at once."""
        return self.transformer_bytes + self.text_encoder_bytes + self.vae_bytes


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """How a poster fits.

    Args:
        peak_bytes: most that will be in use at once, on the device.
        offload_text_encoder: text encoder and transformer take turns on the device.
        tile_vae: the VAE works in tiles of TILE_SIDE. Not slices: those part a batch, and a poster
            is a batch of one.
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
    """Add up what three files will hold on the device.

    Args:
        transformer: its header.
        text_encoder: its header.
        vae: its header.
        architecture: says what of the text encoder's file is used; the rest is never read.

    Returns:
        Sizes.
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
    """Find the first way of working that fits, the quickest and most exact first.

    Args:
        model: its sizes.
        width: of the picture to paint, in pixels.
        height: of the picture to paint, in pixels.
        available_bytes: of the device's memory.

    Returns:
        All resident if that fits; else with the VAE in tiles; else with the text encoder off the
        device while the transformer works; else both.

    Raises:
        MemoryPlanError: nothing fits; the message has both figures.
    """
    plans = [
        MemoryPlan(peak_bytes(model, width, height, offload=offload, tile=tile), offload, tile)
        for offload in (False, True)
        for tile in (False, True)
    ]
    for plan in plans:
        if plan.peak_bytes <= available_bytes:
            return plan
    least = min(plan.peak_bytes for plan in plans)
    raise MemoryPlanError(
        f"width, height: {width} x {height} needs {least / _GB:.1f} GB of GPU memory with the text "
        f"encoder offloaded and the VAE in tiles, and {available_bytes / _GB:.1f} GB are there: "
        "ask for a smaller picture, or deploy a smaller weight set or a larger GPU"
    )


def peak_bytes(model: ModelSize, width: int, height: int, *, offload: bool, tile: bool) -> int:
    """Most memory in use at once while a poster is made.

    Args:
        model: its sizes.
        width: of the picture to paint, in pixels.
        height: of the picture to paint, in pixels.
        offload: the text encoder and the transformer take turns.
        tile: the VAE works in tiles.

    Returns:
        Bytes on the device, context included.
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
        # Every layer's output is kept until the three that are used are picked.
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
    """Elements of the largest tensor that has this in its name."""
    return max((_elements(tensor) for name, tensor in tensors.items() if part in name), default=0)


def _elements(tensor: Tensor) -> int:
    # Two 4-bit codes lie in one byte.
    return prod(tensor.shape) * (2 if tensor.dtype == "U8" else 1)
