"""What a file would have its decoder do -> a refusal, before anything is decoded.

Does not know how files are read. They are refused if they would keep a decoder busy for much longer
than a photo of as many pixels and bytes does.
"""

from __future__ import annotations

from poster.errors import UnreadablePhotoError

MAX_PADDED = 1.5
"""Maximum of pixels in all tiles, which reach beyond the picture, as a multiple of those that a
picture can have."""

_MAX_PASSES = 500
"""Maximum passes over a JPEG's channels. Editors write at most 24; far more are meant to keep the
decoder busy. Source: libjpeg-turbo's fuzz targets reject more than 500 scans."""
_MAX_PASSED_PIXELS = 1_200_000_000
"""Maximum of passes times pixels: 24 passes, as libjpeg writes for CMYK, over 50 megapixels."""


def refuse_effort(what: str) -> UnreadablePhotoError:
    """Make the error for a file that would take too long.

    Args:
        what: the file, and what it has too much of.

    Returns:
        The error, for the caller to raise.
    """
    return UnreadablePhotoError(f"image: {what}; save or export it again as a JPEG or PNG")


def check_passes(passes: int, passed_pixels: int) -> None:
    """Refuse a JPEG, or a TIFF made of them, that has the decoder go over its pixels too often.

    Args:
        passes: number of passes over a JPEG's channels.
        passed_pixels: passes times pixels, of all JPEGs together.

    Raises:
        UnreadablePhotoError: they are too many.
    """
    if passes > _MAX_PASSES or passed_pixels > _MAX_PASSED_PIXELS:
        raise refuse_effort("a JPEG with too many scans")
