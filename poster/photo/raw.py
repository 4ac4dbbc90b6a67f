"""Bytes of a TIFF -> whether it is a camera's RAW file, whose first picture is only a thumbnail.

Reads the first directory alone. Source: TIFF 6.0, section 2; DNG 1.7; TIFF/EP (ISO 12234-2).
"""

from __future__ import annotations

from poster.photo.directories import Directories

_NEW_SUBFILE_TYPE, _SUB_IFDS, _DNG_VERSION, _CFA_PATTERN = 254, 330, 50706, 33422


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
    directories = Directories(data)
    tags = directories.first
    is_reduced = bool(directories.number(tags, _NEW_SUBFILE_TYPE) & 1)
    return _DNG_VERSION in tags or _CFA_PATTERN in tags or (is_reduced and _SUB_IFDS in tags)
