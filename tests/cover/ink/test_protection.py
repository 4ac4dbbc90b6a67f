"""Type is bought with the backdrop: never with a face, and only within bounds with the subject."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from poster.colour_difference import colour_difference, lab_from_srgb
from poster.cover.ink.compose import compose_cover
from poster.cover.ink.dodge_burn import LocalAdjustment, ToneAdjustment
from poster.cover.ink.protection import MAX_FOG, USUAL, Protection
from poster.cover.layout.dummy import CoverText
from poster.cover.layout.galley import Galley
from poster.cover.layout.place import place_masthead
from poster.cover.layout.styles import STYLES
from poster.geometry import Box
from poster.typography.contrast import MASTHEAD_FLOOR
from poster.typography.typeset import Typesetter

WIDTH, HEIGHT = 512, 736
TYPESETTER = Typesetter()
BODY = Box(150, 0, 362, HEIGHT)
FACE = Box(200, 60, 300, 190)


def body() -> NDArray[np.float32]:
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    matte[BODY.slices] = 1
    return matte


def flat(grey: int) -> NDArray[np.uint8]:
    return np.full((HEIGHT, WIDTH, 3), grey, np.uint8)


def everywhere() -> NDArray[np.float32]:
    return np.ones((HEIGHT, WIDTH), np.float32)


def test_a_mask_is_0_on_a_face_and_rises_without_an_edge() -> None:
    mask = Protection(flat(90), body(), [FACE]).spare_faces(everywhere())
    assert mask[FACE.slices].max() < 0.02
    assert mask[500:].min() == 1
    inside = mask[BODY.slices]
    assert np.abs(np.diff(inside, axis=0)).max() < 0.08
    assert np.abs(np.diff(inside, axis=1)).max() < 0.08
    # The backdrop beside a face is not spared: it would glow.
    assert mask[:, : BODY.x0].min() == 1


def test_a_face_that_the_matte_missed_is_spared_all_the_same_and_softly() -> None:
    nothing = np.zeros((HEIGHT, WIDTH), np.float32)
    mask = Protection(flat(90), nothing, [FACE]).spare_faces(everywhere())
    assert mask[60:190, 200:300].max() < 0.02
    assert np.abs(np.diff(mask, axis=0)).max() < 0.08
    assert np.abs(np.diff(mask, axis=1)).max() < 0.08


@pytest.mark.parametrize(("grey", "tone"), [(255, 0), (120, 0), (10, 255), (120, 255)])
def test_nothing_changes_by_more_than_is_stated(grey: int, tone: int) -> None:
    protection = Protection(flat(grey), body(), [])
    whole = LocalAdjustment(everywhere(), ToneAdjustment(0.9, (tone,) * 3))
    bound = MAX_FOG if tone else USUAL.title
    after = protection.limit(flat(grey), whole, USUAL.title).over(flat(grey))
    assert 0.6 * bound < protection.largest_change(after) <= bound
    change = colour_difference(lab_from_srgb(flat(grey)), lab_from_srgb(after))
    assert change.max() <= bound + 0.5


def test_a_small_adjustment_stays_as_it_is() -> None:
    protection = Protection(flat(120), body(), [])
    gentle = LocalAdjustment(everywhere(), ToneAdjustment(0.2, (20, 20, 20)))
    assert protection.limit(flat(120), gentle, USUAL.title) is gentle


@pytest.mark.parametrize("tone", [0, 255])
def test_no_cell_of_a_texture_changes_by_more_than_the_bound(tone: int) -> None:
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3)).astype(np.uint8)
    picture = coarse.repeat(8, axis=0).repeat(8, axis=1)
    bound = MAX_FOG if tone else USUAL.title
    whole = LocalAdjustment(everywhere(), ToneAdjustment(0.95, (tone,) * 3))
    after = Protection(picture, body(), []).limit(picture, whole, USUAL.title).over(picture)
    change = colour_difference(lab_from_srgb(coarse), lab_from_srgb(after[4::8, 4::8]))
    assert 0.6 * bound < change.max() <= bound + 0.5


def test_what_was_changed_elsewhere_does_not_limit_an_adjustment() -> None:
    picture, half = flat(120), everywhere()
    half[:, : WIDTH // 2] = 0
    dark = LocalAdjustment(1 - half, ToneAdjustment(0.95, (0, 0, 0))).over(picture)
    gentle = LocalAdjustment(half, ToneAdjustment(0.2, (20, 20, 20)))
    assert Protection(picture, body(), []).limit(dark, gentle, USUAL.title) is gentle


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(sorted(STYLES)),
    st.tuples(*[st.integers(0, 255)] * 3),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
)
def test_no_title_colour_changes_a_face_or_the_subject_beyond_the_bound(
    style: str, colour: tuple[int, int, int], backdrop: int, subject: int, noise: int
) -> None:
    texture = np.random.default_rng(noise).integers(-30, 31, (HEIGHT, WIDTH, 1))
    greys = np.where(body()[..., None] > 0, subject, backdrop) + texture * (noise % 2)
    picture = np.broadcast_to(greys, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8)
    galley = Galley(CoverText("TABASCO"), STYLES[style], WIDTH, HEIGHT, TYPESETTER)
    slot = place_masthead(galley)
    face = FACE if slot.box.y0 < HEIGHT / 2 else Box(200, 560, 300, 690)
    hexadecimal = "#{:02X}{:02X}{:02X}".format(*colour)

    made = compose_cover(picture, body(), (slot,), STYLES[style], hexadecimal, 1, [face])

    after = made.layers.picture
    middle = Box(face.x0 + 20, face.y0 + 20, face.x1 - 20, face.y1 - 20)
    assert np.array_equal(after[middle.slices], picture[middle.slices])
    assert made.subject_change <= USUAL.title
    assert made.is_legible == (made.blocks[0].contrast >= MASTHEAD_FLOOR)
