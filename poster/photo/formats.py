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


def _picture(name: str) -> str:
    return f"{name} is not supported: save the picture as a JPEG or PNG"


def _other(name: str) -> str:
    return f"{name}, not a photo: use {FORMAT_NAMES}"


_AUDIO = _other("audio")

_BY_START = {
    **dict.fromkeys((b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb"), _RAW),
    **dict.fromkeys((b"\x1aE\xdf\xa3", b"\0\0\1\xba", b"\0\0\1\xb3", b"FLV\1"), _VIDEO),
    b"OggS": _other("audio or video"),
    b"ID3": _AUDIO,
    b"%PDF": _other("a PDF"),
    b"%!PS": _other("PostScript"),
    b"\xc5\xd0\xd3\xc6": _other("EPS"),
    b"<svg": _other("an SVG drawing"),
    b"<!doctype html": _other("a web page"),
    b"<html": _other("a web page"),
    b"<?xml": _other("XML or SVG"),
    b"PK": _other("a ZIP archive"),
    b"{": _other("JSON"),
    b"8BPS": _picture("a Photoshop document"),
    b"BM": _picture("BMP"),
    b"\xff\x0a": _picture("JPEG XL"),
    b"\0\0\0\x0cJXL": _picture("JPEG XL"),
    b"\0\0\0\x0cjP": _picture("JPEG 2000"),
    b"\xff\x4f\xff\x51": _picture("JPEG 2000"),
    b"v/1\1": _picture("OpenEXR"),
    b"#?RADIANCE": _picture("Radiance HDR"),
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
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if is_heif(data) or brand[:3] in _PICTURE_BRANDS:
            return ""
        return {b"crx ": _RAW, b"M4A ": _AUDIO}.get(brand, _VIDEO)
    if data[:4] == b"RIFF" and data[8:12] != b"WEBP":
        return {b"AVI ": _VIDEO, b"WAVE": _AUDIO}.get(data[8:12], _UNKNOWN)
    if data.startswith(_SUPPORTED):
        return _RAW if data[:4] in (b"II*\0", b"MM\0*") and is_raw(data) else ""
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, misfit in _BY_START.items():
        if start.startswith(magic) or start.lower().startswith(magic):
            return misfit
    return _UNKNOWN
