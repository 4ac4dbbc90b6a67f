"""A photo is found on a cover, with what was grown above it and how far it was changed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from bench.picture_pairs import PHOTOS
from bench.shown_photo import count_twins, find_photo, measure_shown
from poster.colour import floats_from_pixels, pixels_from_floats
from poster.cover.framing.headroom import grow_headroom
from poster.photo.grade import grade
from tools.pairs import Pixels

PHOTO = np.asarray(Image.open(PHOTOS / "coffee_cup.jpg").convert("RGB"))
WIDTH, FIELD, GROWN = 600, 200, 120


def cover_of(*, field: int = 0, grown: int = 0) -> Pixels:
    """The photo as the studio engine shows it, 600 pixels wide, below a field of one colour."""
    scale = WIDTH / PHOTO.shape[1]
    shown = cv2.resize(PHOTO, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    graded = pixels_from_floats(grade(floats_from_pixels(np.asarray(shown, np.uint8))))
    tall, _ = grow_headroom(graded, np.zeros(graded.shape[:2], np.float32), grown)
    paper = np.full((field, WIDTH, 3), (40, 60, 90), np.uint8)
    return np.vstack([paper, tall])


def measure(picture: Pixels) -> dict[str, float]:
    return measure_shown(picture, PHOTO, np.zeros(picture.shape[:2], np.float32))


@pytest.mark.parametrize("field", [0, FIELD])
@pytest.mark.parametrize("grown", [0, GROWN])
def test_a_photo_is_found_with_what_was_grown_above_it(field: int, grown: int) -> None:
    picture = cover_of(field=field, grown=grown)
    place = find_photo(picture, PHOTO)
    assert place is not None
    assert place.scale == pytest.approx(WIDTH / PHOTO.shape[1], rel=0.01)
    assert place.y == pytest.approx(field + grown, abs=4)
    figures = measure(picture)
    assert figures["share grown"] == pytest.approx(grown / len(picture), abs=0.01)
    assert (figures["grown strip"] > 0) is bool(grown)
    assert figures["easing, mean"] < 2


def test_a_flat_sky_that_was_grown_is_no_field() -> None:
    picture = cover_of(grown=GROWN)
    noise = np.random.default_rng(1).integers(200, 203, (GROWN, WIDTH, 3))
    picture[:GROWN] = noise
    assert measure(picture)["share grown"] == pytest.approx(GROWN / len(picture), abs=0.01)


def test_a_photo_that_was_darkened_under_the_type_has_been_changed() -> None:
    picture = cover_of()
    dark = picture.copy()
    dark[40:160, 100:500] = dark[40:160, 100:500] // 2
    before, after = measure(picture), measure(dark)
    assert after["easing, largest"] > before["easing, largest"] + 5
    assert after["easing, mean"] > before["easing, mean"] + 0.5


def test_a_cover_without_the_photo_has_no_figures() -> None:
    assert measure(np.full((400, 300, 3), 90, np.uint8)) == {}


def test_covers_that_differ_in_grain_only_are_twins() -> None:
    cover = cover_of(field=FIELD)
    grain = np.random.default_rng(1).integers(-6, 7, cover.shape)
    again = np.clip(cover + grain, 0, 255).astype(np.uint8)
    assert count_twins([cover, again]) == 1
    assert count_twins([cover, np.ascontiguousarray(cover[::-1])]) == 0
    assert count_twins([cover]) == 0
