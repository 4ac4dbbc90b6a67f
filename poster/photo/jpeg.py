"""Bytes of a JPEG -> its passes, its ICC profile and its end, wherever other data follows.

Does not decode pixels, except to tell a file that only lacks its end mark from a truncated one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from poster.photo.effort import refuse_effort

_SOS, _END, _APP2 = 0xDA, 0xD9, 0xE2
_EOI = bytes((0xFF, _END))
_ICC = b"ICC_PROFILE\0"
"""Begins a piece of a profile. Source: ICC.1:2022, B.4."""
_MARKER = re.compile(rb"\xff+[^\x00\xff]")
"""A marker, after any fill bytes. Decoders skip what is between a segment and the next marker."""
_AFTER_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
"""The next marker after coded data, in which FF 00 is a byte and FF D0 to FF D7 are restarts."""
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length: TEM, RST0 to RST7, SOI. Source: ITU-T T.81, table B.1."""

_ARITHMETIC = (0xC9, 0xCA, 0xCB)
"""Markers of frames in arithmetic coding. Source: ITU-T T.81, table B.1."""
_APP1 = 0xE1
_EXIF = b"Exif\0\0"
_MAX_EXIF = 16
"""Maximum segments of Exif, 64 kB each, which a decoder joins one by one; cameras write one."""
_MAX_SEGMENTS = 5000
"""Maximum segments. A photo has fewer than 30 beside its scans, or 700 if they hold a depth map."""
_MAX_SKIPPED = 1_000_000
"""Maximum bytes outside segments, which a decoder reads one by one."""

_PADDINGS = (b"", b"\x55" * 256)
_DECODED_UNENDED = 1 + len(_PADDINGS)
"""How often a file without an end mark is decoded."""


@dataclass(frozen=True, slots=True)
class Jpeg:
    """What a walk over the markers finds.

    Args:
        passes: how often a decoder goes over a channel: once for each channel of each scan, as if
            twice for arithmetic coding, which takes twice as long, and again to complete a file.
        end: index after the end mark, or after the last coded data if there is none.
        is_ended: whether there is an end mark.
        profile: its ICC profile; empty if pieces of it are missing, None if it has none.
    """

    passes: int
    end: int
    is_ended: bool
    profile: bytes | None


def walk(data: bytes) -> Jpeg:
    """Walk over the markers of a file.

    Args:
        data: the file's bytes, which begin with FF D8.

    Returns:
        What was found up to the end mark, or to the last segment.

    Raises:
        UnreadablePhotoError: there are too many segments, or bytes outside of them.
    """
    passes, weight, end, is_ended, exifs = 0, 1, 2, False, 0
    pieces = []
    for marker, start, end in _segments(data):
        if marker in _ARITHMETIC:
            weight = 2
        if marker == _SOS:
            passes += weight * max(1, int.from_bytes(data[start : start + 1]))
        exifs += marker == _APP1 and data.startswith(_EXIF, start)
        if exifs > _MAX_EXIF:
            raise refuse_effort("a JPEG with too much Exif")
        is_ended = marker == _END
        if marker == _APP2 and data.startswith(_ICC, start):
            pieces.append(data[start + len(_ICC) : end])
    passes *= 1 if is_ended else _DECODED_UNENDED
    return Jpeg(passes, end, is_ended, _join(pieces) if pieces else None)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the marker, start and end of each segment; a scan's coded data belongs to it."""
    at, count, skipped = 2, 0, 0
    while found := _MARKER.search(data, at):
        count += 1
        skipped += found.end() - 2 - at
        if count > _MAX_SEGMENTS or skipped > _MAX_SKIPPED:
            raise refuse_effort("a JPEG with too many segments, or bytes outside of them")
        marker, start = data[found.end() - 1], found.end()
        end = start
        if marker != _END and marker not in _BARE:
            start, end = end + 2, end + int.from_bytes(data[end : end + 2])
        if start > len(data):
            return
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
