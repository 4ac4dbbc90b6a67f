"""Stored fp8 or NVFP4 weights -> a Linear that uses them without unpacking the whole model.

Supports two formats and two ways to multiply; does not know files, names or models.
"""

from __future__ import annotations

import logging
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

FP8 = torch.float8_e4m3fn
FP8_MAX = 448.0
"""Largest finite number of float8_e4m3fn. Source: OCP 8-bit Floating Point Specification 1.0."""

NVFP4_BLOCK = 16
"""Adjacent values in a row that share one scale. Source: NVIDIA, NVFP4."""

E2M1 = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0)
"""The value of each 4-bit code. Source: OCP Microscaling Formats 1.0, FP4 E2M1."""

Mode = Literal["weight_only", "w8a8"]
"""weight_only: weights are dequantised when used. w8a8: inputs are rounded to fp8 with their stored
scale, and fp8 is multiplied by fp8, as in ComfyUI."""

W8A8_CAPABILITY = (8, 9)
"""The first CUDA capability with fp8 tensor cores: Ada. Source: torch._scaled_mm's own check."""

W8A8_TOLERANCE = 0.02
"""Maximum error, as a share of the largest result. bf16 rounds by 0.004, and tensor cores
accumulate with 14 bits or more; a missing scale or a transposed operand gives far larger errors.
Measured on a CPU: 0.002."""

log = logging.getLogger(__name__)


