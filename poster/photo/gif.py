"""Bytes of a GIF -> its first frame with its transparency, without what comes before and between.

Large or damaged extensions must not make a photo unreadable. Does not decode pixels.

Source: GIF89a specification, 17 to 27.
"""

from __future__ import annotations

from poster.photo.effort import refuse_effort

_HEADER_BYTES = 13
_EXTENSION, _FRAME, _CONTROL = 0x21, 0x2C, 0xF9
_MAX_STEPS = 200_000
"""Maximum of extensions, their blocks, and bytes outside of them; a file of 40 MB in blocks of 255
bytes has 157,000."""


def read_gif(data: bytes) -> bytes:
    """Take a GIF apart.

    Args:
        data: the file's bytes.

    Returns:
        What to decode: the header, how the first frame is shown, and all from that frame on; the
        file as it is if it ends before.

    Raises:
        UnreadablePhotoError: too much comes before the first frame.
    """
    start = _HEADER_BYTES
    if data[10:11] and data[10] & 0x80:
        start += 3 << (data[10] & 7) + 1
    at, steps, control = start, 0, b""
    while at + 1 < len(data) and data[at] != _FRAME:
        begin, steps = at, steps + 1
        is_extension = data[at] == _EXTENSION
        is_control = is_extension and data[at + 1] == _CONTROL
        at += 1
        if is_extension:
            at += 1
            while at < len(data) and data[at] and steps <= _MAX_STEPS:
                at, steps = at + 1 + data[at], steps + 1
            at += 1
        if is_control:
            control = data[begin:at]
        if steps > _MAX_STEPS:
            raise refuse_effort("a GIF with too much before its first frame")
    return data[:start] + control + data[at:] if at + 1 < len(data) else data
