"""Files that would keep a decoder busy far longer than their pixels do are refused at once."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from poster.errors import UnreadablePhotoError
from poster.photo.boxes import read_items
from poster.photo.decode import DecodeBounds, decode
from poster.photo.jpeg import walk

BOUNDS = DecodeBounds(max_bytes=4_000_000, max_pixels=100_000, max_side=2000, min_side=16)
SIDE = 64


def texture(mode: str = "RGB") -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 255, (SIDE, SIDE, 3))
    return Image.fromarray(noise.astype(np.uint8)).convert(mode)


def saved(file_format: str, mode: str = "RGB", **options: Any) -> bytes:
    stream = io.BytesIO()
    texture(mode).save(stream, file_format, **options)
    return stream.getvalue()


JPEG, PNG, GIF = saved("JPEG"), saved("PNG"), saved("GIF", "P")
IN_GIF = 13 + 3 * 256
"""Index after the header and the colours."""


def in_jpeg(data: bytes) -> bytes:
    return JPEG[:2] + data + JPEG[2:]


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def in_png(*chunks: tuple[bytes, bytes]) -> bytes:
    made = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    at = PNG.index(b"IDAT") - 4
    return PNG[:at] + made + PNG[at:]


def tiff(entries: dict[int, tuple[int, bytes]], data: bytes, pieces: int, tags: Any) -> bytes:
    """A TIFF whose strips or tiles all have the same data."""
    offsets, counts = tags
    sizes = {1: 1, 3: 2, 4: 4, 5: 8}
    entries = {**entries, offsets: (4, bytes(4 * pieces)), counts: (4, bytes(4 * pieces))}
    directory_end = 8 + 2 + 12 * len(entries) + 4
    start = directory_end + sum(len(body) for _, body in entries.values() if len(body) > 4)
    entries[offsets] = (4, struct.pack("<I", start) * pieces)
    entries[counts] = (4, struct.pack("<I", len(data)) * pieces)
    listed, bodies = b"", b""
    for tag, (kind, body) in sorted(entries.items()):
        value = body.ljust(4, b"\0")
        if len(body) > 4:
            value = struct.pack("<I", directory_end + len(bodies))
            bodies += body
        listed += struct.pack("<HHI", tag, kind, len(body) // sizes[kind]) + value
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + listed + bytes(4) + bodies + data


def grey(width: int, height: int, compression: int, **more: tuple[int, bytes]) -> Any:
    numbers = {256: width, 257: height, 258: 8, 259: compression, 262: 1, 277: 1}
    entries = {tag: (4, struct.pack("<I", value)) for tag, value in numbers.items()}
    return {**entries, **{int(tag[1:]): entry for tag, entry in more.items()}}


def long(value: int) -> tuple[int, bytes]:
    return 4, struct.pack("<I", value)


def overlapping_strips() -> bytes:
    slow = b"\x78\x01" + bytes((0, 0, 0, 0xFF, 0xFF)) * 100_000 + zlib.compress(bytes(SIDE))[2:]
    return tiff(grey(SIDE, SIDE, 8, t278=long(1)), slow, SIDE, (273, 279))


def wide_tiles() -> bytes:
    tile = {"t322": long(16), "t323": long(2000)}
    return tiff(grey(160, 160, 8, **tile), zlib.compress(bytes(32_000)), 10, (324, 325))


def many_values() -> bytes:
    points = (5, struct.pack("<II", 1, 3) * 1_100_000)
    return tiff(grey(SIDE, SIDE, 1, t318=points), bytes(SIDE * SIDE), 1, (273, 279))


def many_values_below() -> bytes:
    data = bytes(SIDE * SIDE)
    whole = tiff(grey(SIDE, SIDE, 1, t34665=long(0)), data, 1, (273, 279))
    at = whole.index(struct.pack("<HHI", 34665, 4, 1)) + 8
    below = struct.pack("<HHHII", 1, 37500, 5, 1_100_000, len(whole) + 18) + bytes(4)
    return whole[:at] + struct.pack("<I", len(whole)) + whole[at + 4 :] + below + bytes(8_800_000)


def strips_of_scans() -> bytes:
    jpeg = saved("JPEG", "L", progressive=True)
    scan = jpeg.index(b"\xff\xda")
    scans = jpeg[:scan] + segment(0xDA, b"\1\1\0\0\0\1") * 600 + jpeg[scan:]
    return tiff(grey(SIDE, SIDE, 7), scans, 1, (273, 279))


HEIC = (Path(__file__).parents[1] / "data" / "quadrants.heic").read_bytes()
HVCC = HEIC[HEIC.index(b"hvcC") - 4 :][:118]
CODED = HEIC[HEIC.index(b"mdat") + 4 :]

Picture = tuple[bytes, bytes, list[bytes], list[int]]
"""Type, data, properties and parts."""


def box(kind: bytes, body: bytes, *, is_full: bool = True) -> bytes:
    body = bytes(4 * is_full) + body
    return struct.pack(">I", 8 + len(body)) + kind + body


def ispe(width: int, height: int) -> bytes:
    return box(b"ispe", struct.pack(">II", width, height))


TURN = box(b"irot", b"\1", is_full=False)
TILE: Picture = (b"hvc1", CODED, [HVCC, ispe(64, 64)], [])


def grid(width: int, height: int, part: int, *turns: bytes) -> Picture:
    """One part as a picture."""
    return b"grid", struct.pack(">4xHH", width, height), [ispe(width, height), *turns], [part]


def heic(*pictures: Picture) -> bytes:
    """A HEIC of pictures with the numbers 1, 2 and so on, of which the first is shown."""
    known = list(dict.fromkeys(one for picture in pictures for one in picture[2]))
    kinds = places = uses = parts = b""
    for number, (kind, _, properties, made_of) in enumerate(pictures, 1):
        entry = struct.pack(">HH", number, 0) + kind + b"\0"
        kinds += box(b"infe", entry).replace(b"infe\0", b"infe\2")
        uses += struct.pack(">HB", number, len(properties))
        uses += bytes(0x81 + known.index(one) for one in properties)
        if made_of:
            numbers = struct.pack(f">HH{len(made_of)}H", number, len(made_of), *made_of)
            parts += box(b"dimg", numbers, is_full=False)
    count = struct.pack(">H", len(pictures))
    shared = box(b"ipco", b"".join(known), is_full=False)
    shared += box(b"ipma", struct.pack(">I", len(pictures)) + uses)
    rest = box(b"hdlr", b"\0\0\0\0pict" + bytes(13)) + box(b"iinf", count + kinds)
    rest += box(b"pitm", b"\0\1") + box(b"iprp", shared, is_full=False) + box(b"iref", parts)
    start = box(b"ftyp", b"heic\0\0\0\0mif1heic", is_full=False)
    at = len(start) + 12 + 16 + 14 * len(pictures) + len(rest) + 8
    for number, (_, data, _, _) in enumerate(pictures, 1):
        places += struct.pack(">HHHII", number, 0, 1, at, len(data))
        at += len(data)
    meta = box(b"meta", box(b"iloc", b"\x44\0" + count + places) + rest)
    return start + meta + box(b"mdat", b"".join(one[1] for one in pictures), is_full=False)


def avif_that_claims(side: int) -> bytes:
    data = bytearray(saved("AVIF"))
    struct.pack_into(">II", data, data.index(b"ispe") + 8, side, side)
    return bytes(data)


def avif_sequence(side: int) -> bytes:
    """A sequence of small frames, but the coded data of the first one have other sides."""
    stream = io.BytesIO()
    texture().resize((side, side)).save(stream, "AVIF")
    still = stream.getvalue()
    start, size = read_items(still).by_number[1].place or (0, 0)
    data = bytearray(saved("AVIF", save_all=True, append_images=[texture().rotate(90)]))
    struct.pack_into(">I", data, data.index(b"stsz") + 8, size)
    struct.pack_into(">I", data, data.index(b"stco") + 12, len(data) + 8)
    return bytes(data) + box(b"mdat", still[start : start + size] * 2, is_full=False)


SCANS = segment(0xDA, b"\1\1\0\0\0\0") * 600
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "scans after other bytes": (
        lambda: JPEG[:-2] + segment(0xFE, b"a") + b"between" + SCANS + JPEG[-2:],
        "a JPEG with too many scans",
    ),
    "scans after a stuffed byte": (
        lambda: JPEG[:-2] + segment(0xFE, b"a") + b"\xff\0" + SCANS + JPEG[-2:],
        "a JPEG with too many scans",
    ),
    "segments": (lambda: in_jpeg(segment(0xE5, b"") * 6000), "a JPEG with too many segments"),
    "restarts": (lambda: in_jpeg(b"\xff\xd0" * 6000), "a JPEG with too many segments"),
    "fill bytes": (lambda: in_jpeg(b"\xff" * 1_100_000), "or bytes outside of them"),
    "other bytes": (lambda: in_jpeg(segment(0xFE, b"") + bytes(1_100_000)), "or bytes outside"),
    "joined Exif": (lambda: in_jpeg(segment(0xE1, b"Exif\0\0") * 20), "with too much Exif"),
    "pixels": (lambda: in_png(*[(b"IDAT", b"")] * 60_000), "a PNG with too many chunks"),
    "texts": (lambda: in_png(*[(b"tEXt", b"")] * 60_000), "a PNG with too many chunks"),
    "unknown chunks": (lambda: in_png(*[(b"ABcD", b"")] * 60_000), "a PNG with too many chunks"),
    "comments": (
        lambda: GIF[:IN_GIF] + b"!\xfe\1a\0" * 210_000 + GIF[IN_GIF:],
        "a GIF with too much before its first frame",
    ),
    "blocks of a comment": (
        lambda: GIF[:IN_GIF] + b"!\xfe" + b"\1a" * 210_000 + b"\0" + GIF[IN_GIF:],
        "a GIF with too much before its first frame",
    ),
    "bytes between extensions": (
        lambda: GIF[:IN_GIF] + bytes(210_000) + GIF[IN_GIF:],
        "a GIF with too much before its first frame",
    ),
    "overlapping strips": (overlapping_strips, "a TIFF whose strips or tiles overlap"),
    "wide tiles": (wide_tiles, "a TIFF with tiles that reach far beyond its picture"),
    "values": (many_values, "a TIFF with too many tags or values"),
    "values of its Exif": (many_values_below, "a TIFF with too many tags or values"),
    "an overlay": (
        lambda: heic((b"iovl", bytes(2) + bytes(24), [ispe(64, 64)], [2]), TILE),
        "parts that are larger than its picture",
    ),
    "a huge tile": (
        lambda: heic(grid(64, 64, 2), (b"hvc1", CODED, [HVCC, ispe(600, 600)], [])),
        "parts that are larger than its picture",
    ),
    "many turns": (lambda: heic(grid(64, 64, 2, *[TURN] * 200), TILE), "turns its picture too"),
    "turns of a tile": (
        lambda: heic(grid(64, 64, 2), (b"hvc1", CODED, [HVCC, ispe(64, 64), *[TURN] * 200], [])),
        "turns its picture too often",
    ),
    "pictures of pictures": (
        lambda: heic(grid(64, 64, 2), grid(64, 64, 3), TILE),
        "made of pictures that are made of pictures",
    ),
    "an AVIF that claims to be small": (
        lambda: avif_that_claims(32),
        "coded data that are larger than its picture",
    ),
    "a sequence that claims to be small": (
        lambda: avif_sequence(400),
        "an AVIF with coded frames that are larger than its picture",
    ),
    "scans in a TIFF": (strips_of_scans, "a JPEG with too many scans"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_that_takes_too_long_is_refused(name: str) -> None:
    make, trouble = BOMBS[name]
    bounds = DecodeBounds(40_000_000, BOUNDS.max_pixels, BOUNDS.max_side, BOUNDS.min_side)
    if name == "overlapping strips":
        bounds = BOUNDS
    with pytest.raises(UnreadablePhotoError) as caught:
        decode(make(), bounds)
    assert trouble in str(caught.value)
    assert str(caught.value).endswith("; save or export it again as a JPEG or PNG")


def test_a_scan_counts_for_each_channel_and_for_each_time_that_it_is_decoded() -> None:
    assert walk(JPEG).passes == 3
    assert walk(saved("JPEG", "L")).passes == 1
    assert walk(saved("JPEG", "CMYK")).passes == 4
    assert walk(saved("JPEG", progressive=True)).passes == 14
    arithmetic = JPEG.replace(b"\xff\xc0", b"\xff\xc9")
    assert walk(arithmetic).passes == 6
    assert walk(JPEG[:-2]).passes == 9  # to see whether only the end mark is missing


def pixels(data: bytes) -> Any:
    return decode(data, BOUNDS).pixels


def test_what_is_not_shown_changes_nothing() -> None:
    comments = b"!\xfe\3abc\0!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    assert np.array_equal(pixels(GIF[:IN_GIF] + comments + GIF[IN_GIF:]), pixels(GIF))
    assert np.array_equal(pixels(in_jpeg(segment(0xE5, b"") * 100 + b"\xff" * 9)), pixels(JPEG))
    assert np.array_equal(pixels(in_png(*[(b"tEXt", b"")] * 100)), pixels(PNG))


def test_a_heic_of_a_turned_tile_is_read() -> None:
    assert pixels(heic(grid(64, 48, 2, TURN), TILE)).shape == (64, 48, 3)


def test_the_first_frame_of_an_avif_sequence_is_read() -> None:
    assert pixels(avif_sequence(SIDE)).shape == (SIDE, SIDE, 3)


def test_exif_of_too_many_values_says_nothing() -> None:
    turned = struct.pack("<HHII", 274, 3, 1, 6)
    points = struct.pack("<HHII", 318, 5, 20_000, 38)
    body = b"II*\0" + struct.pack("<IH", 8, 2) + turned + points + bytes(4)
    costly = body + struct.pack("<II", 1, 3) * 20_000
    few = costly.replace(points, struct.pack("<HHII", 318, 5, 2, 38))
    wide = texture().resize((SIDE, SIDE // 2))
    for data, shape in ((few, (SIDE, SIDE // 2, 3)), (costly, (SIDE // 2, SIDE, 3))):
        for file_format in ("PNG", "WEBP", "AVIF"):
            stream = io.BytesIO()
            wide.save(stream, file_format, exif=data)
            assert pixels(stream.getvalue()).shape == shape, file_format


def test_tiles_that_reach_a_little_beyond_the_picture_are_read() -> None:
    tile = {"t322": long(48), "t323": long(48)}
    data = tiff(grey(SIDE, SIDE, 8, **tile), zlib.compress(bytes(range(256)) * 9), 4, (324, 325))
    assert pixels(data).shape == (SIDE, SIDE, 3)


def test_damaged_files_leave_one_line_on_stderr(tmp_path: Path) -> None:
    """No decoder writes to the descriptor by itself."""
    folder = tmp_path / "damaged"
    folder.mkdir()
    compressions = ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd", "raw"]
    files = {f"{name}.tif": saved("TIFF", compression=name) for name in compressions}
    files |= {f"{name}.tif": saved("TIFF", "1", compression=name) for name in ("group3", "group4")}
    files |= {f"a.{name}": saved(name) for name in ("JPEG", "PNG", "WEBP", "AVIF", "GIF")}
    files["progressive.jpg"] = saved("JPEG", progressive=True)
    files["a.heic"] = (Path(__file__).parents[1] / "data" / "quadrants.heic").read_bytes()
    random = np.random.default_rng(1)
    for name, data in files.items():
        for number in range(8):
            damaged = bytearray(data)
            for place in random.integers(8, len(data), 6):
                damaged[place] ^= int(random.integers(1, 256))
            (folder / f"{number}_{name}").write_bytes(damaged)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from poster.errors import PhotoError\n"
        "from poster.photo.decode import DecodeBounds, decode\n"
        "for path in Path(sys.argv[1]).iterdir():\n"
        "    try:\n"
        "        decode(path.read_bytes(), DecodeBounds(1_000_000, 100_000, 2000, 16))\n"
        "    except PhotoError:\n"
        "        pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