class QuantLinear(nn.Module):
    """A Linear without bias whose weights stay in their stored format.

    Source: ComfyUI's formats. fp8: weight [N, K] float8_e4m3fn, weight_scale one number. NVFP4:
    weight [N, K/2] uint8, the high nibble first; weight_scale float8_e4m3fn, one per 16 adjacent
    values, in cuBLAS's tiles of 128 x 4, padded to whole tiles; weight_scale_2 one number.

    Args:
        weight: float8_e4m3fn or uint8.
        weight_scale: the scale by which the weight is multiplied.
        weight_scale_2: NVFP4's second scale.
        input_scale: the scale by which fp8 inputs are multiplied, if known.
        mode: how to multiply; w8a8 applies only to fp8 with an input_scale.

    Raises:
        ValueError: dtypes or shapes do not match either format.
    """

    weight: Tensor
    weight_scale: Tensor
    weight_scale_2: Tensor | None
    input_scale: Tensor | None

    def __init__(
        self,
        weight: Tensor,
        weight_scale: Tensor,
        weight_scale_2: Tensor | None = None,
        input_scale: Tensor | None = None,
        mode: Mode = "weight_only",
    ) -> None:
        super().__init__()
        _check_parts(weight, weight_scale, weight_scale_2, input_scale)
        self.register_buffer("weight", weight)
        self.register_buffer("weight_scale", weight_scale)
        self.register_buffer("weight_scale_2", weight_scale_2)
        self.register_buffer("input_scale", input_scale)
        self.mode: Mode = mode if weight.dtype == FP8 and input_scale is not None else "weight_only"
        self.out_features, self.in_features = stored_shape(weight)

    def dequantised(self, dtype: torch.dtype) -> Tensor:
        """Unpack the weights.

        Args:
            dtype: dtype of the computation and of the result.

        Returns:
            [N, K]; in bfloat16 bit for bit equal to ComfyUI's result.
        """
        if self.weight_scale_2 is None:
            return self.weight.to(dtype) * self.weight_scale.to(dtype)
        codes = torch.stack((self.weight >> 4, self.weight & 15), dim=-1)
        values = torch.tensor(E2M1, dtype=dtype, device=codes.device)[codes.int()]
        scales = _unswizzle(self.weight_scale, self.out_features, self.in_features // NVFP4_BLOCK)
        scales = self.weight_scale_2.to(dtype) * scales.to(dtype)
        blocks = values.view(self.out_features, -1, NVFP4_BLOCK) * scales[..., None]
        return blocks.view(self.out_features, self.in_features)

    def forward(self, inputs: Tensor) -> Tensor:
        """Multiply.

        Args:
            inputs: [..., K], with a floating-point dtype.

        Returns:
            [..., N], of the same dtype.
        """
        if self.mode == "weight_only" or self.input_scale is None:
            return functional.linear(inputs, self.dequantised(inputs.dtype))
        rows = quantise(inputs.reshape(-1, self.in_features), self.input_scale)
        product = torch._scaled_mm(  # noqa: SLF001 - torch has no public name for it
            rows,
            self.weight.t(),
            scale_a=self.input_scale,
            scale_b=self.weight_scale,
            out_dtype=inputs.dtype,
        )
        return product.view(*inputs.shape[:-1], self.out_features)

    def extra_repr(self) -> str:
        """For print(model)."""
        kind = "fp8" if self.weight_scale_2 is None else "nvfp4"
        return f"{self.in_features}, {self.out_features}, {kind}, {self.mode}"


def quantise(inputs: Tensor, scale: Tensor) -> Tensor:
    """Round to fp8.

    Args:
        inputs: a tensor of any shape.
        scale: one number, by which the result must be multiplied.

    Returns:
        float8_e4m3fn of the same shape; values out of range are clamped.
    """
    # Multiplied by the inverse, as in ComfyUI: a division would round differently.
    scaled = inputs * (1.0 / scale).to(inputs.dtype)
    return scaled.clamp(-FP8_MAX, FP8_MAX).to(FP8)


def is_quantised(weight: Tensor) -> bool:
    """Whether weights are quantised; only their dtype shows it."""
    return weight.dtype in (FP8, torch.uint8)


def stored_shape(weight: Tensor) -> tuple[int, int]:
    """Return the rows and columns of the unpacked weights; NVFP4 stores two values per byte."""
    rows, columns = weight.shape
    return rows, columns * 2 if weight.dtype == torch.uint8 else columns


def choose_mode(device: str) -> Mode:
    """Use fp8 tensor cores if the device has them and their results are correct.

    Args:
        device: the device, in torch's notation.

    Returns:
        The mode for weights with an input_scale.
    """
    if torch.device(device).type != "cuda":
        log.info("using weight-only fp8: %s has no fp8 tensor cores", device)
        return "weight_only"
    capability = torch.cuda.get_device_capability(device)
    if capability < W8A8_CAPABILITY:
        log.info("using weight-only fp8: CUDA capability %d.%d is below 8.9", *capability)
        return "weight_only"
    trouble = check_w8a8(device)
    if trouble:
        log.warning("using weight-only fp8: the device's own %s", trouble)
        return "weight_only"
    return "w8a8"


def check_w8a8(device: str) -> str | None:
    """Multiply on the device with w8a8, and compare with the same product in float32.

    Args:
        device: the device, in torch's notation.

    Returns:
        What is wrong, or None.
    """
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(384, 256, generator=generator).to(FP8).to(device)
    inputs = torch.randn(80, 256, generator=generator).bfloat16().to(device)
    # The scales differ from 1 and from each other, so that a kernel that ignores one is detected.
    scales = {"weight_scale": torch.tensor(0.37), "input_scale": torch.tensor(0.011)}
    scales = {name: scale.to(device) for name, scale in scales.items()}
    linear = QuantLinear(weight, **scales, mode="w8a8")
    wanted = functional.linear(
        quantise(inputs, scales["input_scale"]).float() * scales["input_scale"],
        linear.dequantised(torch.float32),
    )
    try:
        error = ((linear(inputs).float() - wanted).abs().max() / wanted.abs().max()).item()
    except (RuntimeError, NotImplementedError, ValueError) as failure:
        return f"fp8 product fails: {failure!s:.200}"
    # Written so that NaN fails.
    if not error <= W8A8_TOLERANCE:
        return f"fp8 product has a relative error of {error:.3g}, more than {W8A8_TOLERANCE}"
    return None


def _check_parts(
    weight: Tensor, weight_scale: Tensor, weight_scale_2: Tensor | None, input_scale: Tensor | None
) -> None:
    """Raise ValueError unless dtypes and shapes match one of the two formats."""
    if not is_quantised(weight) or weight.ndim != 2:
        raise ValueError(f"weight is {_describe(weight)}, which is neither fp8 nor NVFP4")
    for name, scale in (("weight_scale_2", weight_scale_2), ("input_scale", input_scale)):
        if scale is not None and not _is_number(scale):
            raise ValueError(f"{name} is {_describe(scale)}, not one float32")
    if weight.dtype == FP8:
        if not _is_number(weight_scale) or weight_scale_2 is not None:
            raise ValueError(f"weight_scale is {_describe(weight_scale)}, not fp8's one float32")
        return
    if weight_scale_2 is None:
        raise ValueError("weight_scale_2 is missing, which NVFP4 requires")
    rows, columns = stored_shape(weight)
    tiles = _tiles(rows, columns // NVFP4_BLOCK)
    wanted = (tiles[0] * 128, tiles[1] * 4)
    if columns % NVFP4_BLOCK or weight_scale.dtype != FP8 or weight_scale.shape != wanted:
        raise ValueError(
            f"weight_scale is {_describe(weight_scale)}, not NVFP4's {wanted} of {FP8}"
        )


def _is_number(scale: Tensor) -> bool:
    return scale.dtype == torch.float32 and scale.numel() == 1


def _describe(tensor: Tensor) -> str:
    return f"{tuple(tensor.shape)} of {tensor.dtype}"


def _tiles(rows: int, columns: int) -> tuple[int, int]:
    return -(-rows // 128), -(-columns // 4)


def _unswizzle(scales: Tensor, rows: int, columns: int) -> Tensor:
    """Convert block scales from cuBLAS's order to [rows, columns].

    Source: cuBLAS, 1D block scaling factors layout: tiles of 128 x 4, each stored as 32 x 4 x 4.
    """
    down, across = _tiles(rows, columns)
    tiles = scales.view(down, across, 32, 4, 4).permute(0, 3, 2, 1, 4)
    return tiles.reshape(down * 128, across * 4)[:rows, :columns]
