"""A checkout, this machine and its volume -> every finding, in order.

Decides the order of the checks and what each of them gets; the checks know what is right or wrong.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from poster.doctor import (
    drift,
    hub_cases,
    hub_env,
    hub_machines,
    image,
    pins,
    readiness,
    runpod_hub,
)
from poster.doctor.baked_weights import check_weights_in_cog
from poster.doctor.checkout import Checkout, read_checkout
from poster.doctor.dockerfile import read_ignored
from poster.doctor.file_finding import FileFinding, make_file_finding
from poster.doctor.handler import check_handler, serves_posters
from poster.doctor.located import Located, NotReadableError, read_json, read_yaml
from poster.doctor.reasons import NOTES
from poster.engines.flux.torch_build import TorchBuild
from poster.errors import DownloadError, InputError, SettingsError, WeightsError
from poster.jobs import asks_for_self_check, parse_job
from poster.runpod.cuda import TORCH_ARCHS, cuda_of_torch, format_version, own_torch
from poster.runpod.machine import Machine, read_machine
from poster.settings import Settings
from poster.weights.manifest import WeightFile, read_manifest
from poster.weights.places import default_root

_SHELL_READS = re.compile(r".*(\.sh|\.lock|Dockerfile(\.\w+)?|\.dockerignore)|requirements.*\.txt")


_NOTHING = (
    "the doctor looked at nothing: this folder contains no hub.json, tests.json, Dockerfile or "
    "cog.yaml; run it in the root of a checkout"
)


@dataclass(frozen=True, slots=True)
class Report:
    """The doctor's report.

    Args:
        findings: what is wrong, in the order of the checks.
        notes: what could not be checked here, and names newer than the doctor's lists; these are
            not findings.
    """

    findings: tuple[FileFinding, ...]
    notes: tuple[FileFinding, ...]


def has_token() -> bool:
    """Whether there is an access token for Hugging Face.

    Returns:
        Whether huggingface_hub finds one: in HF_TOKEN, or from a login on this machine.
    """
    # huggingface_hub takes longer to import than all checks together.
    from huggingface_hub import get_token  # noqa: PLC0415

    return get_token() is not None


@dataclass(frozen=True, slots=True)
class Probes:
    """How the doctor finds out what is not in a checkout's files.

    Args:
        describe_machine: describes this machine.
        has_token: whether there is an access token for Hugging Face.
        ask: asks Hugging Face for a file; None makes no request.
    """

    describe_machine: Callable[[], Machine] = read_machine
    has_token: Callable[[], bool] = has_token
    ask: readiness.Ask | None = None


def examine(
    folder: Path, settings: Settings, root: Path | None = None, probes: Probes | None = None
) -> Report:
    """Run all checks.

    Args:
        folder: the root of a checkout.
        settings: of the deployment. With engine flux, the GPU and weights must be here; with
            studio, they are not checked.
        root: the models folder; None takes the settings'.
        probes: how to look at the machine; by default the real machine, without network requests.

    Returns:
        What is wrong, and what could not be checked.

    Raises:
        InputError: there is nothing to check: neither a checkout nor a models folder.
    """
    checkout = read_checkout(folder)
    probes = probes or Probes()
    models = root or default_root(settings.models_dir)
    is_flux_of_interest = settings.engine == "flux" or probes.ask or models.is_dir()
    if not checkout.is_deployment and settings.engine == "studio":
        raise InputError(f"{_NOTHING}; POSTER_ENGINE=studio needs no models folder")
    if not (checkout.is_deployment or is_flux_of_interest):
        raise InputError(f"{_NOTHING}, or name a models folder with --root")
    found = list(examine_checkout(checkout))
    findings = [finding for finding in found if finding.code not in NOTES]
    notes = [finding for finding in found if finding.code in NOTES]
    if settings.engine == "studio":
        trouble = "POSTER_ENGINE is studio, which needs neither GPU nor weights"
        notes.append(make_file_finding("not_checked", readiness.MACHINE, None, trouble))
    else:
        build = _pinned_build(pins.read_pins(checkout.texts))
        faults, absences = examine_machine(settings, build, root, probes)
        (findings if settings.engine == "flux" else notes).extend(absences)
        findings.extend(faults)
    return Report(tuple(findings), tuple(notes))


def examine_checkout(checkout: Checkout) -> Iterator[FileFinding]:
    """Check what is deployed, using only its files.

    Args:
        checkout: the files.

    Yields:
        What is wrong, in the order of the checks, and notes, whose codes are in NOTES.
    """
    if not checkout.is_deployment:
        trouble = "contains no hub.json, tests.json, Dockerfile or cog.yaml"
        yield make_file_finding("not_checked", "this folder", None, trouble)
        return
    texts = checkout.texts
    pinned = pins.read_pins(texts)
    is_ours = serves_posters(texts, checkout.files)
    if not is_ours:
        trouble = "nothing here mentions Poster Maker: the handler and its tests' inputs"
        yield make_file_finding("not_checked", "this worker", None, trouble)
    if checkout.is_listing:
        yield from runpod_hub.check_hub_files(checkout.files)
        yield from _examine_hub(checkout, pinned, is_ours=is_ours)
    else:
        trouble = "contains neither hub.json nor tests.json, so it is not a listing of RunPod's Hub"
        yield make_file_finding("not_checked", "this folder", None, trouble)
    context = image.Context(checkout.files, read_ignored(texts.get(image.IGNORE, "")), texts)
    built, others = image.choose_dockerfiles(texts, is_listing=checkout.is_listing)
    for file in built:
        yield from image.check_dockerfile(file, texts[file], context)
    for file in others:
        trouble = f"is not what is deployed: {' and '.join(built)}"
        yield make_file_finding("not_checked", file, None, trouble)
    yield from _examine_cog(texts)
    yield from image.check_dockerfiles_agree(texts)
    yield from image.check_line_ends(
        {file: text for file, text in texts.items() if _SHELL_READS.fullmatch(file)}
    )
    if is_ours:
        yield from check_handler(texts)
    if pins.PROJECT in texts or pins.LOCK in texts:
        yield from drift.check_pins(texts, pinned)


def examine_machine(
    settings: Settings, build: TorchBuild, root: Path | None, probes: Probes
) -> tuple[list[FileFinding], list[FileFinding]]:
    """Check what flux needs on this machine.

    Args:
        settings: of the deployment.
        build: of the torch that the image will have.
        root: the models folder; None takes the settings'.
        probes: how to look at the machine.

    Returns:
        What is wrong, and what is merely absent.
    """
    faults: list[FileFinding] = []
    absences: list[FileFinding] = []
    options = f" --root {shlex.quote(str(root))}" if root else ""
    root = root or default_root(settings.models_dir)
    try:
        manifest = read_manifest(settings.manifest)
    except WeightsError as error:
        return [make_file_finding("weights_manifest", readiness.MODELS, None, str(error))], []
    if settings.device != "cpu":
        for finding in readiness.check_machine(probes.describe_machine(), build, root, manifest):
            (absences if finding.code == "no_gpu" else faults).append(finding)
    for finding in readiness.check_weights(root, manifest, options):
        is_absence = (
            finding.code == "weights_unrecorded" or finding.location.file == readiness.MODELS
        )
        (absences if is_absence else faults).append(finding)
    missing = readiness.missing_gated_files(root, manifest)
    has_key = bool(missing) and probes.has_token()
    gate = readiness.check_gate(missing, has_token=has_key, ask=probes.ask)
    (faults if probes.ask or root.is_dir() else absences).extend(gate)
    return faults, absences


def ask_hugging_face(file: WeightFile) -> None:
    """Ask whether a file may be downloaded with the current token.

    Args:
        file: of a gated repository.

    Raises:
        DownloadError: it must not be downloaded, or the Hub did not answer; the subclass says why.
    """
    from poster.weights.hugging_face import Interrupted, ask_size  # noqa: PLC0415 - as above

    try:
        ask_size(file)
    except Interrupted as error:
        raise DownloadError(f"{file.file}: Hugging Face does not answer: {error}") from error


def _examine_hub(checkout: Checkout, pinned: pins.Pins, *, is_ours: bool) -> Iterator[FileFinding]:
    hub, faults = _read(checkout, runpod_hub.HUB, "config")
    tests, more = _read(checkout, runpod_hub.TESTS, "tests", "config")
    yield from (*faults, *more)
    pools = hub_machines.read_pools(hub) if hub else ()
    cuda = pins.read_image_cuda(checkout.texts, pinned)
    if hub:
        yield from runpod_hub.check_listing(hub)
        yield from hub_machines.check_pools(hub)
        yield from hub_env.check_env(hub, _try_variable)
        excluded = hub_machines.read_excluded(hub)
        yield from drift.check_archs(checkout.texts, pinned, pools, excluded)
        yield from hub_machines.check_cuda_list(hub, pools, cuda)
    if tests:
        yield from hub_cases.check_cases(tests, _try_job if is_ours else None)
        yield from hub_env.check_test_env(tests, _try_variable, serves_posters=is_ours)
        yield from runpod_hub.check_test_config(hub, tests)
        yield from hub_machines.check_gpu_type(hub, tests)
        # A list that is missing differs from that of hub.json, which is found above.
        if tests.at("config", "allowedCudaVersions").value is not None:
            yield from hub_machines.check_cuda_list(tests, pools, cuda)


def _examine_cog(texts: Mapping[str, str]) -> Iterator[FileFinding]:
    # drift.check_pins reports a file that cannot be read.
    with contextlib.suppress(NotReadableError):
        yield from check_weights_in_cog(read_yaml(texts.get(drift.COG, ""), drift.COG), texts)


def _read(
    checkout: Checkout, name: str, *needed: str
) -> tuple[Located | None, tuple[FileFinding, ...]]:
    """A file of the Hub, if it is there and has the parts that are needed; else what is wrong."""
    # The folder comes first; the Hub also accepts the file in the root.
    file = next((file for file in (f".runpod/{name}", name) if file in checkout.texts), None)
    if file is None:
        return None, ()
    try:
        read = read_json(checkout.texts[file], file)
    except NotReadableError as error:
        return None, (make_file_finding("not_json", file, error.line, error.trouble),)
    faults = runpod_hub.check_shape(read, *needed)
    return (None if faults else read), faults


def _try_variable(key: str, value: str) -> str:
    """Why a worker would reject a variable; empty if it would not."""
    if not key.startswith("POSTER_"):
        return ""
    try:
        Settings.from_environment({key: value})
    except SettingsError as error:
        return str(error)
    return ""


def _try_job(given: object) -> str:
    """Why a worker would reject a job's input; empty if it would not."""
    try:
        if not asks_for_self_check(given):
            parse_job(given, lambda _address: b"not fetched", None)
    except InputError as error:
        return str(error)
    return ""


def _pinned_build(pinned: pins.Pins) -> TorchBuild:
    """The build of the pinned torch, from the table of known wheels."""
    version = pinned["torch"][0].version if "torch" in pinned else own_torch()
    cuda = cuda_of_torch(version)
    archs = TORCH_ARCHS.get(cuda, ()) if cuda else ()
    return TorchBuild(version, format_version(cuda) if cuda else None, archs)
