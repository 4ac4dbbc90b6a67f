"""Plans are made from headers alone, with the figures of the real files."""

from dataclasses import replace
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.engines.flux import architecture
from poster.engines.flux.memory import ModelSize, measure_model, peak_bytes, plan_memory
from poster.errors import MemoryPlanError
from poster.weights.header import BITS, SafetensorsHeader, Tensor

COVER = 1024, 1472
GIB = 2**30
CARD_12, CARD_16, CARD_24 = 11.6 * GIB, 15.6 * GIB, 23.5 * GIB
"""Free memory of an idle GPU with 12, 16 and 24 GB."""
EMBEDDED_WORDS = 151_936


def header(tensors: dict[str, tuple[str, tuple[int, ...]]]) -> SafetensorsHeader:
    placed, end = {}, 0
    for name, (dtype, shape) in tensors.items():
        start, end = end, end + prod(shape) * BITS[dtype] // 8
        placed[name] = Tensor(dtype, shape, start, end)
    return SafetensorsHeader(placed, {}, header_bytes=0, data_bytes=end, sha256="")


def transformer(d: int, doubles: int, singles: int, joint: int) -> SafetensorsHeader:
    """A klein transformer's own shapes: Linears of its blocks in fp8, the rest in bf16."""
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {
        "img_in.weight": ("BF16", (d, 128)),
        "txt_in.weight": ("BF16", (d, joint)),
        "time_in.in_layer.weight": ("BF16", (d, 256)),
        "time_in.out_layer.weight": ("BF16", (d, d)),
        "double_stream_modulation_img.lin.weight": ("BF16", (6 * d, d)),
        "double_stream_modulation_txt.lin.weight": ("BF16", (6 * d, d)),
        "single_stream_modulation.lin.weight": ("BF16", (3 * d, d)),
        "final_layer.adaLN_modulation.1.weight": ("BF16", (2 * d, d)),
        "final_layer.linear.weight": ("BF16", (128, d)),
    }
    for block in range(doubles):
        for stream in ("img", "txt"):
            stem = f"double_blocks.{block}.{stream}_"
            for part, rows, columns in (
                ("attn.qkv", 3 * d, d),
                ("attn.proj", d, d),
                ("mlp.0", 6 * d, d),
                ("mlp.2", d, 3 * d),
            ):
                tensors[f"{stem}{part}.weight"] = "F8_E4M3", (rows, columns)
    for block in range(singles):
        tensors[f"single_blocks.{block}.linear1.weight"] = "F8_E4M3", (9 * d, d)
        tensors[f"single_blocks.{block}.linear2.weight"] = "F8_E4M3", (d, 4 * d)
    return header(tensors)


def text_encoder(hidden: int, file_bytes: int) -> SafetensorsHeader:
    """36 layers that share a file's bytes evenly, after the word embeddings."""
    words = EMBEDDED_WORDS * hidden * 2
    rows = (file_bytes - words) // 36 // 4 // hidden
    tensors: dict[str, tuple[str, tuple[int, ...]]] = {
        "model.embed_tokens.weight": ("BF16", (EMBEDDED_WORDS, hidden)),
        "model.norm.weight": ("BF16", (hidden,)),
    }
    for layer in range(36):
        for part in range(4):
            tensors[f"model.layers.{layer}.{part}.weight"] = "F8_E4M3", (rows, hidden)
    return header(tensors)


