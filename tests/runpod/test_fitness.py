"""Every check that can stop a worker from serving, and the reason that it gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from poster.engines.flux.torch_build import TorchBuild
from poster.errors import (
    AssetError,
    DeviceError,
    MemoryPlanError,
    UnavailableError,
    WeightsDamagedError,
    WeightsError,
    WeightsMissingError,
)
from poster.pipeline import Pipeline
from poster.runpod import fitness
from poster.runpod.fitness import (
    check_compute_capability,
    check_driver,
    check_memory,
    check_volume,
    fitness_checks,
)
from poster.runpod.machine import Gpu, Machine
from poster.runpod.rehearsal import rehearse_poster, rehearse_step
from poster.settings import Settings
from tools.klein_size import KLEIN_9B

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights

GIB = 2**30
CU126 = TorchBuild("2.10.0+cu126", "12.6", ("sm_50", "sm_80", "sm_86", "sm_90"))
CU128 = TorchBuild("2.10.0+cu128", "12.8", ("sm_80", "sm_86", "sm_90", "sm_100", "sm_120"))


def card(
    name: str = "NVIDIA GeForce RTX 4090",
    capability: tuple[int, int] = (8, 9),
    gib: float = 24,
    driver: str = "570.86.15",
    free_gib: float | None = None,
) -> Machine:
    free = (gib - 0.5) if free_gib is None else free_gib
    return Machine(driver, (Gpu(name, capability, int(gib * GIB), int(free * GIB)),))


RTX_4090 = card()
RTX_5090 = card("NVIDIA GeForce RTX 5090", (12, 0), 32, "580.65.06")
NO_GPU = Machine(None, (), "nvidia-smi is missing; it comes with the driver")


@pytest.mark.parametrize("machine", [RTX_4090, RTX_5090])
def test_the_supported_gpus_pass_with_the_pinned_build(machine: Machine) -> None:
    check_driver(machine, CU128)
    check_compute_capability(machine, CU128)
    check_memory(machine, KLEIN_9B, is_loaded=False)
    check_memory(machine, KLEIN_9B, is_loaded=True)


def test_an_rtx_4090_with_driver_550_is_a_finding_about_the_driver() -> None:
    old = card(driver="550.54.15")
    with pytest.raises(
        DeviceError, match=r"driver 550\.54\.15 .* CUDA 12\.8, .* needs driver 570"
    ) as e:
        check_driver(old, CU128)
    assert "remove CUDA versions below 12.8 from the endpoint" in str(e.value)
    check_compute_capability(old, CU128)


def test_a_build_for_cuda_12_6_takes_driver_560() -> None:
    check_driver(card(driver="560.35.03"), CU126)


def test_an_rtx_5090_with_a_cu126_build_is_a_finding_about_its_compute_capability() -> None:
    check_driver(RTX_5090, CU126)
    with pytest.raises(DeviceError, match=r"no code for NVIDIA GeForce RTX 5090, .* 12\.0: "):
        check_compute_capability(RTX_5090, CU126)


def test_a_build_without_cuda_is_named() -> None:
    build = TorchBuild("2.10.0+cpu", None, ())
    with pytest.raises(DeviceError, match=r"torch 2\.10\.0\+cpu was built without CUDA"):
        check_driver(RTX_4090, build)
    with pytest.raises(DeviceError, match="built for no GPU at all"):
        check_compute_capability(RTX_4090, build)


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_driver(NO_GPU, CU128),
        lambda: check_compute_capability(NO_GPU, CU128),
        lambda: check_memory(NO_GPU, KLEIN_9B, is_loaded=False),
    ],
)
def test_a_missing_gpu_is_reported_with_the_drivers_message(check: Callable[[], None]) -> None:
    with pytest.raises(DeviceError, match="no NVIDIA GPU was found: nvidia-smi is missing"):
        check()


def test_the_advice_for_a_missing_gpu_keeps_flux_out_of_requests_too() -> None:
    with pytest.raises(DeviceError, match=r"or set POSTER_ENGINE=studio and use engine studio$"):
        check_driver(NO_GPU, CU128)


def test_a_gpu_of_12_gb_is_refused_for_9b_with_both_figures() -> None:
    with pytest.raises(MemoryPlanError, match=r"needs 13\.\d GB of GPU memory, .* 12\.3 GB"):
        check_memory(card(gib=12), KLEIN_9B, is_loaded=False)


def test_memory_of_other_processes_counts_only_before_loading() -> None:
    """Memory that the loaded engine uses itself must not count as missing."""
    crowded = card(free_gib=8)
    with pytest.raises(MemoryPlanError, match=r"8\.6 GB is available"):
        check_memory(crowded, KLEIN_9B, is_loaded=False)
    check_memory(crowded, KLEIN_9B, is_loaded=True)


def test_a_missing_volume_is_distinguished_from_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "mount" / "models"
    monkeypatch.setattr(fitness, "WORKER_MOUNT", models.parent)
    with pytest.raises(WeightsMissingError, match="no network volume is mounted"):
        check_volume(models)
    models.parent.mkdir()
    with pytest.raises(WeightsMissingError, match=r"is mounted .*, but the folder .* is missing"):
        check_volume(models)
    models.mkdir()
    with pytest.raises(WeightsMissingError, match=r"is empty: .* poster volume prepare"):
        check_volume(models)
    (models / "vae").mkdir()
    check_volume(models)


def test_an_unreadable_volume_is_reported_with_the_systems_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(Path, "iterdir", fail)
    with pytest.raises(WeightsMissingError, match="cannot be read: Stale file handle"):
        check_volume(tmp_path)


@pytest.mark.parametrize(
    "check",
    [
        lambda: check_driver(NO_GPU, CU128),
        lambda: check_driver(card(driver="550.54.15"), CU128),
        lambda: check_driver(RTX_4090, TorchBuild("2.10.0+cpu", None, ())),
        lambda: check_compute_capability(RTX_5090, CU126),
        lambda: check_memory(card(gib=12), KLEIN_9B, is_loaded=False),
        lambda: check_volume(Path("/nowhere/models")),
    ],
)
def test_a_reason_and_its_fix_fit_in_what_the_platform_shows(check: Callable[[], None]) -> None:
    """runpod 1.12.0 reports the first 256 characters (rp_fitness._report_unhealthy)."""
    with pytest.raises(UnavailableError) as caught:
        check()
    assert len(str(caught.value)) <= 256


# The checks of a deployment.


@pytest.fixture
def copied(tiny_weights: TinyWeights, tmp_path: Path) -> Settings:
    """A flux deployment on a CPU, with its own copy of the volume."""
    shutil.copytree(tiny_weights.root, tmp_path / "models")
    shutil.copy(tiny_weights.manifest_path, tmp_path / "manifest.json")
    return Settings(
        engine="flux",
        device="cpu",
        models_dir=tmp_path / "models",
        manifest=tmp_path / "manifest.json",
    )


def spoil_weights(settings: Settings) -> None:
    """Put NaN into the transformer's last layer, in a file that matches its manifest."""
    from safetensors.torch import load_file, save_file  # noqa: PLC0415 - torch

    assert settings.models_dir
    assert settings.manifest
    path = settings.models_dir / "diffusion_models" / "tiny.safetensors"
    tensors = load_file(path)
    tensors["final_layer.linear.weight"].fill_(float("nan"))
    save_file(tensors, path)
    parsed = json.loads(settings.manifest.read_text())
    content = path.read_bytes()
    parsed["files"]["transformer"] |= {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    settings.manifest.write_text(json.dumps(parsed))


def test_a_flux_deployment_passes_with_complete_weights(copied: Settings) -> None:
    checks = fitness_checks(copied, Pipeline.open(copied))
    assert list(checks) == ["volume", "weights", "engine", "denoise"]
    for check in checks.values():
        check()


def test_the_gpu_is_checked_first_and_queried_once(copied: Settings) -> None:
    looks = []

    def look() -> Machine:
        looks.append(1)
        return card(gib=0.6)

    checks = fitness_checks(replace(copied, device="auto"), None, look)
    assert list(checks) == ["driver", "compute_capability", "volume", "weights", "memory"]
    checks["driver"]()
    checks["compute_capability"]()
    with pytest.raises(MemoryPlanError, match=r"1024 x 1472 needs .* but 0\.1 GB is available"):
        checks["memory"]()
    assert len(looks) == 1


def test_truncated_weights_are_a_finding_about_the_weights(copied: Settings) -> None:
    assert copied.models_dir
    path = copied.models_dir / "text_encoders" / "tiny.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    checks = fitness_checks(copied, None)
    checks["volume"]()
    with pytest.raises(WeightsDamagedError, match=r"text_encoders/tiny\.safetensors: truncated"):
        checks["weights"]()


def test_weights_in_clip_get_a_finding_that_says_where_to_move_them(copied: Settings) -> None:
    assert copied.models_dir
    (copied.models_dir / "text_encoders").rename(copied.models_dir / "clip")
    with pytest.raises(WeightsMissingError, match="move it from clip/ to text_encoders/"):
        fitness_checks(copied, None)["weights"]()


def test_a_manifest_that_cannot_be_read_is_a_finding_about_the_weights(copied: Settings) -> None:
    assert copied.manifest
    copied.manifest.write_text("{")
    with pytest.raises(WeightsError, match="is not valid JSON"):
        fitness_checks(copied, None)["weights"]()


def test_weights_that_are_not_finite_are_a_finding_about_a_step(copied: Settings) -> None:
    spoil_weights(copied)
    checks = fitness_checks(copied, Pipeline.open(copied))
    for name in ("volume", "weights", "engine"):
        checks[name]()
    with pytest.raises(DeviceError, match="values that are not finite"):
        checks["denoise"]()


@pytest.fixture(scope="module")
def studio() -> Pipeline:
    return Pipeline.open(Settings(engine="studio"))


def test_a_deployment_of_studio_makes_a_small_poster(studio: Pipeline) -> None:
    checks = fitness_checks(Settings(engine="studio"), studio, describe_machine=pytest.fail)
    assert list(checks) == ["engine"]
    checks["engine"]()


def test_auto_is_checked_by_the_engine_that_it_chose(studio: Pipeline) -> None:
    assert list(fitness_checks(Settings(engine="auto"), studio)) == ["engine"]
    assert fitness_checks(Settings(engine="auto"), None) == {}


def test_a_flux_worker_that_paints_with_studio_fails(studio: Pipeline) -> None:
    with pytest.raises(UnavailableError, match="because POSTER_ENGINE is studio"):
        fitness_checks(Settings(engine="flux"), studio)["engine"]()


@pytest.mark.parametrize("error", [AssetError("a plate is missing"), RuntimeError("x")])
def test_studio_that_cannot_make_a_poster_says_why(
    studio: Pipeline, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Pipeline, "make", fail)
    if isinstance(error, AssetError):
        with pytest.raises(UnavailableError, match="cannot make a poster here: a plate is missing"):
            rehearse_poster(studio)
    else:
        # An internal error keeps its traceback for the log.
        with pytest.raises(RuntimeError):
            rehearse_poster(studio)


class Flat:
    """An engine that paints one colour, or fails as torch does."""

    name = "flux"
    shows_the_photo = False
    supports_appearance = False
    packages = ()
    weights: dict[str, str] = {}  # noqa: RUF012 - as engines have it

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def paint_cover(self, *_: Any) -> Any:
        if self.error:
            raise self.error
        return type("Painting", (), {"picture": np.zeros((256, 256, 3), np.uint8)})

    def paint_envelope(self, *_: Any) -> Any:
        raise NotImplementedError

    def sampling_defaults(self, _speed: str) -> dict[str, float]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def test_a_flat_picture_fails() -> None:
    with pytest.raises(DeviceError, match="one flat colour"):
        rehearse_step(Flat())


def test_a_missing_kernel_is_reported_in_one_line() -> None:
    error = RuntimeError("CUDA error: no kernel image is available for execution\nCompile with")
    with pytest.raises(
        DeviceError, match=r"failed: CUDA error: no kernel image .* another GPU"
    ) as e:
        rehearse_step(Flat(error))
    assert "\n" not in str(e.value)


def test_importing_the_checks_imports_no_engine() -> None:
    probe = (
        "import sys, poster.runpod.fitness; "
        "sys.exit(bool({'cv2', 'torch', 'typst', 'poster.pipeline'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False, timeout=60).returncode == 0
