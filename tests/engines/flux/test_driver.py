"""Whether the driver offers a GPU, from stand-ins for the driver's library."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from poster.engines.flux.driver import has_gpu

FAILURE = 100


class Driver:
    """CUDA's driver with as many GPUs as it is told."""

    def __init__(self, gpus: int = 1, started: int = 0, counted: int = 0) -> None:
        self.gpus, self.started, self.counted = gpus, started, counted

    def cuInit(self, flags: int) -> int:  # noqa: N802 - the driver's name
        assert flags == 0
        return self.started

    def cuDeviceGetCount(self, count: Any) -> int:  # noqa: N802 - the driver's name
        count._obj.value = self.gpus  # what byref points to
        return self.counted


@pytest.mark.parametrize(
    "driver",
    [Driver(gpus=0), Driver(started=FAILURE), Driver(counted=FAILURE)],
    ids=["no GPU", "not started", "not counted"],
)
def test_a_driver_that_offers_none_or_fails_means_no_gpu(
    monkeypatch: pytest.MonkeyPatch, driver: Driver
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: driver)
    assert not has_gpu()


@pytest.mark.parametrize("gpus", [1, 8])
def test_a_gpu_is_found(monkeypatch: pytest.MonkeyPatch, gpus: int) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Driver(gpus))
    assert has_gpu()


def test_a_machine_without_the_driver_has_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert not has_gpu()
