from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.cover.framing.headroom_cost import HeadroomCost
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


def test_roofs_against_the_sky_cost_more_than_plaster_and_that_more_than_a_plain_wall() -> None:
    plain, plaster, mixed = (
        float(HeadroomCost(facts(picture)).weigh(window(-100))[0])
        for picture in (wall(), wall(30), roofs())
    )
    assert plain < plaster < mixed
    assert mixed > 2.5 * plain


def test_only_what_the_window_shows_counts() -> None:
    headroom = HeadroomCost(facts(roofs()))
    calm = headroom.weigh(window(-100, 185, 295))
    assert calm < 0.6 * headroom.weigh(window(-100))


def test_headroom_above_a_cut_subject_costs_more() -> None:
    matte = np.zeros((400, 512), np.float32)
    matte[:, 150:350] = 1
    cut, whole = (HeadroomCost(facts(wall(), one)).weigh(window(-100)) for one in (matte, None))
    assert cut > 3 * whole


def test_more_headroom_costs_more() -> None:
    headroom = HeadroomCost(facts(wall()))
    tops = np.array([[0, 0, 0], [-40, -80, -160], [512, 512, 512], [400, 400, 400]], np.float64)
    assert (np.diff(headroom.weigh(tops)) > 0).all()


CELLS = 128


def top(
    edges: NDArray[np.float32] | float = 0.0,
    subject: float = 0.0,
    tones: tuple[float, ...] = (0.4,),
) -> float:
    """Cost of headroom above a top row with given edges, tones from left to right, and a subject
    that covers a share of it.
    """
    shape = (100, CELLS)
    matte = np.zeros(shape, np.float32)
    matte[:, : round(subject * CELLS)] = 1
    # The tones share the part that the subject leaves.
    rest = CELLS - round(subject * CELLS)
    luminance = np.full(shape, 0.4, np.float32)
    luminance[:, CELLS - rest :] = np.repeat(np.asarray(tones, np.float32), -(-rest // len(tones)))[
        :rest
    ]
    edged = np.broadcast_to(np.asarray(edges, np.float32), shape).copy()
    facts = PhotoFacts(512, 400, 4.0, luminance, edged, matte, ())
    return float(HeadroomCost(facts).weigh(window(-100))[0])


def test_even_texture_costs_a_little_and_uneven_texture_much_more() -> None:
    flags = np.zeros(CELLS, np.float32)
    flags[::4] = flags[1::4] = 0.1
    assert top(0.05) > 1.2 * top()
    assert top(flags) > 2 * top(0.05)


def test_beyond_a_point_no_texture_costs_more_than_another() -> None:
    flags = np.zeros(CELLS, np.float32)
    flags[::2] = 1
    assert top(0.5) == pytest.approx(top(1.0))
    assert top(0.9 * flags) == pytest.approx(top(flags))


def test_headroom_above_a_crown_is_cheap_and_above_a_cliff_is_not() -> None:
    crown, head, cliff = (top(subject=share) - top() for share in (0.06, 0.25, 1.0))
    assert crown > top()
    # More than in proportion: a cut along the whole top cannot be rounded off.
    assert cliff > 7 * head


def test_slightly_different_tones_cost_nothing_and_very_different_ones_do() -> None:
    hedge, doorway, roofs = (top(tones=tones) for tones in ((0.3, 0.4), (0.1, 0.4), (0.02, 0.9)))
    assert hedge == top()
    assert doorway > 1.1 * top()
    assert roofs > 5 * top()


def test_a_sliver_of_backdrop_beside_the_subject_has_no_mixed_tones() -> None:
    assert top(subject=0.95, tones=(0.02, 0.9)) == top(subject=0.95)
    assert top(subject=0.5, tones=(0.02, 0.9)) > top(subject=0.5)
