"""Bytes of an image file -> HWC uint8 sRGB, upright.

Opens no path or URL, runs no scripts from a file, and decodes no pixel before the header has been
checked against the bounds. Does not know where the bytes come from.
"""

from __future__ import annotations

import io
import logging
import struct
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from poster.colour import Colour
from poster.errors import (
    PhotoError,
    PhotoTooLargeError,
    PhotoTooSmallError,
    UnreadablePhotoError,
)
from poster.photo.cicp import ColourCode
from poster.photo.heif import is_heif, nclx_of, open_heif
from poster.photo.jpeg import Jpeg, completed, walk
from poster.photo.png import SIGNATURE, read_png
from poster.photo.raw import is_raw
from poster.photo.srgb import WHITE, to_srgb

_log = logging.getLogger(__name__)

_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF")
_FORMAT_NAMES = "JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF"

_RAW = "a camera RAW file"
_VIDEO = "a video"
_EXPORT = {
    _RAW: "export it as a JPEG",
    _VIDEO: "export a frame as a JPEG",
}
"""What to do with a file that contains a photo after all."""

_OTHER_FORMATS = {
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
"""First bytes of files that people send by mistake; in lower case if the case varies."""

_PICTURE_BRANDS = (b"avi", b"mif", b"msf")
"""Beginnings of the major brands of AVIF and general HEIF files; others hold video."""

_SUPPORTED = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"GIF8")
"""First bytes of the supported formats; AVIF and HEIC have `ftyp` after four other bytes."""

_MAX_SCANS = 500
"""Maximum scans in a JPEG. Editors write about 10; far more are meant to keep the decoder busy.
Source: libjpeg-turbo's fuzz targets reject more than 500."""

_EXIF_ERRORS = (SyntaxError, ValueError, LookupError, TypeError, OSError, struct.error)
"""What Pillow raises on Exif that it cannot read."""

_TILE_TAGS = (322, 323)
"""TIFF TileWidth and TileLength: a decoder allocates whole tiles. Source: TIFF 6.0, section 15."""


@dataclass(frozen=True, slots=True)
class DecodeBounds:
    """Bounds on a photo's size, filled from the request's limits.

    Args:
        max_bytes: maximum size of the file.
        max_pixels: maximum width times height.
        max_side: maximum of the longer side, in pixels.
        min_side: minimum of the shorter side, in pixels.
    """

    max_bytes: int
    max_pixels: int
    max_side: int
    min_side: int

    @property
    def accepted(self) -> str:
        """What can be sent, as part of an error message."""
        return (
            f"send {_FORMAT_NAMES}, at most {self.max_bytes / 1e6:g} MB and "
            f"{self.max_pixels / 1e6:g} megapixels, with sides of {self.min_side} to "
            f"{self.max_side} pixels"
        )


