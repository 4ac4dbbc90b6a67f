"""Bytes of an image file -> HWC uint8 sRGB, upright.

Opens no path and no address, runs no file's scripts, and decodes no pixel before the header has
passed the bounds. Does not know where the bytes came from.
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

_STRANGERS = {
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
"""First bytes of things that people send by mistake, lower case where letters vary."""

_OURS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"II*\0", b"MM\0*", b"GIF8")
"""First bytes of the formats that are read; AVIF and HEIC have `ftyp` after four more."""

_MAX_SCANS = 500
"""Scans in one JPEG. Editors write about 10; more is a file built to keep the decoder busy.
Source: libjpeg-turbo's fuzz targets refuse above 500."""

_TILE_TAGS = (322, 323)
"""TIFF TileWidth and TileLength: a decoder allocates a whole tile. Source: TIFF 6.0, section 15."""


@dataclass(frozen=True, slots=True)
class DecodeBounds:
    """What a photo may measure; the request's limits fill it.

    Args:
        max_bytes: size of the file.
        max_pixels: width times height.
        max_side: the longer side in pixels.
        min_side: the shorter side in pixels.
    """

    max_bytes: int
    max_pixels: int
    max_side: int
    min_side: int

    @property
    def accepted(self) -> str:
        """What may be sent, for people."""
        return (
            f"send {_FORMAT_NAMES}, at most {self.max_bytes / 1e6:g} MB and "
            f"{self.max_pixels / 1e6:g} megapixels, with {self.min_side} to {self.max_side} pixels "
            "a side"
        )


def decode(data: bytes, bounds: DecodeBounds, paper: Colour = WHITE) -> npt.NDArray[np.uint8]:
    """Decode a photo: its first frame, upright, in sRGB, on paper where it is transparent.

    Reads JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF. Gain maps, thumbnails and further frames are
    ignored; so is a colour profile that does not work.

    Args:
        data: the file's bytes.
        bounds: checked on the header, before any pixel is decoded.
        paper: what shows where it is transparent, sRGB.

    Returns:
        HWC uint8, sRGB, [0, 255]; read-only.

    Raises:
        UnreadablePhotoError: empty, of another format, damaged or cut short.
        PhotoTooLargeError: over the bound on bytes, pixels or the longer side.
        PhotoTooSmallError: under the bound on the shorter side.
    """
    if not data:
        raise UnreadablePhotoError(f"image: empty; {bounds.accepted}")
    if len(data) > bounds.max_bytes:
        raise PhotoTooLargeError(f"image: {len(data) / 1e6:.1f} MB is too much; {bounds.accepted}")
    # Decoders warn about harmless oddities in metadata; a photo that decodes is fine.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _open(data) as image:
                _check(image, data, bounds)
                image.load()
                _check(image, data, bounds)  # HEIF learns its size while decoding
                ImageOps.exif_transpose(image, in_place=True)
                pixels = to_srgb(image, paper)
        except PhotoError:
            raise
        except Image.DecompressionBombError as error:
            raise PhotoTooLargeError(f"image: far too many pixels; {bounds.accepted}") from error
        # Decoders of hostile input raise nearly anything: struct.error, KeyError, MemoryError.
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
    """Hold the header against the bounds."""
    width, height = image.size
    tags = getattr(image, "tag_v2", {})
    longest = max(width, height, *(int(tags.get(tag, 0)) for tag in _TILE_TAGS))
    if width * height > bounds.max_pixels or longest > bounds.max_side:
        raise PhotoTooLargeError(
            f"image: {width} x {height} pixels are too many; {bounds.accepted}"
        )
    if min(width, height) < bounds.min_side:
        raise PhotoTooSmallError(f"image: {width} x {height} pixels are too few; {bounds.accepted}")
    if image.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MAX_SCANS:
        raise UnreadablePhotoError(f"image: a JPEG of too many scans; {bounds.accepted}")


def _trouble(data: bytes, error: Exception) -> str:
    """Name what is wrong, in the caller's words."""
    ours = data.startswith(_OURS) or data[4:8] == b"ftyp"
    if ours or not isinstance(error, UnidentifiedImageError):
        return "damaged or cut short"
    start = data[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, name in _STRANGERS.items():
        if start.startswith(magic) or start.lower().startswith(magic):
            return f"{name}, not a photo"
    return "not a photo in a format that is read"
