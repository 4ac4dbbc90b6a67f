"""A weight set -> its files in the models folder, each complete, hashed and recorded.

A file is downloaded to .partial, hashed on the way, and moved into place only if it is right. An
interrupted download is resumed. Does not know how the Hub is accessed, nor what is in a file.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from poster.errors import DiskFullError, DownloadError, RequestError, WeightsDamagedError
from poster.weights.hugging_face import Interrupted, ask_size, open_stream
from poster.weights.manifest import WeightFile, WeightSet
from poster.weights.places import partial_path, record_path
from poster.weights.record import CHUNK_BYTES, Record, make_record, write_record
from poster.weights.verify import verify_file
from poster.whole_files import DISK_FULL, open_without_links

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each retry; an attempt that receives bytes restarts the list."""

log = logging.getLogger(__name__)

Report = Callable[[WeightFile, int, int], None]
"""Receives a file, the bytes downloaded so far, and the total."""


def download_set(
    root: Path,
    weight_set: WeightSet,
    report: Report | None = None,
    pauses_s: Sequence[float] = PAUSES_S,
) -> tuple[WeightFile, ...]:
    """Download the missing files of a set.

    Args:
        root: the models folder; created if it does not exist.
        weight_set: the set.
        report: receives progress.
        pauses_s: seconds before each retry.

    Returns:
        The files that were downloaded; complete files are left alone.

    Raises:
        RequestError: root cannot be written.
        LicenceError, TokenError, DiskFullError, DownloadError: a file cannot be downloaded.
        WeightsMismatchError: the repository has a different file.
        WeightsDamagedError: the downloaded file is not the right one; it is deleted.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        missing = [file for file in weight_set.files if not _is_here(root, file)]
        _require_room(root, missing)
    except FileExistsError as error:
        trouble = f"{root} exists and is not a folder; name another one"
        raise RequestError("root", trouble) from error
    except OSError as error:
        raise RequestError("root", f"{root} cannot be used: {error.strerror}") from error
    for file in missing:
        download_file(root, file, report, pauses_s)
    return tuple(missing)


def download_file(
    root: Path,
    file: WeightFile,
    report: Report | None = None,
    pauses_s: Sequence[float] = PAUSES_S,
) -> Path:
    """Download one file, unless it is already in place and complete.

    Args:
        root: the models folder.
        file: the file.
        report: receives progress.
        pauses_s: seconds before each retry.

    Returns:
        Its path.

    Raises:
        RequestError, DownloadError, WeightsMismatchError, WeightsDamagedError: as download_set.
    """
    path, partial = file.path_in(root), partial_path(root, file)
    with _translate_errors(file):
        partial.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _hold(partial) as stream:
            # The previous holder of the lock may have downloaded it.
            if not _is_here(root, file):
                record = _gather(file, stream, partial, report, pauses_s)
                # Without a record it would be hashed again; with a stale one, downloaded again.
                record_path(path).unlink(missing_ok=True)
                partial.replace(path)
                write_record(path, record)
            else:
                partial.unlink()
    return path


def _is_here(root: Path, file: WeightFile) -> bool:
    """Whether the file is in place and complete; a file without a valid record is hashed."""
    finding = verify_file(root, file)
    if finding and finding.code in {"not_recorded", "changed"}:
        finding = verify_file(root, file, full=True)
    return finding is None


def _require_room(root: Path, files: list[WeightFile]) -> None:
    wanted = sum(file.bytes or 0 for file in files)
    partials = [partial_path(root, file) for file in files]
    wanted -= sum(partial.stat().st_size for partial in partials if partial.is_file())
    free = shutil.disk_usage(root).free
    if wanted > free:
        raise DiskFullError(
            f"disk: {wanted / 1e9:.2f} GB must be downloaded, but only {free / 1e9:.2f} GB are "
            "free; make room or choose a smaller set"
        )


@contextmanager
def _hold(partial: Path) -> Iterator[BinaryIO]:
    """Open the partial file, and lock it against other processes that download the same file."""
    while True:
        if partial.is_symlink():  # nothing here makes one
            partial.unlink()
        with open(partial, "a+b", opener=open_without_links) as stream:
            _lock(stream, partial.name)
            if _is_same(stream, partial):
                yield stream
                return


def _lock(stream: BinaryIO, name: str) -> None:
    # Two writers without a lock would spoil the hash, which is detected.
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ImportError:
        log.warning("%s: cannot be locked on this system: run one download at a time", name)
        return
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.info("%s: another process is downloading it; waiting", name)
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError as error:
        # Some network volumes have no locks.
        log.warning("%s: cannot be locked: %s", name, error.strerror)


def _is_same(stream: BinaryIO, partial: Path) -> bool:
    """Whether the path is still the open file: the previous holder may have moved it away."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), partial.stat())
    except FileNotFoundError:
        return False


