"""nvidia-smi's output -> this machine's driver and GPUs.

Judges nothing, and never imports torch: it runs before anything heavy is loaded, and even if torch
cannot be loaded.
"""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

QUERY = (
    "nvidia-smi",
    "--query-gpu=name,driver_version,compute_cap,memory.total,memory.free",
    "--format=csv,noheader,nounits",
)
"""Memory is in MiB. Source: nvidia-smi --help-query-gpu."""

TIMEOUT_S = 30.0
"""A driver that hangs never answers; one that wakes up takes a few seconds."""

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU.

    Args:
        name: full name, such as NVIDIA GeForce RTX 4090.
        compute_capability: major and minor, such as (8, 9).
        total_bytes: total memory.
        free_bytes: memory that is free now.
    """

    name: str
    compute_capability: tuple[int, int]
    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's driver and GPUs.

    Args:
        driver: NVIDIA's version, such as 570.86.15; None if there is none.
        gpus: the GPUs that the driver reports.
        trouble: why no GPU was found; empty if one was.
    """

    driver: str | None
    gpus: tuple[Gpu, ...]
    trouble: str = ""

    @property
    def gpu(self) -> Gpu | None:
        """The GPU to paint with: the newest and largest, since CUDA lists the fastest first."""
        return max(
            self.gpus, key=lambda gpu: (gpu.compute_capability, gpu.total_bytes), default=None
        )


def ask_nvidia_smi() -> str:
    """Run the driver's own tool.

    Returns:
        A line for each GPU, in the format of QUERY.

    Raises:
        OSError: the tool is not installed.
        subprocess.SubprocessError: it failed or did not answer in time.
    """
    done = subprocess.run(  # noqa: S603 - QUERY is a constant
        QUERY, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    return done.stdout


def read_machine(ask: Callable[[], str] = ask_nvidia_smi) -> Machine:
    """Describe this machine.

    Args:
        ask: returns nvidia-smi's output.

    Returns:
        The machine; if no GPU was found, it has no GPUs and gives the reason.
    """
    try:
        return parse_machine(ask())
    except FileNotFoundError:
        return Machine(None, (), "nvidia-smi is missing; it comes with the driver")
    except subprocess.TimeoutExpired:
        return Machine(None, (), f"nvidia-smi did not answer within {TIMEOUT_S:.0f} s")
    except subprocess.CalledProcessError as error:
        said = _first_line(f"{error.stdout or ''}\n{error.stderr or ''}")
        return Machine(None, (), f"nvidia-smi failed: {said or f'exit {error.returncode}'}")
    except OSError as error:
        return Machine(None, (), f"nvidia-smi cannot be run: {error.strerror}")


def parse_machine(text: str) -> Machine:
    """Parse nvidia-smi's output.

    Args:
        text: a line for each GPU, in the format of QUERY.

    Returns:
        The machine; without GPUs if the text has none, or a line cannot be parsed.
    """
    rows = list(csv.reader(text.splitlines(), skipinitialspace=True))
    try:
        gpus = tuple(_read_gpu(row) for row in rows)
    except ValueError:
        # Such as [N/A] for a GPU divided into MIG slices, which reports no memory of its own.
        return Machine(None, (), f"nvidia-smi's output cannot be parsed: {_first_line(text)}")
    if not gpus:
        return Machine(None, (), "nvidia-smi reports no GPU")
    return Machine(rows[0][1], gpus)


def _read_gpu(row: list[str]) -> Gpu:
    name, driver, capability, total_mib, free_mib = row
    found = re.fullmatch(r"(\d+)\.(\d+)", capability)
    if not (found and re.fullmatch(r"\d+(\.\d+)*", driver)):
        raise ValueError(row)
    pair = int(found[1]), int(found[2])
    return Gpu(name, pair, int(total_mib) * _MIB, int(free_mib) * _MIB)


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[0][:200] if lines else ""
