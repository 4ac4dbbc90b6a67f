from __future__ import annotations

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from poster.errors import (
    PhotoError,
    PhotoTooLargeError,
    PhotoTooSmallError,
    UnreadablePhotoError,
)
from poster.photo.decode import DecodeBounds
from poster.photo.decode import decode as decode_photo

BOUNDS = DecodeBounds(max_bytes=40_000_000, max_pixels=50_000_000, max_side=20_000, min_side=480)
HEIC = Path(__file__).parents[1] / "data" / "quadrants.heic"
TURNED_HEIC = HEIC.with_stem("quadrants_turned")
SMALL = DecodeBounds(max_bytes=100_000, max_pixels=10_000, max_side=200, min_side=16)


def decode(data: bytes, bounds: DecodeBounds, *paper: Any) -> Any:
    return decode_photo(data, bounds, *paper).pixels


def texture(width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3))
    return Image.fromarray(noise.astype(np.uint8))


def saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, file_format, **options)
    return stream.getvalue()


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_bomb() -> bytes:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    chunks = png_chunk(b"IHDR", header) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def gif_bomb() -> bytes:
    data = bytearray(saved(Image.new("P", (16, 16)), "GIF"))
    data[6:10] = struct.pack("<HH", 60_000, 60_000)
    return bytes(data)


def tiff(entries: dict[int, int]) -> bytes:
    """An uncompressed grey TIFF, little-endian, whose entries are single numbers."""
    listed = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + bytes(4 + 1000)


def tiff_bomb() -> bytes:
    strip = {273: 200, 278: 60_000, 279: 1000}
    return tiff({256: 60_000, 257: 60_000, 258: 8, 259: 1, 262: 1, 277: 1, **strip})


def tile_bomb() -> bytes:
    tile = {322: 60_000, 323: 60_000, 324: 200, 325: 1000}
    return tiff({256: 500, 257: 500, 258: 8, 259: 5, 262: 1, 277: 1, **tile})


def webp_bomb() -> bytes:
    canvas = struct.pack("<I", 16_383)[:3] * 2
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    still = saved(texture(16, 16), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", 4 + len(extended) + len(still)) + b"WEBP" + extended + still


@pytest.mark.parametrize("bomb", [png_bomb, gif_bomb, tiff_bomb, tile_bomb, webp_bomb])
def test_a_bomb_is_refused_before_it_is_decoded(bomb: Any) -> None:
    data = bomb()
    tracemalloc.start()
    # Not merely unreadable: a decoder that gives up at its data has made room for it before.
    with pytest.raises(PhotoTooLargeError) as caught:
        decode(data, BOUNDS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert "50 megapixels" in str(caught.value)


def test_a_header_over_the_pixels_is_too_large() -> None:
    with pytest.raises(PhotoTooLargeError, match="more than 50 megapixels"):
        decode(png_bomb(), BOUNDS)


def test_a_file_over_the_bytes_is_too_large() -> None:
    with pytest.raises(PhotoTooLargeError, match=r"0\.2 MB; at most 0\.1 MB"):
        decode(bytes(150_001), SMALL)


def test_a_photo_over_the_longer_side_is_too_large() -> None:
    with pytest.raises(
        PhotoTooLargeError, match="201 x 20 pixels are too many; a side may have at most 200"
    ):
        decode(saved(texture(201, 20), "PNG"), SMALL)


def test_a_photo_over_the_pixels_is_too_large() -> None:
    with pytest.raises(PhotoTooLargeError, match=r"101 x 100 pixels are 0\.0101 megapixels"):
        decode(saved(texture(101, 100), "PNG"), SMALL)


def test_a_photo_under_the_shorter_side_is_too_small() -> None:
    with pytest.raises(
        PhotoTooSmallError, match="64 x 15 pixels are too few; each side must have at least 16"
    ):
        decode(saved(texture(64, 15), "PNG"), SMALL)


def test_a_photo_exactly_at_the_bounds_is_read() -> None:
    assert decode(saved(texture(100, 100), "PNG"), SMALL).shape == (100, 100, 3)
    assert decode(saved(texture(200, 16), "PNG"), SMALL).shape == (16, 200, 3)


def heic_that_claims(width: int, height: int, left: int = 0) -> bytes:
    """64 x 48 coded pixels, with a clean aperture of another size in the header."""
    data = bytearray(HEIC.read_bytes())
    at = data.index(b"clap") + 4
    struct.pack_into(">IIIIiIiI", data, at, width, 1, height, 1, left, 1, 0, 1)
    return bytes(data)


def test_a_photo_that_turns_out_larger_than_its_header_says_is_too_large() -> None:
    bounds = replace(SMALL, max_side=40)
    with pytest.raises(PhotoTooLargeError, match="64 x 16 pixels are too many"):
        decode(heic_that_claims(16, 16, left=-(2**24)), bounds)


def test_a_photo_that_turns_out_smaller_than_its_header_says_is_too_small() -> None:
    bounds = replace(SMALL, max_pixels=100_000, max_side=400, min_side=100)
    with pytest.raises(PhotoTooSmallError, match="64 x 64 pixels are too few"):
        decode(heic_that_claims(320, 304), bounds)


@pytest.mark.parametrize("item", [b"Exif", b"hvc1"])
def test_a_heic_item_whose_type_is_not_text_is_refused_without_a_crash(item: bytes) -> None:
    data = TURNED_HEIC.read_bytes().replace(item, b"\x80" + item[1:])
    # In a process of its own: the decoder, were it asked, would take this one down.
    program = (
        "import sys\n"
        "from poster.errors import UnreadablePhotoError\n"
        "from poster.photo.decode import DecodeBounds, decode\n"
        "try:\n"
        "    decode(sys.stdin.buffer.read(), DecodeBounds(100_000, 10_000, 200, 16))\n"
        "except UnreadablePhotoError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=data, capture_output=True, check=True
    )
    assert b"damaged or incomplete" in done.stdout


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    for file_format in ("JPEG", "MPO"):
        more = (
            {"save_all": True, "append_images": [texture(64, 64)]} if file_format == "MPO" else {}
        )
        data = saved(texture(64, 64), file_format, progressive=True, **more)
        scan = data.index(b"\xff\xda")
        with pytest.raises(UnreadablePhotoError, match="too many scans"):
            decode(data[:scan] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 600, SMALL)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.9])
