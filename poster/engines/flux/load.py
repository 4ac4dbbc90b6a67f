"""A weight set's files -> diffusers' pipeline, on its device.

Reads ahead from the disk while torch and diffusers are imported: it must be imported without them.
Does not know prompts, schedules or how much memory there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from poster.engines.flux.architecture import Architecture
from poster.engines.flux.readahead import Readahead, Spans, join_spans
from poster.errors import WeightsMismatchError
from poster.weights.header import SafetensorsHeader, read_header
from poster.weights.identity import detect_architecture

if TYPE_CHECKING:
    from diffusers import Flux2KleinPipeline


@dataclass(frozen=True)
class ModelFiles:
    """Where a weight set's files lie.

    Args:
        transformer: file, in BFL's spelling.
        text_encoder: file, in Hugging Face's spelling.
        vae: file, in diffusers' spelling.
        tokenizer: folder of Qwen's files.
    """

    transformer: Path
    text_encoder: Path
    vae: Path
    tokenizer: Path


def load_pipeline(
    files: ModelFiles,
    architecture: Architecture,
    device: str,
    *,
    is_distilled: bool = False,
    is_offloaded: bool = False,
) -> Flux2KleinPipeline:
    """Load all that a poster takes.

    Args:
        files: where they lie.
        architecture: what they must be.
        device: what it will compute on, as torch spells it.
        is_distilled: whether the transformer was trained to do without guidance.
        is_offloaded: whether transformer and text encoder stay in the files' mappings, for whoever
            paints to move them to the device in turns.

    Returns:
        The pipeline. Never cast it: a change of dtype would corrupt quantised weights. Prompts are
        encoded with text_encoder_out_layers=architecture.text_layers.

    Raises:
        WeightsMissingError: a file is not there.
        WeightsDamagedError: a file is truncated or cannot be read.
        WeightsMismatchError: a file is another model's.
    """
    with start_reading(files, architecture) as reading:
        # Here, so that the disk is at work while they are imported: 4 s.
        import torch  # noqa: PLC0415
        from diffusers import FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline  # noqa: PLC0415

        from poster.engines.flux.quant import choose_mode  # noqa: PLC0415
        from poster.engines.flux.text_encoder import load_text_encoder  # noqa: PLC0415
        from poster.engines.flux.tokenizer import load_tokenizer  # noqa: PLC0415
        from poster.engines.flux.transformer import load_transformer  # noqa: PLC0415
        from poster.engines.flux.vae import load_vae  # noqa: PLC0415

        dtype = torch.bfloat16
        tokenizer = load_tokenizer(files.tokenizer)
        mode = choose_mode(device)
        place = "cpu" if is_offloaded else device
        # A mapping is touched only once its file is in the page cache: page faults read it slower.
        reading.wait(files.transformer)
        transformer = load_transformer(files.transformer, architecture, dtype, mode).to(place)
        reading.wait(files.text_encoder)
        text_encoder = load_text_encoder(files.text_encoder, architecture, dtype).to(place)
        reading.wait(files.vae)
        vae = load_vae(files.vae, architecture, dtype).to(device)
    return Flux2KleinPipeline(
        # Whoever paints gives sigmas that are shifted already.
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False),
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        transformer=transformer,
        is_distilled=is_distilled,
    )


def start_reading(files: ModelFiles, architecture: Architecture) -> Readahead:
    """Check three headers, and begin to read what is used of their files.

    Args:
        files: where they lie.
        architecture: what they must be.

    Returns:
        What reads them.

    Raises:
        WeightsMissingError: a file is not there.
        WeightsDamagedError: a file is truncated or has no sound header.
        WeightsMismatchError: a file is known to be another model's.
    """
    spans: dict[Path, Spans] = {}
    for role in ("transformer", "text_encoder", "vae"):
        path: Path = getattr(files, role)
        header = read_header(path)
        told = detect_architecture(role, header)
        if told not in {None, architecture.name}:
            raise WeightsMismatchError(
                f"{path.name}: is {told}'s, and {architecture.name} is declared; "
                "choose the set that it belongs to, or download this one"
            )
        spans[path] = used_spans(role, header, architecture)
    return Readahead(spans)


def used_spans(role: str, header: SafetensorsHeader, architecture: Architecture) -> Spans:
    """Find what is used of a file.

    Args:
        role: the file's.
        header: the file's.
        architecture: what it is of.

    Returns:
        Bytes of the file, in rising order.
    """
    base = header.header_bytes
    return join_spans(
        (base + tensor.start, base + tensor.end)
        for name, tensor in header.tensors.items()
        if tensor.end > tensor.start
        and (role != "text_encoder" or architecture.reads_text_tensor(name))
    )
