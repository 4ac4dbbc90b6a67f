"""Scan edges and letterbox bars are found; plain backdrops and skies are none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.geometry import Box
from poster.photo.border import find_inside

HEIGHT, WIDTH = 480, 640
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def scene(seed: int = 1) -> NDArray[np.uint8]:
    blotches = np.random.default_rng(seed).uniform(60, 190, (12, 16, 3)).astype(np.float32)
    return cv2.resize(blotches, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("inside", [
    Box(0, 50, WIDTH, HEIGHT - 50), Box(2, 0, WIDTH, HEIGHT), Box(9, 7, WIDTH - 8, HEIGHT - 12),
    Box(0, 1, WIDTH, HEIGHT),
])  # fmt: skip
def test_flat_borders_are_outside(level: int, inside: Box) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
    picture[inside.slices] = scene()[inside.slices]
    assert find_inside(picture) == inside


def test_a_border_that_was_compressed_and_scaled_is_found_too() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    inside = Box(0, 60, WIDTH, HEIGHT - 60)
    picture[inside.slices] = scene()[inside.slices]
    small = cv2.resize(picture, (WIDTH * 3 // 4, HEIGHT * 3 // 4), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 85])
    found = find_inside(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8))
    assert 45 <= found.y0 <= 48
    assert HEIGHT * 3 // 4 - 48 <= found.y1 <= HEIGHT * 3 // 4 - 45


def test_a_picture_without_borders_is_whole() -> None:
    assert find_inside(scene()) == WHOLE
    for level in (0, 128, 255):
        assert find_inside(np.full((HEIGHT, WIDTH, 3), level, np.uint8)) == WHOLE


@pytest.mark.parametrize("level", [0, 255])
def test_a_plain_backdrop_or_sky_is_no_border(level: int) -> None:
    picture = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
    picture[40:440, 200:500] = scene()[40:440, 200:500]
    assert find_inside(picture) == WHOLE
    sky = scene()
    sky[:60] = level
    # A horizon that is not straight across.
    for x in range(WIDTH):
        sky[60 : 60 + x // 16, x] = level
    assert find_inside(sky) == WHOLE


def test_a_wide_field_is_no_border() -> None:
    picture = scene()
    picture[:200] = 255
    assert find_inside(picture) == WHOLE


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("lift", [50, -50])
def test_a_hairline_that_is_not_flat_is_outside(rows: int, lift: int) -> None:
    picture = scene()
    noise = np.random.default_rng(4).integers(-12, 13, (rows, WIDTH, 3))
    picture[:rows] = (picture[:rows].astype(int) + lift + noise).clip(0, 255)
    assert find_inside(picture) == Box(0, rows, WIDTH, HEIGHT)
    turned = np.ascontiguousarray(picture[::-1].swapaxes(0, 1))
    assert find_inside(turned) == Box(0, 0, HEIGHT - rows, WIDTH)


def test_an_edge_that_is_lighter_in_part_or_busy_all_over_is_no_hairline() -> None:
    picture = scene()
    picture[:2, : WIDTH // 2] = 255
    assert find_inside(picture) == WHOLE
    noise = np.random.default_rng(4).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    assert find_inside(noise) == WHOLE
