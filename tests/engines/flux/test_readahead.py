from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poster.engines.flux import readahead
from poster.engines.flux.readahead import Readahead, join_spans
from poster.errors import WeightsDamagedError, WeightsMissingError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(readahead, "CHUNK_BYTES", 1000)
    monkeypatch.setattr(readahead, "BLOCK_BYTES", 300)
    path = tmp_path / "weights.safetensors"
    path.write_bytes(bytes(10_000))
    return path


@pytest.fixture
def was_read(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Positions of the bytes that were read."""
    positions: set[int] = set()
    sendfile = os.sendfile

    def record(target: int, source: int, offset: int, size: int) -> int:
        count = sendfile(target, source, offset, size)
        positions.update(range(offset, offset + count))
        return count

    monkeypatch.setattr(os, "sendfile", record)
    return positions


def fail_with(number: int) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def test_only_the_given_parts_are_read(file: Path, was_read: set[int]) -> None:
    with Readahead({file: [(8, 2500), (7000, 10_000)]}) as reading:
        reading.wait(file)
    assert was_read == {*range(8, 2500), *range(7000, 10_000)}


def test_a_file_system_without_sendfile_is_still_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    positions: set[int] = set()
    preadv = os.preadv

    def record(source: int, buffers: Any, offset: int) -> int:
        count = preadv(source, buffers, offset)
        positions.update(range(offset, offset + count))
        return count

    monkeypatch.setattr(os, "sendfile", fail_with(errno.EINVAL))
    monkeypatch.setattr(os, "preadv", record)
    with Readahead({file: [(8, 2500)]}) as reading:
        reading.wait(file)
    assert positions == {*range(8, 2500)}


def test_a_file_that_ends_early_is_damaged(file: Path) -> None:
    with (
        Readahead({file: [(0, 10_001)]}) as reading,
        pytest.raises(WeightsDamagedError, match="ended early while being read"),
    ):
        reading.wait(file)


def test_a_file_that_disappeared_is_reported_as_missing(tmp_path: Path) -> None:
    path = tmp_path / "gone.safetensors"
    with (
        Readahead({path: [(0, 1)]}) as reading,
        pytest.raises(WeightsMissingError, match=r"^gone.safetensors: is missing"),
    ):
        reading.wait(path)


def test_a_disk_that_fails_is_an_error_and_not_a_signal(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sendfile", fail_with(errno.EIO))
    with (
        Readahead({file: [(0, 10)]}) as reading,
        pytest.raises(WeightsDamagedError, match="Input/output error"),
    ):
        reading.wait(file)


def test_closing_cancels_chunks_that_have_not_started(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_go_on = threading.Event(), threading.Event()
    offsets = []

    def wait_then_end(_: int, __: int, offset: int, size: int) -> int:
        offsets.append(offset)
        began.set()
        may_go_on.wait(60)
        may_go_on.set()
        return size

    monkeypatch.setattr(os, "sendfile", wait_then_end)
    reading = Readahead({file: [(0, 10_000)]}, threads=1)
    assert began.wait(60)
    # The last to be cancelled: the first goes on when all others are.
    reading._chunks[file][-1].add_done_callback(lambda _: may_go_on.set())
    reading.close()
    assert max(offsets) < 1000


def test_spans_that_touch_are_joined() -> None:
    assert join_spans([(8, 20), (20, 30), (31, 40)]) == [(8, 30), (31, 40)]
    assert join_spans([]) == []
