"""A weight set on a volume -> what an endpoint needs to serve it: volume, environment, GPUs, CUDA.

Reads the headers of the set's files and the tables in poster.runpod.cuda; queries no GPU and does
not contact RunPod.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from poster.engines.flux.architecture import find_architecture
from poster.engines.flux.memory import ModelSize, measure_model, peak_bytes
from poster.errors import WeightsMismatchError
from poster.page_size import DEFAULT_HEIGHT, DEFAULT_WIDTH
from poster.runpod.cuda import (
    HOST_CUDA,
    POOLS,
    TORCH_ARCHS,
    TORCH_CUDA,
    capabilities_of,
    format_version,
    is_covered,
    own_torch,
)
from poster.weights.header import read_header
from poster.weights.manifest import Manifest, WeightSet
from poster.weights.places import VOLUME
from poster.weights.verify import painting_set

POD_MOUNT = Path("/workspace")
WORKER_MOUNT = VOLUME.parent
"""Where a network volume is mounted on a Pod, and on a serverless worker.
Source: docs.runpod.io, storage/network-volumes."""

CACHE_BYTES = 1_000_000_000
"""Room in addition to the weights: the engine stores at most 64 embeddings of 12.6 MB."""

_RESERVED_BYTES = 2**29
"""GPU memory that the driver reserves; an RTX 4090 of 24 GiB shows 23.5 GiB free."""


@dataclass(frozen=True, slots=True)
class EndpointNeeds:
    """What to set on an endpoint.

    Args:
        environment: variable -> value.
        pools: ids of the pools in which every GPU holds the whole set; empty if not known.
        cuda_versions: for allowedCudaVersions, ascending.
        gpu_bytes: peak GPU memory for a poster of the default size; None if not known.
        offloaded_bytes: the same, with the text encoder offloaded and the VAE in tiles.
        volume_gb: minimum size of the network volume.
        weights_bytes: of all weight files in the manifest that are on the volume.
        licence: of the set.
        notes: what the operator should know, one sentence each.
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
    """Find out what an endpoint needs to serve a set.

    Args:
        root: the models folder, which contains the complete set.
        weight_set: the set.
        manifest: the manifest that contains it.

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
        whole, offloaded = default_peak(model, offload=False), default_peak(model, offload=True)
    files = {file.path_in(root) for one in manifest.sets.values() for file in one.files}
    weights_bytes = sum(path.stat().st_size for path in files if path.is_file())
    return EndpointNeeds(
        environment={"POSTER_ENGINE": "flux"} | ({"POSTER_MODELS": str(place)} if place else {}),
        pools=fitting_pools(whole) if whole else (),
        cuda_versions=tuple(format_version(cuda) for cuda in HOST_CUDA if cuda >= _torch_cuda()),
        gpu_bytes=whole,
        offloaded_bytes=offloaded,
        volume_gb=math.ceil((weights_bytes + CACHE_BYTES) / 1e9),
        weights_bytes=weights_bytes,
        licence=weight_set.licence,
        notes=tuple(notes),
    )


def measure_set(root: Path, weight_set: WeightSet, manifest: Manifest) -> ModelSize:
    """Calculate the GPU memory that a set needs.

    Args:
        root: the models folder.
        weight_set: the set.
        manifest: the manifest that contains it.

    Returns:
        The sizes of its parts.

    Raises:
        WeightsMismatchError: the set's architecture is not known.
        WeightsError: a file is missing or not valid.
    """
    architecture = find_architecture(weight_set.architecture, manifest.architectures)
    transformer, text_encoder, vae = (
        read_header(weight_set.of_role(role)[0].path_in(root))
        for role in ("transformer", "text_encoder", "vae")
    )
    return measure_model(transformer, text_encoder, vae, architecture)


def default_peak(model: ModelSize, *, offload: bool) -> int:
    """Calculate the peak GPU memory for a poster of the default size.

    Args:
        model: its sizes.
        offload: with the text encoder offloaded and the VAE in tiles: the minimum that works.

    Returns:
        Bytes.
    """
    size = DEFAULT_WIDTH, DEFAULT_HEIGHT
    return peak_bytes(model, *size, offload=offload, tile=offload)


def fitting_pools(gpu_bytes: int) -> tuple[str, ...]:
    """Find the pools in which every GPU has enough memory and runs the pinned torch.

    Args:
        gpu_bytes: GPU memory needed.

    Returns:
        Pool ids, smallest GPUs first.
    """
    archs = TORCH_ARCHS[_torch_cuda()]
    return tuple(
        pool
        for pool in sorted(POOLS, key=_pool_gib)
        if _pool_gib(pool) * 2**30 - _RESERVED_BYTES >= gpu_bytes
        and all(is_covered(archs, capability) for capability in capabilities_of([pool]).values())
    )


def worker_place(root: Path) -> Path | None:
    """Find the path at which workers see a folder on a network volume.

    Args:
        root: the folder's path on a Pod or a worker.

    Returns:
        Its path on a worker; None if it is not on a network volume.
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
            f"this folder is not on a network volume (mounted at {POD_MOUNT} on a Pod), so no "
            "worker will see it; prepare the volume there"
        )
    painter = painting_set(manifest, root)
    if painter != weight_set:
        notes.append(
            f"{painter.name} is also on this volume, and workers use it: it is "
            f"{'the default' if painter.name == manifest.default else 'first in the manifest'}"
        )
    return notes


def _pool_gib(pool: str) -> int:
    """Memory of a pool's GPUs in GiB, as its id states it."""
    found = re.search(r"_(\d+)", pool)
    return int(found[1]) if found else 0


def _torch_cuda() -> tuple[int, int]:
    """CUDA version of the torch that this package installs."""
    return TORCH_CUDA[own_torch()]
