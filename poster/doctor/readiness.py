"""The models folder, the GPU and the licence -> what prevents flux from painting on this machine.

Uses the same checks as a worker: poster.weights.verify and poster.runpod.fitness. Does not know
whether flux is meant to paint here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from poster.doctor.file_finding import FileFinding, make_file_finding
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
"""poster.weights.verify's codes -> the doctor's; every other code means a damaged file."""

Ask = Callable[[WeightFile], object]
"""Asks the Hugging Face Hub for a file's size; raises a DownloadError if it is not available."""


def check_weights(root: Path, manifest: Manifest, options: str = "") -> tuple[FileFinding, ...]:
    """Run a quick check of the set that a worker would paint with.

    Args:
        root: the models folder.
        manifest: the weight sets.
        options: added to the commands that the findings advise, such as " --root models".

    Returns:
        At most one finding per file; a single finding if the folder is missing or empty. Includes
        the default set if another set is used because the default's files are bad.
    """
    try:
        check_volume(root)
    except WeightsError as error:
        # A worker's message speaks of its endpoint and hides paths.
        trouble = str(error) if root.exists() else f"{root} does not exist"
        return (make_file_finding("weights_missing", MODELS, None, trouble),)
    painter, default = painting_set(manifest, root), manifest.choose()
    found = list(verify_set(root, painter, options=options))
    if painter != default:
        # This may be intended, but hardly if files of the default set are present and bad.
        reported = {finding.file for finding in found}
        found += [
            finding
            for finding in verify_set(root, default, options=options)
            if finding.code != "missing" and finding.file not in reported
        ]
    return tuple(
        make_file_finding(
            _CODES.get(finding.code, "weights_damaged"),
            finding.file,
            None,
            finding.trouble,
            f"{finding.fix[:1].upper()}{finding.fix[1:]}.",
        )
        for finding in found
    )


def missing_gated_files(root: Path, manifest: Manifest) -> tuple[WeightFile, ...]:
    """Find the gated files that a worker needs and that are missing.

    Args:
        root: the models folder.
        manifest: the weight sets.

    Returns:
        The missing gated files.
    """
    files = painting_set(manifest, root).files
    return tuple(file for file in files if file.gated and not file.path_in(root).is_file())


def check_gate(
    files: Sequence[WeightFile], *, has_token: bool, ask: Ask | None
) -> tuple[FileFinding, ...]:
    """Check whether gated files may be downloaded from here.

    Args:
        files: gated files.
        has_token: whether there is an access token.
        ask: asks the repository; None makes no request.

    Returns:
        What prevents the download.
    """
    return tuple(_check_gate(files, has_token=has_token, ask=ask))


def _check_gate(
    files: Sequence[WeightFile], *, has_token: bool, ask: Ask | None
) -> Iterator[FileFinding]:
    for file in files:
        name = file.label
        if not has_token:
            yield make_file_finding(
                "no_token", name, None, f"{file.repo} is gated, but HF_TOKEN is not set"
            )
        elif ask:
            try:
                ask(file)
            except LicenceError as error:
                yield make_file_finding("licence_not_accepted", name, None, str(error))
            except TokenError as error:
                yield make_file_finding("bad_token", name, None, str(error))
            except DownloadError as error:
                yield make_file_finding("download_failed", name, None, str(error))


def check_machine(
    machine: Machine, build: TorchBuild, root: Path, manifest: Manifest
) -> tuple[FileFinding, ...]:
    """Check that this machine's GPU runs the image's torch and has memory for a poster.

    Args:
        machine: this machine.
        build: of the torch that the image will have.
        root: the models folder; memory is not checked if its files are missing.
        manifest: the weight sets.

    Returns:
        What is wrong with the driver, compute capability or memory.
    """
    if not machine.gpus:
        return (make_file_finding("no_gpu", MACHINE, None, machine.trouble),)

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
            findings.append(make_file_finding(code, MACHINE, None, str(error)))
    return tuple(findings)
