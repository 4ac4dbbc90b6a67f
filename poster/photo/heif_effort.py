"""Bytes of a HEIF or AVIF file -> a refusal if decoding it would take much more than its pixels do.

Does not decode pixels, and leaves the size of the picture to its caller.

Source: ISO/IEC 23008-12, 6.5 and 6.6 (properties, derived pictures); 14496-12, 8.7 (samples).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from poster.photo.av1 import read_sequences
from poster.photo.boxes import Item, read_items, split_boxes
from poster.photo.effort import MAX_PADDED, refuse_effort

_DERIVED = (b"grid", b"iden", b"iovl")
"""Types of pictures that are made of others."""
_TRANSFORMATIONS = (b"irot", b"imir", b"clap", b"iscl")
"""Properties that have a decoder copy the picture."""
_MAX_TRANSFORMATIONS = 3
"""Maximum for a picture: a rotation, a mirror and a crop. Source: MIAF, ISO/IEC 23000-22."""


def check_items(data: bytes, max_pixels: int) -> None:
    """Check what a decoder does to make a picture of its parts.

    Args:
        data: the file's bytes.
        max_pixels: maximum of the picture's pixels.

    Raises:
        UnreadablePhotoError: it would take too long.
    """
    items = read_items(data)
    for item in tuple(items.by_number.values()):
        parts = [items.of(number) for number in item.tiles] if item.kind in _DERIVED else []
        if any(part.kind in _DERIVED for part in parts):
            raise refuse_effort("a HEIC or AVIF made of pictures that are made of pictures")
        if sum(kind in _TRANSFORMATIONS for kind, _ in item.properties) > _MAX_TRANSFORMATIONS:
            raise refuse_effort("a HEIC or AVIF that turns its picture too often")
        is_overlay = item.kind == b"iovl"  # its canvas can have any size, and no camera writes it
        if is_overlay or sum(map(_pixels_of, parts)) > MAX_PADDED * max_pixels:
            raise refuse_effort("a HEIC or AVIF with parts that are larger than its picture")
        if _pixels_of(item) > max_pixels or (item.kind == b"av01" and _is_larger(item, data)):
            raise refuse_effort("a HEIC or AVIF with coded data that are larger than its picture")
    if data[8:12] == b"avis":
        for sample in _first_samples(data):
            sizes = [one.width * one.height for one in read_sequences(sample)]
            if not sizes or max(sizes) > max_pixels:
                raise refuse_effort("an AVIF with coded frames that are larger than its picture")


def _pixels_of(item: Item) -> int:
    width, height = _size_of(item)
    return width * height


def _size_of(item: Item) -> tuple[int, int]:
    body = next((body for kind, body in item.properties if kind == b"ispe"), b"")
    if len(body) < 12:
        return 0, 0
    width, height = struct.unpack_from(">II", body, 4)
    return width, height


def _is_larger(item: Item, data: bytes) -> bool:
    """Whether the coded data of AV1 are larger than the file says, or hide their size."""
    width, height = _size_of(item)
    start, length = item.place or (0, 0)
    sequences = list(read_sequences(data[start : start + length]))
    return not sequences or any(one.width > width or one.height > height for one in sequences)


def _first_samples(data: bytes) -> Iterator[bytes]:
    """Yield the first frame of each track, which a decoder of a sequence shows; empty if hidden."""
    for track in _inside(data, b"moov", b"trak"):
        sample = b""
        for table in _inside(track, b"mdia", b"minf", b"stbl"):
            boxes = dict(split_boxes(table))
            sizes, wide, offsets = (boxes.get(kind, b"") for kind in (b"stsz", b"co64", b"stco"))
            size = int.from_bytes(sizes[4:8]) or int.from_bytes(sizes[12:16])
            start = int.from_bytes(wide[8:16] or offsets[8:12])
            sample = data[start : start + size]
        yield sample


def _inside(data: bytes, *path: bytes) -> Iterator[bytes]:
    """Yield the bodies of the boxes at a path of types."""
    if not path:
        yield data
        return
    for kind, body in split_boxes(data):
        if kind == path[0]:
            yield from _inside(body, *path[1:])
