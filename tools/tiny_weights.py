"""A folder -> a tiny random weight set in it, in the real files' formats and a volume's layout.

For tests and benchmarks of the flux engine: `python -m tools.tiny_weights FOLDER`. Quantised by
comfy-kitchen, not by our own code. It paints noise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import comfy_kitchen
import torch
from diffusers import AutoencoderKLFlux2
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer
from torch import Tensor
from transformers import Qwen2TokenizerFast, Qwen3Config, Qwen3ForCausalLM

from poster.cover.layout.dummy import Dummy
from poster.cover.layout.page import Page
from poster.engines.flux.architecture import Architecture
from poster.engines.flux.load import ModelFiles
from poster.engines.flux.prompts import cover_prompt, envelope_prompt
from poster.geometry import Box

REVISION = "0123456789abcdef0123456789abcdef01234567"
FP8_MAX = 448.0
KLEIN_TINY = Architecture(
    name="klein-tiny",
    transformer={
        "patch_size": 1,
        "in_channels": 128,
        "num_layers": 2,
        "num_single_layers": 2,
        "attention_head_dim": 16,
        "num_attention_heads": 2,
        "joint_attention_dim": 3 * 80,
        "axes_dims_rope": (4, 4, 4, 4),
        "guidance_embeds": False,
    },
    # 80 and 144: larger than one tile of NVFP4's scales, and not a multiple of one.
    text_encoder={
        "vocab_size": 768,
        "hidden_size": 80,
        "intermediate_size": 144,
        "num_hidden_layers": 4,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1_000_000.0},
        "tie_word_embeddings": False,
    },
    # The fewest channels that work: a CPU without native bfloat16 needs a second per layer for 16.
    vae={"block_out_channels": (4, 4, 4, 4), "layers_per_block": 1, "norm_num_groups": 2},
    text_layers=(1, 2, 3),
)

PLAIN_STEMS = {"double_blocks.0.img_attn.qkv", "double_blocks.1.txt_attn.proj"}
"""Linears in the blocks that stay in bf16, one of them fused; the real file has four."""

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)
"""The part of Qwen3's chat template that the embeddings use."""


@dataclass(frozen=True)
class TinyWeights:
    """A weight set small enough for a test.

    Args:
        root: the models folder.
        manifest_path: its manifest: set klein-tiny, and klein-tiny-distilled.
        files: of klein-tiny.
        architecture: of both sets.
    """

    root: Path
    manifest_path: Path
    files: ModelFiles
    architecture: Architecture


def main() -> None:
    """Write a tiny weight set, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    written = write_tiny_weights(parser.parse_args().folder)
    print(f"POSTER_MODELS={written.root} POSTER_MANIFEST={written.manifest_path}")


def write_tiny_weights(folder: Path, seed: int = 0) -> TinyWeights:
    """Write a tiny weight set.

    Args:
        folder: where to write models/ and manifest.json.
        seed: of all random numbers.

    Returns:
        The paths of its parts.
    """
    root = folder / "models"
    files = ModelFiles(
        transformer=root / "diffusion_models" / "tiny.safetensors",
        text_encoder=root / "text_encoders" / "tiny.safetensors",
        vae=root / "vae" / "tiny.safetensors",
        tokenizer=root / "tokenizer",
    )
    distilled = files.transformer.with_name("tiny-distilled.safetensors")
    for path in (files.transformer, files.text_encoder, files.vae, files.tokenizer / "any"):
        path.parent.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(seed)
    write_transformer(files.transformer, generator)
    write_transformer(distilled, generator)
    write_text_encoder(files.text_encoder, generator)
    write_vae(files.vae, generator)
    write_tokenizer(files.tokenizer)
    manifest_path = folder / "manifest.json"
    manifest_path.write_text(json.dumps(_describe(files, distilled), indent=2))
    return TinyWeights(root, manifest_path, files, KLEIN_TINY)


def write_transformer(path: Path, generator: torch.Generator) -> None:
    """Write a transformer like BFL's fp8 files: unprefixed names, and a note in the metadata."""
    tensors: dict[str, Tensor] = {}
    notes: dict[str, dict[str, str]] = {}
    for stem, shape in transformer_shapes(KLEIN_TINY):
        if stem.endswith("norm"):
            tensors[f"{stem}.scale"] = _around_one(shape, generator).bfloat16()
            continue
        weight = _matrix(shape, generator)
        if "_blocks." not in stem or stem in PLAIN_STEMS:
            tensors[f"{stem}.weight"] = weight
            continue
        tensors[f"{stem}.weight"], tensors[f"{stem}.weight_scale"] = _to_fp8(weight, generator)
        tensors[f"{stem}.input_scale"] = _one_of(8 / FP8_MAX, generator)
        notes[stem] = {"format": "float8_e4m3fn"}
    note = json.dumps({"format_version": "1.0", "layers": notes})
    save_file(tensors, path, metadata={"_quantization_metadata": note})


