"""A picture's facts are what a layout uses of it: light, edges and subject, cell by cell."""

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS, Photo, PhotoFacts, measure_photo, sobel_magnitude


def facts_of(pixels: NDArray[np.uint8], matte: NDArray[np.float32] | None = None) -> PhotoFacts:
    if matte is None:
        matte = np.zeros(pixels.shape[:2], np.float32)
    return measure_photo(Photo(pixels, matte, (Box(1, 2, 3, 4),)))


def striped(period: int, *, upright: bool) -> NDArray[np.uint8]:
    lit = (np.arange(512) // (period // 2)) % 2 * 255
    stripes = np.broadcast_to(lit.astype(np.uint8), (512, 512))
    return np.ascontiguousarray((stripes if upright else stripes.T)[..., None].repeat(3, 2))


@pytest.mark.parametrize(("width", "height"), [(512, 736), (1024, 1472), (640, 400)])
def test_cells_are_square_and_cover_the_whole_picture(width: int, height: int) -> None:
    facts = facts_of(np.zeros((height, width, 3), np.uint8))
    assert (facts.width, facts.height) == (width, height)
    rows, columns = facts.luminance.shape
    assert columns == CELLS_ACROSS
    assert rows * facts.cell == pytest.approx(height, abs=facts.cell / 2)
    assert facts.edges.shape == facts.matte.shape == (rows, columns)


@pytest.mark.parametrize(("colour", "luminance"), [((255, 0, 0), 0.2126), ((119, 119, 119), 0.184)])
def test_luminance_is_light_as_the_eye_weighs_it(
    colour: tuple[int, int, int], luminance: float
) -> None:
    facts = facts_of(np.full((256, 256, 3), colour, np.uint8))
    np.testing.assert_allclose(facts.luminance, luminance, atol=0.002)


def test_the_matte_is_where_the_subject_is() -> None:
    matte = np.zeros((512, 512), np.float32)
    matte[128:256, 256:384] = 1
    found = facts_of(np.zeros((512, 512, 3), np.uint8), matte).matte
    assert found[32:64, 64:96].min() == 1
    assert found.sum() == pytest.approx(32 * 32)


@pytest.mark.parametrize("upright", [True, False])
def test_stripes_in_either_direction_have_edges(*, upright: bool) -> None:
    facts = facts_of(striped(16, upright=upright))
    assert facts.edges[4:-4, 4:-4].mean() > 0.1


def test_texture_as_fine_as_a_cell_has_edges_and_a_slope_does_not() -> None:
    fine = facts_of(striped(8, upright=True))
    slope = np.linspace(0, 255, 512).astype(np.uint8)[None, :, None]
    calm = facts_of(np.ascontiguousarray(np.broadcast_to(slope, (512, 512, 3))))
    assert fine.edges[4:-4, 4:-4].mean() > 10 * calm.edges[4:-4, 4:-4].mean()


def test_a_step_from_black_to_white_is_as_steep_as_one_direction_allows() -> None:
    step = np.zeros((9, 9, 3), np.uint8)
    step[:, 5:] = 255
    # Of the greatest gradient, which has both directions in full.
    assert sobel_magnitude(step).max() == pytest.approx(0.5**0.5, abs=1e-3)
    assert sobel_magnitude(np.full((9, 9, 3), 200, np.uint8)).max() == 0


def test_clothes_are_no_part_of_heads_but_hair_hats_and_raised_hands_are() -> None:
    pixels, matte = np.zeros((1000, 800, 3), np.uint8), np.ones((1000, 800), np.float32)
    face = Box(300, 300, 500, 540)
    facts = measure_photo(Photo(pixels, matte, (face,)))

    def head_at(x: int, y: int) -> float:
        return round(float(facts.heads[int(y / facts.cell), int(x / facts.cell)]))

    assert head_at(400, 400) == head_at(400, 100) == head_at(250, 350) == 1
    assert head_at(400, 700) == head_at(50, 350) == 0
    thing = measure_photo(Photo(pixels, matte, ()))
    assert (thing.heads == thing.matte).all()


def test_a_subject_is_whole_if_it_is_one_clear_thing_or_has_a_face() -> None:
    pixels, one = np.zeros((900, 600, 3), np.uint8), np.zeros((900, 600), np.float32)
    one[300:, 200:400] = 1
    leaves = one.copy()
    leaves[100:800, 500:560] = 1
    unsure = one * 0.7

    def is_whole(matte: NDArray[np.float32], *faces: Box) -> bool:
        return measure_photo(Photo(pixels, matte, faces)).has_whole_subject

    assert is_whole(one)
    assert is_whole(np.zeros_like(one))
    assert not is_whole(leaves)
    assert not is_whole(np.asarray(unsure, np.float32))
    assert is_whole(leaves, Box(250, 320, 350, 440))
    # Hair that is lost on a dark wall, and a face that is not of the subject.
    assert not is_whole(leaves, Box(250, 305, 350, 425))
    assert not is_whole(leaves, Box(20, 320, 120, 440))
    # The photo may cut the head.
    leaves[:300, 200:400] = 1
    assert is_whole(leaves, Box(250, 0, 350, 120))


def test_a_page_of_print_is_mostly_lettering_and_a_street_with_a_sign_is_not() -> None:
    pixels, nothing = np.zeros((800, 600, 3), np.uint8), np.zeros((800, 600), np.float32)
    columns = tuple(Box(x, 50, x + 230, 750) for x in (50, 320))
    sign = (Box(200, 100, 400, 180),)
    for lettering, is_print in ((columns, True), (sign, False), ((), False)):
        facts = measure_photo(Photo(pixels, nothing, (), lettering))
        assert facts.lettering == lettering
        assert facts.is_mostly_lettering is is_print
