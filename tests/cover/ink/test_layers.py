"""Composited layers equal the cover from which they were separated."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.colour import floats_from_pixels
from poster.cover.ink.compose import compose_cover
from poster.cover.ink.dodge_burn import LocalAdjustment, ToneAdjustment, adjust_tone
from poster.cover.ink.layers import Layers
from poster.cover.layout.dummy import Slot
from poster.cover.layout.styles import CLASSIC
from poster.typography.typeset import Typesetter

WIDTH, HEIGHT = 320, 460
TYPESETTER = Typesetter()


def photo() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    noise = np.random.default_rng(5).standard_normal((HEIGHT, WIDTH, 3), np.float32)
    picture = 128 + 400 * cv2.GaussianBlur(noise, (0, 0), 4)
    matte = np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.circle(matte, (150, 170), 90, 1.0, -1)
    soft = np.asarray(cv2.GaussianBlur(matte, (0, 0), 5), np.float32)
    return np.clip(picture, 0, 255).astype(np.uint8), soft


def slots() -> tuple[Slot, ...]:
    title = TYPESETTER.fit_block(
        "TABASCO", "masthead", measure=290, max_height=110, max_lines=1, min_size_px=20
    )
    line = TYPESETTER.set_block("A headline", "headline", size_px=24, measure=250)
    deck = TYPESETTER.set_block("a deck below it", "deck", size_px=12, measure=250)
    return (
        Slot("masthead", 0, title, 15, 15),
        Slot("headline", 1, line, 15, 340),
        Slot("deck", 1, deck, 15, 370),
    )


def layers(*, is_behind: bool = True) -> Layers:
    picture, matte = photo()
    return Layers(picture, matte, slots(), ((245, 239, 168), (0, 0, 0), (0, 0, 0)), is_behind)


def laid_over(separated: dict[str, NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Composite the layers in their order with source-over, as any image editor does."""
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for layer in separated.values():
        values = floats_from_pixels(layer)
        canvas += (values[..., :3] - canvas) * values[..., 3:]
    return canvas


@pytest.mark.parametrize("is_behind", [True, False])
def test_composited_layers_equal_the_cover_within_one_level(*, is_behind: bool) -> None:
    cover = layers(is_behind=is_behind)
    apart = np.abs(laid_over(cover.separate()) - cover.flatten()).max()
    assert apart <= 1 / 255


def test_the_order_of_the_layers_says_whether_the_masthead_goes_behind() -> None:
    behind, before = layers(is_behind=True).separate(), layers(is_behind=False).separate()
    assert list(behind) == ["picture", "masthead", "subject", "lines"]
    assert list(before) == ["picture", "subject", "masthead", "lines"]
    for layer in (*behind.values(), *before.values()):
        assert layer.shape == (HEIGHT, WIDTH, 4)
        assert layer.dtype == np.uint8


def test_leaving_out_a_layer_is_visible() -> None:
    cover = layers()
    for name in ("masthead", "subject", "lines"):
        rest = {key: layer for key, layer in cover.separate().items() if key != name}
        assert np.abs(laid_over(rest) - cover.flatten()).max() > 0.2


def test_type_keeps_its_full_colour_even_where_the_subject_hides_it() -> None:
    cover = layers()
    separated = cover.separate()
    title, headline, _ = cover.slots
    masthead = separated["masthead"][title.box.slices]
    assert np.array_equal(masthead[..., 3], title.type.ink)
    assert (masthead[title.type.ink > 0, :3] == (245, 239, 168)).all()
    lines = separated["lines"]
    assert np.array_equal(lines[headline.box.slices][..., 3], headline.type.ink)
    assert not lines[title.box.slices].any()


def test_the_subject_is_invisible_over_its_own_picture_and_contains_nothing_else() -> None:
    cover = layers()
    separated = cover.separate()
    pair = {name: separated[name] for name in ("picture", "subject")}
    title, *_ = cover.slots
    elsewhere = np.ones((HEIGHT, WIDTH), np.bool_)
    # Its edge in front of the title has no backdrop in it, so it no longer matches.
    elsewhere[title.box.slices] = title.type.ink == 0
    assert np.abs(laid_over(pair) * 255 - cover.picture)[elsewhere].max() < 0.01
    subject = separated["subject"]
    assert not subject[subject[..., 3] == 0].any()


def test_no_backdrop_shows_in_the_subjects_edge_in_front_of_the_title() -> None:
    matte = photo()[1]
    share = matte[..., None]
    picture = np.rint(share * (40, 30, 20) + (1 - share) * (90, 220, 90)).astype(np.uint8)
    colours = ((250, 250, 250), (0, 0, 0), (0, 0, 0))
    cover = Layers(picture, matte, slots(), colours, is_behind=True)
    title, *_ = cover.slots
    before = (title.type.ink == 255) & (matte[title.box.slices] > 0.3)
    seen = cover.flatten()[title.box.slices][before] * 255
    wanted = (share * (40, 30, 20) + (1 - share) * 250)[title.box.slices][before]
    assert before.sum() > 200
    assert np.abs(seen - wanted).max() < 12


def test_a_cover_without_words_has_a_picture_and_a_subject() -> None:
    picture, matte = photo()
    bare = Layers(picture, matte, (), (), is_behind=False)
    separated = bare.separate()
    assert not separated["masthead"].any()
    assert not separated["lines"].any()
    assert np.abs(laid_over(separated) - bare.flatten()).max() < 1e-6


def test_a_composed_cover_is_its_layers_under_grain() -> None:
    picture, matte = photo()
    composed = compose_cover(picture, np.zeros_like(matte), slots(), CLASSIC, "auto", 3)
    difference = composed.cover / 255 - composed.layers.flatten()
    assert 0 < np.abs(difference).max() < 0.1
    assert abs(float(difference.mean())) < 0.001
    colours = [block.colour for block in composed.blocks]
    assert colours == ["#{:02X}{:02X}{:02X}".format(*one) for one in composed.layers.colours]


def test_easing_suits_a_larger_rendering_of_the_same_picture() -> None:
    picture, _ = photo()
    mask = np.linspace(1, 0, HEIGHT, dtype=np.float32)[:, None].repeat(WIDTH, axis=1)
    adjustment = LocalAdjustment(mask, ToneAdjustment(0.4, (255, 255, 255)))
    small = adjustment.over(picture)
    assert np.array_equal(small, adjust_tone(picture, mask, ToneAdjustment(0.4, (255, 255, 255))))
    large = adjustment.over(np.asarray(cv2.resize(picture, (2 * WIDTH, 2 * HEIGHT)), np.uint8))
    shrunk = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(float) - small).mean() < 2


def test_easings_of_a_composition_turn_the_painting_into_its_picture() -> None:
    picture, matte = photo()
    composed = compose_cover(picture, matte, slots(), CLASSIC, "#808080", 3)
    adjusted = picture
    assert composed.layers.adjustments
    for adjustment in composed.layers.adjustments:
        adjusted = adjustment.over(adjusted)
    assert np.array_equal(adjusted, composed.layers.picture)
