"""A Pillow image in any mode and colour space -> sRGB pixels and their alpha.

Does not know file formats or bounds, which decode.py checks, nor what is behind transparent pixels.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from poster.photo.colour_description import SRGB_COLOURS, ColourDescription

_log = logging.getLogger(__name__)

_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
"""The default of photo editors: in-gamut colours are kept, and the black point is matched."""

_SAME_AS_SRGB = 1
"""A profile that changes no test colour by more than this many levels counts as sRGB."""

_MIN_SPAN = 32
"""A profile whose test colours all come out within this many levels shows no picture."""

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""Mode -> colour space of a profile for it, as the ICC spells it."""

_DEVICE_CLASSES = ("scnr", "mntr", "prtr", "spac")
"""Profiles that describe colours; the others link devices or hold effects or named colours.
Source: ICC.1:2022, 7.2.5."""

_BAND_PIXELS = 1_000_000
"""Pixels that are converted at once."""

_TAG_TABLE = 132
"""Index of a profile's first tag, of 12 bytes. Source: ICC.1:2022, 7.3."""
_MAX_TAGS = 100
"""Maximum tags that littlecms reads. Source: its MAX_TABLE_TAG."""

_WHITE_IS_ZERO = 0
"""TIFF PhotometricInterpretation. Source: TIFF 6.0, section 4."""
_TIFF_PHOTOMETRIC = 262
_TIFF_BITS = 258
_UNSIGNED = 1
"""TIFF SampleFormat. Source: TIFF 6.0, section 19."""
_TIFF_SAMPLE_FORMAT = 339


@dataclass(frozen=True)
class SrgbPicture:
    """A picture in sRGB.

    Args:
        pixels: HWC uint8, sRGB, [0, 255], not multiplied by alpha; can be read-only.
        alpha: HW uint8, [0, 255]; None if all is opaque.
        notes: a sentence for whatever was not followed.
    """

    pixels: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8] | None
    notes: tuple[str, ...] = ()