def _gather(
    file: WeightFile,
    stream: BinaryIO,
    partial: Path,
    report: Report | None,
    pauses_s: Sequence[float],
) -> Record:
    """Complete the partial file and make its record; a wrong file is deleted."""
    writer = _HashingWriter(stream)
    size = _read_until_complete(file, writer, report, pauses_s)
    try:
        return _describe(file, writer, partial, size)
    except WeightsDamagedError:
        partial.unlink()
        raise


def _read_until_complete(
    file: WeightFile, writer: _HashingWriter, report: Report | None, pauses_s: Sequence[float]
) -> int:
    """Read to the end, across lost connections; returns the size that the server reports."""
    pauses = iter(pauses_s)
    while True:
        before = writer.size
        try:
            size = ask_size(file)
            _read(file, writer, size, report)
            if writer.size >= size:
                return size
            lost = "the file ended early"
        except Interrupted as error:
            lost = str(error)
        if writer.size > before:
            pauses = iter(pauses_s)
        pause = next(pauses, None)
        if pause is None:
            kept = "check the network and try again"
            if writer.size:
                kept = f"{writer.size} bytes are kept, and a retry resumes the download"
            raise DownloadError(
                f"{file.file}: cannot be downloaded from Hugging Face: "
                f"{len(pauses_s) + 1} attempts in a row failed ({lost}); {kept}"
            )
        time.sleep(pause)


def _read(file: WeightFile, writer: _HashingWriter, size: int, report: Report | None) -> None:
    if writer.size > size:
        writer.rewind()
    if writer.size == size:
        return
    with open_stream(file, writer.size) as (start, chunks):
        if start < writer.size:
            writer.rewind()
        for chunk in chunks:
            writer.write(chunk)
            if report:
                report(file, writer.size, size)
            if writer.size > size:
                return


def _describe(file: WeightFile, writer: _HashingWriter, partial: Path, size: int) -> Record:
    sha256 = writer.finish()
    if writer.size != size or sha256 != (file.sha256 or sha256):
        raise WeightsDamagedError(
            f"{file.file}: the download does not match the manifest: {writer.size} of {size} "
            f"bytes, sha256 {sha256[:12]}..., expected {file.sha256 or sha256:.12}...; it was "
            "deleted; try again, and if this repeats, do not trust the source"
        )
    return make_record(partial, sha256, is_safetensors=file.is_safetensors)


class _HashingWriter:
    """A partial file that is being written, with its size and sha256 so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0
        stream.seek(0)
        while chunk := stream.read(CHUNK_BYTES):
            self._digest.update(chunk)
            self.size += len(chunk)

    def write(self, chunk: bytes) -> None:
        self._stream.write(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    def rewind(self) -> None:
        self._stream.truncate(0)
        self._digest = hashlib.sha256()
        self.size = 0

    def finish(self) -> str:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        return self._digest.hexdigest()


@contextmanager
def _translate_errors(file: WeightFile) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise DiskFullError(
                f"{file.file}: the disk is full; make room, and try again to resume"
            ) from error
        trouble = error.strerror or type(error).__name__
        raise RequestError("root", f"{file.label} cannot be written: {trouble}") from error
