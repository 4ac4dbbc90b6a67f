"""Bytes of a HEIF or AVIF file -> a Pillow image that is not decoded yet, and its colours' meaning.

Rejects files that would crash the decoder, and with it the process. Does not know bounds.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

from pi_heif import HeifImageFile  # type: ignore[import-untyped]  # ships no types
from PIL import Image

from poster.photo import av1
from poster.photo.boxes import Item, Items, read_items
from poster.photo.cicp import SRGB_COLOURS, ColourDescription, describe_code_points

_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
"""Major brands of HEIF files. Source: ISO/IEC 23008-12, annex B and 10.2."""


def is_heif(data: bytes) -> bool:
    """Whether a file is HEIF and not AVIF, which lists some of the same brands."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS and b"avif" not in data[12:64]


def open_heif(data: bytes) -> Image.Image:
    """Parse the header.

    Args:
        data: the file's bytes.

    Returns:
        The image, not loaded; its size can change when it is loaded.

    Raises:
        ValueError: an item's type or name is not text. This crashes the process in pi_heif 1.4.0,
            the newest version. Source: pillow_heif, pull request 478.
        SyntaxError: the header is damaged.
    """
    for name in _item_names(data):
        name.decode()  # UnicodeDecodeError is a ValueError
    return cast("Image.Image", HeifImageFile(io.BytesIO(data)))


def describe_heif(data: bytes) -> tuple[ColourDescription, bool]:
    """Read what a HEIF or AVIF file says of the picture that it shows.

    Args:
        data: the file's bytes.

    Returns:
        The picture's colours without an ICC profile, which counts before them; whether the file has
        a gain map. Source: ISO/IEC 23008-12, 6.5.5, and 14496-12, 12.1.5.
    """
    items = read_items(data)
    shown = items.of(items.primary)
    # A picture made of tiles can leave its colours to them.
    parts = [shown, *(items.of(tile) for tile in shown.tiles[:1])]
    found = next(_code_points(parts, data), None)
    return describe_code_points(*found) if found else SRGB_COLOURS, _has_gain_map(items)


def _code_points(parts: list[Item], data: bytes) -> Iterator[tuple[int, int]]:
    """Yield primaries and transfer, the most binding first: a box counts before coded data."""
    for part in parts:
        for kind, body in part.properties:
            if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 8:
                yield int.from_bytes(body[4:6]), int.from_bytes(body[6:8])
    for part in parts:
        if part.kind == b"av01" and part.place:
            start, length = part.place
            if found := av1.read_code_points(data[start : start + length]):
                yield found


def _has_gain_map(items: Items) -> bool:
    """Source: ISO/IEC 21496-1 for tmap; Apple's files name theirs as an auxiliary picture."""
    return any(
        item.kind == b"tmap"
        or any(kind == b"auxC" and b"hdrgainmap" in body for kind, body in item.properties)
        for item in items.by_number.values()
    )


def _item_names(data: bytes) -> Iterator[bytes]:
    """Yield the types and names of a file's items. Source: ISO/IEC 14496-12, 8.11.6."""
    for part in _without_media(data):
        at = part.find(b"infe")
        while at >= 0:
            size = int.from_bytes(part[at - 4 : at])
            # Version, flags, the item's number (longer from version 3 on), its protection.
            numbers = 10 if part[at + 4 : at + 5] == b"\x03" else 8
            yield part[at + 4 + numbers : at - 4 + size]
            at = part.find(b"infe", at + 4)


def _without_media(data: bytes) -> Iterator[bytes]:
    """Yield the boxes of a file except its coded pictures, which can contain any bytes."""
    start = 0
    while start + 8 <= len(data):
        size, head = int.from_bytes(data[start : start + 4]), 8
        if size == 1:  # the size follows as 64 bits
            size, head = int.from_bytes(data[start + 8 : start + 16]), 16
        end = start + size if size >= head else len(data)
        if data[start + 4 : start + 8] != b"mdat":
            yield data[start:end]
        start = end
