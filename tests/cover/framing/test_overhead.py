from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.cover.framing.overhead import Overhead
from poster.photo.facts import Photo, PhotoFacts, measure_photo

Pixels = NDArray[np.uint8]


def facts(picture: Pixels, matte: NDArray[np.float32] | None = None) -> PhotoFacts:
    nothing = np.zeros(picture.shape[:2], np.float32)
    return measure_photo(Photo(picture, nothing if matte is None else matte, ()))


def wall(noise: float = 0) -> Pixels:
    grain = np.random.default_rng(1).normal(0, noise, (400, 512, 1))
    return np.clip(140 + grain, 0, 255).repeat(3, 2).astype(np.uint8)


def roofs() -> Pixels:
    """Dark houses against the sky, cut by the photo's top."""
    picture = wall()
    picture[:, 60:180] = 30
    picture[:, 300:420] = 20
    picture[:, 420:] = 240
    return picture


def window(top: float, left: float = 0, right: float = 512) -> NDArray[np.float64]:
    return np.array([[left], [top], [right], [400]], np.float64)


@pytest.mark.parametrize("picture", [wall(), wall(30), roofs()])
def test_nothing_speaks_against_a_window_that_needs_no_growth(picture: Pixels) -> None:
    assert Overhead(facts(picture)).weigh(window(0)) == 0
    assert Overhead(facts(picture)).weigh(window(50)) == 0


def test_roofs_against_the_sky_cost_more_than_plaster_and_that_more_than_a_plain_wall() -> None:
    plain, plaster, mixed = (
        float(Overhead(facts(picture)).weigh(window(-100))[0])
        for picture in (wall(), wall(30), roofs())
    )
    assert plain < plaster < mixed
    assert mixed > 2.5 * plain


def test_only_what_the_window_shows_counts() -> None:
    overhead = Overhead(facts(roofs()))
    calm = overhead.weigh(window(-100, 185, 295))
    assert calm < 0.6 * overhead.weigh(window(-100))


def test_a_cut_subject_speaks_against_growth() -> None:
    matte = np.zeros((400, 512), np.float32)
    matte[:, 150:350] = 1
    cut, whole = (Overhead(facts(wall(), one)).weigh(window(-100)) for one in (matte, None))
    assert cut > 3 * whole


def test_twice_the_growth_costs_more() -> None:
    overhead = Overhead(facts(wall()))
    tops = np.array([[0, 0, 0], [-40, -80, -160], [512, 512, 512], [400, 400, 400]], np.float64)
    assert (np.diff(overhead.weigh(tops)) > 0).all()
