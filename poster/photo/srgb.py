"""A Pillow image in any mode and colour space -> HWC uint8 sRGB, composited on paper.

Does not know file formats or bounds: decode.py checks those.
"""

from __future__ import annotations

import io
import logging
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from poster.colour import Colour
from poster.photo.cicp import ColourCode

_log = logging.getLogger(__name__)

WHITE = (255, 255, 255)

_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
"""The default of photo editors: in-gamut colours are kept, and the black point is matched."""

_SAME_AS_SRGB = 1
"""A profile that changes no test colour by more than this many levels counts as sRGB."""

_WHITE_IS_ZERO = 0
"""TIFF PhotometricInterpretation. Source: TIFF 6.0, section 4."""
_TIFF_PHOTOMETRIC = 262


def to_srgb(
    image: Image.Image, colour: ColourCode | None = None, paper: Colour = WHITE
) -> npt.NDArray[np.uint8]:
    """Convert a loaded image to sRGB pixels.

    Args:
        image: a loaded Pillow image; `image.info` may hold `icc_profile` and `transparency`.
        colour: how its numbers stand for colours if it has no profile; None for sRGB.
        paper: colour behind transparent pixels, sRGB.

    Returns:
        HWC uint8, sRGB, [0, 255]; can be read-only.
    """
    profile = image.info.get("icc_profile")
    image = _with_eight_bits(image)
    if profile:
        image = _through_profile(image, profile)
    elif colour:
        image = _through_code(image, colour)
    if image.mode == "LAB":
        image = _transformed(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if image.mode in ("RGBA", "LA", "PA"):
        page = Image.new("RGB", image.size, paper)
        page.paste(image.convert("RGB"), mask=image.getchannel("A"))
        image = page
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _with_eight_bits(image: Image.Image) -> Image.Image:
    """Convert to L, RGB, RGBA, CMYK or LAB with 8 bits per channel and no palette."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits_of(image))
    if image.mode == "La":
        image = image.convert("LA")  # the only conversion that Pillow supports
    if image.mode == "RGBa" or "transparency" in image.info or image.mode in ("LA", "PA"):
        return image.convert("RGBA")
    if image.mode in ("P", "YCbCr", "HSV"):
        return image.convert("RGB")
    return image.convert("L") if image.mode == "1" else image


def _eight_bits_of(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Scale grey values with more than 8 bits to 8 bits.

    The full scale is 1 for floats up to 1, 255 for floats up to 255, 65535 for integers up to
    65535 (as in PNG and 16-bit TIFF), and otherwise the largest value present.
    """
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max())
    scales = (1.0, 255.0) if image.mode == "F" else (65535.0,)
    full = next((scale for scale in scales if top <= scale), top)
    values = np.clip(values * (255.0 / full), 0.0, 255.0)
    tags = getattr(image, "tag_v2", {})
    if tags.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO:
        values = 255.0 - values
    return cast("npt.NDArray[np.uint8]", np.rint(values).astype(np.uint8))


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert from an embedded profile to sRGB; an invalid profile is ignored."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "RGB" and _is_srgb(source):
            return image
        return _transformed(image, source)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        _log.info("the photo's colour profile was ignored: %s", error)
        return image


def _through_code(image: Image.Image, colour: ColourCode) -> Image.Image:
    """Convert by code points, keeping any alpha; grey has primaries too."""
    if image.mode not in ("L", "RGB", "RGBA"):
        return image
    shown = Image.fromarray(colour.to_srgb(np.asarray(image.convert("RGB"))))
    if image.mode == "RGBA":
        shown.putalpha(image.getchannel("A"))
    return shown


def _transformed(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert from a profile to sRGB, keeping any alpha."""
    target = "RGBA" if image.mode == "RGBA" else "RGB"
    transform = ImageCms.buildTransform(
        source, ImageCms.createProfile("sRGB"), image.mode, target, _INTENT, _FLAGS
    )
    # In place if the modes are equal: a photo of 50 megapixels takes 200 MB.
    return ImageCms.applyTransform(image, transform, inPlace=image.mode == target) or image


def _is_srgb(source: ImageCms.ImageCmsProfile) -> bool:
    """Whether a profile maps a grid of colours to itself, so that no conversion is needed."""
    steps = np.linspace(0, 255, 6).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    mapped = np.asarray(_transformed(Image.fromarray(grid), source))
    return int(np.abs(mapped.astype(int) - grid).max()) <= _SAME_AS_SRGB
