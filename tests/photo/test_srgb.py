from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from poster.photo.decode import DecodeBounds, decode
from poster.photo.srgb import to_srgb
from tests.support.profiles import DISPLAY_P3, SRGB, cmyk_profile, matrix_profile, srgb_profile

BOUNDS = DecodeBounds(max_bytes=2_000_000, max_pixels=1_000_000, max_side=4_000, min_side=8)


def flat(mode: str, colour: tuple[int, ...]) -> Image.Image:
    """One colour, and another in a corner, since a blank picture is refused."""
    image = Image.new(mode, (32, 32), colour)
    image.paste(tuple((part + 100) % 256 for part in colour), (0, 24, 8, 32))
    return image


def encoded(image: Image.Image, file_format: str, profile: bytes | None = None) -> np.ndarray:
    stream = io.BytesIO()
    options = {"quality": 95} if file_format == "JPEG" else {}
    image.save(stream, file_format, icc_profile=profile, **options)
    return decode(stream.getvalue(), BOUNDS).pixels


def linear(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encode(values: np.ndarray) -> np.ndarray:
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "TIFF", "WEBP"])
@pytest.mark.parametrize("colour", [(200, 100, 50), (60, 140, 90), (90, 90, 160), (128, 128, 128)])
def test_display_p3_is_converted_as_its_matrix_says(
    file_format: str, colour: tuple[int, int, int]
) -> None:
    light = np.linalg.inv(SRGB) @ DISPLAY_P3 @ linear(np.array(colour) / 255)
    expected = np.clip(encode(np.clip(light, 0, 1)), 0, 1) * 255
    pixels = encoded(flat("RGB", colour), file_format, matrix_profile(DISPLAY_P3))
    assert np.abs(pixels[16, 16] - expected).max() <= 3


def test_a_profile_with_swapped_colorants_swaps_the_colours() -> None:
    swapped = matrix_profile(SRGB[:, [1, 0, 2]])
    pixels = encoded(flat("RGB", (200, 40, 90)), "PNG", swapped)
    assert np.abs(pixels[0, 0].astype(int) - (40, 200, 90)).max() <= 2


def test_an_srgb_profile_changes_nothing() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    assert np.array_equal(encoded(Image.fromarray(noise), "PNG", srgb_profile()), noise)


def test_alpha_survives_a_profile() -> None:
    image = Image.new("RGBA", (32, 32), (200, 40, 90, 255))
    image.paste((0, 0, 0, 0), (0, 0, 16, 32))
    pixels = encoded(image, "PNG", matrix_profile(SRGB[:, [1, 0, 2]]))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert np.abs(pixels[0, 31].astype(int) - (40, 200, 90)).max() <= 2


def test_a_palette_goes_through_its_profile() -> None:
    image = flat("RGB", (200, 40, 90)).quantize(4)
    pixels = encoded(image, "PNG", matrix_profile(SRGB[:, [1, 0, 2]]))
    assert np.abs(pixels[0, 0].astype(int) - (40, 200, 90)).max() <= 2


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("inks", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 255, 0), (255, 0, 0)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((0, 0, 0, 128), (127, 127, 127)),
    ],
)
def test_inks_without_a_profile_become_the_colours_they_name(
    file_format: str, inks: tuple[int, ...], colour: tuple[int, ...]
) -> None:
    pixels = encoded(flat("CMYK", inks), file_format)
    assert np.abs(pixels[16, 16].astype(int) - colour).max() <= 3


@pytest.mark.parametrize("file_format", ["JPEG", "TIFF"])
def test_inks_with_a_profile_become_what_the_press_prints(file_format: str) -> None:
    pixels = encoded(flat("CMYK", (255, 0, 0, 0)), file_format, cmyk_profile())
    red, green, blue = pixels[16, 16].astype(int)
    assert red > green + 100
    assert red > blue + 100
    paper = encoded(flat("CMYK", (0, 0, 0, 0)), file_format, cmyk_profile())
    assert paper[16, 16].min() >= 250


def test_the_black_of_a_press_is_black_and_its_paper_white() -> None:
    # Ink on its yellowish paper is no darker than this grey; a screen can do better.
    press = cmyk_profile(darkest=40, paper=(60000, 62000, 40000))
    black = encoded(flat("CMYK", (0, 0, 0, 255)), "TIFF", press)
    assert black[16, 16].max() <= 3
    paper = encoded(flat("CMYK", (0, 0, 0, 0)), "TIFF", press)
    assert paper[16, 16].min() >= 250


def test_srgb_under_another_name_changes_nothing() -> None:
    # Every maker's sRGB differs from the next in the last digits.
    another = matrix_profile(SRGB + 0.004 * (DISPLAY_P3 - SRGB))
    noise = np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    assert np.array_equal(encoded(Image.fromarray(noise), "PNG", another), noise)


def test_a_profile_near_srgb_is_not_taken_for_it() -> None:
    near = SRGB + 0.4 * (DISPLAY_P3 - SRGB)
    colour = np.array((200, 100, 50))
    light = np.linalg.inv(SRGB) @ near @ linear(colour / 255)
    expected = encode(np.clip(light, 0, 1)) * 255
    assert np.abs(expected - colour).max() > 4
    pixels = encoded(flat("RGB", tuple(colour.tolist())), "PNG", matrix_profile(near))
    assert np.abs(pixels[16, 16] - expected).max() <= 2


@pytest.mark.parametrize("mode", ["RGBA", "RGBa", "LA", "La"])
def test_alpha_is_kept_apart_from_the_colours(mode: str) -> None:
    own = Image.new("LA" if mode in ("LA", "La") else "RGBA", (8, 8))
    own.paste((90, 128) if own.mode == "LA" else (90, 90, 90, 128), (0, 0, 4, 8))
    picture = to_srgb(own if own.mode == mode else own.convert(mode))
    assert picture.alpha is not None
    assert picture.alpha[4].tolist() == [128] * 4 + [0] * 4
    assert np.abs(picture.pixels[4, 2].astype(int) - 90).max() <= 1


def test_alpha_that_is_opaque_throughout_is_none() -> None:
    assert to_srgb(Image.new("RGBA", (8, 8), (1, 2, 3, 255))).alpha is None


def test_lab_pictures_come_out_in_their_colours() -> None:
    middle_grey = to_srgb(Image.new("LAB", (8, 8), (137, 128, 128))).pixels
    assert np.abs(middle_grey[0, 0].astype(int) - 128).max() <= 3


def test_no_warning_leaks() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        encoded(flat("RGB", (9, 9, 9)), "PNG", b"broken")
    assert not caught
