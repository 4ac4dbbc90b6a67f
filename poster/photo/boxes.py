"""Bytes of a HEIF or AVIF file -> its items, with their properties and where their data is.

Does not know what the properties mean. Damaged boxes end what is found; nothing is raised.

Source: ISO/IEC 14496-12, 4.2, 8.11 (boxes, items) and 23008-12, 9.3 (properties of items).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

Property = tuple[bytes, bytes]
"""Type and body of a box."""

_MAX_ENTRIES = 10_000
"""Entries of a table that are read; a photo of 50 megapixels has fewer than 1,000 tiles."""


@dataclass
class Item:
    """One picture, or other data, of a file.

    Args:
        kind: its type, such as av01 or grid.
        properties: in their order.
        tiles: numbers of the items that it is made of.
        place: offset and length of its data in the file; None if it is elsewhere or in pieces.
    """

    kind: bytes = b""
    properties: list[Property] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    place: tuple[int, int] | None = None


@dataclass
class Items:
    """What a file's meta box lists.

    Args:
        primary: number of the picture to show.
        by_number: number -> item.
    """

    primary: int = 0
    by_number: dict[int, Item] = field(default_factory=dict)

    def of(self, number: int) -> Item:
        """Return an item, which is empty until something is known of it."""
        return self.by_number.setdefault(number, Item())


def split_boxes(data: bytes) -> Iterator[Property]:
    """Split data into boxes.

    Args:
        data: a file, or the body of a box that contains others.

    Returns:
        Type and body of each box, up to the first damaged one.
    """
    start = 0
    while start + 8 <= len(data):
        size, head = int.from_bytes(data[start : start + 4]), 8
        if size == 1:  # the size follows as 64 bits
            size, head = int.from_bytes(data[start + 8 : start + 16]), 16
        if size == 0:  # up to the end
            size = len(data) - start
        if size < head:
            return
        yield data[start + 4 : start + 8], data[start + head : start + size]
        start += size


def read_items(data: bytes) -> Items:
    """Read the items of a file.

    Args:
        data: the file's bytes.

    Returns:
        The items, as far as the file's meta box can be read.
    """
    items = Items()
    top = next((body for kind, body in split_boxes(data) if kind == b"meta"), b"")
    for kind, body in split_boxes(top[4:]):
        if reader := _READERS.get(kind):
            try:
                reader(_Cursor(body), items)
            except struct.error:
                continue
    return items


class _Cursor:
    """Reads big-endian numbers from the body of a box with a version and flags."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 4
        self.version = body[0] if body else 0
        self.flags = int.from_bytes(body[1:4])

    def take(self, size: int) -> int:
        if self.at + size > len(self.body):
            raise struct.error("the box ends early")
        self.at += size
        return int.from_bytes(self.body[self.at - size : self.at])

    def count(self, size: int) -> range:
        return range(min(self.take(size), _MAX_ENTRIES))

    @property
    def rest(self) -> bytes:
        return self.body[self.at :]


def _read_primary(box: _Cursor, items: Items) -> None:
    items.primary = box.take(4 if box.version else 2)


def _read_kinds(box: _Cursor, items: Items) -> None:
    box.count(4 if box.version else 2)
    for _, body in split_boxes(box.rest):
        entry = _Cursor(body)
        if entry.version >= 2:
            number = entry.take(2 if entry.version == 2 else 4)
            items.of(number).kind = entry.rest[2:6]


def _read_properties(box: _Cursor, items: Items) -> None:
    known: list[Property] = []
    for kind, body in split_boxes(box.body):
        if kind == b"ipco":
            known = list(split_boxes(body))
        elif kind == b"ipma":
            _read_associations(_Cursor(body), known, items)


def _read_associations(box: _Cursor, known: list[Property], items: Items) -> None:
    size = 2 if box.flags & 1 else 1
    for _ in box.count(4):
        item = items.of(box.take(4 if box.version else 2))
        for _ in box.count(1):
            index = box.take(size) & (0x7FFF if size == 2 else 0x7F)  # the first bit: essential
            if 0 < index <= len(known):
                item.properties.append(known[index - 1])


def _read_tiles(box: _Cursor, items: Items) -> None:
    size = 4 if box.version else 2
    for kind, body in split_boxes(box.rest):
        if kind == b"dimg":
            entry = _Cursor(b"\0\0\0\0" + body)
            whole = items.of(entry.take(size))
            whole.tiles += [entry.take(size) for _ in entry.count(2)]


def _read_places(box: _Cursor, items: Items) -> None:
    sizes = box.take(2)
    offset_size, length_size, base_size, index_size = (
        sizes >> shift & 15 for shift in (12, 8, 4, 0)
    )
    for _ in box.count(4 if box.version == 2 else 2):
        item = items.of(box.take(4 if box.version == 2 else 2))
        is_in_file = not box.version or box.take(2) & 15 == 0
        box.take(2)  # number of a data reference
        base = box.take(base_size)
        extents = box.count(2)
        for _ in extents:
            if box.version:
                box.take(index_size)
            offset, length = box.take(offset_size), box.take(length_size)
            if len(extents) == 1 and is_in_file:
                item.place = base + offset, length


_READERS = {
    b"pitm": _read_primary,
    b"iinf": _read_kinds,
    b"iprp": _read_properties,
    b"iref": _read_tiles,
    b"iloc": _read_places,
}
