"""A whole weight file -> a record beside it, by which it is known again in milliseconds.

A record vouches for the bytes that were hashed once; a cheap look compares size, header and sampled
blocks with it. Does not know what the manifest wants.
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

from poster.strict_json import NotJsonError, parse_json
from poster.weights.header import read_header
from poster.weights.places import record_place

BLOCK_BYTES = 64 * 1024
BLOCKS = 64
"""Sampled blocks: with the header 18 ms from a cold disk for 9.57 GB, as measured."""

CHUNK_BYTES = 4 * 1024 * 1024

Progress = Callable[[int], object]
"""Is told how many bytes more are done."""


@dataclass(frozen=True)
class Record:
    """What a file was when all of it was hashed.

    Args:
        bytes: its size.
        sha256: of all of it.
        header_sha256: of its safetensors header; None for other formats.
        sampled_sha256: of its sampled blocks.
        verified_at: when, ISO 8601 in UTC.
    """

    bytes: int
    sha256: str
    header_sha256: str | None
    sampled_sha256: str
    verified_at: str


def make_record(path: Path, sha256: str, *, is_safetensors: bool) -> Record:
    """Describe a file whose sha256 is known to be right.

    Args:
        path: the file.
        sha256: of all of it.
        is_safetensors: whether it has a header.

    Returns:
        The record, not yet written.

    Raises:
        WeightsDamagedError: its header is not what it must be.
    """
    return Record(
        bytes=path.stat().st_size,
        sha256=sha256,
        header_sha256=read_header(path).sha256 if is_safetensors else None,
        sampled_sha256=hash_samples(path),
        verified_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_record(path: Path, record: Record) -> None:
    """Write a record beside its file, whole or not at all.

    Args:
        path: the file that it vouches for.
        record: what to write.

    Raises:
        OSError: the folder cannot be written.
    """
    place = record_place(path)
    unfinished = place.with_name(f"{place.name}.{os.getpid()}.partial")
    try:
        unfinished.write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


def read_record(path: Path) -> Record | None:
    """Read the record of a file.

    Args:
        path: the file.

    Returns:
        Its record; None where there is none, or none that can be read.
    """
    # A record that is no record vouches for nothing.
    with suppress(OSError, NotJsonError, TypeError):
        record = Record(**parse_json(record_place(path).read_bytes()))
        return record if isinstance(record.sha256, str) else None
    return None


def hash_file(path: Path, progress: Progress | None = None) -> str:
    """Hash all of a file.

    Args:
        path: the file.
        progress: is told of each chunk.

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
    """Hash evenly spread blocks of a file, the first and the last among them.

    Args:
        path: the file; one of at most 4 MiB is hashed whole.

    Returns:
        The sha256 of the blocks in their order, hexadecimal.

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
