"""Settings and what they loaded -> named checks that raise where this worker must not take jobs.

Each check looks at one thing and says what is wrong and how to fix it. Does not know who asks:
RunPod before a worker's first job, a self-check job, or poster doctor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from poster.engines.flux.memory import ModelSize, plan_memory
from poster.engines.flux.torch_build import TorchBuild, read_torch_build
from poster.errors import DeviceError, WeightsMissingError
from poster.request import DEFAULTS
from poster.runpod.cuda import is_covered, min_driver, read_version
from poster.runpod.endpoint import WORKER_MOUNT, measure_set
from poster.runpod.machine import Gpu, Machine, read_machine
from poster.settings import Settings
from poster.weights.manifest import read_manifest
from poster.weights.places import default_root
from poster.weights.verify import painting_set, require_set

if TYPE_CHECKING:
    from poster.pipeline import Pipeline

Check = Callable[[], None]


def fitness_checks(
    settings: Settings, pipeline: Pipeline | None, look: Callable[[], Machine] = read_machine
) -> dict[str, Check]:
    """The checks of a deployment, in the order in which they should run.

    A cause comes before what it causes: the first that raises is the one to fix.

    Args:
        settings: of the deployment.
        pipeline: what they loaded; None where loading failed, and the reason is looked for.
        look: describes this machine; asked once at most.

    Returns:
        Name -> check: driver, compute_capability, volume, weights, memory, engine and denoise where
        flux paints, the GPU's left out where POSTER_DEVICE is cpu; engine alone where studio does.
        Without a pipeline, engine and denoise are left out. A check returns where all is well, and
        else raises an UnavailableError.
    """
    painter = settings.engine
    if painter == "auto" and pipeline:
        painter = pipeline.engines.default
    if painter != "flux":
        return {"engine": lambda: _rehearse_poster(pipeline)} if pipeline else {}

    root = default_root(settings.models_dir)
    machine = cache(look)

    def check_weights() -> None:
        require_set(root, painting_set(read_manifest(settings.manifest), root))

    def check_room() -> None:
        manifest = read_manifest(settings.manifest)
        model = measure_set(root, painting_set(manifest, root), manifest)
        check_memory(machine(), model, is_loaded=pipeline is not None)

    checks: dict[str, Check] = {
        "driver": lambda: check_driver(machine(), read_torch_build()),
        "compute_capability": lambda: check_compute_capability(machine(), read_torch_build()),
        "volume": lambda: check_volume(root),
        "weights": check_weights,
        "memory": check_room,
    }
    if settings.device == "cpu":
        for name in ("driver", "compute_capability", "memory"):
            del checks[name]
    if pipeline:
        checks["engine"] = lambda: check_loaded(pipeline)
        checks["denoise"] = lambda: _rehearse_step(pipeline)
    return checks


def check_driver(machine: Machine, build: TorchBuild) -> None:
    """Whether there is a GPU whose driver is new enough for torch's CUDA.

    Args:
        machine: this one.
        build: of torch.

    Raises:
        DeviceError: there is no GPU, torch was built without CUDA, or the driver is too old.
    """
    if not machine.gpus or machine.driver is None:
        raise DeviceError(
            f"no NVIDIA GPU is to be seen: {machine.trouble}; run on a machine with one, or set "
            "POSTER_ENGINE=studio"
        )
    cuda = read_version(build.cuda or "")
    if cuda is None:
        raise DeviceError(
            f"torch {build.version} was built without CUDA: install the build of "
            "PyPI for Linux, which has it"
        )
    least = min_driver(cuda)
    if int(machine.driver.partition(".")[0]) < least:
        raise DeviceError(
            f"driver {machine.driver} is too old for CUDA {build.cuda}, which torch "
            f"{build.version} was built with: it needs {least} or newer; allow the endpoint no "
            f"CUDA version below {build.cuda}, so that only hosts with such a driver are taken"
        )


def check_compute_capability(machine: Machine, build: TorchBuild) -> None:
    """Whether torch has code for the GPU.

    Args:
        machine: this one.
        build: of torch.

    Raises:
        DeviceError: there is no GPU, or torch has none for it.
    """
    gpu = _require_gpu(machine)
    if not is_covered(build.archs, gpu.compute_capability):
        major, minor = gpu.compute_capability
        raise DeviceError(
            f"torch {build.version} has no code for {gpu.name}, of compute capability "
            f"{major}.{minor}: it was built for {', '.join(build.archs) or 'no GPU at all'}; "
            "install the torch that poster-maker[flux] pins, or take another GPU"
        )


def check_memory(machine: Machine, model: ModelSize, *, is_loaded: bool) -> None:
    """Whether a poster of the usual size fits into the GPU's memory.

    Args:
        machine: this one.
        model: sizes of the weights.
        is_loaded: the weights are on the GPU already. What is free then lacks what they take, and
            the whole card is counted; else what is free.

    Raises:
        DeviceError: there is no GPU.
        MemoryPlanError: it does not fit; the message has both figures.
    """
    gpu = _require_gpu(machine)
    available = gpu.total_bytes if is_loaded else gpu.free_bytes
    plan_memory(model, DEFAULTS["width"], DEFAULTS["height"], available)


def check_volume(root: Path) -> None:
    """Whether the folder of models is there and can be read.

    Args:
        root: the folder.

    Raises:
        WeightsMissingError: it is not there, is empty or cannot be read.
    """
    fix = "fill it on a pod with poster volume prepare"
    try:
        is_empty = not any(root.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        mount = str(WORKER_MOUNT)
        if not WORKER_MOUNT.is_dir():
            raise WeightsMissingError(
                f"no folder of models, and no network volume is mounted at {mount}: attach one to "
                f"the endpoint, and {fix}"
            ) from None
        raise WeightsMissingError(
            f"a network volume is mounted at {mount}, and has no folder of models where "
            f"POSTER_MODELS says, {mount}/models by default: {fix}"
        ) from None
    except OSError as error:
        raise WeightsMissingError(
            f"the folder of models cannot be read: {error.strerror}; look at the volume"
        ) from error
    if is_empty:
        raise WeightsMissingError(f"the folder of models is empty: {fix}")


def check_loaded(pipeline: Pipeline) -> None:
    """Whether flux is loaded.

    Args:
        pipeline: what the deployment loaded.

    Raises:
        UnavailableError: another engine is.
    """
    pipeline.engines.get("flux")


def _rehearse_poster(pipeline: Pipeline) -> None:
    from poster.runpod.rehearsal import rehearse_poster  # noqa: PLC0415 - it imports the pipeline

    rehearse_poster(pipeline)


def _rehearse_step(pipeline: Pipeline) -> None:
    from poster.runpod.rehearsal import rehearse_step  # noqa: PLC0415 - it imports OpenCV

    rehearse_step(pipeline.engines.get("flux"))


def _require_gpu(machine: Machine) -> Gpu:
    gpu = machine.gpu
    if gpu is None:
        raise DeviceError(f"no NVIDIA GPU is to be seen: {machine.trouble}")
    return gpu
