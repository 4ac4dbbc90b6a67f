"""Both stages on a tiny model in the real file formats, through the real loader, on the CPU."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel
from numpy.typing import NDArray
from transformers import Qwen3Model

from poster.cover.layout.dummy import Dummy, TypeArea
from poster.cover.layout.page import Page
from poster.engines.flux import engine as engine_module
from poster.engines.flux.engine import FluxEngine
from poster.engines.flux.load import load_pipeline
from poster.engines.flux.memory import measure_model, peak_bytes
from poster.engines.flux.prompts import cover_prompt, envelope_prompt
from poster.engines.flux.schedule import latent_sigmas, reference_sigmas
from poster.errors import Cancelled, DeviceError, MemoryPlanError, RequestError
from poster.geometry import Box
from poster.paint_settings import EnvelopeAppearance, PaintSettings
from poster.photo.facts import Photo
from poster.progress import ProgressMonitor
from poster.weights.header import read_header
from poster.weights.manifest import WeightSet, read_manifest

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

WIDTH, HEIGHT, STEPS = 64, 96, 3
WHOLE = Box(0, 0, 200, 300)
SETTINGS = PaintSettings(width=WIDTH, height=HEIGHT, seed=7, num_inference_steps=STEPS)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Use one thread: for a tiny model, more threads cost more than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@dataclass
class Tally:
    """Counts what models are asked to do, in any pipeline."""

    forward_passes: int = 0
    timesteps: list[float] = field(default_factory=list)
    references: list[int] = field(default_factory=list)
    text_passes: list[int] = field(default_factory=list)
    token_ids: list[torch.Tensor] = field(default_factory=list)
    encodes: int = 0
    decodes: int = 0


@pytest.fixture
def tally(monkeypatch: pytest.MonkeyPatch) -> Tally:
    told = Tally()

    def listen(owner: type, method: str, hear: Callable[..., None]) -> None:
        original = getattr(owner, method)

        def heard(self: object, *arguments: Any, **named: Any) -> Any:
            hear(*arguments, **named)
            return original(self, *arguments, **named)

        monkeypatch.setattr(owner, method, heard)

    def hear_transformer(*, hidden_states: torch.Tensor, timestep: torch.Tensor, **_: Any) -> None:
        told.forward_passes += 1
        told.timesteps.append(float(timestep[0]))
        told.references.append(hidden_states.shape[1])

    def hear_text(*, input_ids: torch.Tensor, **_: Any) -> None:
        told.text_passes.append(len(input_ids))
        told.token_ids.append(input_ids)

    def hear_encode(_: torch.Tensor, **__: Any) -> None:
        told.encodes += 1

    def hear_decode(_: torch.Tensor, **__: Any) -> None:
        told.decodes += 1

    listen(Flux2Transformer2DModel, "forward", hear_transformer)
    listen(Qwen3Model, "forward", hear_text)
    listen(AutoencoderKLFlux2, "encode", hear_encode)
    listen(AutoencoderKLFlux2, "decode", hear_decode)
    return told


@dataclass(frozen=True)
class Studio:
    """The test's own volume, and engines on it."""

    root: Path
    weights: TinyWeights
    weight_set: WeightSet

    def open(self, **options: Any) -> FluxEngine:
        arguments = {"weight_set": self.weight_set, "find_subject": bright_parts, **options}
        return FluxEngine(
            root=self.root, device="cpu", architecture=self.weights.architecture, **arguments
        )

    @property
    def distilled(self) -> WeightSet:
        named = read_manifest(self.weights.manifest_path).choose("klein-tiny-distilled")
        return replace(named, num_inference_steps=2)


def models_alive() -> int:
    gc.collect()
    models = (Flux2Transformer2DModel, Qwen3Model, AutoencoderKLFlux2)
    return sum(isinstance(thing, models) for thing in gc.get_objects())


@pytest.fixture
def volume(tiny_weights: TinyWeights, tmp_path: Path) -> Studio:
    root = tmp_path / "models"
    shutil.copytree(tiny_weights.root, root, ignore=shutil.ignore_patterns("embeddings"))
    weight_set = read_manifest(tiny_weights.manifest_path).choose()
    assert not weight_set.is_distilled
    return Studio(root, tiny_weights, replace(weight_set, guidance_scale=5.0))


