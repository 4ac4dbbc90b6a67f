"""What only a GPU can show: kernels, peak memory and step time.

Left out of make test, which has no card. On one, with the flux and test extras:
`python -m pytest -m gpu -s tests/gpu`. Needs a card of 24 GB; no weights: the 9B transformer is
random, in the real shapes and dtypes. Sizes are a poster's: 1024 x 1472 with a reference of 1 MP.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from diffusers import Flux2Transformer2DModel
from torch import Tensor

from poster.engines.flux.architecture import KLEIN_9B
from poster.engines.flux.assemble import assemble
from poster.engines.flux.load import load_pipeline
from poster.engines.flux.quant import FP8, QuantLinear, check_w8a8, choose_mode
from poster.engines.flux.transformer import rename
from tools.tiny_weights import TinyWeights, transformer_shapes

pytestmark = pytest.mark.gpu

DEVICE = "cuda"
LATENT_TOKENS = (1024 // 16) * (1472 // 16)
REFERENCE_TOKENS = 4096
TEXT_TOKENS = 512


def nine_billion(mode: Any) -> Flux2Transformer2DModel:
    """The 9B transformer with random weights, on the card, without a file."""
    dice = torch.Generator(DEVICE).manual_seed(0)
    tensors: dict[str, Tensor] = {}
    for stem, shape in transformer_shapes(KLEIN_9B):
        if stem.endswith("norm"):
            tensors[f"{stem}.scale"] = torch.ones(shape, dtype=torch.bfloat16, device=DEVICE)
        elif "_blocks." in stem:
            codes = torch.randint(0, 256, shape, dtype=torch.uint8, generator=dice, device=DEVICE)
            # Without the exponent's highest bit: below 2, and never NaN.
            tensors[f"{stem}.weight"] = (codes & 0b1011_1111).view(FP8)
            tensors[f"{stem}.weight_scale"] = torch.tensor(0.02, device=DEVICE)
            tensors[f"{stem}.input_scale"] = torch.tensor(0.02, device=DEVICE)
        else:
            weight = torch.randn(shape, generator=dice, device=DEVICE, dtype=torch.bfloat16)
            tensors[f"{stem}.weight"] = weight * 0.01
    with torch.device("meta"):
        model = Flux2Transformer2DModel(**KLEIN_9B.transformer)
    assemble(model, rename(tensors), "random", dtype=torch.bfloat16, mode=mode)
    return model


def step(model: Flux2Transformer2DModel) -> Tensor:
    """Run one forward at a poster's size."""
    dice = torch.Generator(DEVICE).manual_seed(1)
    tokens = LATENT_TOKENS + REFERENCE_TOKENS
    kind: dict[str, Any] = {"device": DEVICE, "dtype": torch.bfloat16, "generator": dice}
    places = torch.zeros(1, tokens, 4, device=DEVICE)
    places[..., 1] = torch.arange(tokens, device=DEVICE)
    with torch.inference_mode():
        painted: Tensor = model(
            hidden_states=torch.randn(1, tokens, 128, **kind),
            encoder_hidden_states=torch.randn(1, TEXT_TOKENS, 12288, **kind),
            timestep=torch.full((1,), 0.7, device=DEVICE, dtype=torch.bfloat16),
            img_ids=places,
            txt_ids=torch.zeros(1, TEXT_TOKENS, 4, device=DEVICE),
            return_dict=False,
        )[0]
    return painted


def seconds_a_step(model: Flux2Transformer2DModel) -> float:
    """Return the minimum of three runs, after a warm-up."""
    taken = []
    for _ in range(4):
        torch.cuda.synchronize()
        start = time.perf_counter()
        step(model)
        torch.cuda.synchronize()
        taken.append(time.perf_counter() - start)
    return min(taken[1:])


@pytest.fixture(autouse=True)
def clean_card() -> Iterator[None]:
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    yield
    torch._dynamo.reset()
    torch.cuda.empty_cache()


