"""Weight files on disk -> findings: what is wrong with each and how to fix it; none is good news.

Cheap by default: size, header, end of offsets and sampled blocks against the record beside the
file. A full look compares each sha256 with the manifest's, and records what it found whole; else
nothing is changed. Does not load tensors.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from poster.errors import (
    WeightsDamagedError,
    WeightsError,
    WeightsMismatchError,
    WeightsMissingError,
)
from poster.weights.header import read_header
from poster.weights.identity import detect_architecture
from poster.weights.manifest import Manifest, WeightFile, WeightSet
from poster.weights.places import former_place, partial_place
from poster.weights.record import (
    Progress,
    hash_file,
    hash_samples,
    make_record,
    read_record,
    write_record,
)

SMALL_BYTES = 16 * 1024 * 1024
"""A file up to here is hashed whole at each look: 10 ms at 1.5 GB/s, no more than sampling."""

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
        file: folder and name, as on the volume.
        code: missing, misplaced, partial, unreadable, wrong_size, truncated, damaged, wrong_hash,
            changed, wrong_architecture or not_recorded.
        trouble: what is wrong.
        fix: what to do about it.
    """

    role: str
    file: str
    code: str
    trouble: str
    fix: str

    @property
    def is_fatal(self) -> bool:
        """Whether the file must not be used: all but a whole file that was never hashed."""
        return self.code != "not_recorded"

    def as_json(self) -> dict[str, object]:
        """Its fields, and whether it is fatal.

        Returns:
            What json.dumps takes.
        """
        return {**asdict(self), "fatal": self.is_fatal}

    def __str__(self) -> str:
        return f"{self.file}: {self.trouble}; {self.fix}"


def require_set(root: Path, weight_set: WeightSet) -> None:
    """Take a cheap look at a set before it is used.

    Args:
        root: the folder of models.
        weight_set: the set.

    Raises:
        WeightsMissingError: a file is not there, or not yet whole.
        WeightsMismatchError: a file is another model's.
        WeightsDamagedError: a file is not what it must be.
    """
    fatal = []
    for finding in verify_set(root, weight_set):
        if finding.is_fatal:
            fatal.append(finding)
        else:
            log.warning("%s", finding)
    if fatal:
        error = _ERRORS.get(fatal[0].code, WeightsDamagedError)
        raise error("\n".join(str(finding) for finding in fatal))


def is_usable(root: Path, weight_set: WeightSet) -> bool:
    """Whether a cheap look finds nothing that forbids a set's use."""
    return not any(finding.is_fatal for finding in verify_set(root, weight_set))


def painting_set(manifest: Manifest, root: Path) -> WeightSet:
    """Find the set that a deployment paints with.

    Args:
        manifest: the sets there are.
        root: the folder of models.

    Returns:
        The default set; where that is not all there, the first that is; without any, the default.
    """
    default = manifest.choose()
    usable = (one for one in (default, *manifest.sets.values()) if is_usable(root, one))
    return next(usable, default)


def verify_set(
    root: Path, weight_set: WeightSet, *, full: bool = False, progress: Progress | None = None
) -> tuple[WeightFinding, ...]:
    """Look at every file of a set.

    Args:
        root: the folder of models.
        weight_set: the set.
        full: whether to hash every byte, and to record what is whole.
        progress: is told of the bytes hashed by a full look.

    Returns:
        At most one finding a file; empty where all is good.
    """
    findings = (
        verify_file(root, file, weight_set, full=full, progress=progress)
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
) -> WeightFinding | None:
    """Look at one file.

    Args:
        root: the folder of models.
        file: what it must be.
        weight_set: of which it is one, and whose model it must be; None takes any model's.
        full: whether to hash every byte, and to record it where it is whole.
        progress: is told of the bytes hashed by a full look.

    Returns:
        What is wrong with it, or None.
    """
    option = f" --set {weight_set.name}" if weight_set else ""

    def found(code: str, trouble: str, fix: str = DOWNLOAD) -> WeightFinding:
        fix = fix.format(option=option)
        return WeightFinding(file.role, file.label, code, trouble, fix)

    path = file.place(root)
    try:
        if not path.is_file():
            return found(*_tell_absence(root, file))
        trouble = _check_size_and_header(path, file, weight_set)
        trouble = trouble or _check_content(path, file, full=full, progress=progress)
    except OSError as error:
        return found("unreadable", f"cannot be read: {error.strerror}", "look at the volume")
    return found(*trouble) if trouble else None


Trouble = tuple[str, str] | tuple[str, str, str]


def _tell_absence(root: Path, file: WeightFile) -> Trouble:
    former = former_place(root, file)
    if former and former.is_file():
        fix = f"move it from {former.parent.name}/ to {file.folder}/"
        return "misplaced", f"lies in {former.parent.name}/, where older layouts had it", fix
    partial = partial_place(root, file)
    if partial.is_file():
        here = partial.stat().st_size
        share = f"{here} of {file.bytes} bytes" if file.bytes else f"{here} bytes"
        return "partial", f"only {share} are here", f"{DOWNLOAD} again, which goes on from there"
    return "missing", "is not there"


def _check_size_and_header(
    path: Path, file: WeightFile, weight_set: WeightSet | None
) -> Trouble | None:
    size = path.stat().st_size
    if not file.is_safetensors:
        return _check_size(size, file)
    try:
        header = read_header(path)
    except WeightsDamagedError as error:
        told = str(error).removeprefix(f"{path.name}: ")
        return ("truncated" if size < (file.bytes or 0) else "damaged"), told
    theirs = detect_architecture(file.role, header)
    if weight_set and theirs and theirs != weight_set.architecture:
        told = f"is a file of {theirs} where one of {weight_set.architecture} is declared"
        return "wrong_architecture", told
    return _check_size(size, file)


def _check_size(size: int, file: WeightFile) -> Trouble | None:
    if file.bytes is None or size == file.bytes:
        return None
    code = "truncated" if size < file.bytes else "wrong_size"
    return code, f"has {size} bytes, and must have {file.bytes}"


def _check_content(
    path: Path, file: WeightFile, *, full: bool, progress: Progress | None
) -> Trouble | None:
    record = read_record(path)
    expected = file.sha256 or (record.sha256 if record else None)
    is_small = expected is not None and path.stat().st_size <= SMALL_BYTES
    if full or is_small:
        sha256 = hash_file(path, progress if full else None)
        if expected and sha256 != expected:
            return "wrong_hash", f"has sha256 {sha256[:12]}..., and must have {expected[:12]}..."
        if full:
            _record(path, sha256, file)
        return None
    if record is None:
        return "not_recorded", "is not recorded: size and header fit, the rest is not known", FULL
    header_sha256 = read_header(path).sha256 if file.is_safetensors else None
    now = (path.stat().st_size, header_sha256, hash_samples(path))
    if now != (record.bytes, record.header_sha256, record.sampled_sha256):
        return "changed", "was changed since it was recorded", FULL
    if record.sha256 != expected:
        return "wrong_hash", "was recorded as another file than the manifest now names"
    return None


def _record(path: Path, sha256: str, file: WeightFile) -> None:
    try:
        write_record(path, make_record(path, sha256, is_safetensors=file.is_safetensors))
    except OSError as error:
        # A volume may be mounted read-only; what was found is true all the same.
        log.warning("%s: is whole, and cannot be recorded: %s", file.file, error.strerror)
