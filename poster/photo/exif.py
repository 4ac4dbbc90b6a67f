"""An opened image's Exif -> the image upright, and what Exif says of its colours.

Exif that cannot be read says nothing.
"""

from __future__ import annotations

import logging
import struct

from PIL import ExifTags, Image, ImageOps

from poster.photo.colour_description import (
    ADOBE_RGB,
    SRGB_COLOURS,
    ColourDescription,
    describe_gamma,
)
from poster.photo.directories import is_costly

_log = logging.getLogger(__name__)

_ERRORS = (
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    OSError,
    struct.error,
)
"""What Pillow raises on Exif that it cannot read."""

_MAX_VALUES = 10_000
"""Maximum of values that are not text; cameras write fewer than 1,000."""

_SRGB = 1
"""Value of ColorSpace. Source: Exif 2.32, tag 40961."""
_ADOBE_RGB = "R03"
"""Interoperability index of cameras' Adobe RGB files. Source: Exif 2.32, annex E."""


def drop_costly_exif(image: Image.Image) -> None:
    """Drop Exif with so many values that reading it would take long.

    Args:
        image: a loaded image that is not a TIFF, whose tags were checked before.
    """
    exif = image.info.get("exif") or b""
    for _ in range(2):  # as Pillow reads it
        exif = exif.removeprefix(b"Exif\0\0")
    if is_costly(exif, _MAX_VALUES):
        del image.info["exif"]
        image.getexif().load(b"")


def turn_upright(image: Image.Image) -> None:
    """Turn a loaded image as its Exif says, in place.

    Args:
        image: the image.
    """
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except _ERRORS:
        _log.info("a photo's Exif could not be read", exc_info=True)


def describe_exif(image: Image.Image) -> ColourDescription:
    """Read the colours of a photo from a camera, or of a TIFF, that has no ICC profile.

    Args:
        image: the image.

    Returns:
        What Exif, or TIFF's tags of the same numbers, say.
    """
    try:
        exif = image.getexif()
        index = exif.get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex, "")
        if str(index).rstrip("\0") == _ADOBE_RGB:
            return ADOBE_RGB
        points = (
            *exif.get(ExifTags.Base.WhitePoint, ()),
            *exif.get(ExifTags.Base.PrimaryChromaticities, ()),
        )
        space = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.ColorSpace)
        if len(points) == 8 and space != _SRGB:
            return describe_gamma(chromaticities=tuple(float(point) for point in points))
    except _ERRORS:
        _log.info("a photo's Exif could not be read", exc_info=True)
    return SRGB_COLOURS
