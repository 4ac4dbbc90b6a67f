"""Bytes of a TIFF -> whether it is a camera's RAW file, whose first picture is only a thumbnail.

Reads the first directory alone. Source: TIFF 6.0, section 2; DNG 1.7; TIFF/EP (ISO 12234-2).
"""

from __future__ import annotations

import struct

_NEW_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION, _CFA_PATTERN = 254, 330, 50706, 33422
_MAX_TAGS = 4096


def is_raw(data: bytes) -> bool:
    """Tell a RAW file from a photo in TIFF.

    Args:
        data: the file's bytes, which begin as a TIFF.

    Returns:
        True for DNG, NEF, ARW, CR2, PEF and their like: they say so (DNG), hold a sensor's colour
        filter, or have a reduced picture first and the others in directories below it.
    """
    if data[8:10] == b"CR":  # Canon's CR2
        return True
    tags = first_directory(data)
    is_reduced = bool(tags.get(_NEW_SUBFILE_TYPE, 0) & 1)
    return _DNG_VERSION in tags or _CFA_PATTERN in tags or (is_reduced and _SUB_IFDS in tags)


def first_directory(data: bytes) -> dict[int, int]:
    """Read the first directory of a TIFF.

    Args:
        data: the file's bytes, which begin as a TIFF.

    Returns:
        Tag -> the four bytes of its value as a number; empty if the file ends before it does.
    """
    order = "<" if data[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        entries = (
            struct.unpack_from(f"{order}HHII", data, at + 2 + 12 * number)
            for number in range(min(count, _MAX_TAGS))
        )
        return {tag: value for tag, _, _, value in entries}
    except struct.error:
        return {}
