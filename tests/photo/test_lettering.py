"""Words in a photo are found in any script, size and direction; other things are not words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.geometry import Box
from poster.photo.lettering import LetteringNet
from tests.support.signs import WORDS, draw_sign

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def net() -> LetteringNet:
    return LetteringNet()


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def example(name: str) -> Image.Image:
    photo = Image.open(EXAMPLES / f"{name}.jpg").convert("RGB")
    photo.thumbnail((1400, 1400))
    return photo


def pixels(photo: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(photo)


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("size", [44, 120])
def test_a_word_is_found_with_its_ink_and_little_else(
    net: LetteringNet, language: str, size: int
) -> None:
    photo = example("mountains")
    ink = draw_sign(photo, (300, 400), size, language)
    (found,) = net.find(pixels(photo))
    assert found.intersection(ink).area > 0.85 * ink.area
    assert ink.grown(size // 2, size // 2).contains(found)


@pytest.mark.parametrize(
    "name", ["astronaut", "dandelion", "dogs", "fig", "grace_hopper", "mountains"]
)
def test_a_photo_without_words_has_no_lettering(net: LetteringNet, name: str) -> None:
    assert net.find(pixels(example(name))) == ()


@pytest.mark.parametrize("period", [16, 40, 100])
def test_stripes_bricks_and_windows_are_not_words(net: LetteringNet, period: int) -> None:
    rows, columns = np.indices((900, 700))
    wide = period * 3
    stripes = (columns // (period // 2)) % 2
    shifted = columns + rows // period % 2 * (wide // 2)
    bricks = (rows % period > period // 8) & (shifted % wide > period // 8)
    windows = (rows % wide > period) & (columns % wide > period)
    for pattern in (stripes, bricks, windows):
        grey = (80 + 90 * pattern).astype(np.uint8)
        assert net.find(np.repeat(grey[..., None], 3, axis=2)) == ()


@pytest.mark.parametrize("colour", [0, 127, 255])
def test_an_empty_picture_has_no_lettering(net: LetteringNet, colour: int) -> None:
    assert net.find(np.full((700, 500, 3), colour, np.uint8)) == ()


@pytest.mark.parametrize("size", [100, 320])
def test_a_single_round_letter_is_not_a_word_as_a_cup_or_a_star_might_be_one(
    net: LetteringNet, size: int
) -> None:
    photo = example("mountains")
    draw_sign(photo, (500, 300), size, "fr", "O")
    assert net.find(pixels(photo)) == ()


def test_the_lines_of_a_sign_are_one_piece_and_another_sign_is_another(net: LetteringNet) -> None:
    photo = example("mountains")
    first = draw_sign(photo, (200, 300), 70)
    second = draw_sign(photo, (210, 400), 60, "fr")
    far = draw_sign(photo, (900, 850), 50, "ru")
    sign, other = net.find(pixels(photo))
    assert sign.grown(8, 8).contains(first.union(second))
    assert other.intersection(far).area > 0.85 * far.area
    assert sign.area > other.area


def test_a_word_that_runs_upwards_is_found(net: LetteringNet) -> None:
    photo = example("mountains")
    ink = draw_sign(photo, (300, 400), 60)
    (found,) = net.find(pixels(photo.transpose(Image.Transpose.ROTATE_90)))
    turned = Box(ink.y0, photo.width - ink.x1, ink.y1, photo.width - ink.x0)
    assert found.intersection(turned).area > 0.85 * turned.area


def test_a_word_cut_off_by_the_edge_stays_inside_the_picture(net: LetteringNet) -> None:
    photo = example("mountains")
    draw_sign(photo, (-60, 300), 120)
    (found,) = net.find(pixels(photo))
    assert Box(0, 0, photo.width, photo.height).contains(found)
    assert found.x0 == 0


@pytest.mark.usefixtures("threads")
def test_lettering_does_not_depend_on_the_thread_count(net: LetteringNet) -> None:
    photo = example("mountains")
    draw_sign(photo, (300, 400), 60)
    found = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        found.append(net.find(pixels(photo)))
    assert len(found[0]) == 1
    assert found[0] == found[1] == found[2]
