"""The tiny set has the properties that the loader's tests assume."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from poster.engines.flux.quant import FP8
from poster.weights.manifest import read_manifest
from poster.weights.verify import verify_file
from tools.tiny_weights import TinyWeights, write_tiny_weights


def test_its_manifest_describes_its_files(tiny_weights: TinyWeights) -> None:
    manifest = read_manifest(tiny_weights.manifest_path)
    assert manifest.default == "klein-tiny"
    for weight_set in manifest.sets.values():
        assert weight_set.architecture == tiny_weights.architecture.name
        found = [verify_file(tiny_weights.root, f, weight_set) for f in weight_set.files]
        # Never hashed whole: all that is wrong with it.
        assert {finding.code for finding in found if finding} <= {"not_recorded"}


def test_its_scales_are_never_one(tiny_weights: TinyWeights) -> None:
    files = tiny_weights.files
    scales = [
        tensor.float()
        for path in (files.transformer, files.text_encoder)
        for name, tensor in load_file(path).items()
        if name.endswith(("weight_scale", "weight_scale_2", "input_scale")) and not tensor.ndim
    ]
    assert len(scales) > 40
    assert len({scale.item() for scale in scales} - {1.0}) == len(scales)


def test_its_nvfp4_scales_fill_more_than_one_tile_and_no_whole_number(
    tiny_weights: TinyWeights,
) -> None:
    shapes = {
        tuple(tensor.shape)
        for tensor in load_file(tiny_weights.files.text_encoder).values()
        if tensor.dtype == torch.uint8 and tensor.ndim == 2
    }
    assert any(rows > 128 and rows % 128 for rows, _ in shapes)
    assert any(columns * 2 // 16 > 4 and columns * 2 // 16 % 4 for _, columns in shapes)


def test_fused_weights_come_in_both_kinds(tiny_weights: TinyWeights) -> None:
    stored = load_file(tiny_weights.files.transformer)
    kinds = {tensor.dtype for name, tensor in stored.items() if name.endswith("qkv.weight")}
    assert kinds == {FP8, torch.bfloat16}


def test_the_same_seed_writes_the_same_bytes(tiny_weights: TinyWeights, tmp_path: Path) -> None:
    again = write_tiny_weights(tmp_path)
    assert again.manifest_path.read_text() == tiny_weights.manifest_path.read_text()
