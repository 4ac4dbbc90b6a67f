"""safetensors headers: valid, invalid and malicious."""

from __future__ import annotations

import hashlib
import json
import struct
import tempfile
from math import prod
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.errors import WeightsDamagedError, WeightsMissingError
from poster.weights.header import BITS, MAX_HEADER_BYTES, SafetensorsHeader, read_header

ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def with_header(content: object, data: bytes = bytes(8)) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return struct.pack("<Q", len(text)) + text + data


def read(content: bytes) -> SafetensorsHeader:
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(content)
        file.flush()
        return read_header(Path(file.name))


GOOD = with_header(
    {
        "__metadata__": {"format": "pt"},
        "b": {"dtype": "F8_E4M3", "shape": [2, 3], "data_offsets": [4, 10]},
        "a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
        "none": {"dtype": "BF16", "shape": [0, 7], "data_offsets": [10, 10]},
    },
    bytes(10),
)


def test_a_header_is_read_in_the_order_of_the_data() -> None:
    header = read(GOOD)
    length = len(GOOD) - 10

    assert header.tensors == {
        "a": ("F32", (), 0, 4),
        "b": ("F8_E4M3", (2, 3), 4, 10),
        "none": ("BF16", (0, 7), 10, 10),
    }
    assert list(header.tensors) == ["a", "b", "none"]
    assert header.metadata == {"format": "pt"}
    assert (header.header_bytes, header.data_bytes) == (length, 10)
    assert header.sha256 == hashlib.sha256(GOOD[:length]).hexdigest()


def test_a_file_without_tensors_is_valid() -> None:
    assert read(with_header({}, b"")).tensors == {}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "truncated: it has only 0 bytes and no header"),
        (b"1234567", "truncated: it has only 7 bytes"),
        (struct.pack("<Q", 2**63) + b"{}", "its header has a bad length"),
        (struct.pack("<Q", MAX_HEADER_BYTES + 1) + b"{}", "its header has a bad length"),
        (struct.pack("<Q", 0), "is not a safetensors file: its header has a bad length"),
        (struct.pack("<Q", 100) + b"{}", "truncated inside its header, at 10 bytes"),
        (with_header({"a": ENTRY}, bytes(7)), r"truncated: \d+ of \d+ bytes"),
        (with_header({"a": ENTRY}, bytes(9)), "1 bytes follow its last tensor"),
        (with_header(b"\xff\xff"), "is not a safetensors file"),
        (with_header(b"[" * 200_000), "is not a safetensors file"),
        (with_header(b'{"a":' * 100_000), "is not a safetensors file"),
        (with_header([]), "its header is not an object"),
        (with_header(b'{"a": 1, "a": 2}'), "a name appears twice in its header"),
        (with_header({"__metadata__": {"a": 1}}), "its metadata is not an object of strings"),
        (with_header({"__metadata__": [1]}), "its metadata is not an object of strings"),
        (with_header({"a": 1}), "tensor 'a' must have dtype"),
        (with_header({"a": {**ENTRY, "more": 1}}), "must have dtype"),
        (with_header({"a": {**ENTRY, "dtype": "F128"}}), "unknown dtype 'F128'"),
        (with_header({"a": {**ENTRY, "dtype": []}}), "unknown dtype"),
        (with_header({"a": {**ENTRY, "shape": [-2]}}), "an invalid shape"),
        (with_header({"a": {**ENTRY, "shape": [2.0]}}), "an invalid shape"),
        (with_header({"a": {**ENTRY, "shape": [True, 2]}}), "an invalid shape"),
        (with_header({"a": {**ENTRY, "shape": [1] * 17}}), "an invalid shape"),
        (with_header({"a": {**ENTRY, "shape": [10**30]}}), "an invalid shape"),
        (with_header({"a": {**ENTRY, "shape": "22"}}), "an invalid shape"),
        (with_header({"a": {**ENTRY, "shape": [3]}}), "8 bytes, which do not match its shape"),
        (with_header({"a": {**ENTRY, "data_offsets": [8, 0]}}), "invalid offsets"),
        (with_header({"a": {**ENTRY, "data_offsets": [0]}}), "invalid offsets"),
        (with_header({"a": {**ENTRY, "data_offsets": [-8, 0]}}), "invalid offsets"),
        (with_header({"a": ENTRY, "b": ENTRY}), "tensor 'b' overlaps another"),
        (
            with_header({"a": ENTRY, "b": {**ENTRY, "data_offsets": [9, 17]}}, bytes(17)),
            "tensor 'b' leaves a hole before it",
        ),
        (
            with_header({"a": {**ENTRY, "data_offsets": [2**47, 2**47 + 8]}}),
            "tensor 'a' leaves a hole before it",
        ),
        (with_header({"\ud800": 1}), r"tensor '\\ud800' must have"),
        (with_header(b'{"a": ' + b"9" * 5000 + b"}"), "is not a safetensors file"),
    ],
)
def test_a_file_that_is_not_safetensors_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(WeightsDamagedError, match=words) as caught:
        read(content)
    assert "/" not in str(caught.value)
    str(caught.value).encode()