def to_srgb(
    image: Image.Image,
    profile: bytes | None = None,
    colours: ColourDescription = SRGB_COLOURS,
) -> SrgbPicture:
    """Convert a loaded image to sRGB pixels.

    Args:
        image: a loaded Pillow image; `image.info` may hold `transparency`.
        profile: its ICC profile; None if it has none.
        colours: what the file says of its colours if it has no usable profile.

    Returns:
        The picture.
    """
    image, alpha = _split(image)
    notes: tuple[str, ...] = ()
    shown = None
    if image.mode == "LAB":
        # Says all by itself: a profile beside it belongs to an earlier form of the picture.
        shown = _transformed(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    elif profile is not None:
        try:
            shown = _through_profile(image, profile)
        except _UnusableProfileError as error:
            _log.info("the photo's colour profile was ignored", exc_info=True)
            notes = (f"the photo's colour profile {error} and was ignored; the colours may be off",)
    if shown is None:
        shown, more = _through_description(image, colours, lacks_profile=profile is None)
        notes += more
    return SrgbPicture(np.asarray(shown), alpha, notes)


class _UnusableProfileError(Exception):
    """A profile that cannot be followed; the message says why, after its name."""


def _split(image: Image.Image) -> tuple[Image.Image, npt.NDArray[np.uint8] | None]:
    """Return the colours, as L, RGB, CMYK or LAB with 8 bits and no palette, and any alpha."""
    key = image.info.get("transparency")
    if image.mode.startswith("I") or image.mode == "F":
        grey = Image.fromarray(_eight_bits_of(image))
        if key is None:
            return grey, None
        return grey, np.where(np.asarray(image) == key, 0, 255).astype(np.uint8)
    if image.mode == "La":
        image = image.convert("LA")  # the only conversion that Pillow supports
    elif image.mode == "L" and key is not None:
        image = image.convert("LA")
    elif image.mode in ("RGBa", "PA") or key is not None:
        image = image.convert("RGBA")
    if image.mode in ("RGBA", "LA"):
        alpha = np.asarray(image.getchannel("A"))
        return image.convert(image.mode[:-1]), None if alpha.min() == 255 else alpha
    if image.mode == "1":
        return image.convert("L"), None
    return image if image.mode in ("L", "RGB", "CMYK", "LAB") else image.convert("RGB"), None


def _eight_bits_of(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Scale grey values with more than 8 bits to 8 bits.

    The full scale is 1 for floats up to 1, 255 for floats up to 255, that of 16 bits for integers
    up to it (of 12 bits in such a TIFF), and otherwise the largest value present.
    """
    stored = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    if image.mode == "I" and tags.get(_TIFF_SAMPLE_FORMAT, (_UNSIGNED,))[0] == _UNSIGNED:
        stored = stored.view(np.uint32)  # Pillow knows no such mode
    # In bands: as floats, a photo of 50 megapixels takes 200 MB, and each step makes a copy.
    bands = np.array_split(stored, max(1, stored.size // _BAND_PIXELS))
    top = max(float(_finite(band).max()) for band in bands if band.size)
    bits = min((16, *tags.get(_TIFF_BITS, ())))
    scales = (1.0, 255.0) if image.mode == "F" else (2.0**bits - 1,)
    full = next((scale for scale in scales if top <= scale), top)
    scale, shift = 255.0 / full, 0.0
    if tags.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO:
        scale, shift = -scale, 255.0
    return np.concatenate(
        [
            np.rint(np.clip(_finite(band) * scale + shift, 0.0, 255.0)).astype(np.uint8)
            for band in bands
        ]
    )


def _finite(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    values = values.astype(np.float32)
    values[~np.isfinite(values)] = 0.0
    return values


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert from an embedded profile to sRGB."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(_without_float_tags(profile)))
        if source.profile.device_class not in _DEVICE_CLASSES:
            raise _UnusableProfileError("does not describe a picture's colours")
        image = _in_space(image, source.profile.xcolor_space.strip())
        samples = _samples(image.mode)
        row = Image.frombytes(image.mode, samples.shape[1::-1], samples.tobytes())
        shown = np.asarray(_transformed(row, source)).astype(np.int16)
        if np.ptp(shown) < _MIN_SPAN:
            raise _UnusableProfileError("is damaged")
        if image.mode == "RGB" and np.abs(shown - samples).max() <= _SAME_AS_SRGB:
            return image
        return _transformed(image, source)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise _UnusableProfileError("is damaged") from error


def _without_float_tags(profile: bytes) -> bytes:
    """Hide the tags that say once more in floats what other tags say.

    They have steps without limit: 100,000 of them, in 1 MB, would take a minute.
    """
    hidden = bytearray(profile)
    for entry in range(_TAG_TABLE, min(len(profile), _TAG_TABLE + 12 * _MAX_TAGS), 12):
        if profile[entry : entry + 3] in (b"D2B", b"B2D"):
            # Another name for each: littlecms refuses a profile that has one twice.
            hidden[entry + 2] = ord("_")
    return bytes(hidden)


def _in_space(image: Image.Image, space: str) -> Image.Image:
    """Return the image in a profile's colour space.

    Grey pictures often come with a profile for RGB, and RGB or a palette can hold nothing but grey.
    """
    if _SPACES[image.mode] == space:
        return image
    if image.mode == "L" and space == "RGB":
        return image.convert("RGB")
    if image.mode == "RGB" and space == "GRAY":
        red, green, blue = (np.asarray(band) for band in image.split())
        if np.array_equal(red, green) and np.array_equal(red, blue):
            return image.getchannel("R")
    kind = "grey" if image.mode == "L" else image.mode
    raise _UnusableProfileError(f"is not for {kind}, as the photo is,")


def _through_description(
    image: Image.Image, colours: ColourDescription, *, lacks_profile: bool
) -> tuple[Image.Image, tuple[str, ...]]:
    """Convert as the file says without a profile; grey has primaries too."""
    if image.mode == "CMYK":
        lacks = "the photo is in CMYK without a colour profile; its colours are estimated"
        return image.convert("RGB"), (f"{lacks}: export it in sRGB",) if lacks_profile else ()
    image = image.convert("RGB") if image.mode != "RGB" else image
    if colours.code:
        image = Image.fromarray(colours.code.to_srgb(np.asarray(image)))
    return image, colours.notes


def _transformed(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert from a profile to sRGB."""
    transform = ImageCms.buildTransform(
        source, ImageCms.createProfile("sRGB"), image.mode, "RGB", _INTENT, _FLAGS
    )
    # In place if the modes are equal: a photo of 50 megapixels takes 200 MB.
    return ImageCms.applyTransform(image, transform, inPlace=image.mode == "RGB") or image


def _samples(mode: str) -> npt.NDArray[np.uint8]:
    """Return all combinations of six steps of each channel: one row, and the channels last."""
    channels = Image.getmodebands(mode)
    steps = np.linspace(0, 255, 6).round().astype(np.uint8)
    return np.stack(np.meshgrid(*[steps] * channels), axis=-1).reshape(1, -1, channels)
