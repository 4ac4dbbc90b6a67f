"""The folder of models, the GPU and the licence -> what keeps flux from painting on this machine.

Judges with what workers judge by: poster.weights.verify and poster.runpod.fitness. Does not know
whether flux shall paint here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from poster.doctor.file_finding import FileFinding, find
from poster.engines.flux.torch_build import TorchBuild
from poster.errors import (
    DownloadError,
    LicenceError,
    TokenError,
    UnavailableError,
    WeightsError,
)
from poster.runpod.endpoint import measure_set
from poster.runpod.fitness import check_compute_capability, check_driver, check_memory, check_volume
from poster.runpod.machine import Machine
from poster.weights.manifest import Manifest, WeightFile
from poster.weights.verify import is_usable, painting_set, verify_set

MODELS = "models folder"
MACHINE = "this machine"

_CODES = {
    "missing": "weights_missing",
    "misplaced": "weights_misplaced",
    "partial": "weights_partial",
    "wrong_architecture": "weights_mismatch",
    "not_recorded": "weights_unrecorded",
}
"""poster.weights.verify's codes -> the doctor's; all others mean a damaged file."""

Ask = Callable[[WeightFile], object]
"""Asks the Hugging Face Hub for a file's size; raises a DownloadError where it may not be had."""


def check_weights(root: Path, manifest: Manifest) -> tuple[FileFinding, ...]:
    """Look at the set that a worker would paint with, cheaply.

    Args:
        root: the folder of models.
        manifest: what must be there.

    Returns:
        One finding a file at most; one alone where there is no such folder, or nothing in it. Of
        the default set too, where another paints since the default's files are bad.
    """
    try:
        check_volume(root)
    except WeightsError as error:
        return (find("weights_missing", MODELS, None, str(error)),)
    painter, default = painting_set(manifest, root), manifest.choose()
    found = list(verify_set(root, painter))
    if painter != default:
        # That may be meant, but hardly where files of the default are here, and bad.
        told = {finding.file for finding in found}
        found += [
            finding
            for finding in verify_set(root, default)
            if finding.code != "missing" and finding.file not in told
        ]
    return tuple(
        find(
            _CODES.get(finding.code, "weights_damaged"),
            finding.file,
            None,
            finding.trouble,
            f"{finding.fix[:1].upper()}{finding.fix[1:]}.",
        )
        for finding in found
    )


def lacking_files(root: Path, manifest: Manifest) -> tuple[WeightFile, ...]:
    """The gated files that a worker would need and that are not here.

    Args:
        root: the folder of models.
        manifest: what must be there.

    Returns:
        Them.
    """
    files = painting_set(manifest, root).files
    return tuple(file for file in files if file.gated and not file.place(root).is_file())


def check_gate(
    files: Sequence[WeightFile], *, has_token: bool, ask: Ask | None
) -> tuple[FileFinding, ...]:
    """Whether gated files may be downloaded from here.

    Args:
        files: gated ones.
        has_token: whether there is an access token.
        ask: asks the repository; None leaves it alone.

    Returns:
        What stands in the way.
    """
    return tuple(_check_gate(files, has_token=has_token, ask=ask))


def _check_gate(
    files: Sequence[WeightFile], *, has_token: bool, ask: Ask | None
) -> Iterator[FileFinding]:
    for file in files:
        name = file.label
        if not has_token:
            yield find("no_token", name, None, f"{file.repo} is gated, and HF_TOKEN is not set")
        elif ask:
            try:
                ask(file)
            except LicenceError as error:
                yield find("licence_not_accepted", name, None, str(error))
            except TokenError as error:
                yield find("bad_token", name, None, str(error))
            except DownloadError as error:
                yield find("download_failed", name, None, str(error))


def check_machine(
    machine: Machine, build: TorchBuild, root: Path, manifest: Manifest
) -> tuple[FileFinding, ...]:
    """Whether this machine's GPU runs the image's torch, and holds a poster.

    Args:
        machine: this one.
        build: of the torch that the image will have.
        root: the folder of models; without its files, memory is not looked at.
        manifest: what must be there.

    Returns:
        What is wrong with driver, compute capability or memory.
    """
    if not machine.gpus:
        return (find("no_gpu", MACHINE, None, machine.trouble),)

    def check_room() -> None:
        weight_set = painting_set(manifest, root)
        if is_usable(root, weight_set):
            check_memory(machine, measure_set(root, weight_set, manifest), is_loaded=False)

    checks: dict[str, Callable[[], None]] = {
        "driver_old": lambda: check_driver(machine, build),
        "gpu_uncovered": lambda: check_compute_capability(machine, build),
        "gpu_small": check_room,
    }
    findings = []
    for code, check in checks.items():
        try:
            check()
        except UnavailableError as error:
            findings.append(find(code, MACHINE, None, str(error)))
    return tuple(findings)
