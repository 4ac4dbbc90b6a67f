from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.errors import UnreadablePhotoError
from poster.photo.decode import DecodeBounds
from poster.photo.decode import decode as decode_photo

DATA = Path(__file__).parents[1] / "data"
BOUNDS = DecodeBounds(max_bytes=2_000_000, max_pixels=1_000_000, max_side=4_000, min_side=16)

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (40, 50, 220), (240, 240, 240)


def decode(data: bytes, bounds: DecodeBounds, *paper: Any) -> Any:
    return decode_photo(data, bounds, *paper).pixels


def quadrants(width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2], pixels[: height // 2, width // 2 :] = RED, GREEN
    pixels[height // 2 :, : width // 2], pixels[height // 2 :, width // 2 :] = BLUE, WHITE
    return pixels


def saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def corners(pixels: NDArray[np.uint8]) -> NDArray[np.int16]:
    height, width = pixels.shape[:2]
    rows, columns = [height // 4, height * 3 // 4], [width // 4, width * 3 // 4]
    return pixels[np.ix_(rows, columns)].astype(np.int16)


def assert_same_colours(
    pixels: NDArray[np.uint8], expected: NDArray[np.uint8], within: int
) -> None:
    assert pixels.shape == expected.shape
    assert pixels.dtype == np.uint8
    assert np.abs(corners(pixels) - corners(expected)).max() <= within


@pytest.mark.parametrize(
    ("file_format", "options", "within"),
    [
        ("JPEG", {"quality": 95}, 3),
        ("JPEG", {"quality": 95, "progressive": True}, 3),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 6),
        ("AVIF", {"quality": 95}, 4),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
        ("TIFF", {"compression": "jpeg", "quality": 95}, 4),
        ("GIF", {}, 0),
    ],
)
def test_every_format_gives_its_colours(
    file_format: str, options: dict[str, Any], within: int
) -> None:
    data = saved(Image.fromarray(quadrants()), file_format, **options)
    assert_same_colours(decode(data, BOUNDS), quadrants(), within)


def test_a_heic_photo_gives_its_colours() -> None:
    data = (DATA / "quadrants.heic").read_bytes()
    assert_same_colours(decode(data, BOUNDS), quadrants(), within=3)


def test_an_avif_photo_that_lists_a_general_brand_first_is_not_heic() -> None:
    data = saved(Image.fromarray(quadrants()), "AVIF", quality=95)
    general = data.replace(b"ftypavif", b"ftypmif1", 1)
    assert general != data
    assert_same_colours(decode(general, BOUNDS), quadrants(), within=4)


def test_a_heic_photo_is_turned_as_its_rotation_property_says() -> None:
    turned = (DATA / "quadrants_turned.heic").read_bytes()
    as_coded = decode(turned.replace(b"irot\x03", b"irot\x00"), BOUNDS)
    # Three quarter turns anticlockwise. Source: ISO/IEC 23008-12, 6.5.10.
    assert_same_colours(decode(turned, BOUNDS), np.rot90(as_coded, 3), within=3)


TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 3),
    7: lambda a: np.rot90(a, 2).transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}
"""What a viewer does to each orientation. Source: Exif 2.32, tag 274."""


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_a_photo_stands_upright_whatever_its_orientation(
    file_format: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = saved(Image.fromarray(quadrants()), file_format, exif=exif)
    assert_same_colours(decode(data, BOUNDS), TURNS[orientation](quadrants()), within=12)


def ramp(full: float) -> NDArray[np.float64]:
    return np.tile(np.linspace(0, full, 64), (48, 1))


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(file_format: str) -> None:
    wide = Image.fromarray(np.rint(ramp(65535)).astype(np.uint16))
    pixels = decode(saved(wide, file_format), BOUNDS)
    assert np.abs(pixels - ramp(255)[..., None]).max() <= 1


@pytest.mark.parametrize("extension", [".png", ".tiff"])
def test_sixteen_bit_colour_is_scaled_and_not_clipped(extension: str) -> None:
    wide = np.stack([ramp(65535), ramp(65535)[:, ::-1], ramp(32767)], axis=-1)
    _, file = cv2.imencode(extension, np.rint(wide[..., ::-1]).astype(np.uint16))
    pixels = decode(file.tobytes(), BOUNDS)
    assert np.abs(pixels - wide / 257).max() <= 1


def test_twelve_bit_grey_of_a_tiff_is_scaled_by_its_own_range() -> None:
    values = np.rint(ramp(4095)).astype(np.uint16)
    first, second = values[:, ::2], values[:, 1::2]
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=-1)
    entries = {256: 64, 257: 48, 258: 12, 259: 1, 262: 1, 277: 1, 278: 48, 279: packed.size}
    entries[273] = 8 + 2 + 12 * 9 + 4
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    data = b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + bytes(4)
    pixels = decode(data + packed.astype(np.uint8).tobytes(), BOUNDS)
    assert np.abs(pixels - ramp(255)[..., None]).max() <= 1


def test_inverted_sixteen_bit_grey_of_a_tiff_comes_out_right() -> None:
    wide = Image.fromarray(np.rint(ramp(65535)).astype(np.uint16))
    black_is_zero, white_is_zero = (struct.pack("<HHII", 262, 3, 1, kind) for kind in (1, 0))
    data = saved(wide, "TIFF").replace(black_is_zero, white_is_zero)
    assert np.abs(decode(data, BOUNDS) - ramp(255)[:, ::-1, None]).max() <= 1


