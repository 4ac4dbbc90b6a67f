"""Headroom is refused above what cannot be continued, and costs little above what can."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.cover.framing.headroom_cost import COSTS, HeadroomCost
from poster.geometry import Box
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
def test_a_window_without_headroom_costs_nothing(picture: Pixels) -> None:
    assert HeadroomCost(facts(picture)).weigh(window(0)) == 0
    assert HeadroomCost(facts(picture)).weigh(window(50)) == 0


def test_plaster_costs_more_than_a_plain_wall_and_what_leaves_the_photo_is_refused() -> None:
    plain, plaster, roof = (
        float(HeadroomCost(facts(picture)).weigh(window(-100))[0])
        for picture in (wall(), wall(30), roofs())
    )
    assert plain < plaster < COSTS.refused < roof


@pytest.mark.parametrize("wide", [8, 40, 160])
@pytest.mark.parametrize("level", [60, 240])
def test_nothing_is_grown_above_a_pole_a_strap_or_a_wall_that_leaves_the_photo(
    wide: int, level: int
) -> None:
    picture = wall()
    picture[:, 200 : 200 + wide] = level
    headroom = HeadroomCost(facts(picture))
    assert headroom.weigh(window(-10)) > COSTS.refused
    assert headroom.weigh(window(0)) == 0
    # Beside it, there is only wall.
    assert headroom.weigh(window(-100, 0, 180)) < 1


def test_soft_light_on_a_wall_can_be_continued() -> None:
    light = np.linspace(60, 200, 512)[None, :, None]
    picture = np.broadcast_to(light, (400, 512, 3)).astype(np.uint8)
    assert HeadroomCost(facts(picture)).weigh(window(-100)) < 1


def test_things_that_end_below_the_top_do_not_count() -> None:
    picture = wall()
    picture[30:, 200:260] = 20
    assert HeadroomCost(facts(picture)).weigh(window(-100)) < 1


def test_only_a_head_may_be_cut() -> None:
    matte = np.zeros((400, 512), np.float32)
    matte[:, 150:350] = 1
    nothing, thing = (HeadroomCost(facts(wall(), one)).weigh(window(-100)) for one in (None, matte))
    assert nothing < 1 < COSTS.refused < thing
    head, low = (
        HeadroomCost(measure_photo(Photo(wall(), matte, (face,)))).weigh(window(-100))
        for face in (Box(200, 20, 300, 150), Box(200, 220, 300, 350))
    )
    assert 3 * nothing < head < COSTS.refused < low


def test_more_headroom_costs_more() -> None:
    headroom = HeadroomCost(facts(wall()))
    tops = np.array([[0, 0, 0], [-40, -80, -160], [512, 512, 512], [400, 400, 400]], np.float64)
    assert (np.diff(headroom.weigh(tops)) > 0).all()
