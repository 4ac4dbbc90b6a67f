"""Bytes of a TIFF -> a refusal if decoding it would take much more than its pixels do.

Does not decode pixels, and leaves the size of the picture to its caller.

Source: TIFF 6.0, sections 2, 3 and 15; JPEG in TIFF: Adobe's TIFF Technical Note 2.
"""

from __future__ import annotations

from poster.photo.directories import Directories, is_costly
from poster.photo.effort import MAX_PADDED, check_passes, refuse_effort
from poster.photo.jpeg import walk

_MAX_VALUES = 1_000_000
"""Maximum of values that are not text; 50 megapixels in tiles of 16 x 16 have 400,000."""

_WIDTH, _HEIGHT, _COMPRESSION, _ROWS_PER_STRIP = 256, 257, 259, 278
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_OFFSETS, _BYTE_COUNTS = (324, 273), (325, 279)
"""Tags of tiles, and of strips."""
_JPEG = 7
"""Value of Compression for JPEG files as strips or tiles."""


def is_tiff(data: bytes) -> bool:
    """Whether a file begins as a TIFF."""
    return data[:4] in (b"II*\0", b"MM\0*")


def check_tags(data: bytes) -> None:
    """Check what a decoder does to read the header.

    Args:
        data: the file's bytes.

    Raises:
        UnreadablePhotoError: it would take too long.
    """
    if is_costly(data, _MAX_VALUES):
        raise refuse_effort("a TIFF with too many tags or values")


def check_pieces(data: bytes, max_bytes: int, max_pixels: int) -> None:
    """Check what a decoder does to read the strips or tiles.

    Args:
        data: the bytes of a file whose tags were checked.
        max_bytes: maximum of bytes in all of them; they can share bytes of the file.
        max_pixels: maximum of the picture's pixels.

    Raises:
        UnreadablePhotoError: it would take too long.
    """
    directories = Directories(data)
    tags = directories.first

    def number(tag: int, default: int) -> int:
        return max(1, directories.number(tags, tag, default))

    def numbers(either: tuple[int, int]) -> tuple[int, ...]:
        tag = next((tag for tag in either if tag in tags), either[0])
        return directories.numbers(tags, tag, _MAX_VALUES)

    width, height = number(_WIDTH, 1), number(_HEIGHT, 1)
    across = number(_TILE_WIDTH, width)
    down = number(_TILE_HEIGHT, min(height, number(_ROWS_PER_STRIP, height)))
    padded = -(-width // across) * across * -(-height // down) * down
    if padded > MAX_PADDED * max_pixels:
        raise refuse_effort("a TIFF with tiles that reach far beyond its picture")
    pieces = list(zip(numbers(_OFFSETS), numbers(_BYTE_COUNTS), strict=False))
    if sum(min(size, len(data)) for _, size in pieces) > max_bytes:
        raise refuse_effort("a TIFF whose strips or tiles overlap")
    if directories.number(tags, _COMPRESSION) == _JPEG:
        passes = [walk(data[at : at + size]).passes for at, size in pieces]
        check_passes(max(passes, default=0), sum(passes) * across * down)
