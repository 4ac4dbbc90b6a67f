"""Bytes of an image file -> HWC uint8 sRGB, upright.

Opens no path or URL, runs no scripts from a file, and decodes no pixel before the header has been
checked against the bounds. Does not know where the bytes come from.
"""

from __future__ import annotations

import io
import logging
import warnings
from dataclasses import dataclass

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
from poster.photo.heif import is_heif, open_heif
from poster.photo.srgb import WHITE, to_srgb

_log = logging.getLogger(__name__)

_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF")
_FORMAT_NAMES = "JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF"

_OTHER_FORMATS = {
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

_SUPPORTED = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"GIF8")
"""First bytes of the supported formats; AVIF and HEIC have `ftyp` after four other bytes."""

_MAX_SCANS = 500
"""Maximum scans in a JPEG. Editors write about 10; far more are meant to keep the decoder busy.
Source: libjpeg-turbo's fuzz targets refuse more than 500."""

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
    # Decoders warn about harmless oddities in metadata; a photo that decodes is fine.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _open(data) as image:
                _check(image, data, bounds)
                image.load()
                _check(image, data, bounds)  # a HEIF image's size is known only after decoding
                ImageOps.exif_transpose(image, in_place=True)
                pixels = to_srgb(image, paper)
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


def _open(data: bytes) -> Image.Image:
    """Parse the header."""
    return open_heif(data) if is_heif(data) else Image.open(io.BytesIO(data), formats=_FORMATS)


def _check(image: Image.Image, data: bytes, bounds: DecodeBounds) -> None:
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
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MAX_SCANS:
        raise UnreadablePhotoError(f"image: a JPEG with too many scans; {bounds.accepted}")


def _trouble(data: bytes, error: Exception) -> str:
    """Describe what is wrong, for the caller."""
    is_supported = data.startswith(_SUPPORTED) or data[4:8] == b"ftyp"
    if is_supported or not isinstance(error, UnidentifiedImageError):
        return "damaged or truncated"
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in _OTHER_FORMATS.items():
        if start.startswith(magic) or start.lower().startswith(magic):
            return f"{name}, not a photo"
    return "unsupported photo format"
