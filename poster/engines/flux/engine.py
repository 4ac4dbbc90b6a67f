"""FLUX.2 [klein]: photo -> repainted picture without lettering; cover -> the cover in its envelope.

Plans memory and sampling, chooses prompts, and reports progress. Does not import torch until
weights are loaded. Does not know how a picture is painted: painter does.
"""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.headroom import render_window
from poster.cover.layout.dummy import Dummy
from poster.engines.base import EnvelopePainting, FindSubject, Painting
from poster.engines.flux.architecture import Architecture
from poster.engines.flux.load import ModelFiles, load_pipeline
from poster.engines.flux.memory import MemoryPlan, ModelSize, measure_model, plan_memory
from poster.engines.flux.prompts import cover_prompt, envelope_prompt
from poster.engines.flux.reference import reference_size, resample_cover
from poster.engines.flux.sampling import SamplingPlan, plan_sampling
from poster.engines.flux.schedule import SCHEDULES, TOKEN_SIDE, Sigmas
from poster.paint_settings import EnvelopeAppearance, PaintSettings
from poster.photo.facts import Photo
from poster.progress import ProgressMonitor
from poster.weights.header import read_header
from poster.weights.manifest import WeightSet

if TYPE_CHECKING:
    from poster.engines.flux.embeddings import Embeddings
    from poster.engines.flux.painter import Painter