def write_text_encoder(path: Path, generator: torch.Generator) -> None:
    """Write a text encoder like ComfyUI's mixed files: fp8, NVFP4 and bf16 Linears in turn."""
    model = Qwen3ForCausalLM(Qwen3Config(**KLEIN_TINY.text_encoder))
    tensors: dict[str, Tensor] = {}
    turn = 0
    for name, blank in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        if blank.ndim == 1:
            tensors[name] = _around_one(tuple(blank.shape), generator).bfloat16()
            continue
        weight = _matrix(tuple(blank.shape), generator)
        # 7 Linears per layer: each kind of Linear occurs in each format.
        turn += "_proj." in name
        stem = name.removesuffix(".weight")
        if "_proj." not in name or turn % 3 == 0:
            tensors[name] = weight
            continue
        if turn % 3 == 1:
            tensors[name], tensors[f"{stem}.weight_scale"] = _to_fp8(weight, generator)
        else:
            scale = _one_of(weight.float().abs().max().item() / (FP8_MAX * 6), generator)
            codes, scales = comfy_kitchen.quantize_nvfp4(weight, scale)
            tensors[name], tensors[f"{stem}.weight_scale"] = codes, scales
            tensors[f"{stem}.weight_scale_2"] = scale
        note = json.dumps({"format": "float8_e4m3fn" if turn % 3 == 1 else "nvfp4"})
        tensors[f"{stem}.comfy_quant"] = torch.tensor(list(note.encode()), dtype=torch.uint8)
    save_file(tensors, path)


def write_vae(path: Path, generator: torch.Generator) -> None:
    """Write a VAE: diffusers' names, float32, and the batch count stored by its last norm."""
    model = AutoencoderKLFlux2(**KLEIN_TINY.vae)
    tensors = {}
    for name, blank in model.state_dict().items():
        shape = tuple(blank.shape)
        if not blank.is_floating_point():
            tensors[name] = blank
        elif blank.ndim > 1:
            tensors[name] = _matrix(shape, generator).float()
        elif name.endswith(("bias", "mean")):
            tensors[name] = torch.randn(shape, generator=generator) * 0.1
        else:
            tensors[name] = _around_one(shape, generator)
    save_file(tensors, path)


def write_tokenizer(folder: Path) -> None:
    """Write a tokenizer of bytes, our prompts' words and Qwen's special tokens, as four files."""
    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"]
    learner = Tokenizer(BPE())
    learner.pre_tokenizer = ByteLevel(add_prefix_space=False)
    size = KLEIN_TINY.text_encoder["vocab_size"] - len(marks)
    alphabet = sorted(ByteLevel.alphabet())
    trainer = BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    blank = Dummy(Page.full_bleed(1024, 1472), Box(0, 0, 1024, 1472), areas=())
    learner.train_from_iterator([cover_prompt(blank), envelope_prompt()], trainer)
    learnt = json.loads(learner.to_str())["model"]
    words = [*sorted(learnt["vocab"], key=learnt["vocab"].__getitem__), *marks]
    vocabulary = {word: number for number, word in enumerate(words)}
    merges = [tuple(pair) for pair in learnt["merges"]]
    tokenizer = Qwen2TokenizerFast(
        vocab=vocabulary, merges=merges, extra_special_tokens=marks[1:], chat_template=TEMPLATE
    )
    tokenizer.save_pretrained(folder, save_jinja_files=False)
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n")


