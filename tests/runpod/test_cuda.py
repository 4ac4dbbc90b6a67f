"""The tables of GPUs, torch and CUDA, and which of them work together."""

import pytest
import torch

from poster.runpod.cuda import (
    CAPABILITIES,
    FIRST_CUDA,
    GPUS,
    HOST_CUDA,
    MIN_DRIVERS,
    POOLS,
    TORCH_ARCHS,
    TORCH_CUDA,
    capabilities_of,
    cuda_of_torch,
    format_version,
    is_covered,
    min_driver,
    own_torch,
    pools_of,
    read_arch_list,
    read_version,
)
from tools.make_lock import collect_versions, lock_path

CU128 = TORCH_ARCHS[12, 8]


def test_every_gpu_of_a_pool_has_a_capability_and_every_capability_a_first_cuda() -> None:
    assert {gpu for gpus in POOLS.values() for gpu in gpus} <= set(CAPABILITIES)
    assert {gpu for gpu in GPUS if not gpu.startswith("AMD ")} == set(CAPABILITIES)
    assert set(CAPABILITIES.values()) == set(FIRST_CUDA)


def test_the_installed_torch_is_what_the_tables_say() -> None:
    version = torch.__version__.partition("+")[0]
    cuda = TORCH_CUDA[version]
    assert torch.version.cuda == format_version(cuda)
    built = torch._C._cuda_getArchFlags() or ""
    assert set(TORCH_ARCHS[cuda]) <= set(built.split())


@pytest.mark.parametrize(
    ("version", "cuda"),
    [
        ("2.10.0", (12, 8)),
        ("2.10", (12, 8)),
        ("2.11.0", (13, 0)),
        ("2.11.0+cu128", (12, 8)),
        ("2.10.0+cu126", (12, 6)),
        ("2.10.0+cpu", None),
        ("2.99.0", None),
        ("", None),
    ],
)
def test_a_torch_has_the_cuda_of_its_wheel(version: str, cuda: tuple[int, int] | None) -> None:
    assert cuda_of_torch(version) == cuda


@pytest.mark.parametrize("name", ["BLACKWELL_24", "ADA_48", "RTX_4090", "ada_24", ""])
def test_an_invented_pool_has_no_gpus(name: str) -> None:
    assert capabilities_of([name]) == {}


def test_a_gpu_is_found_in_its_pools() -> None:
    assert pools_of("NVIDIA GeForce RTX 4090") == ("ADA_24",)
    assert pools_of("NVIDIA GeForce RTX 5090") == ("ADA_32_PRO",)
    # RunPod's own lists disagree about it.
    assert pools_of("NVIDIA L4") == ("AMPERE_24", "ADA_24")
    assert pools_of("ADA_24") == ()


def test_an_excluded_gpu_is_not_deployed_to() -> None:
    assert set(capabilities_of(["ADA_24"], ["NVIDIA L4"])) == {"NVIDIA GeForce RTX 4090"}


@pytest.mark.parametrize(
    ("archs", "capability", "runs"),
    [
        (("sm_86",), (8, 9), True),  # an RTX 4090 runs what was built for an RTX 3090
        (("sm_89",), (8, 6), False),
        (("sm_80",), (8, 0), True),
        (("sm_90",), (8, 9), False),
        (("sm_86",), (9, 0), False),
        (("sm_90", "sm_100"), (12, 0), False),
        (("compute_90",), (12, 0), True),
        (("compute_120",), (10, 0), False),
        (("sm_90a",), (9, 0), True),
        (("sm_120a",), (12, 1), False),
        ((), (8, 9), False),
        (("nonsense",), (8, 9), False),
        (CU128, (8, 9), True),
        (CU128, (12, 0), True),
        (TORCH_ARCHS[12, 6], (12, 0), False),
    ],
)
def test_code_runs_on_its_own_major_version_and_on_newer_minor_ones(
    archs: tuple[str, ...], capability: tuple[int, int], *, runs: bool
) -> None:
    assert is_covered(archs, capability) is runs


@pytest.mark.parametrize("gpu", sorted({gpu for gpus in POOLS.values() for gpu in gpus}))
def test_the_image_runs_on_every_gpu_of_every_pool(gpu: str) -> None:
    assert is_covered(CU128, CAPABILITIES[gpu])


@pytest.mark.parametrize(
    ("text", "archs"),
    [
        ("12.0", ("sm_120",)),
        ("8.9;12.0+PTX", ("sm_89", "sm_120", "compute_120")),
        ("8.0 8.6", ("sm_80", "sm_86")),
        ("all", ()),
        ("", ()),
    ],
)
def test_an_arch_list_is_read_as_torch_does(text: str, archs: tuple[str, ...]) -> None:
    assert read_arch_list(text) == archs


@pytest.mark.parametrize(
    ("cuda", "driver"), [((12, 0), 525), ((12, 8), 570), ((13, 0), 580), ((13, 2), 580)]
)
def test_each_cuda_has_a_minimum_driver(cuda: tuple[int, int], driver: int) -> None:
    assert min_driver(cuda) == driver


def test_hosts_report_versions_in_ascending_order() -> None:
    assert list(HOST_CUDA) == sorted(HOST_CUDA)
    assert set(HOST_CUDA) <= set(MIN_DRIVERS)
    assert list(MIN_DRIVERS.values()) == sorted(MIN_DRIVERS.values())


@pytest.mark.parametrize(
    ("text", "version"),
    [("12.8", (12, 8)), ("12.8.1", (12, 8)), ("12", None), ("12.x", None), ("", None)],
)
def test_a_version_is_read_or_refused(text: str, version: tuple[int, int] | None) -> None:
    assert read_version(text) == version


@pytest.mark.parametrize(
    ("allowed", "version"),
    [
        ("torch~=2.10.0; extra == 'flux'", "2.10.0"),
        ("torch==2.9.1", "2.9.1"),
        ("torch>=2.8,<2.10", "2.9.1"),
        ("torch>=2.9,<2.12", "2.11.0"),
        ("torch==1.0", ""),
        ("torchvision==2.9.1", ""),
    ],
)
def test_the_torch_that_the_package_installs_is_the_newest_it_allows(
    allowed: str, version: str
) -> None:
    assert own_torch(["numpy>=2", allowed]) == version


def test_the_package_itself_allows_the_torch_of_the_lock() -> None:
    locked = collect_versions(lock_path("worker"))["torch"]
    assert own_torch() == locked
