"""HEIC and AVIF photos have the colours that their boxes say, or else their coded data."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coloraide import Color
from PIL import Image

from poster.photo.av1 import read_sequences
from poster.photo.boxes import read_items
from poster.photo.decode import DecodeBounds, DecodedPhoto, decode
from tests.support.profiles import DISPLAY_P3, matrix_profile

BOUNDS = DecodeBounds(max_bytes=9_000_000, max_pixels=1_000_000, max_side=4_000, min_side=16)
HEIC = (Path(__file__).parents[1] / "data" / "quadrants.heic").read_bytes()
COLOUR = (128, 64, 128)
P3, BT709, BT2020 = 12, 1, 9
SRGB_CURVE, PQ, HLG = 13, 16, 18
IN_P3 = [255 * p for p in Color("display-p3", [v / 255 for v in COLOUR]).convert("srgb").coords()]


def avif(mode: str = "RGB", colour: tuple[int, ...] = COLOUR) -> bytes:
    image = Image.new("RGB", (64, 64), colour)
    image.paste("black", (48, 48, 64, 64))  # a blank picture is refused
    image = image.convert(mode)
    if mode == "RGBA":
        image.putpixel((0, 0), (0, 0, 0, 0))
    stream = io.BytesIO()
    image.save(stream, "AVIF", quality=100, subsampling="4:4:4")
    return stream.getvalue()


AVIF = avif()


def with_nclx(data: bytes, primaries: int, transfer: int) -> bytes:
    at = data.index(b"colrnclx") + 8
    return data[:at] + struct.pack(">2H", primaries, transfer) + data[at + 4 :]


def without_colr(data: bytes) -> bytes:
    return data.replace(b"colrnclx", b"freenclx")


def inserted(data: bytes, at: int, box: bytes, parents: tuple[bytes, ...]) -> bytes:
    """Put a box into others, and move the coded data that is listed behind."""
    items = read_items(data)
    made = bytearray(data[:at] + box + data[at:])
    for name in parents:
        start = made.index(name) - 4
        struct.pack_into(">I", made, start, int.from_bytes(made[start : start + 4]) + len(box))
    listed = made.index(b"iloc")
    for item in items.by_number.values():
        if item.place:
            start = made.index(struct.pack(">I", item.place[0]), listed)
            struct.pack_into(">I", made, start, item.place[0] + len(box))
    return bytes(made)


def with_colr(data: bytes, body: bytes) -> bytes:
    """Replace the colour box: a longer one is put in its place, and the old one freed."""
    at = data.index(b"colrnclx") - 4
    size = int.from_bytes(data[at : at + 4])
    box = struct.pack(">I", 8 + len(body)) + b"colr" + body
    more = len(box) - size
    cut = data[:at] + data[at + size :] if more > 0 else b""
    if not cut:  # padded, so that nothing moves
        return data[: at + 8] + body.ljust(size - 8, b"\0")[: size - 8] + data[at + size :]
    grown = inserted(data, at + size, bytes(more), (b"meta", b"iprp", b"ipco"))
    return grown[:at] + box + grown[at + len(box) :]


def shown(photo: DecodedPhoto, row: int = 8, column: int = 8) -> list[int]:
    return [int(part) for part in photo.pixels[row, column]]


def assert_shows(data: bytes, colour: Any, note: str = "") -> None:
    photo = decode(data, BOUNDS)
    assert np.abs(photo.pixels[8, 8] - np.array(colour)).max() <= 3
    assert len(photo.notes) == bool(note)
    assert all(note in line for line in photo.notes)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_avif_in_display_p3_is_converted(mode: str) -> None:
    assert_shows(with_nclx(avif(mode), P3, SRGB_CURVE), IN_P3)


def test_an_avif_in_hdr_is_tone_mapped_and_noted() -> None:
    photo = decode(with_nclx(avif(colour=(148, 148, 148)), BT2020, PQ), BOUNDS)
    assert min(shown(photo)) >= 250  # 148 of 255 is 203 nits
    assert ["HDR" in note for note in photo.notes] == [True]
    assert "HDR" in decode(with_nclx(AVIF, BT2020, HLG), BOUNDS).notes[0]


def test_a_heic_in_display_p3_is_more_saturated_than_its_numbers() -> None:
    plain = decode(HEIC, BOUNDS).pixels[12, 16].astype(int)
    wide = decode(with_nclx(HEIC, P3, SRGB_CURVE), BOUNDS).pixels[12, 16].astype(int)
    assert plain[0] > plain[1]
    assert wide[0] - wide[1] > plain[0] - plain[1]


@pytest.mark.parametrize("data", [HEIC, AVIF], ids=["HEIC", "AVIF"])
@pytest.mark.parametrize("pair", [(0, 0), (77, 1), (1, 77), (10, 13)])
def test_code_points_that_no_decoder_knows_are_noted(data: bytes, pair: tuple[int, int]) -> None:
    note = f"coded as {pair[0]}/{pair[1]} of ITU-T H.273"
    assert_shows(with_nclx(data, *pair), shown(decode(data, BOUNDS)), note)


@pytest.mark.parametrize("data", [HEIC, AVIF], ids=["HEIC", "AVIF"])
def test_without_colours_or_with_unspecified_ones_a_photo_is_in_srgb(data: bytes) -> None:
    plain = shown(decode(data, BOUNDS))
    assert_shows(without_colr(data), plain)
    assert_shows(with_nclx(data, 2, 2), plain)


def coded_as(data: bytes, primaries: int, transfer: int) -> bytes:
    """Change the code points in the sequence header, which are not at a whole byte."""
    items = read_items(data)
    start, length = items.of(items.primary).place or (0, 0)
    bits = "".join(f"{byte:08b}" for byte in data[start : start + length])
    at = bits.index(f"1{BT709:08b}{SRGB_CURVE:08b}") + 1
    bits = bits[:at] + f"{primaries:08b}{transfer:08b}" + bits[at + 16 :]
    coded = bytes(int(bits[bit : bit + 8], 2) for bit in range(0, len(bits), 8))
    return data[:start] + coded + data[start + length :]


def test_code_points_of_the_coded_data_count_if_there_is_no_box() -> None:
    assert_shows(coded_as(without_colr(AVIF), P3, SRGB_CURVE), IN_P3)
    assert_shows(coded_as(without_colr(AVIF), 200, SRGB_CURVE), COLOUR, "coded as 200/13")
    assert_shows(coded_as(AVIF, P3, SRGB_CURVE), COLOUR)


def test_the_sequence_header_of_a_film_is_read_too() -> None:
    # Not reduced: operating points, tools and order hints stand before the colours.
    head = "000000000000" + "0" * 12 + "010000"
    size = "01010101" + "0" * 12 + "0000000010011000000"
    colour = "001" + f"{P3:08b}{PQ:08b}{BT2020:08b}"
    bits = (head + size + colour).ljust(160, "0")
    body = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    delimiter, header = b"\x12\0", bytes((0x0A, len(body))) + body
    (sequence,) = read_sequences(delimiter + header)
    assert sequence.code_points == (P3, PQ)
    assert [one.code_points for one in read_sequences(header[:4])] == [None]
    assert list(read_sequences(b"")) == []
    assert list(read_sequences(b"\xff" * 40)) == []


@pytest.mark.parametrize("data", [HEIC, AVIF], ids=["HEIC", "AVIF"])
@pytest.mark.parametrize("kind", [b"prof", b"rICC"])
def test_a_profile_in_the_colour_box_counts(data: bytes, kind: bytes) -> None:
    plain = decode(data, BOUNDS).pixels[8, 8] / 255
    expected = [255 * p for p in Color("display-p3", plain).convert("srgb").clip().coords()]
    assert_shows(with_colr(data, kind + matrix_profile(DISPLAY_P3)), expected)


@pytest.mark.parametrize("data", [HEIC, AVIF], ids=["HEIC", "AVIF"])
@pytest.mark.parametrize(
    ("body", "note"),
    [
        (b"prof", "colour profile is damaged"),
        (b"rICC" + bytes(7), "colour profile is damaged"),
        (b"prof" + bytes(500), "colour profile is damaged"),
        (b"prof" + matrix_profile(DISPLAY_P3)[:250], "colour profile is damaged"),
        (b"abcd\0\x0c\0\x0d\0\0\x80", "colour box is damaged"),
    ],
)
def test_a_damaged_colour_box_is_noted(data: bytes, body: bytes, note: str) -> None:
    assert_shows(with_colr(data, body), shown(decode(data, BOUNDS)), note)


@pytest.mark.parametrize("data", [HEIC, AVIF], ids=["HEIC", "AVIF"])
def test_the_colours_of_another_picture_in_the_file_do_not_count(data: bytes) -> None:
    other = struct.pack(">I", 19) + b"colrnclx" + struct.pack(">3HB", BT2020, PQ, 9, 128)
    # Behind the last property, so that no item refers to it.
    end = data.index(b"ipco") - 4 + int.from_bytes(data[data.index(b"ipco") - 4 :][:4])
    longer = inserted(data, end, other, (b"meta", b"iprp", b"ipco"))
    assert_shows(longer, shown(decode(data, BOUNDS)))


def test_a_gain_map_is_noted() -> None:
    apple = b"\0\0\0\0urn:com:apple:photo:2020:aux:hdrgainmap\0"
    at = AVIF.index(b"pixi") - 4  # a property that all its pictures can do without
    size = int.from_bytes(AVIF[at : at + 4])
    box = struct.pack(">I", 8 + len(apple)) + b"auxC" + apple
    grown = inserted(AVIF, at + size, bytes(len(box) - size), (b"meta", b"iprp", b"ipco"))
    assert_shows(grown[:at] + box + grown[at + len(box) :], COLOUR, "HDR gain map was ignored")


@pytest.mark.parametrize("name", [b"pitm", b"iprp", b"ipma", b"iloc", b"iinf", b"meta"])
def test_a_damaged_list_of_items_raises_nothing(name: bytes) -> None:
    at = AVIF.index(name)
    for cut in range(0, 30, 3):
        read_items(AVIF[: at + 4] + b"\xff" * cut + AVIF[at + 4 + cut :])
        read_items(AVIF[: at + cut])
