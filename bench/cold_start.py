"""How long the flux engine's weights take to load from a cold disk, against a plain read of them.

Prints the ratio first. Writes full-size files of random bytes in the real formats, and deletes them
afterwards. Every method runs in its own process; the time is from its start until each page of each
weight has been touched. Before a cold run, posix_fadvise removes the files from the page cache one
by one: dropping all caches needs root and affects other processes. Runs on a CPU; a GPU adds a copy
over its bus.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from poster.engines.flux.architecture import KLEIN_4B, KLEIN_9B, Architecture
from poster.engines.flux.load import ModelFiles, used_spans
from poster.weights.header import BITS, read_header

ROOT = Path(__file__).resolve().parent.parent
SMALL = replace(
    KLEIN_4B,
    name="small",
    transformer={
        **KLEIN_4B.transformer,
        "num_layers": 2,
        "num_single_layers": 4,
        "num_attention_heads": 16,
        "joint_attention_dim": 3 * 2048,
    },
    text_encoder={**KLEIN_4B.text_encoder, "num_hidden_layers": 4, "hidden_size": 2048},
    text_layers=(1, 2, 3),
)
RUNS = {"cold": 3, "warm": 1}
QUICK_RUNS = {"cold": 1}

Tensors = Iterator[tuple[str, str, tuple[int, ...]]]
"""Name, dtype and shape of each tensor."""

TOUCH = """
import time
def touch(model):
    for tensor in (*model.parameters(), *model.buffers()):
        assert not tensor.is_meta
        tensor.reshape(-1).view(torch.uint8)[::4096].sum()
"""
END = """
print(time.monotonic())
"""
# The physical limit: a deep queue of plain reads without our code; when cold, not through the page
# cache.
RAW = """
import mmap, os, time
from concurrent.futures import ThreadPoolExecutor
from threading import local
BLOCK = 8 * 1024 * 1024
place = local()
def read(job):
    path, at = job
    if not hasattr(place, "buffer"):
        place.buffer = mmap.mmap(-1, BLOCK)
    flags = os.O_RDONLY | (os.O_DIRECT if is_cold else 0)
    descriptor = os.open(path, flags)
    os.preadv(descriptor, [place.buffer], at)
    os.close(descriptor)
starts = {
    (path, at - at % BLOCK)
    for path, its in spans.items()
    for start, end in its
    for at in (*range(start, end, BLOCK), end - 1)
}
with ThreadPoolExecutor(32) as pool:
    list(pool.map(read, sorted(starts)))
print(time.monotonic())
"""
# A GPU receives each model as soon as it is read, while the next one is being read; here, touching
# its pages stands for that copy.
OURS = """
from poster.engines.flux import load
start_reading = load.start_reading
def start_then_patch(*arguments):
    global torch
    reading = start_reading(*arguments)
    import torch
    move = torch.nn.Module.to
    def touch_and_move(model, *arguments):
        touch(model)
        return move(model, *arguments)
    torch.nn.Module.to = touch_and_move
    return reading
load.start_reading = start_then_patch
pipeline = load.load_pipeline(files, architecture, "cpu")
"""
OURS_ALONE = """
from poster.engines.flux.load import used_spans
from poster.engines.flux.readahead import Readahead
from poster.weights.header import read_header
path = files.transformer
with Readahead({path: used_spans("transformer", read_header(path), architecture)}) as reading:
    import torch
    from poster.engines.flux.transformer import load_transformer
    reading.wait(path)
    touch(load_transformer(path, architecture, torch.bfloat16, "weight_only"))
"""
LOAD_FILE = """
import torch
from diffusers import Flux2Transformer2DModel
from safetensors.torch import load_file
class Loaded:
    held = load_file(files.transformer)
    def parameters(self): return self.held.values()
    def buffers(self): return ()
