"""A weight set on a volume -> what an endpoint needs to serve it: volume, environment, GPUs, CUDA.

Reads headers of the set's files and the tables of poster.runpod.cuda; asks no GPU and no platform.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from poster.engines.flux.architecture import find_architecture
from poster.engines.flux.memory import ModelSize, measure_model, peak_bytes
from poster.errors import WeightsMismatchError
from poster.request import DEFAULTS
from poster.runpod.cuda import (
    HOST_CUDA,
    POOLS,
    TORCH_ARCHS,
    TORCH_CUDA,
    capabilities_of,
    is_covered,
    write_version,
)
from poster.weights.header import read_header
from poster.weights.manifest import Manifest, WeightSet
from poster.weights.places import VOLUME
from poster.weights.verify import painting_set

POD_MOUNT = Path("/workspace")
WORKER_MOUNT = VOLUME.parent
"""Where a network volume lies on a pod, and where the same one lies on a serverless worker.
Source: docs.runpod.io, storage/network-volumes."""

KEPT_BYTES = 1_000_000_000
"""Room beside the weights: the engine keeps at most 64 embeddings of 12.6 MB."""

_TAKEN_BYTES = 2**29
"""What a card's driver keeps of its memory; an RTX 4090 of 24 GiB shows 23.5 GiB free."""


@dataclass(frozen=True, slots=True)
class EndpointNeeds:
    """What to set on an endpoint.

    Args:
        environment: variable -> value.
        pools: ids of the pools whose every GPU runs the set whole; none where that is not known.
        cuda_versions: for allowedCudaVersions, ascending.
        gpu_bytes: most GPU memory a poster of the usual size takes; None where that is not known.
        offloaded_bytes: the same with the text encoder offloaded and the VAE in tiles.
        volume_gb: least size of the network volume.
        weights_bytes: of all weight files of the manifest that are on the volume.
        licence: of the set.
        notes: what stands in the way, a sentence each.
    """

    environment: dict[str, str]
    pools: tuple[str, ...]
    cuda_versions: tuple[str, ...]
    gpu_bytes: int | None
    offloaded_bytes: int | None
    volume_gb: int
    weights_bytes: int
    licence: str
    notes: tuple[str, ...]


def find_needs(root: Path, weight_set: WeightSet, manifest: Manifest) -> EndpointNeeds:
    """Tell what an endpoint needs to serve a set.

    Args:
        root: the folder of models, where the set is whole.
        weight_set: the set.
        manifest: of which it is one.

    Returns:
        The needs.
    """
    place = worker_place(root)
    notes = _notes(root, weight_set, manifest)
    whole = offloaded = None
    try:
        model = measure_set(root, weight_set, manifest)
    except WeightsMismatchError as error:
        notes.append(f"no worker can paint with this set: {error}")
    else:
        whole, offloaded = usual_peak(model, offload=False), usual_peak(model, offload=True)
    files = {file.place(root) for one in manifest.sets.values() for file in one.files}
    weights_bytes = sum(path.stat().st_size for path in files if path.is_file())
    return EndpointNeeds(
        environment={"POSTER_ENGINE": "flux"} | ({"POSTER_MODELS": str(place)} if place else {}),
        pools=fitting_pools(whole) if whole else (),
        cuda_versions=tuple(write_version(cuda) for cuda in HOST_CUDA if cuda >= _torch_cuda()),
        gpu_bytes=whole,
        offloaded_bytes=offloaded,
        volume_gb=math.ceil((weights_bytes + KEPT_BYTES) / 1e9),
        weights_bytes=weights_bytes,
        licence=weight_set.licence,
        notes=tuple(notes),
    )


def measure_set(root: Path, weight_set: WeightSet, manifest: Manifest) -> ModelSize:
    """Add up what a set holds on a GPU.

    Args:
        root: the folder of models.
        weight_set: the set.
        manifest: of which it is one.

    Returns:
        Its sizes.

    Raises:
        WeightsMismatchError: the set is of an architecture that nobody knows.
        WeightsError: a file is not there or is not what it must be.
    """
    architecture = find_architecture(weight_set.architecture, manifest.architectures)
    transformer, text_encoder, vae = (
        read_header(weight_set.of_role(role)[0].place(root))
        for role in ("transformer", "text_encoder", "vae")
    )
    return measure_model(transformer, text_encoder, vae, architecture)


def usual_peak(model: ModelSize, *, offload: bool) -> int:
    """Most GPU memory that a poster of the usual size takes.

    Args:
        model: its sizes.
        offload: with the text encoder offloaded and the VAE in tiles, the least that will do.

    Returns:
        Bytes.
    """
    size = DEFAULTS["width"], DEFAULTS["height"]
    return peak_bytes(model, *size, offload=offload, tile=offload)


def fitting_pools(gpu_bytes: int) -> tuple[str, ...]:
    """The pools whose every GPU has so much memory and runs the torch that is pinned.

    Args:
        gpu_bytes: of GPU memory.

    Returns:
        Pool ids, those of the smallest cards first.
    """
    archs = TORCH_ARCHS[_torch_cuda()]
    return tuple(
        pool
        for pool in sorted(POOLS, key=_pool_gib)
        if _pool_gib(pool) * 2**30 - _TAKEN_BYTES >= gpu_bytes
        and all(is_covered(archs, capability) for capability in capabilities_of([pool]).values())
    )


def worker_place(root: Path) -> Path | None:
    """Where workers see a folder that lies on a pod's network volume.

    Args:
        root: the folder, on a pod or on a worker.

    Returns:
        Its path on a worker; None where it lies on no such volume.
    """
    absolute = root.resolve()
    for mount in (POD_MOUNT, WORKER_MOUNT):
        if absolute.is_relative_to(mount):
            return WORKER_MOUNT / absolute.relative_to(mount)
    return None


def _notes(root: Path, weight_set: WeightSet, manifest: Manifest) -> list[str]:
    notes = []
    if worker_place(root) is None:
        notes.append(
            f"this folder is not on a volume that RunPod mounts ({POD_MOUNT} on a pod): no worker "
            "sees it; prepare the volume there"
        )
    painter = painting_set(manifest, root)
    if painter != weight_set:
        notes.append(
            f"{painter.name} is on this volume too, and workers paint with it: it is "
            f"{'the default' if painter.name == manifest.default else 'the first of the manifest'}"
        )
    return notes


def _pool_gib(pool: str) -> int:
    """Memory of a pool's cards, which its id names."""
    found = re.search(r"_(\d+)", pool)
    return int(found[1]) if found else 0


def _torch_cuda() -> tuple[int, int]:
    """CUDA of the torch that this package pins, whether or not it is installed here."""
    pins = " ".join(metadata.requires("poster-maker") or ())
    found = re.search(r"\btorch==([\d.]+)", pins)
    return TORCH_CUDA[found[1] if found else max(TORCH_CUDA)]
