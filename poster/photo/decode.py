"""Bytes of an image file -> HWC uint8 sRGB, upright.

Opens no path or URL, runs no scripts from a file, and decodes no pixel before the header has been
checked against the bounds. Does not know where the bytes come from.
"""

from __future__ import annotations

import io
import logging
import warnings
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from poster.colour import Colour, format_hex
from poster.errors import (
    BlankPhotoError,
    PhotoError,
    PhotoTooLargeError,
    PhotoTooSmallError,
    UnreadablePhotoError,
)
from poster.photo.blank import is_blank
from poster.photo.colour_description import ColourDescription
from poster.photo.directories import Directories
from poster.photo.effort import check_passes
from poster.photo.exif import describe_exif, drop_costly_exif, turn_upright
from poster.photo.formats import PILLOW_FORMATS, name_misfit
from poster.photo.gif import read_gif
from poster.photo.ground import choose_ground, composite
from poster.photo.heif import is_heif, open_heif
from poster.photo.heif_colours import read_heif
from poster.photo.heif_effort import check_items
from poster.photo.jpeg import Jpeg, completed, walk
from poster.photo.png import SIGNATURE, read_png
from poster.photo.quiet import silence_decoders
from poster.photo.srgb import SrgbPicture, to_srgb
from poster.photo.tiff import check_pieces, check_tags, is_tiff

_log = logging.getLogger(__name__)

silence_decoders()

WHITE = (255, 255, 255)

_BITS, _COMPRESSION, _PLANES = 258, 259, 284
_TILE_TAGS = (322, 323)
"""TIFF TileWidth and TileLength: a decoder allocates whole tiles. Source: TIFF 6.0, section 15."""

_GAIN_MAP_MARKS = (b"hdrgm:Version", b"urn:iso:std:iso:ts:21496:-1")
"""What the metadata of a JPEG with a gain map have. Source: Ultra HDR image format; ISO 21496-1."""

_MAX_ALPHA = 0.02
"""Mean alpha up to which a blank picture is called transparent."""


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


@dataclass(frozen=True)
class DecodedPhoto:
    """A decoded photo.

    Args:
        pixels: HWC uint8, sRGB, [0, 255]; read-only.
        ground: what its transparent parts were filled with, sRGB; the paper if it has none.
        notes: a sentence for everything in the file that was not followed, for the receipt.
    """

    pixels: npt.NDArray[np.uint8]
    ground: Colour
    notes: tuple[str, ...] = ()