VAE = header({"decoder.weight": ("F32", (336_213_556 // 4,))})
KLEIN_9B = measure_model(
    transformer(4096, 8, 24, 12_288), text_encoder(4096, 8_664_848_742), VAE, architecture.KLEIN_9B
)
KLEIN_4B = measure_model(
    transformer(3072, 5, 20, 7680), text_encoder(2560, 8_044_982_048), VAE, architecture.KLEIN_4B
)


def test_weights_add_up_to_those_of_the_real_files() -> None:
    assert KLEIN_9B.transformer_bytes == pytest.approx(9_433_061_528, rel=1e-3)
    assert KLEIN_4B.transformer_bytes == pytest.approx(4_070_624_520, rel=1e-3)
    assert KLEIN_9B.text_encoder_bytes == pytest.approx(6.8e9, rel=0.01)
    assert KLEIN_9B.vae_bytes == pytest.approx(0.17e9, rel=0.02)
    assert KLEIN_9B.resident_bytes == pytest.approx(16.5e9, rel=0.02)


def test_layers_that_are_not_used_are_not_counted() -> None:
    every_layer = replace(architecture.KLEIN_9B, text_layers=(9, 18, 36))
    whole = measure_model(
        transformer(4096, 8, 24, 12_288), text_encoder(4096, 8_664_848_742), VAE, every_layer
    )
    saved = 1 - KLEIN_9B.text_encoder_bytes / whole.text_encoder_bytes
    assert saved == pytest.approx(0.21, abs=0.02)


def test_four_bit_codes_count_twice_when_they_are_unpacked() -> None:
    packed = header(
        {
            "model.embed_tokens.weight": ("BF16", (100, 64)),
            "model.layers.0.mlp.weight": ("U8", (128, 32)),
        }
    )
    model = measure_model(transformer(64, 1, 1, 192), packed, VAE, architecture.KLEIN_9B)
    assert model.largest_text_linear == 128 * 64


def test_the_9b_set_stays_whole_on_24_gb() -> None:
    plan = plan_memory(KLEIN_9B, *COVER, int(CARD_24))
    assert not plan.offload_text_encoder
    assert not plan.tile_vae
    assert 19.6e9 < plan.peak_bytes < 21.7e9


def test_the_9b_set_fits_16_gb_only_with_its_text_encoder_offloaded() -> None:
    plan = plan_memory(KLEIN_9B, *COVER, int(CARD_16))
    assert plan.offload_text_encoder
    assert 12e9 < plan.peak_bytes < 15e9


def test_the_9b_set_is_refused_on_12_gb_with_both_figures() -> None:
    with pytest.raises(MemoryPlanError, match=r"1024 x 1472 needs 13\.\d GB .* but 12\.5 GB"):
        plan_memory(KLEIN_9B, *COVER, int(CARD_12))


def test_the_4b_set_fits_16_gb_whole_and_12_gb_offloaded() -> None:
    assert not plan_memory(KLEIN_4B, *COVER, int(CARD_16)).offload_text_encoder
    assert plan_memory(KLEIN_4B, *COVER, int(CARD_12)).offload_text_encoder


def test_tiles_come_before_offloading() -> None:
    whole = peak_bytes(KLEIN_4B, 2048, 2944, offload=False, tile=False)
    plan = plan_memory(KLEIN_4B, 2048, 2944, whole - 1)
    assert plan.tile_vae
    assert not plan.offload_text_encoder


def test_a_size_that_cannot_fit_says_how_to_fix_it() -> None:
    with pytest.raises(MemoryPlanError, match="request a smaller picture"):
        plan_memory(KLEIN_9B, 4096, 4096, int(CARD_24))


@given(
    width=st.integers(32, 256).map(lambda cells: cells * 16),
    height=st.integers(32, 256).map(lambda cells: cells * 16),
    available=st.integers(1, 80 * GIB),
    model=st.sampled_from([KLEIN_9B, KLEIN_4B]),
)
def test_a_plan_never_exceeds_the_available_memory(
    width: int, height: int, available: int, model: ModelSize
) -> None:
    try:
        plan = plan_memory(model, width, height, available)
    except MemoryPlanError:
        least = peak_bytes(model, width, height, offload=True, tile=True)
        assert least > available
    else:
        assert plan.peak_bytes <= available


@given(
    width=st.integers(32, 255).map(lambda cells: cells * 16),
    height=st.integers(32, 255).map(lambda cells: cells * 16),
    offload=st.booleans(),
    tile=st.booleans(),
)
def test_a_larger_picture_never_needs_less(
    width: int, height: int, *, offload: bool, tile: bool
) -> None:
    ways = {"offload": offload, "tile": tile}
    smaller = peak_bytes(KLEIN_9B, width, height, **ways)
    assert smaller <= peak_bytes(KLEIN_9B, width + 16, height, **ways)
    assert smaller <= peak_bytes(KLEIN_9B, width, height + 16, **ways)
