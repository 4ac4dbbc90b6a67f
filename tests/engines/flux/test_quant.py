from __future__ import annotations

import logging
from typing import Any

import comfy_kitchen
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from poster.engines.flux import quant
from poster.engines.flux.quant import (
    FP8,
    FP8_MAX,
    QuantLinear,
    check_w8a8,
    choose_mode,
    quantise,
)

SHAPES = [(16, 16), (96, 272), (272, 96), (384, 256), (130, 80)]
"""Within one tile of 128 x 4 scales, across several, and over whole tiles."""


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).bfloat16()


def fp8_linear(rows: int, columns: int, **more: Any) -> QuantLinear:
    scale = torch.tensor(0.0037)
    weight = (random(rows, columns).float() / scale).clamp(-448, 448).to(FP8)
    return QuantLinear(weight, scale, **more)


def nvfp4_linear(rows: int, columns: int) -> QuantLinear:
    scale = torch.tensor(0.00213)
    codes, scales = comfy_kitchen.quantize_nvfp4(random(rows, columns), scale)
    return QuantLinear(codes, scales, scale)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_fp8_weights_equal_comfys_bit_for_bit(shape: tuple[int, int], dtype: torch.dtype) -> None:
    linear = fp8_linear(*shape)
    wanted = comfy_kitchen.dequantize_per_tensor_fp8(linear.weight, linear.weight_scale, dtype)
    assert torch.equal(linear.dequantised(dtype), wanted)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_nvfp4_weights_equal_comfys_bit_for_bit(shape: tuple[int, int], dtype: torch.dtype) -> None:
    linear = nvfp4_linear(*shape)
    wanted = comfy_kitchen.dequantize_nvfp4(
        linear.weight, linear.weight_scale_2, linear.weight_scale, dtype
    )
    assert torch.equal(linear.dequantised(dtype), wanted)


@pytest.mark.parametrize("shape", SHAPES)
def test_nvfp4_weights_are_near_what_was_quantised(shape: tuple[int, int]) -> None:
    error = nvfp4_linear(*shape).dequantised(torch.float32) - random(*shape).float()
    # A 4-bit code is within a sixth of its block's largest; most are far nearer.
    assert error.abs().max() < 0.75
    assert error.std() < 0.12


def test_inputs_are_rounded_as_comfy_does() -> None:
    inputs, scale = random(64, 1024), torch.tensor(0.0113)
    wanted = comfy_kitchen.quantize_per_tensor_fp8(inputs.clone(), scale).float()
    assert torch.equal(quantise(inputs, scale).float(), wanted)
    divided = (inputs / scale.to(inputs.dtype)).clamp(-FP8_MAX, FP8_MAX).to(FP8)
    # Multiplied by the inverse, that is, and not divided.
    assert not torch.equal(divided.float(), wanted)


def test_inputs_out_of_range_are_clamped() -> None:
    rounded = quantise(torch.tensor([1e6, -1e6, 0.0]), torch.tensor(0.5))
    assert rounded.float().tolist() == [448.0, -448.0, 0.0]


@pytest.mark.parametrize("linear", [fp8_linear(272, 96), nvfp4_linear(272, 96)])
def test_weight_only_multiplies_by_the_dequantised_weights(linear: QuantLinear) -> None:
    inputs = random(2, 5, 96)
    wanted = functional.linear(inputs, linear.dequantised(torch.bfloat16))
    assert torch.equal(linear(inputs), wanted)


def test_w8a8_multiplies_rounded_inputs_by_stored_weights() -> None:
    scale = torch.tensor(0.013)
    linear = fp8_linear(272, 96, input_scale=scale, mode="w8a8")
    inputs = random(2, 5, 96)
    rounded = quantise(inputs, scale).float() * scale
    wanted = functional.linear(rounded, linear.dequantised(torch.float32))
    error = (linear(inputs).float() - wanted).abs().max() / wanted.abs().max()
    assert linear(inputs).shape == (2, 5, 272)
    assert linear(inputs).dtype == torch.bfloat16
    assert error < 0.005


