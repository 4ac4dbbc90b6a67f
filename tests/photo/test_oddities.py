"""What browsers show is read, whatever else a file holds; what is not a photo is named."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from poster.errors import PhotoTooLargeError, UnreadablePhotoError
from poster.photo.decode import DecodeBounds, decode

BOUNDS = DecodeBounds(max_bytes=40_000_000, max_pixels=4_000_000, max_side=4_000, min_side=16)


def picture(width: int = 160, height: int = 120) -> Image.Image:
    """Smooth waves: every part of the file's data matters, in any format."""
    y, x = np.mgrid[:height, :width]
    waves = np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    return Image.fromarray(np.rint(127 + 120 * waves).astype(np.uint8))


def saved(file_format: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture().save(stream, file_format, **options)
    return stream.getvalue()


def read(data: bytes) -> NDArray[np.uint8]:
    return decode(data, BOUNDS).pixels


def png_with(name: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    data = saved("PNG")
    check = zlib.crc32(name + body) if crc is None else crc
    chunk = struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)
    return data[:33] + chunk + data[33:]


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
METADATA = {
    "a profile of 3 MB": png_with(b"iCCP", b"printer\0\0" + zlib.compress(SRGB + bytes(3_000_000))),
    "text that unpacks to 90 MB": png_with(b"zTXt", b"note\0\0" + zlib.compress(bytes(90_000_000))),
    "text of 4 MB": png_with(b"tEXt", b"note\0" + b"x" * 4_000_000),
    "text with a wrong checksum": png_with(b"tEXt", b"note\0x", crc=1),
    "a profile with a wrong checksum": png_with(b"iCCP", b"x\0\0" + zlib.compress(SRGB), crc=1),
    "Exif that is none": png_with(b"eXIf", b"nonsense"),
    "a chunk of its own": png_with(b"prVt", b"anything"),
    "an animation cut short": png_with(b"acTL", struct.pack(">2I", 9, 0)),
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_never_makes_a_png_unreadable(name: str) -> None:
    np.testing.assert_array_equal(read(METADATA[name]), np.asarray(picture()))


@pytest.mark.parametrize("part", [b"IDAT", b"IHDR"])
def test_a_png_with_damaged_pixels_is_refused(part: bytes) -> None:
    data = bytearray(saved("PNG"))
    data[data.index(part) + 9] ^= 0xFF
    with pytest.raises(UnreadablePhotoError, match="damaged or incomplete"):
        read(bytes(data))


@pytest.mark.parametrize("kept", [8, 20, 40, 0.5, 0.9])
def test_a_truncated_png_is_refused(kept: float) -> None:
    data = saved("PNG")
    with pytest.raises(UnreadablePhotoError, match="damaged or incomplete"):
        read(data[: int(kept if kept > 1 else kept * len(data))])


@pytest.mark.parametrize("progressive", [False, True])
def test_data_behind_a_jpegs_end_does_not_count(*, progressive: bool) -> None:
    data = saved("JPEG", progressive=progressive)
    video = b"\xff\xda\xff\xd8 motion" * 200_000
    np.testing.assert_array_equal(read(data + video), read(data))


GAIN_MAPS = {
    "Ultra HDR": (0xE1, b'http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version="1.0"/>'),
    "ISO": (0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"),
}


@pytest.mark.parametrize("name", GAIN_MAPS)
def test_a_jpegs_gain_map_is_noted(name: str) -> None:
    marker, body = GAIN_MAPS[name]
    data = saved("JPEG")
    segment = b"\xff" + bytes((marker,)) + struct.pack(">H", len(body) + 2) + body
    photo = decode(data[:2] + segment + data[2:], BOUNDS)
    assert ["HDR gain map was ignored" in note for note in photo.notes] == [True]
    np.testing.assert_array_equal(photo.pixels, read(data))


def test_a_jpeg_is_bounded_by_its_scans_times_its_pixels() -> None:
    data = saved("JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    frame = data.index(b"\xff\xc2") + 5
    large = data[:frame] + struct.pack(">2H", 2000, 2000) + data[frame + 4 :]
    with pytest.raises(UnreadablePhotoError, match="too many scans"):
        read(large[:at] + large[at:-2] * 400 + large[-2:])


def test_a_jpeg_with_far_too_many_scans_is_refused() -> None:
    data = saved("JPEG", progressive=True)
    at = data.rindex(b"\xff\xda")
    with pytest.raises(UnreadablePhotoError, match="too many scans"):
        read(data[:at] + data[at:-2] * 600 + data[-2:])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("end", [b"", b"\xff", b"\xff\xff"])
def test_a_jpeg_that_lacks_only_its_end_mark_is_read(end: bytes, *, progressive: bool) -> None:
    data = saved("JPEG", progressive=progressive)
    np.testing.assert_array_equal(read(data[:-2] + end), read(data))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [40, 400, 0.3, 0.6])
def test_a_truncated_jpeg_is_refused(lost: float, *, progressive: bool) -> None:
    data = saved("JPEG", progressive=progressive)
    cut = int(lost if lost > 1 else lost * len(data))
    with pytest.raises(UnreadablePhotoError, match="damaged or incomplete"):
        read(data[:-cut])


def test_an_unended_jpeg_is_checked_against_the_bounds_before_a_pixel_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poster.photo.decode.completed", lambda *_: pytest.fail("decoded"))
    with pytest.raises(PhotoTooLargeError, match=r"160 x 120 pixels are 0\.0192 megapixels"):
        decode(saved("JPEG")[:-2], replace(BOUNDS, max_pixels=10_000))


def test_bytes_between_markers_do_not_stop_a_jpeg() -> None:
    data = saved("JPEG")
    filled = data[:2] + b"\xff" * 50 + data[2:]
    np.testing.assert_array_equal(read(filled), read(data))


def tiff(*tags: tuple[int, int], order: str = "<") -> bytes:
    """A TIFF whose first directory has these tags, and a photo."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in sorted(tags))
    head = mark + struct.pack(f"{order}IH", 8, len(tags))
    return head + entries + bytes(200)


RAW = {
    "DNG": tiff((254, 1), (256, 256), (50706, 1)),
    "DNG of a Motorola": tiff((254, 1), (50706, 1), order=">"),
    "NEF": tiff((254, 1), (256, 160), (330, 100), order=">"),
    "ARW": tiff((254, 1), (330, 100)),
    "sensor data": tiff((254, 0), (33422, 1)),
    "CR2": b"II*\0\x10\0\0\0CR\2\0" + bytes(64),
    "CR3": b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(64),
    "ORF": b"IIRO\x08\0\0\0" + bytes(64),
    "RW2": b"IIU\0\x18\0\0\0" + bytes(64),
    "RAF": b"FUJIFILMCCD-RAW 0201" + bytes(64),
}
VIDEO = {
    "MP4": b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(64),
    "MP4, second kind": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64),
    "MOV": b"\0\0\0\x14ftypqt  \0\0\2\0qt  " + bytes(64),
    "3GP": b"\0\0\0\x18ftyp3gp5\0\0\0\0" + bytes(64),
    "M4V": b"\0\0\0\x18ftypM4V \0\0\0\0" + bytes(64),
    "AVI": b"RIFF\x10\0\0\0AVI LIST" + bytes(64),
    "WebM": b"\x1aE\xdf\xa3\x01\0\0\0" + bytes(64),
    "MPEG": b"\0\0\1\xba" + bytes(64),
    "FLV": b"FLV\1\5\0\0\0\x09" + bytes(64),
}


@pytest.mark.parametrize("name", RAW)
def test_a_raw_file_is_called_one_and_not_small_or_damaged(name: str) -> None:
    with pytest.raises(UnreadablePhotoError, match="a camera RAW file, not a photo: export it as"):
        read(RAW[name])


@pytest.mark.parametrize("name", VIDEO)
def test_a_video_is_called_one(name: str) -> None:
    with pytest.raises(UnreadablePhotoError, match="a video, not a photo: export a frame as"):
        read(VIDEO[name])


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "jpeg"])
def test_a_photo_in_tiff_is_not_taken_for_raw(compression: str) -> None:
    assert read(saved("TIFF", compression=compression)).shape == (120, 160, 3)


def test_a_damaged_tiff_is_not_taken_for_raw() -> None:
    with pytest.raises(UnreadablePhotoError, match="damaged or incomplete"):
        read(b"II*\0\xff\xff\xff\xff" + bytes(64))


@pytest.mark.parametrize(
    "tags", [((258, 64), (262, 1), (339, 3)), ((258, 16), (262, 8)), ((258, 4), (262, 2))]
)
def test_a_tiff_of_a_rare_kind_is_not_called_damaged_alone(
    tags: tuple[tuple[int, int], ...],
) -> None:
    whole = tiff((256, 32), (257, 32), (259, 1), (273, 8), (277, 1), (278, 32), (279, 99), *tags)
    with pytest.raises(UnreadablePhotoError, match="damaged, or a kind of TIFF that is not"):
        read(whole)


def test_a_tiff_whose_deep_channels_are_stored_apart_is_refused_and_not_misread() -> None:
    numbers = ((256, 32), (257, 32), (259, 1), (262, 2), (278, 32), (284, 2), (277, 3))
    lists = {258: (16,) * 3, 273: (0,) * 3, 279: (2048,) * 3}
    start = 8 + 2 + 12 * (len(numbers) + len(lists)) + 4
    entries, body = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in numbers], b""
    for tag, values in lists.items():
        entries.append(struct.pack("<HHII", tag, 4, 3, start + len(body)))
        body += struct.pack("<3I", *values)
    pixels = np.asarray(picture(32, 32)).astype("<u2").transpose(2, 0, 1) * 257
    data = b"II*\0" + struct.pack("<IH", 8, len(entries))
    data += b"".join(sorted(entries, key=lambda entry: struct.unpack_from("<H", entry)))
    data += bytes(4) + body
    places = struct.pack("<3I", *(len(data) + 2048 * plane for plane in range(3)))
    data = data.replace(struct.pack("<3I", 0, 0, 0), places, 1) + pixels.tobytes()
    with pytest.raises(UnreadablePhotoError, match="a kind of TIFF that is not supported"):
        read(data)