def decode(data: bytes, bounds: DecodeBounds, paper: Colour = WHITE) -> DecodedPhoto:
    """Decode a photo: its first frame, upright, in sRGB, composited where it is transparent.

    Supports JPEG, PNG, WebP, AVIF, HEIC, TIFF and GIF. Ignores thumbnails and further frames.

    Args:
        data: the file's bytes.
        bounds: checked against the header before any pixel is decoded.
        paper: colour behind transparent pixels of a picture that stands out from it, sRGB; others
            are placed on a neutral.

    Returns:
        The photo.

    Raises:
        UnreadablePhotoError: the file is empty, damaged, incomplete or in an unsupported format.
        PhotoTooLargeError: too many bytes or pixels, or the longer side is too long.
        PhotoTooSmallError: the shorter side is too short.
        BlankPhotoError: nothing can be seen in it.
    """
    if not data:
        raise UnreadablePhotoError("image: the file is empty; save or export it again")
    if len(data) > bounds.max_bytes:
        raise PhotoTooLargeError(
            f"image: the file has {len(data) / 1e6:.1f} MB; at most {bounds.max_bytes / 1e6:g} MB "
            "are allowed: save it as a JPEG, or scale it down"
        )
    if misfit := name_misfit(data):
        raise UnreadablePhotoError(f"image: {misfit}")
    # Decoders warn about harmless oddities in metadata; a photo that decodes is fine.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture = _decode(_read(data), bounds)
        except PhotoError:
            raise
        except Image.DecompressionBombError as error:
            raise PhotoTooLargeError(
                f"image: more than {bounds.max_pixels / 1e6:g} megapixels; scale it down"
            ) from error
        # On hostile input, decoders raise almost anything: struct.error, KeyError, MemoryError.
        except Exception as error:
            _log.info("a photo could not be decoded", exc_info=True)
            is_rare = isinstance(error, UnidentifiedImageError) and _is_tiff_with_directory(data)
            trouble = ", or a kind of TIFF that is not supported" if is_rare else " or incomplete"
            raise UnreadablePhotoError(
                f"image: the file is damaged{trouble}; save or export it again as a JPEG or PNG"
            ) from error
    ground = choose_ground(picture, paper)
    pixels = composite(picture, ground.colour)
    if is_blank(pixels):
        raise _blank(picture, pixels)
    pixels.flags.writeable = False
    return DecodedPhoto(pixels, ground.colour, (*picture.notes, *ground.notes))


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it is to be decoded.

    Args:
        data: its bytes, without what a decoder may stumble over.
        profile: an ICC profile that the decoder does not see, or not in full.
        colours: what the file says of its colours, apart from an ICC profile and Exif; None if
            nothing.
        jpeg: its markers, if it is a JPEG.
        has_gain_map: whether it says so where Pillow does not show it.
    """

    data: bytes
    profile: bytes | None = None
    colours: ColourDescription | None = None
    jpeg: Jpeg | None = None
    has_gain_map: bool = False


def _read(data: bytes) -> _File:
    """Look at what decoders do not: colour that no profile describes, and where a file ends."""
    if data.startswith(SIGNATURE):
        png = read_png(data)
        return _File(png.data, png.profile, png.colours)
    if data.startswith(b"\xff\xd8"):
        jpeg = walk(data)
        return _File(data, jpeg.profile, jpeg=jpeg)
    if data[4:8] == b"ftyp":
        heif = read_heif(data)
        return _File(heif.data, heif.profile, heif.colours, has_gain_map=heif.has_gain_map)
    if data.startswith(b"GIF8"):
        return _File(read_gif(data))
    if is_tiff(data):
        check_tags(data)
    return _File(data)


def _decode(file: _File, bounds: DecodeBounds) -> SrgbPicture:
    """Check a file and decode it."""
    if file.jpeg and not file.jpeg.is_ended:
        with _open(file.data) as image:
            _check(image, file, bounds)  # completing it decodes it
        file = replace(file, data=completed(file.data, file.jpeg) or file.data)
    with _open(file.data) as image:
        _check(image, file, bounds)
        image.load()
        _check(image, file, bounds)  # a HEIF image's size is known only after decoding
        drop_costly_exif(image)
        turn_upright(image)
        profile = file.profile if file.profile is not None else image.info.get("icc_profile")
        picture = to_srgb(image, profile, file.colours or describe_exif(image))
        if file.has_gain_map or _has_gain_map(image):
            note = "the photo's HDR gain map was ignored; its standard version is shown"
            picture = replace(picture, notes=(*picture.notes, note))
        return picture


def _open(data: bytes) -> Image.Image:
    """Parse the header."""
    return (
        open_heif(data) if is_heif(data) else Image.open(io.BytesIO(data), formats=PILLOW_FORMATS)
    )


def _has_gain_map(image: Image.Image) -> bool:
    segments = getattr(image, "applist", ())
    return any(mark in body for _, body in segments for mark in _GAIN_MAP_MARKS)


def _check(image: Image.Image, file: _File, bounds: DecodeBounds) -> None:
    """Check the header against the bounds."""
    tags = getattr(image, "tag_v2", {})
    tile = (int(tags.get(tag, 0)) for tag in _TILE_TAGS)
    for width, height in (tuple(tile), image.size):
        size = f"image: {width} x {height} pixels"
        if width * height > bounds.max_pixels:
            raise PhotoTooLargeError(
                f"{size} are {width * height / 1e6:.3g} megapixels; at most "
                f"{bounds.max_pixels / 1e6:g} megapixels are allowed: scale it down"
            )
        if max(width, height) > bounds.max_side:
            raise PhotoTooLargeError(
                f"{size} are too many; a side may have at most {bounds.max_side}: scale it down"
            )
    if min(width, height) < bounds.min_side:
        raise PhotoTooSmallError(
            f"{size} are too few; each side must have at least {bounds.min_side}: use a larger "
            "version of the photo"
        )
    if tags.get(_PLANES) == 2 and tags.get(_COMPRESSION) == 1 and max(tags.get(_BITS, (8,))) > 8:
        # Pillow 13 reads each byte of such a channel as a pixel of its own.
        raise UnidentifiedImageError("channels of more than 8 bits stored apart")
    if file.jpeg:
        check_passes(file.jpeg.passes, file.jpeg.passes * width * height)
    if file.data[4:8] == b"ftyp":
        check_items(file.data, bounds.max_pixels)
    if is_tiff(file.data):
        check_pieces(file.data, bounds.max_bytes, bounds.max_pixels)


def _is_tiff_with_directory(data: bytes) -> bool:
    return is_tiff(data) and bool(Directories(data).first)


def _blank(picture: SrgbPicture, pixels: npt.NDArray[np.uint8]) -> BlankPhotoError:
    if picture.alpha is not None and picture.alpha.mean() < _MAX_ALPHA * 255:
        return BlankPhotoError(
            "image: the picture is nearly all transparent; export it with its background, or use "
            "another one"
        )
    # A 16th of the pixels: of all, the median takes as long as decoding them.
    red, green, blue = (int(level) for level in np.median(pixels[::4, ::4], axis=(0, 1)))
    return BlankPhotoError(
        f"image: the picture is blank: all of it is {format_hex((red, green, blue))}, or looks so; "
        "use another one"
    )
