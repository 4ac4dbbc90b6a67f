"""Bytes of a PNG -> the picture without metadata, and how its numbers stand for colours.

Large or damaged metadata must not make a photo unreadable. Does not decode pixels.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from poster.photo.cicp import SRGB
from poster.photo.colour_description import (
    SRGB_COLOURS,
    USUAL_GAMMA,
    ColourDescription,
    describe_code_points,
    describe_gamma,
)
from poster.photo.effort import refuse_effort

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SHOWN = frozenset({b"tRNS", b"eXIf"})
"""Chunks that decide what is seen, besides the critical ones, whose names begin with a capital."""

_UNSPECIFIED = b"\2\2"
"""Primaries and transfer of a cICP chunk that says nothing."""

_MAX_PROFILE_BYTES = 16_000_000
"""Colour profiles of printers have 3 MB; a compressed one can unpack to gigabytes."""
_MAX_CHUNKS = 50_000
"""Maximum chunks; libpng writes one for 8 kB, which is 5,000 for a photo of 40 MB."""


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG as it is to be decoded.

    Args:
        data: the file, without metadata.
        profile: its ICC profile; empty if it is damaged, None if there is none or a better
            description.
        colours: what it says of its colours apart from a profile; None if nothing.
    """

    data: bytes
    profile: bytes | None
    colours: ColourDescription | None


def read_png(data: bytes) -> Png:
    """Take a PNG apart.

    Args:
        data: the file's bytes, which begin with SIGNATURE.

    Returns:
        What to decode. A damaged chunk that is not needed is left out; a damaged one that is
        stays, for the decoder to refuse.

    Raises:
        UnreadablePhotoError: there are too many chunks.
    """
    kept = [SIGNATURE]
    said: dict[bytes, bytes] = {}
    for count, (name, body, whole) in enumerate(_chunks(data)):
        if count > _MAX_CHUNKS:
            raise refuse_effort("a PNG with too many chunks")
        is_critical = not name[:1].islower()
        if is_critical or name in _SHOWN:
            kept.append(whole)
        else:
            said.setdefault(name, body)
    profile, colours = _colours_of(said)
    return Png(b"".join(kept), profile, colours)


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


def _colours_of(said: dict[bytes, bytes]) -> tuple[bytes | None, ColourDescription | None]:
    """The best description counts: cICP, iCCP, sRGB, gAMA with cHRM. Source: PNG, 4.3."""
    says_code = said.get(b"cICP", _UNSPECIFIED)[:2] != _UNSPECIFIED
    coded = _colours_of_cicp(said[b"cICP"]) if says_code else None
    if coded and not coded.is_unknown:
        return None, coded
    profile = _profile_of(said[b"iCCP"]) if b"iCCP" in said else None
    if b"sRGB" in said:
        return profile, SRGB_COLOURS
    if b"gAMA" in said or b"cHRM" in said:
        return profile, _colours_of_gamma(said)
    return profile, coded


def _colours_of_cicp(body: bytes) -> ColourDescription:
    """Primaries, transfer, matrix and range, of which PNG has RGB (0) and full range (1) here."""
    if len(body) == 4 and body[2:] == b"\0\1":
        return describe_code_points(*body[:2])
    return ColourDescription(
        notes=("the photo's cICP chunk is invalid; its colours were taken as sRGB and may be off",),
        is_unknown=True,
    )


def _colours_of_gamma(said: dict[bytes, bytes]) -> ColourDescription:
    """A chunk of the wrong size makes as little sense as wrong numbers."""
    gamma, points = said.get(b"gAMA"), said.get(b"cHRM")
    return describe_gamma(
        USUAL_GAMMA if gamma is None else _numbers(gamma, 1)[0],
        SRGB if points is None else _numbers(points, 8),
    )


def _numbers(body: bytes, count: int) -> tuple[float, ...]:
    """Unpack numbers of 32 bits, in 100,000ths."""
    if len(body) != 4 * count:
        return (0.0,) * count
    return tuple(value / 100_000 for value in struct.unpack(f">{count}I", body))


def _profile_of(body: bytes) -> bytes:
    """Unpack iCCP: a name, a null, the method 0, and a zlib stream."""
    _, _, packed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return b""
    return profile if unpacker.eof else b""