def decode(data: bytes, bounds: DecodeBounds, paper: Colour = WHITE) -> npt.NDArray[np.uint8]:
    """Decode a photo: its first frame, upright, in sRGB, composited on paper where transparent.

    Supports JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF. Ignores gain maps, thumbnails, further
    frames and invalid colour profiles.

    Args:
        data: the file's bytes.
        bounds: checked against the header before any pixel is decoded.
        paper: colour behind transparent pixels, sRGB.

    Returns:
        HWC uint8, sRGB, [0, 255]; read-only.

    Raises:
        UnreadablePhotoError: the file is empty, damaged, truncated or in an unsupported format.
        PhotoTooLargeError: too many bytes or pixels, or the longer side is too long.
        PhotoTooSmallError: the shorter side is too short.
    """
    if not data:
        raise UnreadablePhotoError(f"image: empty file; {bounds.accepted}")
    if len(data) > bounds.max_bytes:
        raise PhotoTooLargeError(f"image: {len(data) / 1e6:.1f} MB is too large; {bounds.accepted}")
    if other := _other_kind(data):
        raise UnreadablePhotoError(f"image: {_refused(other)}; {bounds.accepted}")
    # Decoders warn about harmless oddities in metadata; a photo that decodes is fine.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            file = _read(data)
            if file.jpeg and not file.jpeg.is_ended:
                with _open(data) as image:
                    _check(image, file, bounds)  # completing it decodes it
                file = replace(file, data=completed(data, file.jpeg) or data)
            with _open(file.data) as image:
                _check(image, file, bounds)
                image.load()
                _check(image, file, bounds)  # a HEIF image's size is known only after decoding
                _turn_upright(image)
                if file.profile:
                    image.info["icc_profile"] = file.profile
                pixels = to_srgb(image, file.colour, paper)
        except PhotoError:
            raise
        except Image.DecompressionBombError as error:
            raise PhotoTooLargeError(f"image: too many pixels; {bounds.accepted}") from error
        # On hostile input, decoders raise almost anything: struct.error, KeyError, MemoryError.
        except Exception as error:
            _log.info("a photo could not be decoded", exc_info=True)
            raise UnreadablePhotoError(
                f"image: {_trouble(data, error)}; {bounds.accepted}"
            ) from error
    pixels.flags.writeable = False
    return pixels


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is to be decoded.

    Args:
        data: its bytes, without what a decoder may stumble over.
        profile: an ICC profile that the decoder does not see.
        colour: how its numbers stand for colours, if it has no ICC profile; None for sRGB.
        jpeg: its markers, if it is a JPEG.
    """

    data: bytes
    profile: bytes | None = None
    colour: ColourCode | None = None
    jpeg: Jpeg | None = None


def _read(data: bytes) -> _File:
    """Look at what decoders do not: colour that no profile describes, and where a file ends."""
    if data.startswith(SIGNATURE):
        png = read_png(data)
        return _File(png.data, png.profile, png.colour)
    if data.startswith(b"\xff\xd8"):
        return _File(data, jpeg=walk(data))
    if data[4:8] == b"ftyp":
        return _File(data, colour=nclx_of(data))
    return _File(data)


def _open(data: bytes) -> Image.Image:
    """Parse the header."""
    return open_heif(data) if is_heif(data) else Image.open(io.BytesIO(data), formats=_FORMATS)


def _turn_upright(image: Image.Image) -> None:
    """Turn a picture as its Exif says; Exif that cannot be read says nothing."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except (
        SyntaxError,
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        OSError,
        struct.error,
    ):
        _log.info("a photo's Exif could not be read", exc_info=True)


def _check(image: Image.Image, file: _File, bounds: DecodeBounds) -> None:
    """Check the header against the bounds."""
    width, height = image.size
    tags = getattr(image, "tag_v2", {})
    longest = max(width, height, *(int(tags.get(tag, 0)) for tag in _TILE_TAGS))
    if width * height > bounds.max_pixels or longest > bounds.max_side:
        raise PhotoTooLargeError(
            f"image: {width} x {height} pixels is too large; {bounds.accepted}"
        )
    if min(width, height) < bounds.min_side:
        raise PhotoTooSmallError(
            f"image: {width} x {height} pixels is too small; {bounds.accepted}"
        )
    if file.jpeg and file.jpeg.scans > _MAX_SCANS:
        raise UnreadablePhotoError(f"image: a JPEG with too many scans; {bounds.accepted}")


def _other_kind(data: bytes) -> str:
    """Name a file that a decoder would take for a small or damaged photo; empty if it is none."""
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        if brand == b"crx ":
            return _RAW
        return "" if is_heif(data) or brand[:3] in _PICTURE_BRANDS else _VIDEO
    if data[:4] == b"RIFF" and data[8:12] != b"WEBP":
        return _VIDEO if data[8:12] == b"AVI " else ""
    return _RAW if data[:4] in (b"II*\0", b"MM\0*") and is_raw(data) else ""


def _refused(kind: str) -> str:
    advice = _EXPORT.get(kind)
    return f"{kind}, not a photo" + (f": {advice}" if advice else "")


def _trouble(data: bytes, error: Exception) -> str:
    """Describe what is wrong, for the caller."""
    is_supported = data.startswith(_SUPPORTED) or data[4:8] == b"ftyp"
    if is_supported or not isinstance(error, UnidentifiedImageError):
        return "damaged or truncated"
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in _OTHER_FORMATS.items():
        if start.startswith(magic) or start.lower().startswith(magic):
            return _refused(name)
    return "unsupported photo format"
