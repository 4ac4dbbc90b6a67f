"""A weight set's files -> diffusers' pipeline, on its device.

Reads files ahead while torch and diffusers are imported, so this module must not import them at the
top. Does not know prompts, schedules or how much memory is available.
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
    """Paths of a weight set's files.

    Args:
        transformer: file with BFL's tensor names.
        text_encoder: file with Hugging Face's tensor names.
        vae: file with diffusers' tensor names.
        tokenizer: folder with Qwen's files.
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
    """Load everything that painting needs.

    Args:
        files: paths of the files.
        architecture: the architecture that they must have.
        device: the device to compute on, in torch's notation.
        is_distilled: whether the transformer was trained to run without guidance.
        is_offloaded: whether transformer and text encoder stay on the CPU, in the files' mappings;
            the caller then moves them to the device in turn.

    Returns:
        The pipeline. Never cast it: a change of dtype would corrupt quantised weights. Encode
        prompts with text_encoder_out_layers=architecture.text_layers.

    Raises:
        WeightsMissingError: a file is missing.
        WeightsDamagedError: a file is truncated or cannot be read.
        WeightsMismatchError: a file belongs to another model.
    """
    with start_reading(files, architecture) as reading:
        # Imported here, which takes 4 s, so that files are read in the meantime.
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
        target = "cpu" if is_offloaded else device
        # Wait until each file is in the page cache before using its mapping: reading it through
        # page faults is slower.
        reading.wait(files.transformer)
        transformer = load_transformer(files.transformer, architecture, dtype, mode).to(target)
        reading.wait(files.text_encoder)
        text_encoder = load_text_encoder(files.text_encoder, architecture, dtype).to(target)
        reading.wait(files.vae)
        vae = load_vae(files.vae, architecture, dtype).to(device)
    return Flux2KleinPipeline(
        # The caller passes sigmas that are already shifted.
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False),
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        transformer=transformer,
        is_distilled=is_distilled,
    )


def start_reading(files: ModelFiles, architecture: Architecture) -> Readahead:
    """Check the three headers, and start to read the parts of the files that are used.

    Args:
        files: paths of the files.
        architecture: the architecture that they must have.

    Returns:
        The background reader.

    Raises:
        WeightsMissingError: a file is missing.
        WeightsDamagedError: a file is truncated or its header is invalid.
        WeightsMismatchError: a file belongs to another known model.
    """
    spans: dict[Path, Spans] = {}
    for role in ("transformer", "text_encoder", "vae"):
        path: Path = getattr(files, role)
        header = read_header(path)
        detected = detect_architecture(role, header)
        if detected not in {None, architecture.name}:
            raise WeightsMismatchError(
                f"{path.name}: belongs to {detected}, but the set is for {architecture.name}; "
                "choose the set that it belongs to, or download the declared one"
            )
        spans[path] = used_spans(role, header, architecture)
    return Readahead(spans)


def used_spans(role: str, header: SafetensorsHeader, architecture: Architecture) -> Spans:
    """Find the parts of a file that are used.

    Args:
        role: the file's role.
        header: the file's header.
        architecture: the file's architecture.

    Returns:
        Ranges of bytes in the file, in ascending order.
    """
    base = header.header_bytes
    return join_spans(
        (base + tensor.start, base + tensor.end)
        for name, tensor in header.tensors.items()
        if tensor.end > tensor.start
        and (role != "text_encoder" or architecture.reads_text_tensor(name))
    )
