"""nvidia-smi's output on real machines, and machines without it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from poster.runpod import machine
from poster.runpod.machine import Gpu, Machine, parse_machine, read_machine

MIB = 2**20
RTX_4090 = "NVIDIA GeForce RTX 4090, 570.86.15, 8.9, 24564, 24080\n"
RTX_5090 = "NVIDIA GeForce RTX 5090, 580.65.06, 12.0, 32607, 32109\n"


def fails(error: Exception) -> Machine:
    def ask() -> str:
        raise error

    return read_machine(ask)


def test_a_line_is_a_gpu_with_its_memory_in_bytes() -> None:
    gpu = Gpu("NVIDIA GeForce RTX 4090", (8, 9), 24564 * MIB, 24080 * MIB)
    assert parse_machine(RTX_4090) == Machine("570.86.15", (gpu,))


def test_a_two_digit_capability_is_read_completely() -> None:
    assert parse_machine(RTX_5090).gpus[0].compute_capability == (12, 0)


def test_of_two_gpus_the_newest_and_largest_paints() -> None:
    result = parse_machine(RTX_4090 + RTX_5090 + RTX_4090)
    assert len(result.gpus) == 3
    assert result.gpu == result.gpus[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "reports no GPU"),
        ("No devices were found\n", "cannot be parsed: No devices were found"),
        ("NVIDIA H100, 570.86.15, 9.0, [N/A], [N/A]\n", "cannot be parsed: NVIDIA H100"),
        ("NVIDIA H100, [N/A], 9.0, 81559, 81000\n", "cannot be parsed: NVIDIA H100"),
        ("Tesla K20, 390.48, x, 1, 1\n", "cannot be parsed: Tesla K20"),
    ],
)
def test_an_output_without_a_gpu_is_reported_with_its_text(text: str, words: str) -> None:
    result = parse_machine(text)
    assert (result.driver, result.gpus, result.gpu) == (None, (), None)
    assert words in result.trouble


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(), "is missing; it comes with the driver"),
        (PermissionError(13, "Permission denied"), "cannot be run: Permission denied"),
        (subprocess.TimeoutExpired("nvidia-smi", 30), "did not answer within 30 s"),
        (
            subprocess.CalledProcessError(
                18, "nvidia-smi", "Failed to initialize NVML: Driver/library version mismatch\nx"
            ),
            "failed: Failed to initialize NVML: Driver/library version mismatch",
        ),
        (subprocess.CalledProcessError(9, "nvidia-smi"), "failed: exit 9"),
    ],
)
def test_a_tool_that_fails_is_reported_and_raises_nothing(error: Exception, words: str) -> None:
    result = fails(error)
    assert result.gpus == ()
    assert result.trouble.endswith(words)


def test_the_real_tool_is_asked_as_its_own_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n[ $# = 2 ] && printf '{RTX_4090.rstrip()}\\n'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert read_machine() == parse_machine(RTX_4090)


def test_a_machine_without_the_tool_has_no_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "QUERY", (str(tmp_path / "nvidia-smi"),))
    assert "comes with the driver" in read_machine().trouble
