"""How many network passes a poster takes, compared with the original workflow.

Hooks on a tiny model, in the real file formats and loaded with the real loader, count the forward
passes of the transformer and of the text encoder, the prompts encoded, the encodes and decodes of
the VAE, and the loads of the model. The first column is the ratio of the transformer's forward
passes. The original workflow loads the model, and encodes a prompt and the empty prompt, in each of
its two stages. Counts do not depend on the size; --quick only paints smaller pictures.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from diffusers import Flux2KleinPipeline
from numpy.typing import NDArray
from PIL import Image
from torch.nn.modules.module import register_module_forward_hook

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from poster.cover.layout.dummy import CoverText, Dummy
from poster.cover.layout.galley import Galley
from poster.cover.layout.page import Page
from poster.cover.layout.place import place_masthead
from poster.cover.layout.styles import CLASSIC
from poster.engines.flux.engine import FluxEngine
from poster.engines.flux.load import load_pipeline
from poster.engines.flux.schedule import reference_sigmas
from poster.geometry import Box
from poster.paint_settings import EnvelopeAppearance, PaintSettings
from poster.photo.facts import Photo
from poster.progress import ProgressMonitor
from poster.typography.typeset import Typesetter
from poster.weights.manifest import WeightSet, read_manifest
from tools.tiny_weights import TinyWeights, write_tiny_weights

STEPS, GUIDANCE = 20, 5.0
"""The settings of the original workflow."""


@dataclass
class Counts:
    """Numbers of network passes."""

    forwards: int = 0
    text_passes: int = 0
    prompts_read: int = 0
    vae_encodes: int = 0
    vae_decodes: int = 0
    loads: int = 0


def main() -> None:
    """Count the passes of each way to make a poster, and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="paint smaller pictures; same counts")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)  # for a tiny model, threads cost more than they gain
    size = (128, 192) if options.quick else (512, 736)
    with tempfile.TemporaryDirectory() as folder:
        rows = count_all(write_tiny_weights(Path(folder)), *size)
    original = rows["original"]
    names = list(vars(original))
    print(f"{'':22}{'ratio':>7}" + "".join(f"{name.replace('_', ' '):>14}" for name in names))
    for name, counts in rows.items():
        figures = "".join(f"{value:>14}" for value in vars(counts).values())
        print(f"{name:22}{counts.forwards / original.forwards:7.3f}{figures}")
    if options.json:
        figures_by_name = {name: vars(counts) for name, counts in rows.items()}
        print(
            json.dumps(
                {
                    **figures_by_name,
                    "ratio": rows["ours, warm"].forwards / original.forwards,
                }
            )
        )


def count_all(weights: TinyWeights, width: int, height: int) -> dict[str, Counts]:
    """Make a poster in every way, and return the counts by name."""
    manifest = read_manifest(weights.manifest_path)
    base = replace(manifest.sets["klein-tiny"], num_inference_steps=STEPS, guidance_scale=GUIDANCE)
    distilled = replace(
        manifest.sets["klein-tiny-distilled"], num_inference_steps=4, guidance_scale=1.0
    )
    photo = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    rows = {}
    with counted() as counts:
        make_as_the_original(weights, photo, width, height)
    rows["original"] = counts
    settings = PaintSettings(width=width, height=height, seed=7)

    def count(name: str, engine: FluxEngine | None, speed: str = "exact") -> FluxEngine:
        with counted() as counts:
            engine = engine or open_engine(weights, base)
            make_poster(engine, photo, replace(settings, speed=speed))
        rows[name] = counts
        return engine

    count("ours, first", None)
    engine = count("ours, new worker", None)
    count("ours, warm", engine)
    count("ours, fast", engine, "fast")
    quick = open_engine(weights, base, fast_set=distilled)
    count("ours, fast, distilled", quick, "fast")
    count("the same, warm", quick, "fast")
    return rows


@contextmanager
def counted() -> Iterator[Counts]:
    """Count the passes of all models inside the block."""
    counts = Counts()

    def count_pass(module: torch.nn.Module, _: object, output: Any) -> None:  # noqa: ANN401 - any module's
        kind = type(module).__name__
        counts.forwards += kind == "Flux2Transformer2DModel"
        counts.vae_encodes += kind == "Encoder"
        counts.vae_decodes += kind == "Decoder"
        if kind == "Qwen3Model":
            counts.text_passes += 1
            counts.prompts_read += len(output.last_hidden_state)

    original = Flux2KleinPipeline.__init__

    @wraps(original)
    def load(*arguments: object, **parts: object) -> None:
        counts.loads += 1
        original(*arguments, **parts)

    handle = register_module_forward_hook(count_pass)
    with patch.object(Flux2KleinPipeline, "__init__", load):
        try:
            yield counts
        finally:
            handle.remove()


def make_as_the_original(
    weights: TinyWeights, photo: NDArray[np.uint8], width: int, height: int
) -> None:
    """Run two independent stages: load, encode the prompt and the empty one, 20 guided steps."""
    for prompt in ("a magazine cover", "a magazine in a clear envelope"):
        pipeline = load_pipeline(weights.files, weights.architecture, "cpu")
        pipeline.set_progress_bar_config(disable=True)
        pipeline(
            image=Image.fromarray(photo),
            prompt=prompt,
            width=width,
            height=height,
            num_inference_steps=STEPS,
            sigmas=reference_sigmas(STEPS, width, height).tolist(),
            guidance_scale=GUIDANCE,
            text_encoder_out_layers=weights.architecture.text_layers,
        )


def open_engine(
    weights: TinyWeights, weight_set: WeightSet, fast_set: WeightSet | None = None
) -> FluxEngine:
    """Open an engine that finds no subject in any picture."""
    return FluxEngine(
        weight_set,
        weights.root,
        "cpu",
        weights.architecture,
        lambda picture: np.zeros(picture.shape[:2], np.float32),
        fast_set=fast_set,
    )


def make_poster(engine: FluxEngine, photo: NDArray[np.uint8], settings: PaintSettings) -> None:
    """Paint both stages of a poster."""
    width, height = settings.width, settings.height
    masthead = place_masthead(Galley(CoverText("TABASCO"), CLASSIC, width, height, Typesetter()))
    dummy = Dummy(Page.full_bleed(width, height), Box(0, 0, width, height), (masthead.area,))
    taken = Photo(photo, np.zeros(photo.shape[:2], np.float32), ())
    painting = engine.paint_cover(taken, dummy, settings, ProgressMonitor())
    engine.paint_envelope(painting.picture, EnvelopeAppearance(), settings, ProgressMonitor())


if __name__ == "__main__":
    main()