@pytest.mark.parametrize("full", [1.0, 255.0, 3000.0])
def test_floats_are_scaled_by_the_range_they_use(full: float) -> None:
    data = saved(Image.fromarray(ramp(full).astype(np.float32)), "TIFF")
    assert np.abs(decode(data, BOUNDS) - ramp(255)[..., None]).max() <= 1


def test_a_float_that_is_not_a_number_is_black() -> None:
    values = np.full((48, 64), 0.5, np.float32)
    values[:10] = np.nan
    pixels = decode(saved(Image.fromarray(values), "TIFF"), BOUNDS)
    assert pixels[:10].max() == 0
    assert pixels[20:].min() == 128


def test_a_float_without_bounds_does_not_darken_the_others() -> None:
    values = np.full((48, 64), 0.5, np.float32)
    values[:10], values[10:20] = np.inf, -np.inf
    pixels = decode(saved(Image.fromarray(values), "TIFF"), BOUNDS)
    assert pixels[:20].max() == 0
    assert pixels[20:].min() == 128


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_one_bit_pictures_are_black_and_white(file_format: str) -> None:
    bits = ramp(1) > 0.5
    pixels = decode(saved(Image.fromarray(bits), file_format), BOUNDS)
    assert np.array_equal(pixels, np.where(bits[..., None], 255, 0).repeat(3, axis=2))


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_grey_pictures_have_three_equal_channels(file_format: str) -> None:
    grey = np.rint(ramp(255)).astype(np.uint8)
    pixels = decode(saved(Image.fromarray(grey), file_format), BOUNDS)
    assert pixels.shape == (48, 64, 3)
    assert np.abs(pixels.astype(int) - grey[..., None]).max() <= 8


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_transparent_pixels_become_white(mode: str, file_format: str) -> None:
    image = Image.new(mode, (64, 48), (0, 0, 0, 0) if mode == "RGBA" else (0, 0))
    image.paste((0, 0, 0, 255) if mode == "RGBA" else (0, 255), (0, 0, 32, 48))
    image.paste((0, 0, 0, 128) if mode == "RGBA" else (0, 128), (32, 0, 48, 48))
    options = {"lossless": True} if file_format == "WEBP" else {}
    pixels = decode(saved(image, file_format, **options), BOUNDS)
    assert pixels[24, 16].tolist() == [0, 0, 0]
    assert np.abs(pixels[24, 40].astype(int) - 127).max() <= 1
    assert pixels[24, 60].tolist() == [255, 255, 255]


def test_a_grey_tiff_with_premultiplied_alpha_is_composited_on_white() -> None:
    image = Image.new("LA", (64, 48), (0, 128))
    image.paste((0, 255), (0, 0, 16, 16))
    premultiplied, straight = (struct.pack("<HHII", 338, 3, 1, kind) for kind in (1, 2))
    data = saved(image, "TIFF").replace(straight, premultiplied)
    assert np.abs(decode(data, BOUNDS)[24, 40].astype(int) - 127).max() <= 1


def test_transparent_pixels_take_the_given_paper_colour() -> None:
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 16, 16))
    pixels = decode(saved(image, "PNG"), BOUNDS, (250, 200, 100))
    assert pixels[40, 40].tolist() == [250, 200, 100]


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_a_palette_with_transparency_is_composited_on_white(file_format: str) -> None:
    image = Image.fromarray(quadrants()).quantize(8)
    clear = int(np.asarray(image)[1, 1])
    pixels = decode(saved(image, file_format, transparency=clear), BOUNDS)
    assert pixels[12, 16].tolist() == [255, 255, 255]
    assert pixels[12, 48].tolist() == list(GREEN)


def test_a_palette_with_an_alpha_per_colour_is_composited_on_white() -> None:
    image = Image.fromarray(quadrants()).quantize(8)
    alphas = bytearray(b"\xff" * 8)
    alphas[int(np.asarray(image)[1, 1])] = 0
    pixels = decode(saved(image, "PNG", transparency=bytes(alphas)), BOUNDS)
    assert pixels[12, 16].tolist() == [255, 255, 255]
    assert pixels[36, 16].tolist() == list(BLUE)


def test_a_colour_that_a_png_calls_transparent_is_white() -> None:
    data = saved(Image.fromarray(quadrants()), "PNG", transparency=RED)
    pixels = decode(data, BOUNDS)
    assert pixels[12, 16].tolist() == [255, 255, 255]
    assert pixels[12, 48].tolist() == list(GREEN)


@pytest.mark.parametrize("file_format", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_of_moving_pictures_the_first_frame_is_read(file_format: str) -> None:
    first, second = Image.fromarray(quadrants()), Image.new("RGB", (64, 48), "black")
    data = saved(first, file_format, save_all=True, append_images=[second])
    assert_same_colours(decode(data, BOUNDS), quadrants(), within=14)


def test_only_bytes_are_read_and_never_a_path(tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(saved(Image.fromarray(quadrants()), "PNG"))
    with pytest.raises(UnreadablePhotoError):
        decode(str(file).encode(), BOUNDS)


def test_broken_metadata_does_not_spoil_a_photo_that_decodes() -> None:
    broken = b"Exif\0\0MM\0*\0\0\0\x08\0\x05"  # five entries announced, and the end
    data = saved(Image.fromarray(quadrants()), "JPEG", quality=95, exif=broken)
    with pytest.warns(UserWarning, match="Corrupt EXIF"):
        Image.open(io.BytesIO(data)).getexif()
    assert_same_colours(decode(data, BOUNDS), quadrants(), within=3)


def test_the_pixels_cannot_be_changed_by_accident() -> None:
    pixels = decode(saved(Image.fromarray(quadrants()), "PNG"), BOUNDS)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 0
