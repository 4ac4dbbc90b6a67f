"""Settings -> a FluxEngine on this machine's GPU, or the reason why it cannot run.

Weights are checked before torch is imported, so that a machine without them gets an error at once.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

from poster.engines.base import FindSubject
from poster.engines.flux.architecture import find_architecture
from poster.engines.flux.engine import FluxEngine
from poster.errors import DeviceError, UnavailableError
from poster.settings import Settings
from poster.weights.manifest import Manifest, WeightSet, read_manifest
from poster.weights.places import default_root
from poster.weights.verify import is_usable, painting_set, require_set

_log = logging.getLogger(__name__)


def open_flux(settings: Settings, find_subject: FindSubject) -> FluxEngine:
    """Verify the weights cheaply, find the device, and load.

    Args:
        settings: models_dir, manifest and device.
        find_subject: finds the subject of a painted picture.

    Returns:
        The engine, ready to paint.

    Raises:
        WeightsError: the volume has no complete and correct weight set.
        DeviceError: there is no GPU.
        MemoryPlanError: a poster does not fit in its memory.
        UnavailableError: torch or diffusers is not installed.
    """
    manifest = read_manifest(settings.manifest)
    root = default_root(settings.models_dir)
    weight_set = painting_set(manifest, root)
    require_set(root, weight_set)
    if weight_set.name != manifest.default:
        _log.warning("%s is incomplete; using %s instead", manifest.default, weight_set.name)
    architecture = find_architecture(weight_set.architecture, manifest.architectures)
    device = _find_device(settings.device)
    fast_set = _distilled_sibling(manifest, root, weight_set)
    return FluxEngine(weight_set, root, device, architecture, find_subject, fast_set=fast_set)


def _distilled_sibling(manifest: Manifest, root: Path, weight_set: WeightSet) -> WeightSet | None:
    for other in manifest.sets.values():
        is_sibling = other.is_distilled and other.architecture == weight_set.architecture
        if is_sibling and other != weight_set and is_usable(root, other):
            return other
    return None


def _find_device(name: str) -> str:
    if find_spec("torch") is None or find_spec("diffusers") is None:
        raise UnavailableError("flux needs torch and diffusers: install poster-maker[flux]")
    if name == "cpu":
        return "cpu"
    import torch  # noqa: PLC0415 - takes 2 s, and is not needed without weights

    if not torch.cuda.is_available():
        raise DeviceError(
            "flux needs an NVIDIA GPU with driver 570 or newer, and none was found: "
            "run on a machine with one, or set POSTER_ENGINE=studio"
        )
    return "cuda"
