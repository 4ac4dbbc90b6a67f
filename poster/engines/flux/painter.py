"""A loaded pipeline, embeddings and a reference picture -> a painted picture, within memory.

Does not know dummies, weight sets or the engine's own prompts.
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
from poster.engines.flux.sampling import SamplingPlan
from poster.engines.flux.schedule import TOKEN_SIDE, Sigmas
from poster.engines.flux.tokenizer import count_tokens
from poster.errors import DeviceError, MemoryPlanError, RequestError

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class PaintTask:
    """One picture to paint.

    Args:
        reference: HWC uint8, sRGB, [0, 255]; sides are multiples of 16, at most one megapixel.
        width: width of the picture in pixels, a multiple of 16.
        height: height of the picture in pixels, a multiple of 16.
        seed: seed of the noise.
        sigmas: noise levels, one per step.
        sampling: steps and guidance.
        prompt: the prompt's embedding, (1, tokens, channels).
        empty_prompt: the embedding of ""; None if guidance is off.
        on_step: called with the number of finished steps; an exception from it ends the work.
        tile_vae: whether the VAE works in tiles.
        is_compiled: whether repeated blocks are compiled; only on a GPU.
    """

    reference: NDArray[np.uint8]
    width: int
    height: int
    seed: int
    sigmas: Sigmas
    sampling: SamplingPlan
    prompt: torch.Tensor
    empty_prompt: torch.Tensor | None
    on_step: Callable[[int], None]
    tile_vae: bool = False
    is_compiled: bool = False


class Painter:
    """Runs a pipeline.

    Args:
        pipeline: the pipeline that load_pipeline returned for the device.
        device: the device to compute on, such as cuda or cpu.
        text_layers: layers of the text encoder whose outputs form an embedding.
        is_offloaded: whether only one of text encoder and transformer is on the device at a time.
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
        self._slot = DeviceSlot(self._device) if is_offloaded else None
        self._is_compiled = False

    def encode(self, prompts: Sequence[str]) -> torch.Tensor:
        """Encode prompts in one pass of the text encoder.

        Args:
            prompts: the prompts to encode, of at most TEXT_TOKENS tokens each.

        Returns:
            (prompts, TEXT_TOKENS, channels), on the CPU.

        Raises:
            RequestError: a prompt is too long.
            MemoryPlanError: the device ran out of memory, and again after memory was freed.
        """
        for prompt in prompts:
            count = count_tokens(self._pipeline.tokenizer, prompt)
            if count > TEXT_TOKENS:
                raise RequestError(
                    "cover_prompt, envelope_prompt",
                    f"{prompt[:40]!r}... has {count} tokens; the model reads at most {TEXT_TOKENS}",
                )

        def attempt(_: bool) -> torch.Tensor:  # noqa: FBT001 - _within_memory calls it
            self._onload(self._pipeline.text_encoder)
            with torch.no_grad():
                embeddings, _ids = self._pipeline.encode_prompt(
                    list(prompts),
                    device=self._device,
                    max_sequence_length=TEXT_TOKENS,
                    text_encoder_out_layers=self._text_layers,
                )
            on_cpu: torch.Tensor = embeddings.cpu()
            return on_cpu

        return self._within_memory("while encoding the prompts", attempt)

    def paint(self, job: PaintTask) -> NDArray[np.uint8]:
        """Paint a picture.

        Args:
            job: what to paint.

        Returns:
            HWC uint8, sRGB, [0, 255], of the job's size.

        Raises:
            MemoryPlanError: the device ran out of memory, and again with the VAE in tiles.
            DeviceError: the result of a step is not finite.
        """

        def attempt(is_retry: bool) -> NDArray[np.uint8]:  # noqa: FBT001 - _within_memory calls it
            self._onload(self._pipeline.transformer)
            return self._run(replace(job, tile_vae=job.tile_vae or is_retry))

        return self._within_memory(f"at {job.width} x {job.height}", attempt)

    def _run(self, job: PaintTask) -> NDArray[np.uint8]:
        pipeline = self._pipeline
        if job.is_compiled and self._device.type == "cuda" and not self._is_compiled:
            pipeline.transformer.compile_repeated_blocks(fullgraph=True)
            self._is_compiled = True

        def on_step_end(
            running: Flux2KleinPipeline, step: int, _: object, tensors: dict[str, Any]
        ) -> dict[str, Any]:
            # This waits for the device, so every reported step is finished.
            if not torch.isfinite(tensors["latents"]).all():
                raise DeviceError(
                    f"the GPU computed values that are not finite at step {step + 1}: run poster "
                    "weights verify --full; if that has no findings, use another GPU"
                )
            if step + 1 == job.sampling.guided_steps:
                # The pipeline reads its guidance scale at every step, but has no public setter.
                running._guidance_scale = 1.0  # noqa: SLF001
            job.on_step(step + 1)
            return {}

        # As ComfyUI generates noise: float32, on the CPU, in the latent's shape.
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
                num_inference_steps=job.sampling.steps,
                sigmas=job.sigmas.tolist(),
                guidance_scale=job.sampling.guidance,
                latents=noise,
                callback_on_step_end=on_step_end,
            )
        return np.asarray(output.images[0], np.uint8)

    def _stance(self, job: PaintTask) -> AbstractContextManager[object]:
        """Make an exact job bypass compiled blocks, which stay in the model."""
        if self._is_compiled and not job.is_compiled:
            eager: AbstractContextManager[object] = torch.compiler.set_stance("force_eager")
            return eager
        return nullcontext()

    def _onload(self, module: torch.nn.Module) -> None:
        if self._slot:
            self._slot.onload(module)

    def _within_memory(self, where: str, attempt: Callable[[bool], _Result]) -> _Result:
        """Try; if memory runs out, free it and retry once with less."""
        for is_retry in (False, True):
            try:
                return attempt(is_retry)
            except torch.OutOfMemoryError as error:
                _log.warning("out of GPU memory %s: %s", where, error)
            # Outside the except block, in which the error's frames would still hold tensors.
            self._free()
        raise MemoryPlanError(
            f"the GPU ran out of memory {where}, also on a retry that needs less: request a "
            "smaller width and height, or try again when nothing else uses this GPU"
        )

    def _free(self) -> None:
        if self._slot:
            self._slot.offload()
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


class DeviceSlot:
    """Keeps at most one of several modules on the device; the others are offloaded to the host.

    The host keeps every module's tensors, so offloading copies nothing back: it drops the copy on
    the device.

    Args:
        device: the device.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._resident: torch.nn.Module | None = None
        self._host_data: list[tuple[torch.Tensor, torch.Tensor]] = []

    def onload(self, module: torch.nn.Module) -> None:
        """Copy a module to the device, and offload the previous one.

        Args:
            module: the module; its parameters and buffers are on the host, or it is already the
                resident one.
        """
        if self._resident is module:
            return
        self.offload()
        tensors = [*module.parameters(), *module.buffers()]
        self._host_data = [(tensor, tensor.data) for tensor in tensors]
        for tensor in tensors:
            tensor.data = tensor.data.to(self._device)
        self._resident = module

    def offload(self) -> None:
        """Remove the resident module, if any, from the device."""
        for tensor, data in self._host_data:
            tensor.data = data
        self._host_data = []
        self._resident = None