def test_a_truncated_photo_is_unreadable(file_format: str, share: float) -> None:
    data = saved(texture(96, 96), file_format)
    with pytest.raises(UnreadablePhotoError, match="damaged or incomplete"):
        decode(data[: int(len(data) * share)], SMALL)


def test_a_truncated_heic_photo_is_unreadable() -> None:
    data = HEIC.read_bytes()
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(UnreadablePhotoError, match="damaged or incomplete"):
            decode(data[: int(len(data) * share)], SMALL)


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"%PDF-1.7\n%", "a PDF, not a photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'\n<?xml version="1.0"?><svg/>', "XML or SVG"),
        (b"<!DOCTYPE html><html></html>", "a web page"),
        (b"\xef\xbb\xbf<HTML>", "a web page"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b'{"image": 1}', "JSON"),
        (b"just some text", "not a photo in a supported format"),
        (bytes(2000), "not a photo in a supported format"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio, not a photo"),
    ],
)
def test_anything_but_a_photo_is_named_and_refused(data: bytes, trouble: str) -> None:
    with pytest.raises(UnreadablePhotoError, match=trouble) as caught:
        decode(data, BOUNDS)
    assert "use JPEG, PNG, WebP, AVIF, HEIC, TIFF or GIF" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"8BPS\0\1", "a Photoshop document"),
        (b"BM" + bytes(60), "BMP"),
        (b"\xff\x0a\x20", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"v/1\1\2\0\0\0", "OpenEXR"),
    ],
)
def test_a_picture_in_another_format_is_named_with_what_to_do(data: bytes, name: str) -> None:
    with pytest.raises(UnreadablePhotoError) as caught:
        decode(data, BOUNDS)
    message = f"image: {name} is not supported: save the picture as a JPEG or PNG"
    assert str(caught.value) == message


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(UnreadablePhotoError, match="empty"):
        decode(b"", BOUNDS)


@pytest.mark.parametrize(
    "file_format", ["BMP", "ICO", "PPM", "TGA", "JPEG2000", "EPS", "PDF", "PCX"]
)
def test_formats_that_are_not_listed_are_refused(file_format: str) -> None:
    with pytest.raises(UnreadablePhotoError):
        decode(saved(texture(64, 64), file_format), SMALL)


def test_no_message_shows_a_path_or_a_decoders_words() -> None:
    for data in (b"nothing", saved(texture(96, 96), "PNG")[:900], png_bomb()):
        with pytest.raises(PhotoError) as caught:
            decode(data, BOUNDS)
        assert "/" not in str(caught.value)
        assert "0x" not in str(caught.value)
        assert "BytesIO" not in str(caught.value)


SEEDS = [
    saved(texture(40, 40), "JPEG", quality=60),
    saved(texture(40, 40), "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0"),
    saved(texture(40, 40), "PNG"),
    saved(texture(40, 40), "WEBP", quality=50),
    saved(texture(40, 40), "AVIF", quality=40),
    saved(texture(40, 40), "TIFF", compression="tiff_lzw"),
    saved(texture(40, 40), "GIF"),
    HEIC.read_bytes(),
    TURNED_HEIC.read_bytes(),
]


def decode_or_refuse(data: bytes) -> None:
    try:
        pixels = decode(data, SMALL)
    except PhotoError:
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_raise_only_photo_errors(data: bytes) -> None:
    decode_or_refuse(data)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12),
    st.floats(0.05, 1),
)
def test_mutated_photos_raise_only_photo_errors(
    data: bytes, changes: list[tuple[float, int]], kept: float
) -> None:
    mutated = bytearray(data[: max(1, int(len(data) * kept))])
    for place, value in changes:
        # The square favours headers, where mutations hurt most.
        mutated[int(place**2 * len(mutated))] = value
    decode_or_refuse(bytes(mutated))