@given(st.integers(0, len(GOOD) - 1))
def test_every_truncated_file_is_refused(cut: int) -> None:
    with pytest.raises(WeightsDamagedError):
        read(GOOD[:cut])


@given(st.data())
def test_altered_bytes_give_a_header_or_our_error_and_nothing_else(data: Any) -> None:
    content = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        end = data.draw(st.integers(at, min(at + 8, len(content))))
        content[at:end] = data.draw(st.binary(max_size=8))
        content = content or bytearray(b"x")
    read_or_refuse(bytes(content))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "U8", "F4"]) | ANYTHING,
        "shape": st.lists(st.integers(0, 5), max_size=3) | ANYTHING,
        "data_offsets": st.lists(st.integers(0, 64), min_size=2, max_size=2) | ANYTHING,
    }
)


SHAPES = st.lists(st.integers(0, 3), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(["F32", "BF16", "U8"]), SHAPES), max_size=4), st.data())
def test_contiguous_tensors_are_read_and_refused_with_a_number_changed(
    wanted: list[tuple[str, list[int]]], data: Any
) -> None:
    content: dict[str, dict[str, Any]] = {}
    end = 0
    for name, (dtype, shape) in zip("dcba", wanted, strict=False):
        start, end = end, end + prod(shape) * BITS[dtype] // 8
        content[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}

    header = read(with_header(content, bytes(end)))
    assert {
        name: (t.dtype, list(t.shape), [t.start, t.end]) for name, t in header.tensors.items()
    } == {name: tuple(entry.values()) for name, entry in content.items()}
    assert header.data_bytes == end

    if content:
        name = data.draw(st.sampled_from(sorted(content)))
        offsets = content[name]["data_offsets"]
        offsets[data.draw(st.integers(0, 1))] += data.draw(st.sampled_from([-1, 1]))
        with pytest.raises(WeightsDamagedError):
            read(with_header(content, bytes(end)))


@given(st.dictionaries(st.text(max_size=8), NEARLY | ANYTHING, max_size=4), st.binary(max_size=64))
def test_any_json_gives_a_header_or_our_error(content: object, data: bytes) -> None:
    read_or_refuse(with_header(content, data))


def read_or_refuse(content: bytes) -> None:
    try:
        header = read(content)
    except WeightsDamagedError:
        return
    assert header.header_bytes + header.data_bytes == len(content)
    ends = [(tensor.start, tensor.end) for tensor in header.tensors.values()]
    assert [start for start, _ in ends] == [0, *(end for _, end in ends)][: len(ends)]


def test_a_hostile_header_of_the_largest_size_is_refused_at_its_first_tensor() -> None:
    entry = json.dumps({**ENTRY, "shape": [2**47] * 16}).encode()
    entries = b",".join(b'"%d":%s' % (i, entry) for i in range(MAX_HEADER_BYTES // 400))
    content = with_header(b"{" + entries + b"}")
    assert len(content) > MAX_HEADER_BYTES // 2

    with pytest.raises(WeightsDamagedError, match="tensor '0' has 8 bytes, which do not match"):
        read(content)


def test_a_missing_file_and_a_folder_have_their_own_messages(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissingError, match="x: is missing"):
        read_header(tmp_path / "x")
    with pytest.raises(WeightsDamagedError, match="cannot be read: Is a directory"):
        read_header(tmp_path)
