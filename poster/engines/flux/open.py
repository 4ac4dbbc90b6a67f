"""Settings -> a FluxEngine on this machine's GPU, or the reason why it cannot run.

Packages and weights are checked before torch is imported, so that a machine without them gets an
error at once. If it has no GPU either, the same error says so first.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

from poster.engines.base import FindSubject
from poster.engines.flux.architecture import find_architecture
from poster.engines.flux.driver import has_gpu
from poster.engines.flux.engine import FluxEngine
from poster.errors import DeviceError, UnavailableError, WeightsError, WeightsMissingError
from poster.settings import Settings
from poster.weights.manifest import Manifest, WeightSet, read_manifest
from poster.weights.places import default_root
from poster.weights.verify import find_folder_trouble, is_usable, painting_set, require_set

_NO_GPU = "no NVIDIA GPU with driver 570 or newer was found"

_log = logging.getLogger(__name__)


def open_flux(settings: Settings, find_subject: FindSubject) -> FluxEngine:
    """Verify the weights cheaply, find the device, and load.

    Args:
        settings: models_dir, manifest and device.
        find_subject: finds the subject of a painted picture.

    Returns:
        The engine, ready to paint.

    Raises:
        DeviceError: there is no GPU; the message also says what else is missing.
        WeightsError: the volume has no complete and correct weight set.
        MemoryPlanError: a poster does not fit in its memory.
        UnavailableError: torch or diffusers is not installed.
    """
    manifest = read_manifest(settings.manifest)
    root = default_root(settings.models_dir)
    weight_set = painting_set(manifest, root)
    _require_all(settings, root, weight_set)
    if weight_set.name != manifest.default:
        _log.warning("%s is incomplete; using %s instead", manifest.default, weight_set.name)
    architecture = find_architecture(weight_set.architecture, manifest.architectures)
    device = _find_device(settings)
    fast_set = _distilled_sibling(manifest, root, weight_set)
    return FluxEngine(weight_set, root, device, architecture, find_subject, fast_set=fast_set)


def _distilled_sibling(manifest: Manifest, root: Path, weight_set: WeightSet) -> WeightSet | None:
    for other in manifest.sets.values():
        is_sibling = other.is_distilled and other.architecture == weight_set.architecture
        if is_sibling and other != weight_set and is_usable(root, other):
            return other
    return None


def _require_all(settings: Settings, root: Path, weight_set: WeightSet) -> None:
    """Check the packages and the weights, and if one is missing, the GPU.

    The GPU is named first: without one, neither an installation nor a download helps.
    """
    lacks = []
    error: UnavailableError | None = None
    if find_spec("torch") is None or find_spec("diffusers") is None:
        lacks.append("torch and diffusers are not installed")
        error = UnavailableError(
            "flux needs torch and diffusers: install the wheel with the [flux] extra, or run make "
            "test in a checkout"
        )
    try:
        require_set(root, weight_set)
    except WeightsError as trouble:
        state = "missing" if isinstance(trouble, WeightsMissingError) else "not usable"
        folder = find_folder_trouble(root)
        lack = f"its models folder {folder}" if folder else f"its weights are {state}"
        lacks.append(f"{lack} (see poster weights status)")
        error = error or trouble
    if error:
        if settings.device != "cpu" and not has_gpu():
            raise _no_gpu(settings, *lacks) from error
        raise error


def _find_device(settings: Settings) -> str:
    if settings.device == "cpu":
        return "cpu"
    import torch  # noqa: PLC0415 - takes 2 s, and is not needed without weights

    if not torch.cuda.is_available():
        raise _no_gpu(settings)
    return "cuda"


def _no_gpu(settings: Settings, *lacks: str) -> DeviceError:
    """The error of a machine without a GPU, and without what else it lacks."""
    # A request for flux is rejected where POSTER_ENGINE is studio, so that alone is no way out.
    setting = "set POSTER_ENGINE=studio and " if settings.engine == "flux" else ""
    return DeviceError(
        f"{', and '.join((_NO_GPU, *lacks))}: run flux on a machine that has all it needs, or "
        f"{setting}use engine studio"
    )