def bright_parts(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(picture.mean(-1) / 255, np.float32)


def photo(seed: int = 0, height: int = 300, width: int = 200) -> Photo:
    cells = np.random.default_rng(seed).integers(0, 256, (height // 20, width // 20, 3))
    pixels = cells.astype(np.uint8).repeat(20, 0).repeat(20, 1)
    return Photo(pixels, np.zeros(pixels.shape[:2], np.float32), ())


def dummy(window: Box = WHOLE) -> Dummy:
    masthead = TypeArea("masthead", Box(3, 3, 61, 20), 20.0)
    headline = TypeArea("headline", Box(3, 75, 30, 80), 20.0)
    return Dummy(Page.full_bleed(WIDTH, HEIGHT), window, (masthead, headline))


def paint_cover(engine: FluxEngine, **changes: Any) -> NDArray[np.uint8]:
    return engine.paint_cover(
        photo(), dummy(), replace(SETTINGS, **changes), ProgressMonitor()
    ).picture


def paint_envelope(engine: FluxEngine, **changes: Any) -> NDArray[np.uint8]:
    cover = photo(seed=1).pixels
    settings = replace(SETTINGS, **changes)
    return engine.paint_envelope(cover, EnvelopeAppearance(), settings, ProgressMonitor()).image


STAGES = [paint_cover, paint_envelope]
each_stage = pytest.mark.parametrize("paint", STAGES)
Paint = Callable[..., NDArray[np.uint8]]


@each_stage
@pytest.mark.parametrize(("width", "height"), [(64, 96), (96, 96), (80, 112), (71, 97)])
def test_a_picture_has_the_requested_size(
    volume: Studio, paint: Paint, width: int, height: int
) -> None:
    picture = paint(volume.open(), width=width, height=height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 1


def test_a_size_between_whole_tokens_is_the_middle_of_the_next_larger_picture(
    volume: Studio,
) -> None:
    engine = volume.open()
    # Both are painted at 80 x 112.
    larger = paint_envelope(engine, width=80, height=112)
    trimmed = paint_envelope(engine, width=74, height=105)
    assert trimmed.shape == (105, 74, 3)
    # Measured: 1.2, and 16 if it is off by one pixel.
    assert np.abs(trimmed.astype(int) - larger[3:108, 3:77]).mean() < 5


@each_stage
def test_the_seed_alone_decides_the_noise(volume: Studio, paint: Paint) -> None:
    engine = volume.open()
    first = paint(engine, seed=7)
    assert np.array_equal(first, paint(engine, seed=7))
    assert np.array_equal(first, paint(volume.open(), seed=7))
    assert not np.array_equal(first, paint(engine, seed=8))


def test_another_photo_gives_another_picture(volume: Studio) -> None:
    engine = volume.open()
    first, second = (
        engine.paint_cover(photo(seed), dummy(), SETTINGS, ProgressMonitor()).picture
        for seed in (0, 1)
    )
    assert not np.array_equal(first, second)


def test_only_the_window_of_the_photo_is_shown_to_the_model(volume: Studio) -> None:
    engine = volume.open()
    plain = photo()
    changed = Photo(plain.pixels.copy(), plain.matte, ())
    changed.pixels[:, 170:] = 0
    window = dummy(Box(0, 0, 120, 180))
    pictures = [
        engine.paint_cover(seen, window, SETTINGS, ProgressMonitor()) for seen in (plain, changed)
    ]
    assert np.array_equal(pictures[0].picture, pictures[1].picture)


def test_a_window_above_the_photo_is_filled_with_grown_backdrop(volume: Studio) -> None:
    above = dummy(Box(0, -30, 200, 270))
    painting = volume.open().paint_cover(photo(), above, SETTINGS, ProgressMonitor())
    assert painting.picture.shape == (HEIGHT, WIDTH, 3)


def test_the_subject_is_measured_on_the_painted_picture(volume: Studio) -> None:
    painting = volume.open().paint_cover(photo(), dummy(), SETTINGS, ProgressMonitor())
    assert np.array_equal(painting.subject_alpha, bright_parts(painting.picture))


def test_a_painted_envelope_claims_no_position_of_its_cover(volume: Studio) -> None:
    painting = volume.open().paint_envelope(
        photo().pixels, EnvelopeAppearance(), SETTINGS, ProgressMonitor()
    )
    assert painting.cover_quad is None
    assert painting.glare is None


class Listener:
    """Receives progress, and cancels after a given number of step reports."""

    def __init__(self, cancel_after: int | None = None) -> None:
        self.told: list[tuple[float, str]] = []
        self._cancel_after = cancel_after

    @property
    def steps(self) -> list[str]:
        return [label for _, label in self.told if label.startswith("step")]

    @property
    def monitor(self) -> ProgressMonitor:
        return ProgressMonitor(
            lambda fraction, label: self.told.append((fraction, label)), self._is_over
        )

    def _is_over(self) -> bool:
        return self._cancel_after is not None and len(self.steps) >= self._cancel_after


def paint_heard(engine: FluxEngine, stage: str, listener: Listener) -> None:
    if stage == "cover":
        engine.paint_cover(photo(), dummy(), SETTINGS, listener.monitor)
    else:
        engine.paint_envelope(photo().pixels, EnvelopeAppearance(), SETTINGS, listener.monitor)


@pytest.mark.parametrize("stage", ["cover", "envelope"])
def test_progress_is_reported_at_every_step_and_never_decreases(volume: Studio, stage: str) -> None:
    listener = Listener()
    paint_heard(volume.open(), stage, listener)
    fractions = [fraction for fraction, _ in listener.told]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] <= 1
    assert listener.steps == [f"step {step} of {STEPS}" for step in range(STEPS + 1)]


@pytest.mark.parametrize("stage", ["cover", "envelope"])
def test_a_cancelled_picture_ends_between_two_steps(
    volume: Studio, tally: Tally, stage: str
) -> None:
    engine = volume.open()
    with pytest.raises(Cancelled):
        paint_heard(engine, stage, Listener(cancel_after=2))
    # Steps 0 and 1 were told, so that the second step's end was the first chance to stop.
    assert tally.forward_passes == 2 * 2
    assert tally.decodes == 0
    assert paint_cover(engine).shape == (HEIGHT, WIDTH, 3)


def words_of(engine: FluxEngine, tally: Tally) -> str:
    assert engine._open
    tokenizer = engine._open.painter._pipeline.tokenizer
    return "\n".join(tokenizer.decode(row) for ids in tally.token_ids for row in ids)


@each_stage
def test_a_callers_prompt_reaches_the_text_encoder_verbatim(
    volume: Studio, tally: Tally, paint: Paint
) -> None:
    engine = volume.open()
    words = "a paper crane,  TWO spaces & an accent: é"
    paint(engine, prompt=words)
    assert f"<|im_start|>user\n{words}<|im_end|>" in words_of(engine, tally)
    assert cover_prompt(dummy())[:80] not in words_of(engine, tally)


def test_a_prompt_that_the_model_cannot_read_whole_is_refused(volume: Studio) -> None:
    with pytest.raises(RequestError, match=r"'word word .* tokens; the model reads at most 512"):
        paint_cover(volume.open(), prompt="word " * 700)


def test_our_own_prompts_reach_the_text_encoder_whole(volume: Studio, tally: Tally) -> None:
    engine = volume.open()
    paint_cover(engine)
    assert cover_prompt(dummy()) in words_of(engine, tally)
    assert envelope_prompt() in words_of(engine, tally)


def test_both_stages_are_encoded_in_one_pass(volume: Studio, tally: Tally) -> None:
    engine = volume.open()
    paint_cover(engine)
    paint_envelope(engine)
    assert tally.text_passes == [3]


def test_a_callers_prompts_are_encoded_in_one_pass_and_leave_nothing_on_disk(
    volume: Studio, tally: Tally
) -> None:
    engine = volume.open()
    paint_cover(engine, prompt="my cover", next_prompt="my envelope")
    paint_envelope(engine, prompt="my envelope")
    assert tally.text_passes == [3]
    assert len(list((volume.root / "embeddings").iterdir())) == 1


def test_a_second_worker_finds_default_prompts_on_disk(volume: Studio, tally: Tally) -> None:
    first = paint_cover(volume.open())
    tally.text_passes.clear()
    engine = volume.open()
    assert np.array_equal(first, paint_cover(engine))
    paint_envelope(engine)
    assert tally.text_passes == []


def test_a_callers_prompt_is_not_left_on_the_volume(volume: Studio) -> None:
    paint_envelope(volume.open(), prompt="my own words")
    empty_prompt_alone = list((volume.root / "embeddings").iterdir())
    assert len(empty_prompt_alone) == 1


@pytest.mark.parametrize(
    ("guidance", "speed", "forward_passes"),
    [(5.0, "exact", 6), (None, "exact", 6), (1.0, "exact", 3), (0.0, "exact", 3), (5.0, "fast", 5)],
)
def test_guidance_costs_a_second_forward_a_step(
    volume: Studio, tally: Tally, guidance: float | None, speed: str, forward_passes: int
) -> None:
    paint_cover(volume.open(), guidance_scale=guidance, speed=speed)
    assert tally.forward_passes == forward_passes


def test_distilled_weights_take_one_forward_a_step_whatever_the_guidance(
    volume: Studio, tally: Tally
) -> None:
    engine = volume.open(weight_set=volume.distilled)
    paint_cover(engine, guidance_scale=5.0)
    assert tally.forward_passes == STEPS
    assert tally.text_passes == [2]


def test_steps_and_guidance_default_to_those_of_the_weights(volume: Studio, tally: Tally) -> None:
    paint_cover(volume.open(weight_set=volume.distilled), num_inference_steps=None)
    assert tally.forward_passes == 2
    base = replace(volume.weight_set, num_inference_steps=4)
    engine = volume.open(weight_set=base, fast_set=volume.distilled)
    paint_cover(engine, num_inference_steps=None)
    assert tally.forward_passes == 2 + 2 * 4
    # What a receipt records for a request that leaves them open.
    assert engine.sampling_defaults("exact") == {"num_inference_steps": 4, "guidance_scale": 5.0}
    assert engine.sampling_defaults("fast")["num_inference_steps"] == 2


def test_fast_paints_with_the_distilled_set_and_exact_comes_back(
    volume: Studio, tally: Tally
) -> None:
    engine = volume.open(fast_set=volume.distilled)
    exact = paint_cover(engine)
    tally.forward_passes = 0
    fast = paint_cover(engine, speed="fast", num_inference_steps=None)
    assert tally.forward_passes == 2
    assert not np.array_equal(exact, fast)
    assert np.array_equal(exact, paint_cover(engine))


def test_guidance_that_ends_early_changes_the_picture(volume: Studio) -> None:
    engine = volume.open()
    assert not np.array_equal(paint_cover(engine), paint_cover(engine, speed="fast"))


def test_the_reference_is_seen_on_both_branches(volume: Studio, tally: Tally) -> None:
    paint_cover(volume.open())
    tokens = (WIDTH // 16) * (HEIGHT // 16)
    assert tally.references == [2 * tokens] * 2 * STEPS
    assert tally.encodes == 1
    assert tally.decodes == 1


@pytest.mark.parametrize(
    ("options", "sigmas"),
    [
        ({}, reference_sigmas(STEPS, 200, 300)),
        ({"schedule": "reference"}, reference_sigmas(STEPS, 200, 300)),
        ({"schedule": "latent"}, latent_sigmas(STEPS, WIDTH, HEIGHT)),
    ],
)
def test_base_weights_use_the_original_schedule_by_default(
    volume: Studio, tally: Tally, options: dict[str, str], sigmas: NDArray[np.float64]
) -> None:
    paint_cover(volume.open(**options), guidance_scale=1.0)
    # diffusers hands time over in bfloat16.
    assert tally.timesteps == pytest.approx(sigmas, rel=2**-7)


def test_distilled_weights_use_the_latent_schedule(volume: Studio, tally: Tally) -> None:
    paint_cover(volume.open(weight_set=volume.distilled))
    assert tally.timesteps == pytest.approx(latent_sigmas(STEPS, WIDTH, HEIGHT), rel=2**-7)


class OutOfMemory:
    """A VAE that runs out of memory a given number of times, then works."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        self.tiling: list[bool] = []
        original = AutoencoderKLFlux2.decode

        def decode(vae: AutoencoderKLFlux2, *arguments: Any, **named: Any) -> Any:
            self.tiling.append(vae.use_tiling)
            if len(self.tiling) <= times:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.32 GiB.")
            return original(vae, *arguments, **named)

        monkeypatch.setattr(AutoencoderKLFlux2, "decode", decode)


def test_out_of_memory_once_is_retried_in_tiles(
    volume: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = volume.open()
    expected = paint_cover(engine)
    decodes = OutOfMemory(monkeypatch, times=1)
    listener = Listener()
    painting = engine.paint_cover(photo(), dummy(), SETTINGS, listener.monitor)
    assert decodes.tiling == [False, True]
    # Smaller than one tile, it is the same picture.
    assert np.array_equal(painting.picture, expected)
    fractions = [fraction for fraction, _ in listener.told]
    assert fractions == sorted(fractions)
    paint_cover(engine)
    assert decodes.tiling == [False, True, False]


@each_stage
def test_out_of_memory_twice_is_a_clear_error_and_the_engine_still_works(
    volume: Studio, monkeypatch: pytest.MonkeyPatch, paint: Paint
) -> None:
    engine = volume.open()
    expected = paint(engine)
    with monkeypatch.context() as patch:
        decodes = OutOfMemory(patch, times=2)
        with pytest.raises(MemoryPlanError, match=r"out of memory at 64 x 96.*smaller width"):
            paint(engine)
        assert decodes.tiling == [False, True]
    assert np.array_equal(paint(engine), expected)


def test_out_of_memory_while_reading_prompts_is_retried_too(
    volume: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = volume.open()
    original = Qwen3Model.forward
    failures: Iterator[bool] = iter([True, False])

    def forward(model: Qwen3Model, *arguments: Any, **named: Any) -> Any:
        if next(failures):
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return original(model, *arguments, **named)

    monkeypatch.setattr(Qwen3Model, "forward", forward)
    assert paint_cover(engine).shape == (HEIGHT, WIDTH, 3)


def test_a_picture_made_in_tiles_is_whole(volume: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = volume.open()
    whole = paint_cover(engine)
    assert engine._open
    vae = engine._open.painter._pipeline.vae
    vae.tile_sample_min_size, vae.tile_latent_min_size = 32, 4
    OutOfMemory(monkeypatch, times=1)
    tiled = paint_cover(engine)
    assert tiled.shape == whole.shape
    assert not np.array_equal(tiled, whole)


def enough_for_offloading(volume: Studio) -> int:
    """Too little for tiles alone, and just enough with the text encoder offloaded."""
    files = volume.weights.files
    size = measure_model(
        read_header(files.transformer),
        read_header(files.text_encoder),
        read_header(files.vae),
        volume.weights.architecture,
    )
    return peak_bytes(size, 1024, 1472, offload=True, tile=True)


def test_an_offloaded_model_paints_the_same_picture(volume: Studio) -> None:
    resident = volume.open()
    expected = [paint(resident) for paint in STAGES]
    shutil.rmtree(volume.root / "embeddings")
    engine = volume.open(available_bytes=enough_for_offloading(volume))
    assert engine._open
    assert engine._open.is_offloaded
    slot = engine._open.painter._slot
    pipeline = engine._open.painter._pipeline
    assert slot
    pictures = [paint(engine) for paint in STAGES]
    assert all(map(np.array_equal, pictures, expected))
    assert slot._resident is pipeline.transformer
    engine._open.painter.encode(["words that no one has said before"])
    assert slot._resident is pipeline.text_encoder


def test_a_model_that_does_not_fit_is_refused_before_anything_is_loaded(
    volume: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[object] = []
    monkeypatch.setattr(engine_module, "load_pipeline", lambda *files, **_: loads.append(files))
    with pytest.raises(MemoryPlanError, match="1024 x 1472 needs"):
        volume.open(available_bytes=10**9)
    assert loads == []


def test_a_picture_that_does_not_fit_is_refused_and_smaller_ones_still_work(volume: Studio) -> None:
    engine = volume.open()
    engine._available_bytes = 10**9
    with pytest.raises(MemoryPlanError, match="1024 x 1472 needs"):
        paint_cover(engine, width=1024, height=1472)
    assert paint_cover(engine).shape == (HEIGHT, WIDTH, 3)


def test_weights_are_loaded_once_for_many_posters(
    volume: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = []
    original = load_pipeline

    def load(*arguments: Any, **named: Any) -> Any:
        loads.append(arguments)
        return original(*arguments, **named)

    monkeypatch.setattr(engine_module, "load_pipeline", load)
    engine = volume.open()
    for _ in range(2):
        paint_cover(engine)
        paint_envelope(engine)
    assert len(loads) == 1


def test_a_step_that_is_not_finite_ends_the_work_without_a_picture(
    volume: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = volume.open()
    assert engine._open
    transformer = engine._open.painter._pipeline.transformer
    original = transformer.proj_out.forward
    monkeypatch.setattr(transformer.proj_out, "forward", lambda x: original(x) * float("nan"))
    with pytest.raises(DeviceError, match="not finite at step 1:"):
        paint_cover(engine)
    monkeypatch.undo()
    paint_cover(engine)


def test_a_closed_engine_keeps_no_model(volume: Studio) -> None:
    before = models_alive()
    engine = volume.open()
    paint_envelope(engine)
    assert models_alive() == before + 3
    engine.close()
    assert models_alive() == before


def test_a_closed_engine_returns_what_the_allocator_keeps_on_a_gpu(
    volume: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied: list[int] = []
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: emptied.append(models_alive()))
    before = models_alive()
    engine = volume.open()
    engine.close()
    assert not emptied
    engine = volume.open()
    # There is no GPU here: all that is asked for is the order, models first.
    monkeypatch.setattr(engine, "_device", "cuda:0")
    engine.close()
    assert emptied == [before]
