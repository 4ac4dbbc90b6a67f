"""A profile is followed in any format and mode; one that cannot be is noted, and never fatal."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from coloraide import Color
from PIL import Image, ImageCms

from poster.photo.decode import DecodeBounds, DecodedPhoto, decode
from tests.support.profiles import (
    DISPLAY_P3,
    cmyk_profile,
    grey_profile,
    matrix_profile,
    with_tag,
)

BOUNDS = DecodeBounds(max_bytes=9_000_000, max_pixels=1_000_000, max_side=4_000, min_side=16)
COLOUR = (200, 100, 50)
P3 = matrix_profile(DISPLAY_P3)
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def by_coloraide(space: str, coords: list[float]) -> list[float]:
    return [255 * part for part in Color(space, coords).convert("srgb").clip().coords()]


IN_P3 = by_coloraide("display-p3", [part / 255 for part in COLOUR])
IN_GREY = by_coloraide("srgb-linear", [(128 / 255) ** 1.8] * 3)


EXACT: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 97, "subsampling": 0},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 98, "subsampling": "4:4:4"},
}


def flat(mode: str = "RGB", colour: tuple[int, ...] = COLOUR) -> Image.Image:
    """One colour, and black in a corner, since a blank picture is refused."""
    image = Image.new(mode, (32, 32), colour if len(colour) > 1 else colour[0])
    image.paste(0 if len(colour) == 1 else (0,) * len(colour), (0, 24, 8, 32))
    return image


def saved(image: Image.Image, file_format: str, profile: bytes | None = None) -> bytes:
    stream = io.BytesIO()
    image.save(stream, file_format, icc_profile=profile, **EXACT.get(file_format, {}))
    return stream.getvalue()


def read(data: bytes) -> DecodedPhoto:
    return decode(data, BOUNDS)


def assert_shows(photo: DecodedPhoto, colour: Any, note: str = "", within: float = 6) -> None:
    assert np.abs(photo.pixels[16, 16] - np.array(colour)).max() <= within
    assert len(photo.notes) == bool(note)
    assert all(note in line for line in photo.notes)


def changed(offset: int, body: bytes) -> bytes:
    return P3[:offset] + body + P3[offset + len(body) :]


def without_colorants() -> bytes:
    profile = bytearray(P3)
    for name in (b"rXYZ", b"gXYZ", b"bXYZ"):
        (offset,) = struct.unpack_from(">I", profile, profile.index(name, 128) + 4)
        profile[offset + 8 : offset + 20] = bytes(12)
    return bytes(profile)


BROKEN = {
    "text": b"hello",
    "zeros": bytes(600),
    "the header alone": P3[:130],
    "half": P3[: len(P3) // 2],
    "a wrong signature": changed(36, b"xxxx"),
    "no tags": changed(128, bytes(4)),
    "far too many tags": changed(128, b"\xff" * 4),
    "a size of 0": changed(0, bytes(4)),
    "zeros in its second half": P3[:300] + bytes(len(P3) - 300),
    "primaries without light": without_colorants(),
    "a device link": changed(12, b"link"),
    "named colours": changed(12, b"nmcl"),
    "an effect": changed(12, b"abst"),
    "another colour space": changed(16, b"YCbr"),
    "a colour space of control characters": changed(16, b"\1\2\3\4"),
    "inks": cmyk_profile(),
    "Lab": LAB,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_profile_that_cannot_be_followed_is_noted(name: str) -> None:
    for file_format in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF"):
        photo = read(saved(flat(), file_format, BROKEN[name]))
        assert_shows(photo, COLOUR, "the photo's colour profile ")
        assert photo.notes[0].endswith(" and was ignored; the colours may be off")
        assert photo.notes[0].isprintable()


@pytest.mark.parametrize("profile", [P3 + bytes(1_000_000), changed(8, b"\x04\x40\0\0")])
def test_a_large_profile_and_one_of_version_4_are_followed(profile: bytes) -> None:
    for file_format in ("PNG", "JPEG", "TIFF", "WEBP", "AVIF"):
        assert_shows(read(saved(flat(), file_format, profile)), IN_P3)


def test_steps_in_floats_are_not_followed() -> None:
    """They swap red and blue here; a million of them would take minutes."""
    swap = b"matf" + bytes(4) + struct.pack(">HH", 3, 3)
    swap += struct.pack(">12f", 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0)
    steps = b"mpet" + bytes(4) + struct.pack(">HHI", 3, 3, 1) + struct.pack(">II", 24, len(swap))
    profile = P3
    for name in (b"D2B0", b"D2B1"):
        profile = with_tag(profile, name, steps + swap)
    assert_shows(read(saved(flat(), "PNG", profile)), IN_P3)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGB"])
def test_a_grey_profile_holds_for_grey_in_any_mode(file_format: str, mode: str) -> None:
    image = flat(colour=(128,) * 3).convert("L").convert(mode)
    assert_shows(read(saved(image, file_format, grey_profile(1.8))), IN_GREY, within=3)


def test_a_grey_profile_holds_for_sixteen_bits() -> None:
    wide = np.asarray(flat("L", (128,))).astype(np.uint16) * 257
    assert_shows(read(saved(Image.fromarray(wide), "PNG", grey_profile(1.8))), IN_GREY, within=3)


def test_a_grey_profile_does_not_hold_for_colours() -> None:
    photo = read(saved(flat(), "PNG", grey_profile(1.8)))
    assert_shows(photo, COLOUR, "is not for RGB, as the photo is,")


def test_a_profile_for_inks_does_not_hold_for_grey() -> None:
    photo = read(saved(flat("L", (128,)), "JPEG", cmyk_profile()))
    assert_shows(photo, (128,) * 3, "is not for grey, as the photo is,")


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_photo_follows_a_profile_for_rgb(mode: str) -> None:
    linear = bytearray(P3)  # the same primaries without a curve
    (offset,) = struct.unpack_from(">I", linear, linear.index(b"rTRC", 128) + 4)
    linear[offset : offset + 12] = b"curv" + bytes(8)
    image = flat("L", (55,)).convert(mode)
    expected = by_coloraide("srgb-linear", [55 / 255] * 3)
    assert_shows(read(saved(image, "PNG", bytes(linear))), expected, within=3)


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("profile", "note"),
    [
        (None, "in CMYK without a colour profile; its colours are estimated: export it in sRGB"),
        (P3, "is not for CMYK, as the photo is,"),
        (cmyk_profile()[:300], "is damaged"),
    ],
)
def test_inks_without_a_profile_that_fits_are_noted(
    file_format: str, profile: bytes | None, note: str
) -> None:
    photo = read(saved(flat("CMYK", (0, 255, 255, 0)), file_format, profile))
    assert_shows(photo, (255, 0, 0), note)


@pytest.mark.parametrize("profile", [None, LAB, P3])
def test_lab_needs_no_profile(profile: bytes | None) -> None:
    image = Image.new("LAB", (32, 32), (150, 170, 90))
    image.paste((20, 128, 128), (0, 24, 8, 32))
    expected = by_coloraide("lab", [150 / 2.55, 170 - 128, 90 - 128])
    assert_shows(read(saved(image, "TIFF", profile)), expected)


def icc_pieces(profile: bytes, size: int = 100) -> list[bytes]:
    pieces = [profile[at : at + size] for at in range(0, len(profile), size)]
    return [
        struct.pack(">2sH", b"\xff\xe2", len(piece) + 16)
        + b"ICC_PROFILE\0"
        + bytes((number, len(pieces)))
        + piece
        for number, piece in enumerate(pieces, 1)
    ]


def jpeg_with(pieces: list[bytes]) -> bytes:
    data = saved(flat(), "JPEG")
    return data[:2] + b"".join(pieces) + data[2:]


def test_pieces_of_a_jpegs_profile_are_joined_in_any_order() -> None:
    pieces = icc_pieces(P3)
    for order in (pieces, pieces[::-1], pieces[2:] + pieces[:2], [*pieces, pieces[1]]):
        assert_shows(read(jpeg_with(order)), IN_P3)


def test_a_jpegs_profile_after_its_frame_header_is_followed() -> None:
    data = saved(flat(), "JPEG")
    at = data.index(b"\xff\xda")
    assert_shows(read(data[:at] + b"".join(icc_pieces(P3)) + data[at:]), IN_P3)


def test_a_jpegs_profile_that_lacks_a_piece_is_noted() -> None:
    pieces = icc_pieces(P3)
    empty = b"\xff\xe2\0\x10ICC_PROFILE\0\1\1"
    for order in (pieces[1:], pieces[:-1], pieces[:2] + pieces[3:], [empty]):
        assert_shows(read(jpeg_with(order)), COLOUR, "is damaged")


def png_with(*chunks: tuple[bytes, bytes]) -> bytes:
    data = saved(flat(), "PNG")
    made = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return data[:33] + made + data[33:]


PACKED = zlib.compress(P3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no null",
        b"x\0\0not zlib",
        b"x\0\0" + PACKED[:-20],
        b"x\0\0" + PACKED[:-4],
        b"x\0\0" + PACKED[:40] + b"\xff\xff" + PACKED[42:],
        b"x\0\0" + zlib.compress(b""),
        b"x\0\0" + zlib.compress(bytes(50_000_000)),
    ],
)
def test_a_pngs_profile_that_does_not_unpack_is_noted(body: bytes) -> None:
    assert_shows(read(png_with((b"iCCP", body))), COLOUR, "is damaged")


def test_of_a_png_with_a_damaged_profile_the_next_description_counts() -> None:
    photo = read(png_with((b"iCCP", b"x\0\0junk"), (b"gAMA", struct.pack(">I", 100_000))))
    expected = by_coloraide("srgb-linear", [part / 255 for part in COLOUR])
    assert_shows(photo, expected, "is damaged")


@pytest.mark.parametrize("code", [bytes((200, 200, 0, 1)), bytes((12, 13, 1, 1)), b"\2\2\0\1"])
def test_a_pngs_profile_counts_if_its_code_points_do_not(code: bytes) -> None:
    assert_shows(read(png_with((b"cICP", code), (b"iCCP", b"x\0\0" + PACKED))), IN_P3)
