"""Bytes of a PNG -> the picture without metadata, and how its numbers stand for colours.

Large or damaged metadata must not make a photo unreadable. Does not decode pixels.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from poster.photo.cicp import ColourCode

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SHOWN = frozenset({b"tRNS", b"eXIf"})
"""Chunks that decide what is seen, besides the critical ones, whose names begin with a capital."""

_MAX_PROFILE_BYTES = 16_000_000
"""Colour profiles of printers have 3 MB; a compressed one can unpack to gigabytes."""


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG as it is to be decoded.

    Args:
        data: the file, without metadata.
        profile: its ICC profile; None if it has none or a better description.
        colour: how its numbers stand for colours if no profile says so; None for sRGB.
    """

    data: bytes
    profile: bytes | None
    colour: ColourCode | None


def read_png(data: bytes) -> Png:
    """Take a PNG apart.

    Args:
        data: the file's bytes, which begin with SIGNATURE.

    Returns:
        What to decode. A damaged chunk that is not needed is left out; a damaged one that is
        stays, for the decoder to refuse.
    """
    kept = [SIGNATURE]
    said: dict[bytes, bytes] = {}
    for name, body, whole in _chunks(data):
        is_critical = not name[:1].islower()
        if is_critical or name in _SHOWN:
            kept.append(whole)
        else:
            said.setdefault(name, body)
    profile, colour = _colour_of(said)
    return Png(b"".join(kept), profile, colour)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield name, body and all bytes of each chunk. Source: PNG, third edition, 5.3."""
    start = len(SIGNATURE)
    while start < len(data):
        (size,) = struct.unpack(">I", data[start : start + 4].rjust(4, b"\0"))
        end = start + 12 + size
        name = data[start + 4 : start + 8]
        yield name, data[start + 8 : end - 4], data[start:end]
        if name == b"IEND":
            return
        start = end


def _colour_of(said: dict[bytes, bytes]) -> tuple[bytes | None, ColourCode | None]:
    """The best description counts: cICP, iCCP, sRGB, gAMA with cHRM. Source: PNG, 4.3."""
    cicp = said.get(b"cICP", b"")
    if len(cicp) == 4 and cicp[2] == 0:
        return None, ColourCode.of(cicp[0], cicp[1])
    profile = _profile_of(said.get(b"iCCP", b""))
    if profile:
        return profile, None
    gamma = said.get(b"gAMA", b"")
    if b"sRGB" in said or len(gamma) != 4 or gamma == b"\0\0\0\0":
        return None, None
    points = said.get(b"cHRM", b"")
    chromaticities = struct.unpack(">8I", points) if len(points) == 32 else None
    return None, ColourCode.of_gamma(
        struct.unpack(">I", gamma)[0] / 100_000,
        tuple(value / 100_000 for value in chromaticities) if chromaticities else None,
    )


def _profile_of(body: bytes) -> bytes | None:
    """Unpack iCCP: a name, a null, the method 0, and a zlib stream."""
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if unpacker.eof and profile else None