touch(Loaded())
"""
BF16 = """
import torch
from diffusers import Flux2Transformer2DModel
touch(Flux2Transformer2DModel.from_pretrained(files.transformer.parent, torch_dtype=torch.bfloat16))
"""


@dataclass(frozen=True)
class Run:
    """What was measured in one process.

    Args:
        seconds: from its start until each page of each weight was touched.
        anonymous_gb: peak anonymous memory, without the page cache.
        disk_gb: amount read from the disk.
    """

    seconds: float
    anonymous_gb: float
    disk_gb: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="use a small model; takes less than a minute"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    parser.add_argument("--folder", type=Path, help="where to write; on the disk to measure")
    options = parser.parse_args()
    architecture, runs = (SMALL, QUICK_RUNS) if options.quick else (KLEIN_9B, RUNS)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = measure(Path(folder), architecture, runs)
    print("cold by posix_fadvise; ratio to a plain read of the same model's fp8 bytes, same state")
    print(f"{'':34}{'ratio':>7}{'s':>8}{'(range)':>15}{'anon GB':>9}{'disk GB':>9}")
    for name, figure in figures.items():
        spread = f"({figure['least_s']:.1f}-{figure['most_s']:.1f})"
        print(
            f"{name:34}{figure['ratio']:7.2f}{figure['seconds']:8.2f}{spread:>15}"
            f"{figure['anonymous_gb']:9.2f}{figure['disk_gb']:9.2f}"
        )
    if options.json:
        print(json.dumps(figures))


def measure(
    folder: Path, architecture: Architecture, runs: dict[str, int]
) -> dict[str, dict[str, float]]:
    """Write, time and delete one model after another; returns name -> figures."""
    sys.path.insert(0, str(ROOT))
    tiny: Any = importlib.import_module("tools.tiny_weights")
    files = ModelFiles(
        transformer=folder / "transformer" / "w.safetensors",
        text_encoder=folder / "text_encoder" / "w.safetensors",
        vae=folder / "vae" / "w.safetensors",
        tokenizer=folder / "tokenizer",
    )
    tiny.write_tokenizer(files.tokenizer)
    stems = list(tiny.transformer_shapes(architecture))
    write_file(files.transformer, list_transformer_tensors(stems))
    write_file(files.text_encoder, list_text_encoder_tensors(architecture))
    write_file(files.vae, list_vae_tensors(architecture))
    figures = compare(
        {"pipeline: bare read": RAW, "pipeline: ours": TOUCH + OURS + END},
        files,
        architecture,
        runs,
    )
    for path in (files.text_encoder, files.vae):
        path.unlink()
    one = {
        "transformer: bare read": RAW,
        "transformer: ours": TOUCH + OURS_ALONE + END,
        "transformer: load_file": TOUCH + LOAD_FILE + END,
    }
    figures |= compare(one, files, architecture, runs)
    files.transformer.unlink()
    bf16 = replace(files, transformer=folder / "bf16" / "diffusion_pytorch_model.safetensors")
    shapes = list(list_bf16_tensors(architecture))
    needed = sum(math.prod(shape) * 2 for _, _, shape in shapes)
    if needed > shutil.disk_usage(folder).free:
        print(f"skipped: diffusers in bf16, which needs {needed / 1e9:.1f} GB of free disk space")
        return figures
    write_file(bf16.transformer, shapes)
    config = {"_class_name": "Flux2Transformer2DModel", **architecture.transformer}
    (bf16.transformer.parent / "config.json").write_text(json.dumps(config))
    floors = {state: figures[f"transformer: bare read, {state}"]["seconds"] for state in runs}
    method = {"transformer: diffusers, bf16": TOUCH + BF16 + END}
    return figures | compare(method, bf16, architecture, runs, floors)


def compare(
    methods: dict[str, str],
    files: ModelFiles,
    architecture: Architecture,
    runs: dict[str, int],
    floors: dict[str, float] | None = None,
) -> dict[str, dict[str, float]]:
    """Time methods in turn, so that slow periods affect all of them; the first is the floor."""
    figures = {}
    for state, times in runs.items():
        taken: dict[str, list[Run]] = {name: [] for name in methods}
        for _ in range(times):
            for name, code in methods.items():
                taken[name].append(run(code, files, architecture, is_cold=state == "cold"))
        for name, made in taken.items():
            seconds = [each.seconds for each in made]
            median = statistics.median(seconds)
            floors = {state: median, **(floors or {})}
            figures[f"{name}, {state}"] = {
                "ratio": median / floors[state],
                "seconds": median,
                "least_s": min(seconds),
                "most_s": max(seconds),
                "anonymous_gb": max(each.anonymous_gb for each in made),
                "disk_gb": statistics.median(each.disk_gb for each in made),
            }
    return figures


def run(code: str, files: ModelFiles, architecture: Architecture, *, is_cold: bool) -> Run:
    """Run one process, from its start until the last page was touched."""
    roles = ("transformer", "text_encoder", "vae")
    there = {role: path for role in roles if (path := getattr(files, role)).exists()}
    if is_cold:
        for path in there.values():
            with path.open("rb") as stream:
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    spans = {
        path: used_spans(role, read_header(path), architecture) for role, path in there.items()
    }
    prelude = "\n".join(
        (
            "from pathlib import PosixPath",
            "from poster.engines.flux.architecture import Architecture",
            "from poster.engines.flux.load import ModelFiles",
            f"files = {files!r}",
            f"spans, is_cold = {spans!r}, {is_cold}",
            f"architecture = Architecture(**{asdict(architecture)!r})",
        )
    )
    start = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-c", f"{prelude}\n{code}"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    anonymous, disk = 0, 0
    while child.poll() is None:
        anonymous = max(anonymous, read_proc(child.pid, "status", "RssAnon:") * 1024)
        disk = max(disk, read_proc(child.pid, "io", "read_bytes:"))
        time.sleep(0.02)
    output = child.communicate()[0]
    if child.returncode:
        raise SystemExit(f"a method failed with exit code {child.returncode}")
    return Run(float(output.split()[-1]) - start, anonymous / 1e9, disk / 1e9)


def read_proc(process: int, file: str, field: str) -> int:
    """Read a number about a process from /proc; 0 if the process has ended."""
    try:
        lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)


def list_transformer_tensors(stems: list[tuple[str, tuple[int, ...]]]) -> Tensors:
    """List the tensors of BFL's fp8 file.

    Four Linears of the real file stay in bf16; their kinds are known, but not which blocks.
    """
    plain = {f"double_blocks.0.{x}_attn.{y}" for x in ("img", "txt") for y in ("qkv", "proj")}
    for stem, shape in stems:
        if stem.endswith("norm"):
            yield f"{stem}.scale", "BF16", shape
        elif "_blocks." not in stem or stem in plain:
            yield f"{stem}.weight", "BF16", shape
        else:
            yield f"{stem}.weight", "F8_E4M3", shape
            yield f"{stem}.weight_scale", "F32", ()
            yield f"{stem}.input_scale", "F32", ()


def list_text_encoder_tensors(architecture: Architecture) -> Tensors:
    """List tensors like those of ComfyUI's mixed file: same count of each format, same size."""
    with_nvfp4, with_bf16 = 13, 26
    for name, shape in meta_shapes("Qwen3Model", architecture):
        stem = name.removesuffix(".weight")
        layer = int(name.split(".")[1]) if "layers" in name else 0
        kind = stem.rpartition(".")[2]
        if not kind.endswith("_proj") or (kind == "down_proj" and layer < with_bf16):
            yield f"model.{name}", "BF16", shape
        elif kind in {"q_proj", "o_proj"} or (kind == "up_proj" and layer < with_nvfp4):
            rows, columns = shape
            yield f"model.{name}", "U8", (rows, columns // 2)
            tiles = (-(-rows // 128) * 128, -(-columns // 64) * 4)
            yield f"model.{stem}.weight_scale", "F8_E4M3", tiles
            yield f"model.{stem}.weight_scale_2", "F32", ()
        else:
            yield f"model.{name}", "F8_E4M3", shape
            yield f"model.{stem}.weight_scale", "F32", ()


def list_vae_tensors(architecture: Architecture) -> Tensors:
    """List the VAE's tensors with diffusers' names, in float32."""
    for name, shape in meta_shapes("AutoencoderKLFlux2", architecture):
        yield name, "I64" if name.endswith("tracked") else "F32", shape


def list_bf16_tensors(architecture: Architecture) -> Tensors:
    """List the transformer's tensors with diffusers' names, in bf16."""
    for name, shape in meta_shapes("Flux2Transformer2DModel", architecture):
        yield name, "BF16", shape


def meta_shapes(kind: str, architecture: Architecture) -> list[tuple[str, tuple[int, ...]]]:
    """List the names and shapes of a network's tensors."""
    torch, diffusers, transformers = map(
        importlib.import_module, ("torch", "diffusers", "transformers")
    )
    with torch.device("meta"):
        if kind == "Qwen3Model":
            config = transformers.Qwen3Config(**architecture.text_encoder)
            model = transformers.Qwen3Model(config)
        elif kind == "AutoencoderKLFlux2":
            model = diffusers.AutoencoderKLFlux2(**architecture.vae)
        else:
            model = diffusers.Flux2Transformer2DModel(**architecture.transformer)
    return [(name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()]


def write_file(path: Path, tensors: Iterable[tuple[str, str, tuple[int, ...]]]) -> None:
    """Write a safetensors file of random bytes through to the disk."""
    entries: dict[str, object] = {}
    end = 0
    # Ordered as in safetensors itself: the largest alignment first.
    for name, dtype, shape in sorted(tensors, key=lambda each: -BITS[each[1]]):
        start, end = end, end + math.prod(shape) * BITS[dtype] // 8
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    head = json.dumps(entries).encode()
    head += b" " * (-len(head) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    block = random.Random(0).randbytes(32 * 1024 * 1024)  # noqa: S311 - filler
    with path.open("wb") as stream:
        stream.write(struct.pack("<Q", len(head)) + head)
        for at in range(0, end, len(block)):
            stream.write(block[: end - at])
        stream.flush()
        os.fsync(stream.fileno())


if __name__ == "__main__":
    main()
