"""Settings and the loaded pipeline -> named checks, which raise if this worker must not take jobs.

Each check examines one thing and says what is wrong and how to fix it. Does not know who runs it:
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
from poster.page_size import DEFAULT_HEIGHT, DEFAULT_WIDTH
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
    settings: Settings,
    pipeline: Pipeline | None,
    describe_machine: Callable[[], Machine] = read_machine,
) -> dict[str, Check]:
    """The checks of a deployment, in the order in which they should run.

    Causes come before their effects: fix the first check that raises.

    Args:
        settings: of the deployment.
        pipeline: what was loaded; None if loading failed and the checks should find out why.
        describe_machine: describes this machine; called at most once.

    Returns:
        Name -> check. With flux: driver, compute_capability, volume, weights, memory, engine and
        denoise, without the GPU's checks if POSTER_DEVICE is cpu. With studio: only engine. Without
        a pipeline, engine and denoise are left out. A check raises an UnavailableError if something
        is wrong.
    """
    painter = settings.engine
    if painter == "auto" and pipeline:
        painter = pipeline.engines.default
    if painter != "flux":
        return {"engine": lambda: _rehearse_poster(pipeline)} if pipeline else {}

    root = default_root(settings.models_dir)
    machine = cache(describe_machine)

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
    """Check that there is a GPU, and that its driver is new enough for torch's CUDA.

    Args:
        machine: this machine.
        build: of torch.

    Raises:
        DeviceError: there is no GPU, torch was built without CUDA, or the driver is too old.
    """
    if not machine.gpus or machine.driver is None:
        raise DeviceError(
            f"no NVIDIA GPU was found: {machine.trouble}; run on a machine with one, or set "
            "POSTER_ENGINE=studio and use engine studio"
        )
    cuda = read_version(build.cuda or "")
    if cuda is None:
        raise DeviceError(
            f"torch {build.version} was built without CUDA: install the Linux build from PyPI, "
            "which has it"
        )
    minimum = min_driver(cuda)
    if int(machine.driver.partition(".")[0]) < minimum:
        raise DeviceError(
            f"driver {machine.driver} is too old for CUDA {build.cuda}, with which torch "
            f"{build.version} was built: it needs driver {minimum} or newer; remove CUDA versions "
            f"below {build.cuda} from the endpoint, so that only hosts with such a driver are used"
        )


def check_compute_capability(machine: Machine, build: TorchBuild) -> None:
    """Check that torch has code for the GPU.

    Args:
        machine: this machine.
        build: of torch.

    Raises:
        DeviceError: there is no GPU, or torch has no code for it.
    """
    gpu = _require_gpu(machine)
    if not is_covered(build.archs, gpu.compute_capability):
        major, minor = gpu.compute_capability
        raise DeviceError(
            f"torch {build.version} has no code for {gpu.name}, compute capability "
            f"{major}.{minor}: it was built for {', '.join(build.archs) or 'no GPU at all'}; "
            "install the torch that the wheel's [flux] extra requires, or use another GPU"
        )


def check_memory(machine: Machine, model: ModelSize, *, is_loaded: bool) -> None:
    """Check that a poster of the default size fits in the GPU's memory.

    Args:
        machine: this machine.
        model: sizes of the weights.
        is_loaded: whether the weights are already on the GPU. If so, its total memory is compared,
            since free memory no longer includes the weights; otherwise its free memory.

    Raises:
        DeviceError: there is no GPU.
        MemoryPlanError: it does not fit; the message has both figures.
    """
    gpu = _require_gpu(machine)
    available = gpu.total_bytes if is_loaded else gpu.free_bytes
    plan_memory(model, DEFAULT_WIDTH, DEFAULT_HEIGHT, available)


def check_volume(root: Path) -> None:
    """Check that the models folder exists, can be read and is not empty.

    Args:
        root: the folder.

    Raises:
        WeightsMissingError: it is missing or empty, or cannot be read.
    """
    fix = "fill it on a Pod with poster volume prepare"
    try:
        is_empty = not any(root.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        mount = str(WORKER_MOUNT)
        if not WORKER_MOUNT.is_dir():
            raise WeightsMissingError(
                f"the models folder is missing, and no network volume is mounted at {mount}: "
                f"attach one to the endpoint, and {fix}"
            ) from None
        raise WeightsMissingError(
            f"a network volume is mounted at {mount}, but the folder that POSTER_MODELS names "
            f"({mount}/models by default) is missing: {fix}"
        ) from None
    except OSError as error:
        raise WeightsMissingError(
            f"the models folder cannot be read: {error.strerror}; check the volume"
        ) from error
    if is_empty:
        raise WeightsMissingError(f"the models folder is empty: {fix}")


def check_loaded(pipeline: Pipeline) -> None:
    """Check that flux is loaded.

    Args:
        pipeline: what the deployment loaded.

    Raises:
        UnavailableError: another engine is loaded.
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
        raise DeviceError(f"no NVIDIA GPU was found: {machine.trouble}")
    return gpu
