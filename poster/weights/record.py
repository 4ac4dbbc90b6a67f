"""A complete weight file -> a record beside it, which lets later checks take milliseconds.

The record proves that the whole file was hashed once; a quick check compares size, header and
sampled blocks with it. Does not know what the manifest requires.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from poster.small_file import read_small_file
from poster.strict_json import NotJsonError, parse_json
from poster.weights.header import read_header
from poster.weights.places import record_path
from poster.whole_files import write_file

BLOCK_BYTES = 64 * 1024
BLOCKS = 64
"""Sampled blocks. Measured: with the header, 18 ms from a cold disk for a file of 9.57 GB."""

CHUNK_BYTES = 4 * 1024 * 1024

_MAX_BYTES = 10_000
"""Limit for a record, which has 300 bytes."""

Progress = Callable[[int], object]
"""Receives the number of bytes read since the last call."""


@dataclass(frozen=True)
class Record:
    """A file's state when it was hashed in full.

    Args:
        bytes: its size.
        sha256: of the whole file.
        header_sha256: of its safetensors header; None for other formats.
        sampled_sha256: of its sampled blocks.
        verified_at: the time, ISO 8601 in UTC.
    """

    bytes: int
    sha256: str
    header_sha256: str | None
    sampled_sha256: str
    verified_at: str


def make_record(path: Path, sha256: str, *, is_safetensors: bool) -> Record:
    """Make the record of a file whose sha256 is known to be right.

    Args:
        path: the file.
        sha256: of the whole file.
        is_safetensors: whether it has a safetensors header.

    Returns:
        The record, not yet written.

    Raises:
        WeightsDamagedError: its header is not valid.
    """
    return Record(
        bytes=path.stat().st_size,
        sha256=sha256,
        header_sha256=read_header(path).sha256 if is_safetensors else None,
        sampled_sha256=hash_samples(path),
        verified_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_record(path: Path, record: Record) -> None:
    """Write a record beside its file, atomically.

    Args:
        path: the file that it describes.
        record: the record.

    Raises:
        OSError: the folder cannot be written.
    """
    write_file(record_path(path), f"{json.dumps(asdict(record), indent=2)}\n".encode())


def read_record(path: Path) -> Record | None:
    """Read the record of a file.

    Args:
        path: the file.

    Returns:
        Its record; None if there is none, or it cannot be read.
    """
    # An invalid record counts as none.
    with suppress(OSError, NotJsonError, TypeError):
        record = Record(**parse_json(read_small_file(record_path(path), _MAX_BYTES)))
        return record if isinstance(record.sha256, str) else None
    return None


def hash_file(path: Path, progress: Progress | None = None) -> str:
    """Hash a whole file.

    Args:
        path: the file.
        progress: receives the size of each chunk.

    Returns:
        Its sha256, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            if progress:
                progress(len(chunk))
    return digest.hexdigest()


def hash_samples(path: Path) -> str:
    """Hash evenly spaced blocks of a file, including the first and the last.

    Args:
        path: the file; a file of at most 4 MiB is hashed whole.

    Returns:
        The sha256 of the blocks in order, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        last = os.fstat(stream.fileno()).st_size - BLOCK_BYTES
        if last < BLOCK_BYTES * (BLOCKS - 1):
            digest.update(stream.read())
        else:
            for index in range(BLOCKS):
                stream.seek(last * index // (BLOCKS - 1))
                digest.update(stream.read(BLOCK_BYTES))
    return digest.hexdigest()
