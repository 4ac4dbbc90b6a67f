"""A safetensors file -> its header: names, dtypes, shapes and offsets, each checked.

Trusts nothing in the file, reads no tensor data, and does not know what tensors are for.
Source: the safetensors format: 8 bytes of header length, little-endian; JSON; data without holes.
"""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeGuard

from poster.errors import WeightsDamagedError, WeightsMissingError
from poster.strict_json import RepeatedNameError, parse_json

MAX_HEADER_BYTES = 16 * 1024 * 1024
"""The format's own bound is 100 MB; the headers of these models are below 0.2 MB."""

MAX_DIMENSIONS = 16
MAX_DIMENSION = 2**48

BITS = {
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E5M2": 8,
    "F8_E4M3": 8,
    "F8_E8M0": 8,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
    "C64": 64,
}
"""dtype -> bits an element. Source: safetensors 0.8, enum Dtype."""


class Tensor(NamedTuple):
    """One tensor's location: bytes from the start of the data, end not included."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class SafetensorsHeader:
    """A header whose offsets were all checked against the file.

    Args:
        tensors: name -> location, in the order of the data.
        metadata: key -> free text.
        header_bytes: bytes before the data, the length itself included.
        data_bytes: bytes of the data.
        sha256: of the header's bytes, the length itself included.
    """

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    header_bytes: int
    data_bytes: int
    sha256: str


def read_header(path: Path) -> SafetensorsHeader:
    """Read and check a file's header.

    Args:
        path: a safetensors file.

    Returns:
        Its header.

    Raises:
        WeightsMissingError: the file does not exist.
        WeightsDamagedError: it cannot be read, is truncated, or is not safetensors.
    """
    try:
        with path.open("rb") as stream:
            return _read(stream, path.name)
    except FileNotFoundError as error:
        raise WeightsMissingError(f"{path.name}: is missing") from error
    except OSError as error:
        raise WeightsDamagedError(f"{path.name}: cannot be read: {error.strerror}") from error


def _read(stream: BinaryIO, name: str) -> SafetensorsHeader:
    size = os.fstat(stream.fileno()).st_size
    prefix = stream.read(8)
    if len(prefix) < 8:
        raise WeightsDamagedError(f"{name}: is truncated: it has only {size} bytes and no header")
    (length,) = struct.unpack("<Q", prefix)
    if not 2 <= length <= MAX_HEADER_BYTES:
        raise WeightsDamagedError(f"{name}: is not a safetensors file: its header has a bad length")
    text = stream.read(length)
    if len(text) < length:
        raise WeightsDamagedError(f"{name}: is truncated inside its header, at {size} bytes")
    try:
        metadata, tensors = _check(_parse(text))
    except ValueError as error:
        raise WeightsDamagedError(f"{name}: is not a safetensors file: {error!s:.200}") from error
    data = max((tensor.end for tensor in tensors.values()), default=0)
    whole = 8 + length + data
    if size < whole:
        raise WeightsDamagedError(f"{name}: truncated: {size} of {whole} bytes")
    if size > whole:
        raise WeightsDamagedError(f"{name}: {size - whole} bytes follow its last tensor")
    return SafetensorsHeader(
        tensors=tensors,
        metadata=metadata,
        header_bytes=8 + length,
        data_bytes=data,
        sha256=hashlib.sha256(prefix + text).hexdigest(),
    )


def _parse(text: bytes) -> object:
    """The header's JSON, or ValueError."""
    try:
        return parse_json(text.decode("utf-8"))  # the format allows no byte order mark
    except RepeatedNameError as error:
        raise ValueError("a name appears twice in its header") from error


def _check(header: object) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header's metadata and tensors, or ValueError."""
    if not isinstance(header, dict):
        raise ValueError("its header is not an object")  # noqa: TRY004 - the file's fault
    metadata = header.pop("__metadata__", None) or {}
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("its metadata is not an object of strings")
    tensors = {name: _check_tensor(name, entry) for name, entry in header.items()}
    ordered = dict(sorted(tensors.items(), key=lambda item: (item[1].start, item[1].end)))
    position = 0
    for name, tensor in ordered.items():
        if tensor.start != position:
            trouble = "overlaps another" if tensor.start < position else "leaves a hole before it"
            raise ValueError(f"tensor {name!r:.80} {trouble}")
        position = tensor.end
    return metadata, ordered


def _check_tensor(name: str, entry: object) -> Tensor:
    where = f"tensor {name!r:.80}"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{where} must have dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise ValueError(f"{where} has the unknown dtype {dtype!r:.40}")
    if not _are_counts(shape) or len(shape) > MAX_DIMENSIONS:
        raise ValueError(f"{where} has an invalid shape")
    if not _are_counts(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise ValueError(f"{where} has invalid offsets")
    start, end = offsets
    if prod(shape) * BITS[dtype] != (end - start) * 8:
        raise ValueError(f"{where} has {end - start} bytes, which do not match its shape and dtype")
    return Tensor(dtype, tuple(shape), start, end)


def _are_counts(values: object) -> TypeGuard[list[int]]:
    # Not isinstance: to it, True is an int.
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value <= MAX_DIMENSION for value in values
    )
