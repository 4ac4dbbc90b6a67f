"""Bytes of a HEIF or AVIF file -> the file as decoders accept it, and how its numbers mean colours.

Decoders refuse a whole photo for a box of colours that is damaged or new to them. Does not decode.

Source: ISO/IEC 23008-12, 6.5.5, and 14496-12, 12.1.5 (colour boxes), 21496-1 (gain maps).
"""

from __future__ import annotations

from dataclasses import dataclass

from poster.photo import av1
from poster.photo.boxes import Item, Items, read_items, split_boxes
from poster.photo.colour_description import ColourDescription, describe_code_points

_PROFILES = (b"prof", b"rICC")
_NCLX = b"nclx"
_NCLX_BYTES = 11
"""Type, three numbers of 16 bits, and the range."""
_MIN_PROFILE_BYTES = 132
"""Header of a profile and number of its tags."""
_SRGB = b"\0\1\0\r"
"""Code points that every decoder knows."""

_DAMAGED = ColourDescription(
    notes=("the photo's colour box is damaged; its colours were taken as sRGB and may be off",)
)


@dataclass(frozen=True, slots=True)
class Heif:
    """A HEIF or AVIF file as it is to be decoded.

    Args:
        data: the file, without colour boxes that decoders refuse.
        profile: empty if its ICC profile is among these; None if it is not, or there is none.
        colours: what it says of its colours apart from a profile, which counts before them; None
            if nothing.
        has_gain_map: whether it has one.
    """

    data: bytes
    profile: bytes | None
    colours: ColourDescription | None
    has_gain_map: bool


def read_heif(data: bytes) -> Heif:
    """Read what a file says of the picture that it shows.

    Args:
        data: the file's bytes.

    Returns:
        What to decode.
    """
    items = read_items(data)
    shown = items.of(items.primary)
    # A picture made of tiles can leave its colours to them.
    parts = [shown, *(items.of(tile) for tile in shown.tiles[:1])]
    said = [body for part in parts for kind, body in part.properties if kind == b"colr"]
    is_cut = any(body[:4] in _PROFILES and not _is_readable(body) for body in said)
    return Heif(
        _with_readable_boxes(data),
        b"" if is_cut else None,
        _colours_of(said) or _colours_of_coded_data(parts, data),
        _has_gain_map(items),
    )


def _is_readable(box: bytes) -> bool:
    if box[:4] in _PROFILES:
        return len(box) >= 4 + _MIN_PROFILE_BYTES
    return box[:4] == _NCLX and len(box) >= _NCLX_BYTES


def _colours_of(said: list[bytes]) -> ColourDescription | None:
    """Follow the first box of code points."""
    boxes = [box for box in said if box[:4] not in _PROFILES]
    found = next((box for box in boxes if _is_readable(box)), None)
    if found:
        return _code_points_of(found)
    return _DAMAGED if boxes else None


def _code_points_of(box: bytes) -> ColourDescription:
    return describe_code_points(int.from_bytes(box[4:6]), int.from_bytes(box[6:8]))


def _colours_of_coded_data(parts: list[Item], data: bytes) -> ColourDescription | None:
    """Read code points from AV1, which holds them too."""
    for part in parts:
        if part.kind == b"av01" and part.place:
            start, length = part.place
            first = next(av1.read_sequences(data[start : start + length]), None)
            if first and first.code_points:
                return describe_code_points(*first.code_points)
    return None


def _has_gain_map(items: Items) -> bool:
    """Apple's files name theirs as an auxiliary picture."""
    return any(
        item.kind == b"tmap"
        or any(kind == b"auxC" and b"hdrgainmap" in body for kind, body in item.properties)
        for item in items.by_number.values()
    )


def _with_readable_boxes(data: bytes) -> bytes:
    """Free colour boxes that cannot be read, and replace code points that are not known."""
    meta = next((body for kind, body in split_boxes(data) if kind == b"meta"), b"")
    first = data.find(meta)
    changed = bytearray(data)
    at = meta.find(b"colr")
    while at >= 0:
        size = int.from_bytes(meta[at - 4 : at])
        box = meta[at + 4 : at - 4 + size]
        start = first + at
        if not _is_readable(box):
            changed[start : start + 4] = b"free"
        elif box[:4] == _NCLX and _code_points_of(box).is_unknown:
            changed[start + 8 : start + 12] = _SRGB
        at = meta.find(b"colr", at + 4)
    return bytes(changed)
