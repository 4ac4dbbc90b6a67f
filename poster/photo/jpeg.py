"""Bytes of a JPEG -> its scans and its end, wherever other data follows.

Does not decode pixels, except to tell a file that only lacks its end mark from a truncated one.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from PIL import Image

_EOI = b"\xff\xd9"
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
"""The next marker after coded data, in which FF 00 is a byte and FF D0 to FF D7 are restarts."""
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length: TEM, RST0 to RST7, SOI. Source: ITU-T T.81, table B.1."""

_PADDINGS = (b"", b"\x55" * 256)


@dataclass(frozen=True, slots=True)
class Jpeg:
    """What a walk over the markers finds.

    Args:
        scans: number of scans up to the end mark.
        end: index after the end mark, or after the last coded data if there is none.
        is_ended: whether there is an end mark.
    """

    scans: int
    end: int
    is_ended: bool


def walk(data: bytes) -> Jpeg:
    """Walk over the markers of a file.

    Args:
        data: the file's bytes, which begin with FF D8.

    Returns:
        What was found up to the end mark, or to where the markers stop making sense.
    """
    at, scans = 2, 0
    while at + 4 <= len(data) or data[at : at + 2] == _EOI:
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0xD9:
            return Jpeg(scans, at + 2, is_ended=True)
        if marker in _BARE:
            at += 2
            continue
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xDA:
            scans += 1
            found = _AFTER_SCAN.search(data, at)
            if not found:
                return Jpeg(scans, len(data), is_ended=False)
            at = found.end() - 2
    return Jpeg(scans, min(at, len(data)), is_ended=False)


def completed(data: bytes, jpeg: Jpeg) -> bytes | None:
    """Add the end mark to a file that lacks nothing else.

    A decoder makes up pixels for coded data that is missing: different data after the end of a
    truncated file gives different pixels, and the same ones after the end of a whole file.

    Args:
        data: the file's bytes.
        jpeg: from walk(), without an end mark.

    Returns:
        The file with its end mark; None if pixels are missing.
    """
    body = data[: jpeg.end].rstrip(b"\xff")
    shown = []
    for padding in _PADDINGS:
        with Image.open(io.BytesIO(body + padding + _EOI), formats=("JPEG",)) as image:
            shown.append(image.tobytes())
    return body + _EOI if shown[0] == shown[1] else None
