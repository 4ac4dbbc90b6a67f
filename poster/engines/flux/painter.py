"""A loaded pipeline, embeddings and a reference picture -> a painted picture, within memory.

Knows the device and the pipeline; no prompts of ours, no dummy, no weight set.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import torch
from diffusers import Flux2KleinPipeline
from numpy.typing import NDArray
from PIL import Image

from poster.engines.flux.memory import TEXT_TOKENS, TILE_SIDE
from poster.engines.flux.pace import Pace
from poster.engines.flux.schedule import TOKEN_SIDE, Sigmas
from poster.engines.flux.tokenizer import count_tokens
from poster.errors import DeviceError, MemoryPlanError, RequestError

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class PaintOrder:
    """One picture to paint.

    Args:
        reference: HWC uint8, sRGB, [0, 255]; sides are multiples of 16, at most one megapixel.
        width: of the picture, in pixels, a multiple of 16.
        height: of the picture, in pixels, a multiple of 16.
        seed: of the noise.
        sigmas: noise levels, one a step.
        pace: steps and guidance.
        prompt: (1, tokens, channels).
        empty_prompt: the same for ""; None where guidance is off.
        on_step: told how many steps are done; what it raises ends the work.
        tile_vae: the VAE works in tiles.
        is_compiled: repeated blocks are compiled, if the device is a GPU.
    """

    reference: NDArray[np.uint8]
    width: int
    height: int
    seed: int
    sigmas: Sigmas
    pace: Pace
    prompt: torch.Tensor
    empty_prompt: torch.Tensor | None
    on_step: Callable[[int], None]
    tile_vae: bool = False
    is_compiled: bool = False


class Painter:
    """Runs a pipeline.

    Args:
        pipeline: as load_pipeline gives it for the device.
        device: where to work, such as cuda or cpu.
        text_layers: layers of the text encoder whose outputs make an embedding.
        is_offloaded: the text encoder and the transformer take turns on the device.
    """

    def __init__(
        self,
        pipeline: Flux2KleinPipeline,
        device: str,
        text_layers: tuple[int, ...],
        *,
        is_offloaded: bool = False,
    ) -> None:
        pipeline.set_progress_bar_config(disable=True)
        side = TILE_SIDE // pipeline.vae_scale_factor
        pipeline.vae.tile_sample_min_size, pipeline.vae.tile_latent_min_size = TILE_SIDE, side
        self._pipeline = pipeline
        self._device = torch.device(device)
        self._text_layers = text_layers
        self._berth = Berth(self._device) if is_offloaded else None
        self._is_compiled = False

    def encode(self, prompts: Sequence[str]) -> torch.Tensor:
        """Encode prompts in one pass of the text encoder.

        Args:
            prompts: what to encode, of at most TEXT_TOKENS tokens each.

        Returns:
            (prompts, TEXT_TOKENS, channels), on the CPU.

        Raises:
            RequestError: a prompt is too long.
            MemoryPlanError: the device ran out of memory, and again after it was freed.
        """
        for prompt in prompts:
            count = count_tokens(self._pipeline.tokenizer, prompt)
            if count > TEXT_TOKENS:
                raise RequestError(
                    "cover_prompt, envelope_prompt",
                    f"{prompt[:40]!r}... has {count} tokens; the model reads at most {TEXT_TOKENS}",
                )

        def attempt(_: bool) -> torch.Tensor:  # noqa: FBT001 - _within_memory calls it
            self._seat(self._pipeline.text_encoder)
            with torch.no_grad():
                embeddings, _ids = self._pipeline.encode_prompt(
                    list(prompts),
                    device=self._device,
                    max_sequence_length=TEXT_TOKENS,
                    text_encoder_out_layers=self._text_layers,
                )
            on_cpu: torch.Tensor = embeddings.cpu()
            return on_cpu

        return self._within_memory("while it read the prompts", attempt)

    def paint(self, job: PaintOrder) -> NDArray[np.uint8]:
        """Paint a picture.

        Args:
            job: what to paint.

        Returns:
            HWC uint8, sRGB, [0, 255], of the job's size.

        Raises:
            MemoryPlanError: the device ran out of memory, and again with the VAE in tiles.
            DeviceError: a step's result is not finite.
        """

        def attempt(is_retry: bool) -> NDArray[np.uint8]:  # noqa: FBT001 - _within_memory calls it
            self._seat(self._pipeline.transformer)
            return self._run(replace(job, tile_vae=job.tile_vae or is_retry))

        return self._within_memory(f"at {job.width} x {job.height}", attempt)

    def _run(self, job: PaintOrder) -> NDArray[np.uint8]:
        pipeline = self._pipeline
        if job.is_compiled and self._device.type == "cuda" and not self._is_compiled:
            pipeline.transformer.compile_repeated_blocks(fullgraph=True)
            self._is_compiled = True

        def on_step_end(
            running: Flux2KleinPipeline, step: int, _: object, tensors: dict[str, Any]
        ) -> dict[str, Any]:
            # Waits for the device, and so a step that is reported is a step that is done.
            if not torch.isfinite(tensors["latents"]).all():
                raise DeviceError(
                    f"the GPU painted what are no numbers at step {step + 1}, and no picture came "
                    "of it: run poster weights verify --full, and if that is clean, another GPU"
                )
            if step + 1 == job.pace.guided_steps:
                # The pipeline asks for its guidance at every step, and has no public way to end it.
                running._guidance_scale = 1.0  # noqa: SLF001
            job.on_step(step + 1)
            return {}

        # ComfyUI draws its noise so: float32, on the CPU, in the latent's shape.
        generator = torch.Generator("cpu").manual_seed(job.seed)
        channels = pipeline.transformer.config.in_channels
        shape = 1, channels, job.height // TOKEN_SIDE, job.width // TOKEN_SIDE
        noise = torch.randn(shape, generator=generator, dtype=torch.float32)
        pipeline.vae.use_tiling = job.tile_vae
        with self._stance(job):
            output = pipeline(
                image=Image.fromarray(job.reference),
                prompt_embeds=job.prompt.to(self._device),
                negative_prompt_embeds=(
                    None if job.empty_prompt is None else job.empty_prompt.to(self._device)
                ),
                width=job.width,
                height=job.height,
                num_inference_steps=job.pace.steps,
                sigmas=job.sigmas.tolist(),
                guidance_scale=job.pace.guidance,
                latents=noise,
                callback_on_step_end=on_step_end,
            )
        return np.asarray(output.images[0], np.uint8)

    def _stance(self, job: PaintOrder) -> AbstractContextManager[object]:
        """Compiled blocks stay in the model, and an exact job passes them by."""
        if self._is_compiled and not job.is_compiled:
            eager: AbstractContextManager[object] = torch.compiler.set_stance("force_eager")
            return eager
        return nullcontext()

    def _seat(self, module: torch.nn.Module) -> None:
        if self._berth:
            self._berth.seat(module)

    def _within_memory(self, where: str, attempt: Callable[[bool], _Result]) -> _Result:
        """Try; when memory runs out, free it and try once more in less."""
        for is_retry in (False, True):
            try:
                return attempt(is_retry)
            except torch.OutOfMemoryError as error:
                _log.warning("out of GPU memory %s: %s", where, error)
            # Not inside the except: there, the error's frames still hold their tensors.
            self._free()
        raise MemoryPlanError(
            f"the GPU ran out of memory {where}, and again in less: ask for a smaller width and "
            "height, or try again when nothing else uses this GPU"
        )

    def _free(self) -> None:
        if self._berth:
            self._berth.clear()
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


class Berth:
    """A place on the device that modules take turns in. Their own tensors stay on the host.

    Nothing is copied back: a guest's copy on the device is dropped when it leaves.

    Args:
        device: where the place is.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._guest: torch.nn.Module | None = None
        self._home: list[tuple[torch.Tensor, torch.Tensor]] = []

    def seat(self, module: torch.nn.Module) -> None:
        """Have a module on the device, and no other.

        Args:
            module: all of whose parameters and buffers are on the host or already seated.
        """
        if self._guest is module:
            return
        self.clear()
        tensors = [*module.parameters(), *module.buffers()]
        self._home = [(tensor, tensor.data) for tensor in tensors]
        for tensor in tensors:
            tensor.data = tensor.data.to(self._device)
        self._guest = module

    def clear(self) -> None:
        """Have no module on the device."""
        for tensor, data in self._home:
            tensor.data = data
        self._home = []
        self._guest = None
