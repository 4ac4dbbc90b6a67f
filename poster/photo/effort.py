"""What a file would have its decoder do -> a refusal, before anything is decoded.

Does not know how files are read. They are refused if they would keep a decoder busy for much longer
than a photo of as many pixels and bytes does.
"""

from __future__ import annotations

from poster.errors import UnreadablePhotoError

MAX_SCANS = 500
"""Maximum scans in a JPEG. Editors write about 10; far more are meant to keep the decoder busy.
Source: libjpeg-turbo's fuzz targets reject more than 500."""
MAX_SCANNED_PIXELS = 900_000_000
"""Maximum of scans times pixels: 18 scans, as libjpeg writes for CMYK, of 50 megapixels."""


def refuse_effort(what: str) -> UnreadablePhotoError:
    """Make the error for a file that would take too long.

    Args:
        what: the file, and what it has too much of.

    Returns:
        The error, for the caller to raise.
    """
    return UnreadablePhotoError(f"image: {what}; save or export it again as a JPEG or PNG")


def check_scans(scans: int, scanned_pixels: int) -> None:
    """Refuse a JPEG, or a TIFF made of them, that has the decoder go over its pixels too often.

    Args:
        scans: number of scans of one JPEG.
        scanned_pixels: scans times pixels, of all of them together.

    Raises:
        UnreadablePhotoError: they are too many.
    """
    if scans > MAX_SCANS or scanned_pixels > MAX_SCANNED_PIXELS:
        raise refuse_effort("a JPEG with too many scans")
