from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.loaders.single_file_utils import (
    convert_flux2_transformer_checkpoint_to_diffusers,
)
from safetensors.torch import load_file
from torch import Tensor, nn

from poster.engines.flux.quant import FP8, QuantLinear
from poster.engines.flux.text_encoder import load_text_encoder
from poster.engines.flux.tokenizer import load_tokenizer
from poster.engines.flux.transformer import load_transformer, rename
from poster.engines.flux.vae import load_vae
from poster.errors import WeightsDamagedError, WeightsMissingError
from tools.tiny_weights import TinyWeights

BF16 = torch.bfloat16


def test_names_and_parts_are_those_of_diffusers_own_conversion(
    tiny_weights: TinyWeights, dequantise: Callable[[Path], dict[str, Tensor]]
) -> None:
    plain = dequantise(tiny_weights.files.transformer)
    ours = rename(plain)
    theirs = convert_flux2_transformer_checkpoint_to_diffusers(dict(plain))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_unknown_names_are_unchanged() -> None:
    assert [*rename({"double_blocks.0.img_attn.lora.weight": torch.ones(3)})] == [
        "double_blocks.0.img_attn.lora.weight"
    ]


def test_the_parts_of_a_fused_fp8_weight_share_its_scales(tiny_weights: TinyWeights) -> None:
    stored = load_file(tiny_weights.files.transformer)
    model = load_transformer(
        tiny_weights.files.transformer, tiny_weights.architecture, BF16, "w8a8"
    )
    attention = model.transformer_blocks[1].attn
    fused = "double_blocks.1.img_attn.qkv"
    parts = [attention.to_q, attention.to_k, attention.to_v]
    assert torch.equal(
        torch.cat([part.weight.float() for part in parts]), stored[f"{fused}.weight"].float()
    )
    for part in parts:
        assert isinstance(part, QuantLinear)
        assert part.mode == "w8a8"
        assert torch.equal(part.weight_scale, stored[f"{fused}.weight_scale"])
        assert part.input_scale is not None
        assert torch.equal(part.input_scale, stored[f"{fused}.input_scale"])


def test_linears_are_quantised_by_their_dtype_and_not_by_their_name(
    tiny_weights: TinyWeights,
) -> None:
    model = load_transformer(
        tiny_weights.files.transformer, tiny_weights.architecture, BF16, "weight_only"
    )
    first, second = (block.attn for block in model.transformer_blocks)
    assert all(type(part) is nn.Linear for part in (first.to_q, first.to_k, first.to_v))
    assert isinstance(second.to_q, QuantLinear)
    assert isinstance(first.to_add_out, QuantLinear)
    assert type(second.to_add_out) is nn.Linear


def test_nothing_of_the_transformer_is_cast_or_without_storage(tiny_weights: TinyWeights) -> None:
    stored = load_file(tiny_weights.files.transformer)
    model = load_transformer(
        tiny_weights.files.transformer, tiny_weights.architecture, BF16, "weight_only"
    )
    held = [*model.parameters(), *model.buffers()]
    assert not any(tensor.is_meta for tensor in held)
    assert {tensor.dtype for tensor in held} == {BF16, FP8, torch.float32}
    assert sum(tensor.dtype == FP8 for tensor in stored.values()) == 18
    # Fused weights count three times; one of four is bf16.
    assert sum(tensor.dtype == FP8 for tensor in held) == 18 + 2 * 3


def test_shortened_text_encoder_gives_the_whole_ones_hidden_states(
    tiny_weights: TinyWeights, whole_text_encoder: Any
) -> None:
    short = load_text_encoder(tiny_weights.files.text_encoder, tiny_weights.architecture, BF16)
    tokens = torch.arange(40).view(2, 20)
    mask = torch.ones_like(tokens)
    mask[1, 15:] = 0
    asked = {"input_ids": tokens, "attention_mask": mask, "output_hidden_states": True}
    ours = short(**asked, use_cache=False).hidden_states
    theirs = whole_text_encoder(**asked, use_cache=False).hidden_states
    assert len(short.layers) == 3
    assert (len(ours), len(theirs)) == (4, 5)
    assert all(torch.equal(mine, its) for mine, its in zip(ours, theirs, strict=False))


def test_the_text_encoder_holds_each_format(tiny_weights: TinyWeights) -> None:
    model = load_text_encoder(tiny_weights.files.text_encoder, tiny_weights.architecture, BF16)
    kinds = {
        (type(module), module.weight.dtype)
        for name, module in model.named_modules()
        if name.endswith("_proj")
    }
    assert kinds == {(nn.Linear, BF16), (QuantLinear, FP8), (QuantLinear, torch.uint8)}


def test_rotary_frequencies_stay_in_float32(tiny_weights: TinyWeights) -> None:
    model = load_text_encoder(tiny_weights.files.text_encoder, tiny_weights.architecture, BF16)
    frequencies = model.rotary_emb.inv_freq
    wanted = 1_000_000.0 ** -(torch.arange(0, 16, 2) / 16)
    assert frequencies.dtype == torch.float32
    assert torch.allclose(frequencies, wanted)


def test_the_vae_has_the_files_weights_in_the_given_dtype(tiny_weights: TinyWeights) -> None:
    stored = load_file(tiny_weights.files.vae)
    held = load_vae(tiny_weights.files.vae, tiny_weights.architecture, BF16).state_dict()
    assert held.keys() == stored.keys()
    assert held["bn.num_batches_tracked"].dtype == torch.int64
    assert torch.equal(held["bn.running_var"], stored["bn.running_var"].bfloat16())


def test_the_tokenizer_has_qwens_chat_template(tiny_weights: TinyWeights) -> None:
    tokenizer = load_tokenizer(tiny_weights.files.tokenizer)
    asked = [{"role": "user", "content": "hi"}]
    text = tokenizer.apply_chat_template(
        asked, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    assert text == (
        "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
    )
    assert len(tokenizer("é")["input_ids"]) == 2


def test_an_absent_tokenizer_file_is_reported_as_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match=r"^tokenizer.json: is missing"):
        load_tokenizer(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tokenizer.json", "{"),
        ("tokenizer.json", "{}"),
        ("tokenizer_config.json", "no"),
        ("tokenizer_config.json", "{}"),
    ],
)
def test_an_invalid_tokenizer_file_is_reported_as_damaged(
    name: str, content: str, tiny_weights: TinyWeights, tmp_path: Path
) -> None:
    for path in tiny_weights.files.tokenizer.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_text(content)
    with pytest.raises(WeightsDamagedError, match="tokenizer"):
        load_tokenizer(tmp_path)