def test_the_cards_own_fp8_products_are_right() -> None:
    # Among them per-tensor scales on sm_89 and on sm_120, under CUDA 12.8.
    assert torch.cuda.get_device_capability() >= (8, 9)
    assert check_w8a8(DEVICE) is None
    assert choose_mode(DEVICE) == "w8a8"


@pytest.mark.parametrize("tokens", [1, 17, 512, LATENT_TOKENS])
def test_products_are_right_for_any_number_of_tokens(tokens: int) -> None:
    weight = torch.randn(768, 512).to(FP8).to(DEVICE)
    scales = [torch.tensor(0.31, device=DEVICE), torch.tensor(0.012, device=DEVICE)]
    inputs = torch.randn(1, tokens, 512).bfloat16().to(DEVICE)
    fast = QuantLinear(weight, scales[0], input_scale=scales[1], mode="w8a8")
    exact = QuantLinear(weight, scales[0])
    error = (fast(inputs) - exact(inputs)).float().std() / exact(inputs).float().std()
    # Inputs keep 3 bits of mantissa.
    assert 0 < error < 0.05


def test_weights_dequantise_on_the_card_as_on_the_cpu(tiny_weights: TinyWeights) -> None:
    pipeline = load_pipeline(tiny_weights.files, tiny_weights.architecture, "cpu")
    for model in (pipeline.transformer, pipeline.text_encoder):
        for linear in [m for m in model.modules() if isinstance(m, QuantLinear)]:
            here = linear.dequantised(torch.bfloat16)
            there = linear.to(DEVICE).dequantised(torch.bfloat16)
            assert torch.equal(here, there.cpu())


def test_the_tiny_pipeline_paints_on_the_card_as_on_the_cpu(tiny_weights: TinyWeights) -> None:
    painted = []
    for device in ("cpu", DEVICE):
        pipeline = load_pipeline(tiny_weights.files, tiny_weights.architecture, device)
        pipeline.set_progress_bar_config(disable=True)
        latents = pipeline(
            prompt="a lighthouse",
            height=64,
            width=64,
            sigmas=[1.0, 0.6],
            num_inference_steps=2,
            guidance_scale=4.0,
            generator=torch.Generator().manual_seed(3),
            max_sequence_length=48,
            text_encoder_out_layers=tiny_weights.architecture.text_layers,
            output_type="latent",
        ).images
        painted.append(latents.float().cpu())
    error = (painted[0] - painted[1]).std() / painted[0].std()
    assert error < 0.15


def test_a_step_of_the_9b_transformer_leaves_room_on_24_gb() -> None:
    step(nine_billion("w8a8"))
    peak = torch.cuda.max_memory_reserved() / 1e9
    print(f"peak {peak:.1f} GB for one step")
    # 24 GB less the text encoder's 6.8, the VAE's 0.2 and the context's 0.8.
    assert peak < 16.2


def test_w8a8_is_faster_than_weight_only() -> None:
    taken = {}
    for mode in ("weight_only", "w8a8"):
        model = nine_billion(mode)
        taken[mode] = seconds_a_step(model)
        del model
    print(f"{taken['weight_only'] / taken['w8a8']:.2f} times as fast: {taken} s a step")
    assert taken["w8a8"] < taken["weight_only"]


def test_compiled_blocks_paint_nearly_the_same_and_no_slower() -> None:
    model = nine_billion("w8a8")
    plain, plain_s = step(model), seconds_a_step(model)
    model.compile_repeated_blocks(fullgraph=True)
    compiled, compiled_s = step(model), seconds_a_step(model)
    print(f"{plain_s / compiled_s:.2f} times as fast: {plain_s:.3f} s and {compiled_s:.3f} s")
    error = (plain - compiled).float().std() / plain.float().std()
    assert error < 0.05
    assert compiled_s < plain_s * 1.05
