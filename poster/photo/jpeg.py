"""Bytes of a JPEG -> its scans, its ICC profile and its end, wherever other data follows.

Does not decode pixels, except to tell a file that only lacks its end mark from a truncated one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

_SOS, _END, _APP2 = 0xDA, 0xD9, 0xE2
_EOI = bytes((0xFF, _END))
_ICC = b"ICC_PROFILE\0"
"""Begins a piece of a profile. Source: ICC.1:2022, B.4."""
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
        profile: its ICC profile; empty if pieces of it are missing, None if it has none.
    """

    scans: int
    end: int
    is_ended: bool
    profile: bytes | None


def walk(data: bytes) -> Jpeg:
    """Walk over the markers of a file.

    Args:
        data: the file's bytes, which begin with FF D8.

    Returns:
        What was found up to the end mark, or to where the markers stop making sense.
    """
    scans, end, is_ended = 0, 2, False
    pieces = []
    for marker, start, end in _segments(data):
        scans += marker == _SOS
        is_ended = marker == _END
        if marker == _APP2 and data.startswith(_ICC, start):
            pieces.append(data[start + len(_ICC) : end])
    return Jpeg(scans, end, is_ended, _join(pieces) if pieces else None)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, start and end of each segment; a scan's coded data belongs to it."""
    at = 2
    while at + 4 <= len(data) or data[at : at + 2] == _EOI:
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        start = end = at + 2
        if marker != _END and marker not in _BARE:
            start, end = at + 4, at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _SOS:
            found = _AFTER_SCAN.search(data, end)
            end = found.end() - 2 if found else len(data)
        yield marker, start, min(end, len(data))
        if marker == _END:
            return
        at = end


def _join(pieces: list[bytes]) -> bytes:
    """Join numbered pieces, each with the number of all, in whatever order; empty if some lack."""
    numbered = {piece[0]: piece[2:] for piece in pieces if len(piece) > 2}
    is_whole = numbered and all(piece[1] == len(numbered) for piece in pieces if len(piece) > 2)
    return b"".join(numbered[number] for number in sorted(numbered)) if is_whole else b""


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
