"""Colour that code points or PNG's own chunks describe comes out as another program converts it."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from coloraide import Color
from numpy.typing import NDArray
from PIL import Image

from poster.photo.cicp import PRIMARIES, SRGB, compress, matrix_to_srgb
from poster.photo.colour_description import SRGB_COLOURS, describe_code_points, describe_gamma
from poster.photo.decode import DecodeBounds, decode

BOUNDS = DecodeBounds(max_bytes=9_000_000, max_pixels=1_000_000, max_side=4_000, min_side=16)
SOME = ((0.5, 0.3, 0.2), (0.2, 0.45, 0.3), (0.31, 0.31, 0.6), (0.5, 0.5, 0.5), (0.05, 0.05, 0.05))
"""Colours that every space here has, as fractions of its own numbers."""

P3, BT2020 = 12, 9
SRGB_CURVE, PQ, HLG = 13, 16, 18


def flat(colour: tuple[float, ...]) -> NDArray[np.uint16]:
    return np.full((16, 16, 3), [round(65535 * part) for part in colour], np.uint16)


def converted(primaries: int, transfer: int, colour: tuple[float, ...]) -> list[int]:
    code = describe_code_points(primaries, transfer).code
    assert code
    return [int(part) for part in code.to_srgb(flat(colour))[0, 0]]


def by_coloraide(space: str, colour: tuple[float, ...]) -> list[float]:
    return [255 * part for part in Color(space, colour).convert("srgb").clip().coords()]


@pytest.mark.parametrize("colour", SOME)
def test_display_p3_is_converted_as_coloraide_converts_it(colour: tuple[float, ...]) -> None:
    expected = by_coloraide("display-p3", colour)
    np.testing.assert_allclose(converted(P3, SRGB_CURVE, colour), expected, atol=1)


@pytest.mark.parametrize("nits", [5.0, 30.0, 100.0, 203.0])
@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (1.0, 0.8, 0.6), (0.5, 0.7, 0.9)])
def test_pq_up_to_white_is_converted_as_coloraide_converts_it(
    nits: float, tint: tuple[float, ...]
) -> None:
    light = [nits / 203 * part for part in tint]
    code = tuple(Color("rec2020-linear", light).convert("rec2100-pq").coords())
    expected = by_coloraide("rec2020-linear", tuple(light))
    np.testing.assert_allclose(converted(BT2020, PQ, code), expected, atol=1.5)


def test_hlgs_reference_white_is_white() -> None:
    # 75 % of HLG's signal is 203 nits. Source: ITU-R BT.2408, table 1.
    assert min(converted(BT2020, HLG, (0.75, 0.75, 0.75))) >= 253


def test_highlights_roll_off_and_keep_their_hue_and_order() -> None:
    steps = np.linspace(0, 5, 200, dtype=np.float32)
    light = np.stack([steps, steps * 0.5, steps * 0.25], axis=-1)[None]
    shown = compress(light, 5.0)
    brightest = shown[0, :, 0]
    assert (np.diff(brightest) > 0).all()
    assert brightest[-1] == pytest.approx(1)
    np.testing.assert_allclose(shown[0, 1:, 1] / shown[0, 1:, 0], 0.5, rtol=1e-4)
    dark = steps < 0.7
    np.testing.assert_array_equal(shown[0, dark], light[0, dark])


def test_a_picture_no_brighter_than_white_is_not_compressed() -> None:
    light = np.random.default_rng(0).random((4, 4, 3), np.float32)
    assert compress(light, 1.0) is light


def test_a_few_sparkling_pixels_do_not_darken_the_rest() -> None:
    pixels = np.tile(flat((0.5, 0.5, 0.5)), (20, 20, 1))
    code = describe_code_points(BT2020, PQ).code
    assert code
    plain = code.to_srgb(pixels)[5, 5]
    pixels[0, 0] = 65535
    np.testing.assert_array_equal(code.to_srgb(pixels)[5, 5], plain)


@pytest.mark.parametrize("primaries", PRIMARIES)
def test_white_stays_white_in_all_primaries(primaries: int) -> None:
    matrix = matrix_to_srgb(PRIMARIES[primaries])
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)
    by_points = describe_gamma(1.0, PRIMARIES[primaries]).code
    assert by_points
    assert by_points.chromaticities == PRIMARIES[primaries]
    if PRIMARIES[primaries] == SRGB:
        np.testing.assert_allclose(matrix, np.eye(3), atol=1e-9)


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (1, 1), (1, 6), (2, 2), (2, 13)])
def test_srgb_and_what_is_not_specified_are_left_alone(primaries: int, transfer: int) -> None:
    assert describe_code_points(primaries, transfer) == SRGB_COLOURS


@pytest.mark.parametrize(("primaries", "transfer"), [(99, 13), (9, 99), (10, 13), (0, 0)])
def test_code_points_that_are_not_known_are_noted(primaries: int, transfer: int) -> None:
    colours = describe_code_points(primaries, transfer)
    assert colours.code is None
    assert f"coded as {primaries}/{transfer}" in colours.notes[0]


def test_of_hdr_without_primaries_those_of_hdr_are_taken() -> None:
    code, told = describe_code_points(2, PQ), describe_code_points(BT2020, PQ)
    assert code == told
    assert "HDR" in told.notes[0]


@pytest.mark.parametrize(("transfer", "light"), [(9, 0.1), (10, 10**-1.25), (17, 0.17995)])
def test_logarithmic_and_cinema_curves_are_those_of_their_standards(
    transfer: int, light: float
) -> None:
    expected = by_coloraide("srgb-linear", (light,) * 3)
    np.testing.assert_allclose(converted(1, transfer, (0.5,) * 3), expected, atol=1)


def png(*chunks: tuple[bytes, bytes], grey: int = 128) -> bytes:
    """A flat grey picture with chunks before its pixels."""
    stream = io.BytesIO()
    image = Image.new("RGB", (32, 32), (grey, grey // 2, grey))
    image.paste("white", (24, 24, 32, 32))  # a blank picture is refused
    image.save(stream, "PNG")
    data = stream.getvalue()
    made = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    return data[:33] + made + data[33:]


def shown(data: bytes) -> list[int]:
    return [int(part) for part in decode(data, BOUNDS).pixels[8, 8]]


PLAIN = [128, 64, 128]
GAMMA_1 = (b"gAMA", struct.pack(">I", 100_000))
SRGB_CHUNK = (b"sRGB", b"\0")
P3_CICP = (b"cICP", bytes((P3, SRGB_CURVE, 0, 1)))
P3_POINTS = (
    b"cHRM",
    struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000),
)
USUAL_GAMMA = (b"gAMA", struct.pack(">I", 45455))


def test_a_png_says_its_gamma() -> None:
    assert shown(png(GAMMA_1)) == [188, 137, 188]
    assert shown(png(USUAL_GAMMA)) == PLAIN


def test_a_png_says_its_primaries() -> None:
    by_points = shown(png(USUAL_GAMMA, P3_POINTS))
    by_code = shown(png(P3_CICP))
    np.testing.assert_allclose(
        by_code, by_coloraide("display-p3", (128 / 255, 64 / 255, 128 / 255)), atol=1
    )
    np.testing.assert_allclose(by_points, by_code, atol=1)
    assert by_code != PLAIN


def test_the_best_description_of_a_png_counts() -> None:
    assert shown(png(SRGB_CHUNK, GAMMA_1, P3_POINTS)) == PLAIN
    assert shown(png(P3_CICP, SRGB_CHUNK, GAMMA_1)) == shown(png(P3_CICP))


@pytest.mark.parametrize(
    ("chunk", "note"),
    [
        ((b"gAMA", b"\0\0\0\0"), "gamma makes no sense"),
        ((b"gAMA", b"\0\0\0\1"), "gamma makes no sense"),
        ((b"gAMA", b"\1"), "gamma makes no sense"),
        ((b"cHRM", b"\1"), "primary colours make no sense"),
        ((b"cICP", b"\x0c"), "cICP chunk is invalid"),
        ((b"cICP", bytes((200, 200, 0, 1))), "coded as 200/200"),
        ((b"cICP", bytes((P3, SRGB_CURVE, 1, 1))), "cICP chunk is invalid"),
        ((b"cICP", bytes((P3, SRGB_CURVE, 0, 0))), "cICP chunk is invalid"),
    ],
)
def test_a_description_that_makes_no_sense_is_noted(chunk: tuple[bytes, bytes], note: str) -> None:
    assert shown(png(chunk)) == PLAIN
    (told,) = decode(png(chunk), BOUNDS).notes
    assert note in told


def test_hdr_is_noted_and_wide_gamut_is_not() -> None:
    hdr = decode(png((b"cICP", bytes((BT2020, PQ, 0, 1)))), BOUNDS)
    assert ["toned down" in note for note in hdr.notes] == [True]
    assert decode(png(P3_CICP), BOUNDS).notes == ()


def test_primaries_alone_count() -> None:
    assert shown(png(P3_POINTS)) == shown(png(P3_CICP))


@pytest.mark.parametrize(
    "points",
    [
        (0,) * 8,
        (31270, 0, *(1,) * 6),
        (1,) * 8,
        (2**32 - 1,) * 8,
        (31270, 32900, 90000, 1, 1, 1, 1, 1),
    ],
)
def test_primaries_that_span_no_colours_are_ignored(points: tuple[int, ...]) -> None:
    assert shown(png(USUAL_GAMMA, (b"cHRM", struct.pack(">8I", *points)))) == PLAIN


def test_grey_and_transparent_pictures_have_a_gamma_too() -> None:
    for mode in ("L", "LA", "RGBA", "P"):
        stream = io.BytesIO()
        grey = Image.new("RGB", (32, 32), (128, 128, 128))
        grey.paste("black", (24, 24, 32, 32))
        (grey.quantize(4) if mode == "P" else grey.convert(mode)).save(stream, "PNG")
        data = stream.getvalue()
        chunk = struct.pack(">I", 4) + b"gAMA" + GAMMA_1[1]
        data = data[:33] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + data[33:]
        assert shown(data) == [188, 188, 188], mode
