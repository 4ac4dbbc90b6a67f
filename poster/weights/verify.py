"""Weight files on disk -> findings: what is wrong with each file and how to fix it.

By default a check is quick: size, header, offsets and sampled blocks are compared with the record
beside the file, and nothing is changed. A full check compares each sha256 with the manifest's and
writes the records of complete files. Does not load tensors.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from stat import S_ISDIR

from poster.errors import (
    WeightsDamagedError,
    WeightsError,
    WeightsMismatchError,
    WeightsMissingError,
)
from poster.weights.header import read_header
from poster.weights.identity import detect_architecture
from poster.weights.manifest import Manifest, WeightFile, WeightSet
from poster.weights.places import former_path, partial_path
from poster.weights.record import (
    Progress,
    hash_file,
    hash_samples,
    make_record,
    read_record,
    write_record,
)

SMALL_BYTES = 16 * 1024 * 1024
"""Smaller files are hashed whole at each check: 10 ms at 1.5 GB/s, no more than sampling."""

DOWNLOAD = "run poster weights download{option}"
FULL = "run poster weights verify --full{option}"

_ERRORS: dict[str, type[WeightsError]] = {
    "missing": WeightsMissingError,
    "misplaced": WeightsMissingError,
    "partial": WeightsMissingError,
    "wrong_architecture": WeightsMismatchError,
}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeightFinding:
    """What is wrong with one file.

    Args:
        role: the file's role in the set.
        file: folder and name, relative to the models folder.
        code: missing, misplaced, partial, unreadable, wrong_size, truncated, damaged, wrong_hash,
            changed, wrong_architecture or not_recorded.
        trouble: what is wrong.
        fix: how to fix it.
    """

    role: str
    file: str
    code: str
    trouble: str
    fix: str

    @property
    def is_fatal(self) -> bool:
        """Whether the file must not be used; not_recorded, never hashed, is the only exception."""
        return self.code != "not_recorded"

    def as_json(self) -> dict[str, object]:
        """Its fields, and whether it is fatal.

        Returns:
            JSON types.
        """
        return {**asdict(self), "fatal": self.is_fatal}

    def __str__(self) -> str:
        return f"{self.file}: {self.trouble}; {self.fix}"


def require_set(root: Path, weight_set: WeightSet) -> None:
    """Run a quick check of a set before it is used.

    Args:
        root: the models folder.
        weight_set: the set.

    Raises:
        WeightsMissingError: the folder or a file is missing, or a file is incomplete.
        WeightsMismatchError: a file belongs to another model.
        WeightsDamagedError: a file is damaged or does not match the manifest.
    """
    if trouble := find_folder_trouble(root):
        download = DOWNLOAD.format(option=f" --set {weight_set.name}")
        raise WeightsMissingError(
            f"models folder: {trouble}; set POSTER_MODELS to the right one, or {download}"
        )
    fatal = []
    for finding in verify_set(root, weight_set):
        if finding.is_fatal:
            fatal.append(finding)
        else:
            log.warning("%s", finding)
    if fatal:
        error = _ERRORS.get(fatal[0].code, WeightsDamagedError)
        raise error("\n".join(str(finding) for finding in fatal))


def find_folder_trouble(root: Path) -> str:
    """Say why there is no models folder, rather than that each of its files is missing.

    Args:
        root: the models folder.

    Returns:
        That it does not exist or is not a folder; empty if it exists, or may exist but cannot be
        looked at.
    """
    try:
        return "" if S_ISDIR(root.stat().st_mode) else "is not a folder"
    except (FileNotFoundError, NotADirectoryError):
        return "does not exist"
    except OSError:
        return ""


def is_usable(root: Path, weight_set: WeightSet) -> bool:
    """Whether a quick check finds nothing fatal in a set."""
    return not any(finding.is_fatal for finding in verify_set(root, weight_set))


def painting_set(manifest: Manifest, root: Path) -> WeightSet:
    """Find the set that a deployment paints with.

    Args:
        manifest: all sets.
        root: the models folder.

    Returns:
        The default set if it is usable, otherwise the first usable set, otherwise the default.
    """
    default = manifest.choose()
    usable = (one for one in (default, *manifest.sets.values()) if is_usable(root, one))
    return next(usable, default)


def verify_set(
    root: Path,
    weight_set: WeightSet,
    *,
    full: bool = False,
    progress: Progress | None = None,
    options: str = "",
) -> tuple[WeightFinding, ...]:
    """Check every file of a set.

    Args:
        root: the models folder.
        weight_set: the set.
        full: whether to hash every byte and record the files that are right.
        progress: receives the bytes hashed by a full check.
        options: added to the commands that the findings advise, such as " --root models".

    Returns:
        At most one finding per file; empty if there is nothing wrong.
    """
    findings = (
        verify_file(root, file, weight_set, full=full, progress=progress, options=options)
        for file in weight_set.files
    )
    return tuple(finding for finding in findings if finding)


def verify_file(
    root: Path,
    file: WeightFile,
    weight_set: WeightSet | None = None,
    *,
    full: bool = False,
    progress: Progress | None = None,
    options: str = "",
) -> WeightFinding | None:
    """Check one file.

    Args:
        root: the models folder.
        file: the file and what it must be.
        weight_set: the set whose model it must belong to; None accepts any model.
        full: whether to hash every byte, and record the file if it is right.
        progress: receives the bytes hashed by a full check.
        options: added to the command that the finding advises, such as " --root models".

    Returns:
        What is wrong with it, or None.
    """
    option = (f" --set {weight_set.name}" if weight_set else "") + options

    def found(code: str, trouble: str, fix: str = DOWNLOAD) -> WeightFinding:
        fix = fix.format(option=option)
        return WeightFinding(file.role, file.label, code, trouble, fix)

    path = file.path_in(root)
    try:
        if not path.is_file():
            return found(*_explain_absence(root, file))
        trouble = _check_size_and_header(path, file, weight_set)
        trouble = trouble or _check_content(path, file, full=full, progress=progress)
    except OSError as error:
        return found("unreadable", f"cannot be read: {error.strerror}", "check the volume")
    return found(*trouble) if trouble else None


Trouble = tuple[str, str] | tuple[str, str, str]


def _explain_absence(root: Path, file: WeightFile) -> Trouble:
    former = former_path(root, file)
    if former and former.is_file():
        fix = f"move it from {former.parent.name}/ to {file.folder}/"
        return "misplaced", f"is in {former.parent.name}/", fix
    partial = partial_path(root, file)
    if partial.is_file():
        here = partial.stat().st_size
        share = f"{here} of {file.bytes} bytes" if file.bytes else f"{here} bytes"
        return "partial", f"only {share} are downloaded", f"{DOWNLOAD} again to resume"
    return "missing", "is missing"


def _check_size_and_header(
    path: Path, file: WeightFile, weight_set: WeightSet | None
) -> Trouble | None:
    size = path.stat().st_size
    if not file.is_safetensors:
        return _check_size(size, file)
    try:
        header = read_header(path)
    except WeightsDamagedError as error:
        trouble = str(error).removeprefix(f"{path.name}: ")
        return ("truncated" if size < (file.bytes or 0) else "damaged"), trouble
    theirs = detect_architecture(file.role, header)
    if weight_set and theirs and theirs != weight_set.architecture:
        trouble = f"belongs to {theirs}, but the set is for {weight_set.architecture}"
        return "wrong_architecture", trouble
    return _check_size(size, file)


def _check_size(size: int, file: WeightFile) -> Trouble | None:
    if file.bytes is None or size == file.bytes:
        return None
    code = "truncated" if size < file.bytes else "wrong_size"
    return code, f"has {size} bytes, but must have {file.bytes}"


def _check_content(
    path: Path, file: WeightFile, *, full: bool, progress: Progress | None
) -> Trouble | None:
    record = read_record(path)
    expected = file.sha256 or (record.sha256 if record else None)
    is_small = expected is not None and path.stat().st_size <= SMALL_BYTES
    if full or is_small:
        sha256 = hash_file(path, progress if full else None)
        if expected and sha256 != expected:
            return "wrong_hash", f"has sha256 {sha256[:12]}..., but must have {expected[:12]}..."
        if full:
            _record(path, sha256, file)
        return None
    if record is None:
        return "not_recorded", "has no record: size and header match, the rest is unknown", FULL
    header_sha256 = read_header(path).sha256 if file.is_safetensors else None
    now = (path.stat().st_size, header_sha256, hash_samples(path))
    if now != (record.bytes, record.header_sha256, record.sampled_sha256):
        return "changed", "has changed since it was recorded", FULL
    if record.sha256 != expected:
        return "wrong_hash", "does not match the manifest: its record has a different sha256"
    return None


def _record(path: Path, sha256: str, file: WeightFile) -> None:
    try:
        write_record(path, make_record(path, sha256, is_safetensors=file.is_safetensors))
    except OSError as error:
        # A volume may be mounted read-only; the result of the check is still valid.
        log.warning("%s: is right, but its record cannot be written: %s", file.file, error.strerror)
