"""A picture with transparent parts is placed where it can be seen: on paper, or on a neutral."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from poster.colour import Colour
from poster.photo.decode import DecodeBounds, DecodedPhoto, decode

BOUNDS = DecodeBounds(max_bytes=9_000_000, max_pixels=4_000_000, max_side=4_000, min_side=16)
SIDE = 400
PAPER, DARK, MIDDLE = (255, 255, 255), (34, 34, 34), (119, 119, 119)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def rings(*colours: Colour, alpha: int = 255, blur: float = 0) -> Image.Image:
    """A logo: rings side by side on nothing."""
    shape = Image.new("L", (SIDE, SIDE), 0)
    ink = Image.new("RGB", (SIDE, SIDE))
    for column, colour in enumerate(colours):
        x0, x1 = (round(SIDE * (column + part) / len(colours)) for part in (0.1, 0.9))
        ImageDraw.Draw(shape).ellipse((x0, 60, x1, 340), outline=alpha, width=30)
        ink.paste(colour, (x0 - 20 if column else 0, 0, SIDE, SIDE))
    ink.putalpha(shape.filter(ImageFilter.GaussianBlur(blur)))
    return ink


def scene() -> Image.Image:
    """A photo: blocks of all colours, white among them."""
    blocks = np.random.default_rng(3).integers(0, 256, (10, 10, 3)).astype(np.uint8)
    blocks[:, :3] = 255
    return Image.fromarray(blocks).resize((SIDE, SIDE), Image.Resampling.NEAREST)


def cut_out(image: Image.Image, radius: int = 60) -> Image.Image:
    shape = Image.new("L", image.size, 0)
    ImageDraw.Draw(shape).rounded_rectangle((20, 20, 379, 379), radius, fill=255)
    image.putalpha(shape)
    return image


def placed(image: Image.Image, paper: Colour = PAPER, **options: Any) -> DecodedPhoto:
    stream = io.BytesIO()
    image.save(stream, options.pop("file_format", "PNG"), **options)
    return decode(stream.getvalue(), BOUNDS, paper)


def ground_of(photo: DecodedPhoto) -> Colour:
    assert np.abs(photo.pixels[2, 2] - np.array(photo.ground)).max() <= 3
    return photo.ground


@pytest.mark.parametrize(
    ("colours", "ground"),
    [
        ([WHITE], DARK),
        ([(240, 240, 240)], DARK),
        ([(255, 255, 0)], DARK),
        ([WHITE, (200, 20, 30)], DARK),
        ([WHITE, BLACK], MIDDLE),
        ([WHITE, BLACK, (10, 20, 80)], MIDDLE),
        ([(20, 30, 120), (200, 20, 30), BLACK, WHITE], MIDDLE),
        ([BLACK], PAPER),
        ([(200, 20, 30)], PAPER),
        ([(255, 165, 0)], PAPER),
        ([(200, 200, 200)], PAPER),
        ([(20, 30, 120), (200, 20, 30), BLACK], PAPER),
    ],
)
def test_a_logo_is_placed_on_a_ground_that_all_of_it_stands_out_from(
    colours: list[Colour], ground: Colour
) -> None:
    photo = placed(rings(*colours))
    assert ground_of(photo) == ground
    assert bool(photo.notes) == (ground != PAPER)


def test_another_ground_is_noted_by_name_and_number() -> None:
    (note,) = placed(rings(WHITE)).notes
    assert "dark grey (#222222)" in note


@pytest.mark.parametrize("alpha", [255, 128, 60])
@pytest.mark.parametrize("blur", [0, 3, 25])
def test_soft_edges_and_half_transparent_white_show_on_the_ground(alpha: int, blur: float) -> None:
    photo = placed(rings(WHITE, alpha=alpha, blur=blur))
    assert ground_of(photo) == DARK
    assert photo.pixels.max() > 34 + 20


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", "AVIF"])
def test_every_format_with_alpha_is_looked_at(file_format: str) -> None:
    options: dict[str, Any] = {"lossless": True} if file_format == "WEBP" else {}
    photo = placed(rings(WHITE), file_format=file_format, **options)
    assert ground_of(photo) == DARK


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_a_transparent_palette_colour_is_looked_at(file_format: str) -> None:
    shape = rings(WHITE).getchannel("A").point(lambda level: int(level > 127))
    image = shape.convert("P")
    image.putpalette([255, 0, 0, 255, 255, 255])
    assert ground_of(placed(image, file_format=file_format, transparency=0)) == DARK


def test_grey_with_sixteen_bits_and_a_transparent_value_is_looked_at() -> None:
    values = np.where(np.asarray(rings(WHITE).getchannel("A")) > 127, 65535, 1000)
    photo = placed(Image.fromarray(values.astype(np.uint16)), transparency=1000)
    assert ground_of(photo) == DARK


@pytest.mark.parametrize("radius", [0, 60, 179])
def test_a_cut_out_photo_stays_on_paper(radius: int) -> None:
    photo = placed(cut_out(scene(), radius=radius))
    assert (ground_of(photo), photo.notes) == (PAPER, ())


def test_a_white_page_of_text_with_round_corners_stays_on_paper() -> None:
    page = Image.new("RGB", (SIDE, SIDE), "white")
    for y in range(50, 350, 20):
        ImageDraw.Draw(page).text((50, y), "Lorem ipsum dolor sit amet, consectetur", fill=BLACK)
    photo = placed(cut_out(page))
    assert (ground_of(photo), photo.notes) == (PAPER, ())


def test_an_opaque_alpha_channel_changes_nothing() -> None:
    plain = scene()
    with_alpha = plain.convert("RGBA")
    np.testing.assert_array_equal(placed(with_alpha).pixels, np.asarray(plain))


def test_the_colour_of_invisible_pixels_does_not_count() -> None:
    logo = np.array(rings(WHITE))
    logo[logo[..., 3] == 0, :3] = (255, 0, 0)
    assert ground_of(placed(Image.fromarray(logo))) == DARK
    logo = np.array(rings(BLACK))
    logo[logo[..., 3] == 0, :3] = 255
    assert ground_of(placed(Image.fromarray(logo))) == PAPER


def test_the_paper_of_a_finished_cover_is_kept_or_left_by_the_same_rule() -> None:
    stock = (250, 248, 243)
    assert ground_of(placed(rings(BLACK), stock)) == stock
    assert ground_of(placed(rings(WHITE), stock)) == DARK
    assert ground_of(placed(rings(WHITE), (20, 30, 90))) == (20, 30, 90)
