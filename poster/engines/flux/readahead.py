"""Parts of files -> the page cache, on several threads, so that a mapping of them finds them there.

Imports no torch: it is started first, and reads while torch is imported. Keeps nothing.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from poster.errors import WeightsDamagedError, WeightsMissingError

THREADS = 16
CHUNK_BYTES = 32 * 1024 * 1024
"""What one thread takes at a time. Measured on 17 GB, cold, two busy cores, beside the imports, in
turns with a bare read of 14 to 20 s: 14.6, 15.4 and 17.6 s so; 15.3 to 27.2 s with 8 threads of
64 MiB; 11.7 to 23.5 s with 16 of 16 MiB. The disk and what else the page cache holds weigh more:
hours later, with most of the memory in use as cache, 29 to 37 s beside a bare read of 18."""

BLOCK_BYTES = 4 * 1024 * 1024

NO_SENDFILE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}
"""What a file system or a sandbox says that cannot send a file nowhere."""

Spans = list[tuple[int, int]]
"""Bytes of a file, each from a start to an end that is not included."""


class Readahead:
    """Reads files in the background, in the order given.

    Args:
        spans: the parts of each file to read.
        threads: how many read at once.
    """

    def __init__(self, spans: Mapping[Path, Spans], threads: int = THREADS) -> None:
        self.spans = spans
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="readahead")
        self._chunks: dict[Path, list[Future[None]]] = {
            path: [self._pool.submit(_read, path, *chunk) for chunk in _cut(its)]
            for path, its in spans.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def wait(self, path: Path) -> None:
        """Wait until a file's parts have been read.

        Args:
            path: one of the files.

        Raises:
            WeightsMissingError: it is no longer there.
            WeightsDamagedError: the disk does not give it, or it ends early. To a mapping of it
                either would have been the end of the process.
        """
        try:
            for chunk in self._chunks[path]:
                chunk.result()
        except FileNotFoundError as error:
            raise WeightsMissingError(f"{path.name}: is missing") from error
        except EOFError as error:
            raise WeightsDamagedError(f"{path.name}: ended while it was read") from error
        except OSError as error:
            raise WeightsDamagedError(
                f"{path.name}: cannot be read: {error.strerror}; download it again"
            ) from error

    def close(self) -> None:
        """Stop reading; what has not begun never will."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def join_spans(spans: Iterable[tuple[int, int]]) -> Spans:
    """Join what touches.

    Args:
        spans: in rising order, without overlaps.

    Returns:
        The same bytes in as few spans as they take.
    """
    joined: Spans = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _cut(spans: Spans) -> Spans:
    return [
        (at, min(at + CHUNK_BYTES, end))
        for start, end in spans
        for at in range(start, end, CHUNK_BYTES)
    ]


def _read(path: Path, start: int, end: int) -> None:
    """Have the kernel fetch and keep, and copy nothing, so that an import beside it goes on.

    Measured on 6.4 GB, cold: 0.3 s of CPU, and 2.5 to 6.6 s where threads copied into buffers.
    """
    with path.open("rb", buffering=0) as source, Path(os.devnull).open("wb", 0) as nowhere:
        while start < end:
            count = _pass(source.fileno(), nowhere.fileno(), start, end - start)
            if not count:
                raise EOFError
            start += count


def _pass(source: int, nowhere: int, start: int, size: int) -> int:
    """Wait for bytes to come from the disk; tells how many came."""
    try:
        return os.sendfile(nowhere, source, start, size)
    except OSError as error:
        if error.errno not in NO_SENDFILE:
            raise
        return os.preadv(source, [bytearray(min(BLOCK_BYTES, size))], start)