def transformer_shapes(architecture: Architecture) -> Iterator[tuple[str, tuple[int, ...]]]:
    """List a transformer's modules by BFL's names.

    Args:
        architecture: of the transformer.

    Yields:
        Names of modules, and the shapes of their weights.
    """
    config = architecture.transformer
    width = config["num_attention_heads"] * config["attention_head_dim"]
    norm, square = (config["attention_head_dim"],), (width, width)
    yield "img_in", (width, config["in_channels"])
    yield "txt_in", (width, config["joint_attention_dim"])
    yield "time_in.in_layer", (width, 256)
    yield "time_in.out_layer", square
    for stream in ("double_stream_modulation_img", "double_stream_modulation_txt"):
        yield f"{stream}.lin", (6 * width, width)
    yield "single_stream_modulation.lin", (3 * width, width)
    for block in range(config["num_layers"]):
        for stream in ("img", "txt"):
            stem = f"double_blocks.{block}.{stream}"
            yield f"{stem}_attn.norm.query_norm", norm
            yield f"{stem}_attn.norm.key_norm", norm
            yield f"{stem}_attn.qkv", (3 * width, width)
            yield f"{stem}_attn.proj", square
            yield f"{stem}_mlp.0", (6 * width, width)
            yield f"{stem}_mlp.2", (width, 3 * width)
    for block in range(config["num_single_layers"]):
        stem = f"single_blocks.{block}"
        yield f"{stem}.norm.query_norm", norm
        yield f"{stem}.norm.key_norm", norm
        yield f"{stem}.linear1", (9 * width, width)
        yield f"{stem}.linear2", (width, 4 * width)
    yield "final_layer.adaLN_modulation.1", (2 * width, width)
    yield "final_layer.linear", (config["in_channels"], width)


def _matrix(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    spread = 0.7 / math.sqrt(math.prod(shape[1:]))
    return (torch.randn(shape, generator=generator) * spread).bfloat16()


def _around_one(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return 0.8 + 0.4 * torch.rand(shape, generator=generator)


def _one_of(size: float, generator: torch.Generator) -> Tensor:
    """A random scale, different from all others."""
    return size * (1 + 0.5 * torch.rand((), generator=generator))


def _to_fp8(weight: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    scale = _one_of(weight.float().abs().max().item() / FP8_MAX, generator)
    return (weight.float() / scale).to(torch.float8_e4m3fn), scale


def _describe(files: ModelFiles, distilled: Path) -> dict[str, object]:
    """Build the manifest."""
    base = {
        "transformer": ("transformer", files.transformer, "bfl-fp8"),
        "distilled": ("transformer", distilled, "bfl-fp8"),
        "text-encoder": ("text_encoder", files.text_encoder, "comfy-fp8-nvfp4"),
        "vae": ("vae", files.vae, "f32"),
    }
    formats = {".json": "json", ".txt": "text"}
    tokenizer = {
        name: ("tokenizer", files.tokenizer / name, formats[Path(name).suffix])
        for name in ("tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt")
    }
    shared = ["text-encoder", "vae", *tokenizer]
    fields = {"licence": "CC0-1.0", "architecture": KLEIN_TINY.name}
    shapes = asdict(KLEIN_TINY)
    return {
        "architectures": {shapes.pop("name"): shapes},
        "default": "klein-tiny",
        "sets": {
            "klein-tiny": {
                **fields,
                "title": "Tiny and random",
                "num_inference_steps": 4,
                "guidance_scale": 5.0,
                "is_distilled": False,
                "files": ["transformer", *shared],
            },
            "klein-tiny-distilled": {
                **fields,
                "title": "Tiny and random, as if distilled",
                "num_inference_steps": 2,
                "guidance_scale": 1.0,
                "is_distilled": True,
                "files": ["distilled", *shared],
            },
        },
        "files": {
            name: {
                "role": role,
                "repo": "nobody/tiny",
                "revision": REVISION,
                "path": path.name,
                "file": path.name,
                "folder": path.parent.name,
                "bytes": path.stat().st_size,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "format": kind,
                "licence": "CC0-1.0",
                "gated": False,
                "verified_by": "tools.tiny_weights, which made it",
            }
            for name, (role, path, kind) in {**base, **tokenizer}.items()
        },
    }


if __name__ == "__main__":
    main()
