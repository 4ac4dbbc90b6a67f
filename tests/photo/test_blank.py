"""A picture in which nothing can be seen is refused; a faint one, or a small spot, is not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.errors import BlankPhotoError
from poster.photo.decode import DecodeBounds, decode

BOUNDS = DecodeBounds(max_bytes=20_000_000, max_pixels=9_000_000, max_side=4_000, min_side=16)
SHAPE = (600, 500, 3)


def read(image: Image.Image) -> NDArray[np.uint8]:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return decode(stream.getvalue(), BOUNDS).pixels


def noise(mean: float, deviation: float) -> Image.Image:
    values = np.random.default_rng(5).normal(mean, deviation, SHAPE)
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def ramp(low: float, high: float) -> Image.Image:
    values = np.broadcast_to(np.linspace(low, high, SHAPE[0])[:, None, None], SHAPE)
    return Image.fromarray(np.rint(values).astype(np.uint8))


def spot(side: int, colour: str = "black", ground: str = "white") -> Image.Image:
    image = Image.new("RGB", SHAPE[1::-1], ground)
    image.paste(colour, (200, 200, 200 + side, 200 + side))
    return image


BLANK = {
    "white": Image.new("RGB", (500, 600), "white"),
    "black": Image.new("L", (500, 600), 0),
    "one colour": Image.new("RGB", (500, 600), (200, 30, 90)),
    "opaque alpha": Image.new("RGBA", (500, 600), (9, 9, 9, 255)),
    "a palette of one colour": Image.new("RGB", (500, 600), "red").quantize(2),
    "grain of paper": noise(250, 3),
    "noise of a camera with its cap on": noise(4, 4),
    "a ramp that nobody sees": ramp(250, 255),
    "a speck of dust": spot(2),
    "a spot in nearly the same colour": spot(100, "#FDFDFD"),
}
SEEN = {
    "fog": ramp(200, 225),
    "night": ramp(0, 40),
    "a small spot": spot(20),
    "a faint shape": spot(200, "#F0F0F0"),
    "a shape in another colour of the same lightness": spot(200, "#FF0000", "#7D7D7D"),
    "grain": noise(128, 60),
}


@pytest.mark.parametrize("name", BLANK)
def test_a_blank_picture_is_refused(name: str) -> None:
    with pytest.raises(BlankPhotoError, match=r"image: the picture is blank: all of it is #"):
        read(BLANK[name])


@pytest.mark.parametrize("name", SEEN)
def test_a_faint_picture_is_not_blank(name: str) -> None:
    assert read(SEEN[name]).std() > 0


@pytest.mark.parametrize("alpha", [0, 2])
def test_a_picture_that_is_nearly_all_transparent_is_called_so(alpha: int) -> None:
    image = Image.new("RGBA", (500, 600), (255, 255, 255, alpha))
    image.putpixel((3, 3), (200, 0, 0, 255))
    with pytest.raises(BlankPhotoError, match="nearly all transparent; export it with its"):
        read(image)
