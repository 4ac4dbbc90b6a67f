"""What an endpoint needs, from the sizes of a weight set and the tables of pools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from poster.runpod import endpoint
from poster.runpod.endpoint import (
    default_peak,
    find_needs,
    fitting_pools,
    measure_set,
    worker_place,
)
from poster.weights.manifest import read_manifest
from tools.klein_size import KLEIN_9B

if TYPE_CHECKING:
    from tools.tiny_weights import TinyWeights


def test_the_whole_9b_set_fits_in_pools_of_24_gb_and_more() -> None:
    pools = fitting_pools(default_peak(KLEIN_9B, offload=False))
    assert pools[:3] == ("AMPERE_24", "ADA_24", "ADA_32_PRO")
    assert pools[-1] == "BLACKWELL_180"


def test_offloaded_it_fits_in_16_gb() -> None:
    assert fitting_pools(default_peak(KLEIN_9B, offload=True))[0] == "AMPERE_16"


def test_no_pool_serves_a_set_larger_than_every_gpu() -> None:
    assert fitting_pools(10**12) == ()


def test_without_code_for_blackwell_its_pools_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "TORCH_ARCHS", {(12, 8): ("sm_80", "sm_86", "sm_90")})
    pools = fitting_pools(20_000_000_000)
    assert "ADA_24" in pools
    assert not {"ADA_32_PRO", "BLACKWELL_96", "BLACKWELL_180"} & set(pools)


def test_a_pods_folder_has_a_different_path_on_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worker_place(Path("/workspace/models")) == Path("/runpod-volume/models")
    assert worker_place(Path("/runpod-volume/a/../models")) == Path("/runpod-volume/models")
    assert worker_place(Path("/workspaces/models")) is None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(endpoint, "POD_MOUNT", tmp_path)
    assert worker_place(Path("models")) == Path("/runpod-volume/models")


def test_a_sets_needs_include_its_memory_and_everything_on_the_volume(
    tiny_weights: TinyWeights,
) -> None:
    manifest = read_manifest(tiny_weights.manifest_path)
    needs = find_needs(tiny_weights.root, manifest.choose("klein-tiny"), manifest)
    model = measure_set(tiny_weights.root, manifest.choose("klein-tiny"), manifest)
    assert needs.gpu_bytes == default_peak(model, offload=False)
    assert needs.offloaded_bytes == default_peak(model, offload=True)
    assert needs.pools == fitting_pools(needs.gpu_bytes)
    one_set = sum(file.bytes or 0 for file in manifest.choose("klein-tiny").files)
    assert needs.weights_bytes > one_set
    assert needs.volume_gb == 2
