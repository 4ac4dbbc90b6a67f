"""What torch was built for, found without a GPU."""

import sys

import pytest
import torch

from poster.engines.flux.torch_build import read_torch_build
from poster.errors import UnavailableError
from poster.runpod.cuda import TORCH_ARCHS, TORCH_CUDA, read_version


def test_the_pinned_build_is_what_the_tables_say_of_it() -> None:
    build = read_torch_build()
    assert build.version.partition("+")[0] == "2.10.0"
    cuda = read_version(build.cuda or "")
    assert cuda == TORCH_CUDA["2.10.0"] == (12, 8)
    assert set(TORCH_ARCHS[cuda]) <= set(build.archs)
    assert "sm_120" in build.archs


def test_a_build_for_cpus_has_no_cuda_and_no_archs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.delattr(torch._C, "_cuda_getArchFlags")
    build = read_torch_build()
    assert (build.cuda, build.archs) == (None, ())


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UnavailableError, match=r"install the wheel with the \[flux\] extra"):
        read_torch_build()