_DEFAULT_SIZE = 1024, 1472
"""The size that memory is planned for before the first request."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Open:
    """A loaded weight set, and how it is loaded."""

    weight_set: WeightSet
    is_offloaded: bool
    painter: Painter
    embeddings: Embeddings


class FluxEngine:
    """Paints both stages with one weight set, or with a faster one for speed=fast.

    Args:
        weight_set: the weight set to paint with; its files are already verified.
        root: the models folder, which contains its files.
        device: cuda, cuda:N or cpu.
        architecture: architecture of the weight set.
        find_subject: finds the subject of a painted picture.
        fast_set: the set for speed=fast, of the same architecture, if it is on the volume. Only one
            set is loaded at a time: a change of speed loads the other.
        available_bytes: memory to plan with; None uses the GPU's free memory, and makes no plan on
            a CPU.
        schedule: reference or latent; None uses reference for base weights, as in the original
            workflow, and latent for distilled weights, as their authors do.

    Raises:
        MemoryPlanError: a poster of the usual size does not fit in memory.
        WeightsError: a file is missing, damaged or belongs to another model.
    """

    name = "flux"
    shows_the_photo = False
    supports_appearance = False
    packages = ("torch", "diffusers", "transformers", "safetensors")

    def __init__(
        self,
        weight_set: WeightSet,
        root: Path,
        device: str,
        architecture: Architecture,
        find_subject: FindSubject,
        *,
        fast_set: WeightSet | None = None,
        available_bytes: int | None = None,
        schedule: str | None = None,
    ) -> None:
        self._weight_set = weight_set
        self._fast_set = fast_set
        self._root = root
        self._device = device
        self._architecture = architecture
        self._find_subject = find_subject
        self._available_bytes = available_bytes
        self._schedule = schedule
        self._sizes: dict[str, ModelSize] = {}
        self._open: _Open | None = None
        self._ready(weight_set, self._plan(weight_set, *_DEFAULT_SIZE))

    @property
    def weights(self) -> dict[str, str]:
        """Role -> file of the loaded weight set."""
        weight_set = self._open.weight_set if self._open else self._weight_set
        return {file.role: file.file for file in weight_set.files}

    def sampling_defaults(self, speed: str) -> Mapping[str, float]:
        """Return the weight set's own steps and guidance scale; see Engine."""
        weight_set = self._set_for(speed)
        return {
            "num_inference_steps": weight_set.num_inference_steps,
            "guidance_scale": weight_set.guidance_scale,
        }

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, monitor: ProgressMonitor
    ) -> Painting:
        """Repaint the photo's window; see Engine.

        Raises:
            Cancelled: the caller cancelled; checked between two steps.
            MemoryPlanError: the size does not fit in memory, or memory ran out twice.
        """
        monitor.report(0.0, "encoding the prompt")
        shown_size = reference_size(settings.width, settings.height)
        reference, _ = render_window(photo, dummy.window, *shown_size)
        picture = self._paint(
            reference,
            photo.pixels.shape[:2],
            settings,
            own_prompt=cover_prompt(dummy),
            later_prompts=(settings.next_prompt or envelope_prompt(),),
            monitor=monitor.subrange(0.0, 0.95),
        )
        monitor.report(0.95, "finding the subject")
        return Painting(picture, self._find_subject(picture))

    def paint_envelope(
        self,
        cover: NDArray[np.uint8],
        appearance: EnvelopeAppearance,  # noqa: ARG002 - supports_appearance is False
        settings: PaintSettings,
        monitor: ProgressMonitor,
    ) -> EnvelopePainting:
        """Paint the cover in its envelope; see Engine.

        Returns:
            The picture, without the position of the cover in it, which is unknown.

        Raises:
            Cancelled: the caller cancelled; checked between two steps.
            MemoryPlanError: the size does not fit in memory, or memory ran out twice.
        """
        monitor.report(0.0, "encoding the prompt")
        reference = resample_cover(cover, *reference_size(settings.width, settings.height))
        picture = self._paint(
            reference,
            # Not the cover's own size: a larger copy of a cover must give the same picture.
            (settings.height, settings.width),
            settings,
            own_prompt=envelope_prompt(),
            later_prompts=(),
            monitor=monitor,
        )
        return EnvelopePainting(picture, cover_quad=None, glare=None)

    def close(self) -> None:
        """Release the models, and return what PyTorch's allocator keeps of them to the GPU."""
        self._open = None
        # Modules refer to each other in cycles.
        gc.collect()
        if self._device.startswith("cuda"):
            import torch  # noqa: PLC0415 - needed only if there is a GPU

            torch.cuda.empty_cache()

    def _paint(
        self,
        reference: NDArray[np.uint8],
        source_shape: tuple[int, ...],
        settings: PaintSettings,
        *,
        own_prompt: str,
        later_prompts: tuple[str, ...],
        monitor: ProgressMonitor,
    ) -> NDArray[np.uint8]:
        wanted = settings
        settings = replace(wanted, width=_round_up(wanted.width), height=_round_up(wanted.height))
        weight_set = self._set_for(settings.speed)
        plan = self._plan(weight_set, settings.width, settings.height)
        opened = self._ready(weight_set, plan)
        # Imported only when weights are loaded, because it imports torch.
        from poster.engines.flux.painter import PaintTask  # noqa: PLC0415

        sampling = _plan_sampling(weight_set, settings)
        prompt = settings.prompt or own_prompt
        empty = ("",) if sampling.guided_steps else ()
        embeddings = opened.embeddings.look_up(
            (prompt, *empty, *later_prompts),
            # A caller's own prompt is never stored on disk.
            kept={own_prompt, "", envelope_prompt()},
            encode=opened.painter.encode,
        )
        steps = _Steps(monitor.subrange(0.05, 1.0), sampling.steps)
        steps.report(0)
        picture = opened.painter.paint(
            PaintTask(
                reference=reference,
                width=settings.width,
                height=settings.height,
                seed=settings.seed,
                sigmas=self._sigmas(weight_set, sampling, settings, source_shape),
                sampling=sampling,
                prompt=embeddings[0],
                empty_prompt=embeddings[1] if empty else None,
                on_step=steps.report,
                tile_vae=plan.tile_vae,
                is_compiled=settings.speed == "fast",
            )
        )
        x0, y0 = (settings.width - wanted.width) // 2, (settings.height - wanted.height) // 2
        return picture[y0 : y0 + wanted.height, x0 : x0 + wanted.width]

    def _sigmas(
        self,
        weight_set: WeightSet,
        sampling: SamplingPlan,
        settings: PaintSettings,
        source_shape: tuple[int, ...],
    ) -> Sigmas:
        name = self._schedule or ("latent" if weight_set.is_distilled else "reference")
        height, width = source_shape if name == "reference" else (settings.height, settings.width)
        return SCHEDULES[name](sampling.steps, width, height)

    def _set_for(self, speed: str) -> WeightSet:
        return self._fast_set if speed == "fast" and self._fast_set else self._weight_set

    def _plan(self, weight_set: WeightSet, width: int, height: int) -> MemoryPlan:
        size = self._sizes.get(weight_set.name)
        if size is None:
            files = _files(weight_set, self._root)
            size = measure_model(
                read_header(files.transformer),
                read_header(files.text_encoder),
                read_header(files.vae),
                self._architecture,
            )
            self._sizes[weight_set.name] = size
        if self._available_bytes is None and self._device.startswith("cuda"):
            self._available_bytes = _free_bytes(self._device)
        if self._available_bytes is None:
            return MemoryPlan(peak_bytes=0, offload_text_encoder=False, tile_vae=False)
        return plan_memory(size, width, height, self._available_bytes)

    def _ready(self, weight_set: WeightSet, plan: MemoryPlan) -> _Open:
        """Load what the plan needs; an offloaded model also serves plans without offloading."""
        opened = self._open
        is_offloaded = plan.offload_text_encoder
        if opened and opened.weight_set == weight_set and (opened.is_offloaded or not is_offloaded):
            return opened
        opened = None
        self.close()
        _log.info(
            "loading %s on %s, peak memory %.1f GB%s",
            weight_set.name,
            self._device,
            plan.peak_bytes / 1e9,
            ", text encoder offloaded" if is_offloaded else "",
        )
        pipeline = load_pipeline(
            _files(weight_set, self._root),
            self._architecture,
            self._device,
            is_distilled=weight_set.is_distilled,
            is_offloaded=is_offloaded,
        )
        # After load_pipeline, which reads files ahead while it imports torch.
        from poster.engines.flux.embeddings import Embeddings  # noqa: PLC0415
        from poster.engines.flux.painter import Painter  # noqa: PLC0415

        layers = self._architecture.text_layers
        painter = Painter(pipeline, self._device, layers, is_offloaded=is_offloaded)
        embeddings = Embeddings(self._root / "embeddings", self._identity(weight_set))
        self._open = _Open(weight_set, is_offloaded, painter, embeddings)
        return self._open

    def _identity(self, weight_set: WeightSet) -> str:
        """Identify what embeddings depend on: files of text encoder and tokenizer, and layers."""
        parts = [str(self._architecture.text_layers)]
        for file in weight_set.of_role("text_encoder") + weight_set.of_role("tokenizer"):
            path = file.path_in(self._root)
            facts = path.stat()
            parts.append(file.sha256 or f"{file.file} {facts.st_size} {facts.st_mtime_ns}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class _Steps:
    """Reports steps to a monitor; the progress never decreases, even if a picture is restarted."""

    def __init__(self, monitor: ProgressMonitor, steps: int) -> None:
        self._monitor = monitor
        self._steps = steps
        self._max_done = 0

    def report(self, done: int) -> None:
        """Report how many steps are done."""
        self._max_done = max(self._max_done, done)
        # The remaining 5 % are for decoding the picture after the last step.
        fraction = 0.95 * self._max_done / self._steps
        self._monitor.report(fraction, f"step {self._max_done} of {self._steps}")


def _round_up(side: int) -> int:
    """The smallest side, in pixels, that the model can paint and that is not shorter."""
    return -(-side // TOKEN_SIDE) * TOKEN_SIDE


def _plan_sampling(weight_set: WeightSet, settings: PaintSettings) -> SamplingPlan:
    guidance = settings.guidance_scale
    return plan_sampling(
        settings.num_inference_steps or weight_set.num_inference_steps,
        weight_set.guidance_scale if guidance is None else guidance,
        is_distilled=weight_set.is_distilled,
        speed=settings.speed,
    )


def _files(weight_set: WeightSet, root: Path) -> ModelFiles:
    paths = {file.role: file.path_in(root) for file in weight_set.files}
    return ModelFiles(
        transformer=paths["transformer"],
        text_encoder=paths["text_encoder"],
        vae=paths["vae"],
        tokenizer=paths["tokenizer"].parent,
    )


def _free_bytes(device: str) -> int:
    import torch  # noqa: PLC0415 - needed only if there is a GPU

    return int(torch.cuda.mem_get_info(torch.device(device))[0])
