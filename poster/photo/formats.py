"""Bytes of a file that is not a photo -> what it is, and what to do with it.

Looks at the first bytes alone; decoders find out whether a photo is whole.
"""

from __future__ import annotations

from poster.photo.heif import is_heif
from poster.photo.raw import is_raw

PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF")
FORMAT_NAMES = "JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF"

_RAW = "a camera RAW file, not a photo: export it as a JPEG"
_VIDEO = "a video, not a photo: export a frame as a JPEG"
_UNKNOWN = f"not a photo in a supported format: use {FORMAT_NAMES}"

_OTHERS = {
    **dict.fromkeys((b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb"), _RAW),
    **dict.fromkeys((b"\x1aE\xdf\xa3", b"\0\0\1\xba", b"\0\0\1\xb3", b"FLV\1"), _VIDEO),
    b"OggS": "audio or video",
    b"ID3": "audio",
    b"%PDF": "a PDF",
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"<svg": "an SVG drawing",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<?xml": "XML or SVG",
    b"8BPS": "a Photoshop document",
    b"BM": "a BMP",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL": "JPEG XL",
    b"\x00\x00\x00\x0cjP": "JPEG 2000",
    b"PK": "a ZIP archive",
    b"{": "JSON",
}
"""First bytes of files that people use by mistake; in lower case if the case varies."""

_PICTURE_BRANDS = (b"avi", b"mif", b"msf")
"""Beginnings of the major brands of AVIF and general HEIF files; others hold video."""

_SUPPORTED = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"GIF8")
"""First bytes of the supported formats; AVIF and HEIC have `ftyp` after four other bytes."""


def name_misfit(data: bytes) -> str:
    """Name a file that is not a photo in a supported format, even if a decoder takes it for one.

    Args:
        data: the file's bytes.

    Returns:
        What it is and what to do; empty if it begins as a photo.
    """
    kind = _kind_of(data)
    return kind if not kind or ":" in kind else f"{kind}, not a photo: use {FORMAT_NAMES}"


def _kind_of(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand == b"crx ":
            return _RAW
        return "" if is_heif(data) or brand[:3] in _PICTURE_BRANDS else _VIDEO
    if data[:4] == b"RIFF" and data[8:12] != b"WEBP":
        return {b"AVI ": _VIDEO, b"WAVE": "audio"}.get(data[8:12], _UNKNOWN)
    if data.startswith(_SUPPORTED):
        return _RAW if data[:4] in (b"II*\0", b"MM\0*") and is_raw(data) else ""
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, kind in _OTHERS.items():
        if start.startswith(magic) or start.lower().startswith(magic):
            return kind
    return _UNKNOWN