def test_w8a8_differs_from_weight_only() -> None:
    scale = torch.tensor(0.013)
    inputs = random(5, 96)
    outputs = [
        fp8_linear(272, 96, input_scale=scale, mode=m)(inputs) for m in ("weight_only", "w8a8")
    ]
    assert not torch.equal(*outputs)


def test_w8a8_needs_an_input_scale() -> None:
    assert fp8_linear(32, 32, mode="w8a8").mode == "weight_only"


@pytest.mark.parametrize(
    ("parts", "trouble"),
    [
        ({"weight": torch.zeros(4, 4)}, "neither fp8 nor NVFP4"),
        ({"weight": torch.zeros(4, dtype=torch.uint8)}, "neither fp8 nor NVFP4"),
        ({"weight_scale": torch.ones(4)}, "one float32"),
        ({"weight_scale": torch.tensor(1.0).bfloat16()}, "one float32"),
        ({"weight_scale_2": torch.tensor(2.0)}, "one float32"),
        ({"input_scale": torch.ones(4)}, "input_scale is"),
        ({"weight": torch.zeros(16, 8, dtype=torch.uint8)}, "weight_scale_2 is missing"),
        (
            {"weight": torch.zeros(16, 8, dtype=torch.uint8), "weight_scale_2": torch.tensor(2.0)},
            r"not NVFP4's \(128, 4\)",
        ),
    ],
)
def test_parts_that_do_not_match_a_format_are_refused(parts: Any, trouble: str) -> None:
    good = {"weight": torch.zeros(16, 16).to(FP8), "weight_scale": torch.tensor(0.5)}
    with pytest.raises(ValueError, match=trouble):
        QuantLinear(**{**good, **parts})


def test_the_self_check_passes_where_products_are_right() -> None:
    assert check_w8a8("cpu") is None


def wrong_scale(rows: Tensor, weights: Tensor, **_: Any) -> Tensor:
    return (rows.float() @ weights.float()).bfloat16()


def wrong_sum(rows: Tensor, weights: Tensor, scale_a: Tensor, scale_b: Tensor, **_: Any) -> Tensor:
    return (rows.float()[:, 1:] @ weights.float()[1:] * scale_a * scale_b).bfloat16()


def no_number(rows: Tensor, weights: Tensor, **_: Any) -> Tensor:
    return rows.float() @ weights.float() * float("nan")


def no_kernel(*_: Tensor, **__: Any) -> Tensor:
    raise RuntimeError("no kernel image is available")


@pytest.mark.parametrize("product", [wrong_scale, wrong_sum, no_number, no_kernel])
def test_the_self_check_finds_wrong_products(product: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "_scaled_mm", product)
    assert "fp8 product" in str(check_w8a8("cpu"))


def choose_as_if(
    capability: tuple[int, int], monkeypatch: pytest.MonkeyPatch, trouble: str | None
) -> str:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    monkeypatch.setattr(quant, "check_w8a8", lambda _: trouble)
    return choose_mode("cuda")


@pytest.mark.parametrize("capability", [(8, 9), (9, 0), (12, 0)])
def test_cards_with_fp8_cores_use_them(
    capability: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_as_if(capability, monkeypatch, None) == "w8a8"


def test_cards_without_fp8_cores_do_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert choose_as_if((8, 6), monkeypatch, None) == "weight_only"
    assert "capability 8.6 is below 8.9" in caplog.text


def test_a_card_with_wrong_products_is_logged_and_uses_weight_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert choose_as_if((12, 0), monkeypatch, "fp8 product is off by 0.3") == "weight_only"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "fp8 product is off by 0.3" in caplog.text


def test_a_cpu_multiplies_weight_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert choose_mode("cpu") == "weight_only"
    assert "cpu has no fp8 tensor cores" in caplog.text
