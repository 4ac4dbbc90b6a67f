"""Bytes of a HEIF file -> a Pillow image whose pixels are not decoded yet.

Rejects files that would crash the decoder, and with it the process. Does not know bounds.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

from pi_heif import HeifImageFile  # type: ignore[import-untyped]  # ships no types
from PIL import Image

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
