"""Colours that Exif or TIFF's own tags describe come out as another program converts them."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from coloraide import Color
from PIL import Image, PngImagePlugin, TiffImagePlugin, TiffTags

from poster.photo.decode import DecodeBounds, DecodedPhoto, decode
from tests.support.profiles import DISPLAY_P3, matrix_profile

BOUNDS = DecodeBounds(max_bytes=9_000_000, max_pixels=1_000_000, max_side=4_000, min_side=16)
COLOUR = (200, 100, 50)
EXIF, INTEROP, COLOUR_SPACE = 0x8769, 0xA005, 0xA001
WHITE_POINT, PRIMARIES = 318, 319
D65, P3 = (0.3127, 0.329), (0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


def in_space(name: str) -> list[float]:
    shown = Color(name, [part / 255 for part in COLOUR]).convert("srgb").clip()
    return [255 * part for part in shown.coords()]


def read(file_format: str = "JPEG", **options: Any) -> DecodedPhoto:
    image = Image.new("RGB", (32, 32), COLOUR)
    image.paste("black", (0, 24, 8, 32))  # a blank picture is refused
    exact: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": 97, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 98, "subsampling": "4:4:4"},
    }
    stream = io.BytesIO()
    image.save(stream, file_format, **exact.get(file_format, {}), **options)
    return decode(stream.getvalue(), BOUNDS)


def camera(index: str, space: int) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(EXIF)[COLOUR_SPACE] = space
    exif.get_ifd(EXIF)[INTEROP] = {1: index, 2: b"0100"}
    return exif.tobytes()


def assert_shows(photo: DecodedPhoto, colour: Any, note: str = "") -> None:
    assert np.abs(photo.pixels[16, 16] - np.array(colour)).max() <= 6
    assert len(photo.notes) == bool(note)
    assert all(note in line for line in photo.notes)


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "PNG"])
def test_a_cameras_adobe_rgb_is_converted(file_format: str) -> None:
    assert_shows(read(file_format, exif=camera("R03", 65535)), in_space("a98-rgb"))


def test_a_cameras_srgb_is_left_alone() -> None:
    assert_shows(read(exif=camera("R98", 1)), COLOUR)


def test_what_the_file_itself_says_counts_before_exif() -> None:
    assert_shows(read("AVIF", exif=camera("R03", 65535)), COLOUR)
    info = PngImagePlugin.PngInfo()
    info.add(b"sRGB", b"\0")
    assert_shows(read("PNG", exif=camera("R03", 65535), pnginfo=info), COLOUR)


def test_a_profile_counts_before_exif() -> None:
    photo = read(exif=camera("R03", 65535), icc_profile=matrix_profile(DISPLAY_P3))
    assert_shows(photo, in_space("display-p3"))


def tags(white: tuple[float, ...], primaries: tuple[float, ...]) -> Any:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, values in ((WHITE_POINT, white), (PRIMARIES, primaries)):
        info.tagtype[tag] = TiffTags.RATIONAL
        info[tag] = values
    return info


def test_a_tiffs_primaries_are_followed() -> None:
    assert_shows(read("TIFF", tiffinfo=tags(D65, P3)), in_space("display-p3"))


@pytest.mark.parametrize("primaries", [(0.0,) * 6, (0.3,) * 6])
def test_a_tiffs_primaries_that_make_no_sense_are_noted(primaries: tuple[float, ...]) -> None:
    photo = read("TIFF", tiffinfo=tags(D65, primaries))
    assert_shows(photo, COLOUR, "primary colours make no sense")


def test_primaries_that_are_incomplete_say_nothing() -> None:
    assert_shows(read("TIFF", tiffinfo=tags(D65, P3[:4])), COLOUR)


def test_exif_of_srgb_counts_before_its_primaries() -> None:
    exif = Image.Exif()
    exif[WHITE_POINT], exif[PRIMARIES] = D65, P3
    assert_shows(read(exif=exif.tobytes()), in_space("display-p3"))
    exif.get_ifd(EXIF)[COLOUR_SPACE] = 1
    assert_shows(read(exif=exif.tobytes()), COLOUR)
