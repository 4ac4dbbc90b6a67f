"""On the finished cover, type is where the receipt says, legible, and behind the head."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.colour import parse_hex
from poster.cover.ink.compose import Composition, compose_cover
from poster.cover.ink.contrast_search import LETTER_SHARE
from poster.cover.ink.protection import FURTHEST, USUAL, Bounds
from poster.cover.layout.dummy import CoverText, Slot
from poster.cover.layout.galley import Galley
from poster.cover.layout.page import Page
from poster.cover.layout.place import lay_out, place_masthead
from poster.cover.layout.styles import CLASSIC, POSTER
from poster.geometry import Box
from poster.photo.facts import Photo, measure_photo
from poster.typography.contrast import MASTHEAD_FLOOR, TEXT_FLOOR
from poster.typography.typeset import Typesetter

WIDTH, HEIGHT = 512, 736
PAGE = Page.full_bleed(WIDTH, HEIGHT)
TYPESETTER = Typesetter()
COPY = CoverText("TABASCO", (("A headline", "A deck"),), "A kicker", "No. 1")


def grounds() -> dict[str, NDArray[np.uint8]]:
    ramp = np.linspace(0, 255, HEIGHT, dtype=np.float32)[:, None, None]
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3))
    return {
        "black": np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        "white": np.full((HEIGHT, WIDTH, 3), 255, np.uint8),
        "grey": np.full((HEIGHT, WIDTH, 3), 119, np.uint8),
        "ramp": np.broadcast_to(ramp, (HEIGHT, WIDTH, 3)).astype(np.uint8),
        "noise": noise.astype(np.uint8),
        "yellow": np.full((HEIGHT, WIDTH, 3), (245, 239, 168), np.uint8),
    }


def slots_on(picture: NDArray[np.uint8], matte: NDArray[np.float32]) -> tuple[Slot, ...]:
    galley = Galley(COPY, CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    return lay_out(measure_photo(Photo(picture, matte, ())), PAGE, galley)


def compose(
    picture: NDArray[np.uint8],
    matte: NDArray[np.float32],
    slots: tuple[Slot, ...],
    colour: str,
    seed: int,
    bounds: Bounds = USUAL,
) -> Composition:
    return compose_cover(picture, matte, slots, CLASSIC, colour, seed, bounds=bounds)


def no_subject() -> NDArray[np.float32]:
    return np.zeros((HEIGHT, WIDTH), np.float32)


@pytest.mark.parametrize("ground", sorted(grounds()))
def test_contrast_on_the_finished_cover_never_falls_below_the_floors(ground: str) -> None:
    picture = grounds()[ground]
    result = compose(picture, no_subject(), slots_on(picture, no_subject()), "auto", 1)
    for block in result.blocks:
        floor = MASTHEAD_FLOOR if block.role == "masthead" else TEXT_FLOOR
        assert block.contrast >= floor, block


def test_ink_is_inside_its_box_and_touches_each_side() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    slots = slots_on(picture, no_subject())
    bare = compose(picture, no_subject(), slots[:1], "#FFFFFF", 1).cover
    for slot in slots[1:]:
        cover = compose(picture, no_subject(), (slots[0], slot), "#FFFFFF", 1).cover
        changed = np.abs(cover.astype(int) - bare).max(-1) > 2
        rows, columns = np.nonzero(changed)
        found = Box(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert slot.box.contains(found)
        assert found.grown(1, 1).contains(slot.box)


def test_the_masthead_goes_behind_the_subject() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    matte = no_subject()
    head = Box(200, 120, 300, HEIGHT)
    matte[head.slices] = 1
    picture[head.slices] = (90, 60, 50)
    slots = slots_on(picture, matte)
    result = compose(picture, matte, slots, "#FFFFFF", 1)
    masthead = result.blocks[0]
    assert 0.05 < masthead.hidden <= 0.30
    shared = head.intersection(masthead.box)
    inside = result.cover[shared.grown(-4, -4).slices]
    assert np.abs(inside.astype(int) - (90, 60, 50)).max() < 30


def test_a_masthead_that_would_be_hidden_comes_forward() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    matte = np.ones((HEIGHT, WIDTH), np.float32)
    result = compose(picture, matte, slots_on(picture, matte), "#FFFFFF", 1)
    assert result.blocks[0].hidden == 0
    assert result.blocks[0].contrast >= MASTHEAD_FLOOR


def test_a_masthead_comes_forward_before_it_loses_a_letter() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    matte = no_subject()
    slots = slots_on(picture, matte)
    masthead = slots[0].box
    matte[masthead.y0 :, masthead.x0 : masthead.x0 + 50] = 1
    result = compose(picture, matte, slots, "#FFFFFF", 1)
    assert result.blocks[0].hidden == 0
    matte[: masthead.y0 + round(0.7 * masthead.height)] = 0
    behind = compose(picture, matte, slots, "#FFFFFF", 1).blocks[0]
    assert 0.1 < behind.letter_hidden <= 0.40
    assert behind.hidden < behind.letter_hidden


def letter_by_letter(share: float, letters: int) -> Composition:
    """A title of seven bars, some of which have a share of their height hidden."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    galley = Galley(CoverText("IIIIIII"), CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    slot = place_masthead(galley)
    matte, box = no_subject(), slot.box
    top = round(box.y1 - share * box.height)
    matte[top:, box.x0 : round(box.x0 + letters * box.width / 7)] = 1
    return compose(picture, matte, (slot,), "#FFFFFF", 1)


def test_a_letter_may_lose_a_third_and_not_half() -> None:
    for share, is_behind in ((0.33, True), (0.5, False)):
        composed = letter_by_letter(share, 1)
        assert composed.layers.is_behind is is_behind
        assert composed.blocks[0].letter_hidden == pytest.approx(share * is_behind, abs=0.03)


def test_a_title_may_lose_a_quarter_and_not_a_third_though_no_letter_loses_more() -> None:
    for share, is_behind in ((0.25, True), (0.36, False)):
        composed = letter_by_letter(share, 7)
        assert composed.layers.is_behind is is_behind
        assert composed.blocks[0].hidden == pytest.approx(share * is_behind, abs=0.03)


def test_a_subject_in_front_of_the_title_keeps_its_light_if_the_title_reads_anyway() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    matte = no_subject()
    galley = Galley(CoverText("IIIIIII"), CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    slot = place_masthead(galley)
    head = Box(220, slot.box.y1 - 30, 290, HEIGHT)
    matte[head.slices] = 1
    layers = compose(picture, matte, (slot,), "#FFFFFF", 1).layers
    assert layers.is_behind
    backdrop = float(layers.picture[slot.box.y0 : slot.box.y1, :200].mean())
    subject = float(layers.picture[slot.box.y1 - 30 : slot.box.y1, 225:285].mean())
    assert backdrop < 150
    assert subject > 175


def test_a_subject_in_front_of_the_title_is_adjusted_if_the_title_would_be_illegible() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 215, np.uint8)
    slot = place_masthead(Galley(CoverText("IIIIIII"), CLASSIC, WIDTH, HEIGHT, TYPESETTER))
    haze = np.full((HEIGHT, WIDTH), 0.3, np.float32)
    composed = compose(picture, haze, (slot,), "#999999", 1, bounds=FURTHEST)
    assert composed.layers.is_behind
    # It would be lower if the haze kept its light.
    assert composed.blocks[0].contrast >= MASTHEAD_FLOOR


def test_easing_for_a_title_falls_off_down_the_page_and_shows_no_edge() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    galley = Galley(CoverText("TABASCO"), CLASSIC, WIDTH, HEIGHT, TYPESETTER)
    slot = place_masthead(galley)
    adjusted = compose(picture, no_subject(), (slot,), "#FFFFFF", 1).layers.picture[..., 0]
    down = adjusted[:, WIDTH // 2].astype(int)
    assert down[0] < 150
    assert (down[-HEIGHT // 2 :] == 200).all()
    assert np.abs(np.diff(down)).max() <= 2
    assert (np.ptp(adjusted, axis=1) == 0).all()


def test_easing_for_a_title_at_the_foot_falls_off_up_the_page() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    galley = Galley(CoverText("TABASCO"), POSTER, WIDTH, HEIGHT, TYPESETTER)
    slot = place_masthead(galley)
    composed = compose_cover(picture, no_subject(), (slot,), POSTER, "#FFFFFF", 1)
    down = composed.layers.picture[:, WIDTH // 2, 0].astype(int)
    assert down[-1] < 150
    assert down[0] == 200


def test_easing_for_a_line_is_full_under_all_of_it_and_fades_around_it() -> None:
    dark = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
    slots = slots_on(dark, no_subject())
    roles = {slot.role: slot for slot in slots}
    picture = dark.copy()
    # Stripes on which neither white nor ink reads.
    block = roles["headline"].box.union(roles["deck"].box)
    striped = picture[block.grown(20, 30).slices]
    striped[:, ::16] = striped[:, 1::16] = striped[:, 2::16] = striped[:, 3::16] = 235
    composed = compose(picture, no_subject(), slots, "#FFFFFF", 1, bounds=FURTHEST)
    [adjustment] = composed.layers.adjustments
    mask = adjustment.mask
    assert mask[block.slices].min() > 0.98
    for rows, columns in (
        (slice(0, 100), slice(None)),
        (slice(None), slice(WIDTH // 2 + 60, None)),
    ):
        assert mask[rows, columns].max() < 0.02
    assert np.abs(np.diff(mask, axis=0)).max() < 0.06
    assert np.abs(np.diff(mask, axis=1)).max() < 0.06


def test_type_is_checked_again_after_adjusting_for_a_neighbour() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 235, np.uint8)
    slots = slots_on(picture, no_subject())
    kicker = next(slot for slot in slots if slot.role == "kicker")
    # White next to black, too close together to share one background.
    picture[kicker.box.grown(4, 4).slices] = 20
    result = compose(picture, no_subject(), slots, "#FFFFFF", 1, bounds=FURTHEST)
    for block in result.blocks:
        floor = MASTHEAD_FLOOR if block.role == "masthead" else TEXT_FLOOR
        assert block.contrast >= floor, block


def test_lines_so_close_that_each_spoils_the_others_background_share_an_ink() -> None:
    dark = np.full((HEIGHT, WIDTH, 3), 30, np.uint8)
    title, *lines = slots_on(dark, no_subject())
    roles = {slot.role: slot for slot in lines}
    upper = replace(roles["headline"], y=400, group=1)
    lower = replace(roles["kicker"], x=upper.x, y=upper.box.y1 + 6, group=2)
    edge = upper.box.y1 + 3
    # One is on dark with light stripes, the other on light with dark ones.
    for rows, ground, stripe in (
        (slice(upper.box.y0 - 3, edge), 20, 235),
        (slice(edge, lower.box.y1 + 4), 235, 20),
    ):
        dark[rows] = ground
        for offset in range(4):
            dark[rows, offset::16] = stripe
    slots = title, upper, lower
    blocks = compose(dark, no_subject(), slots, "#FFFFFF", 1, bounds=FURTHEST).blocks
    assert blocks[1].colour == blocks[2].colour
    assert all(block.contrast >= TEXT_FLOOR for block in blocks[1:])


def test_every_letter_keeps_its_share_of_the_floor_on_the_finished_cover() -> None:
    stripes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    stripes[:, ::64] = 255
    for offset in range(12):
        stripes[:, offset::64] = 255
    slots = slots_on(stripes, no_subject())
    result = compose(stripes, no_subject(), slots, "auto", 1, bounds=FURTHEST)
    for block in result.blocks:
        floor = MASTHEAD_FLOOR if block.role == "masthead" else TEXT_FLOOR
        assert block.letter_contrast >= LETTER_SHARE * floor, block


def test_neighbours_that_need_opposite_backgrounds_are_all_legible() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 235, np.uint8)
    slots = slots_on(picture, no_subject())
    picture[slots[1].box.grown(6, 6).slices] = 10
    result = compose(picture, no_subject(), slots, "auto", 1)
    for block in result.blocks[1:]:
        assert block.contrast >= TEXT_FLOOR, block


def test_a_callers_colour_is_kept() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), 250, np.uint8)
    slots = slots_on(picture, no_subject())
    result = compose(picture, no_subject(), slots, "#FF8800", 1, bounds=FURTHEST)
    masthead = result.blocks[0]
    assert masthead.colour == "#FF8800"
    assert masthead.contrast >= MASTHEAD_FLOOR
    solid = slots[0].type.ink == 255
    painted = result.cover[masthead.box.slices][solid].astype(float).mean(0)
    assert np.abs(painted - parse_hex("#FF8800")).max() < 6


def test_headline_and_deck_share_a_colour() -> None:
    picture = grounds()["ramp"]
    result = compose(picture, no_subject(), slots_on(picture, no_subject()), "auto", 1)
    colours = {block.colour for block in result.blocks if block.role in ("headline", "deck")}
    assert len(colours) == 1


def test_inputs_are_not_modified_and_the_seed_decides_the_grain() -> None:
    picture = grounds()["grey"]
    before = picture.copy()
    slots = slots_on(picture, no_subject())
    covers = [compose(picture, no_subject(), slots, "auto", seed).cover for seed in (1, 1, 2)]
    assert np.array_equal(picture, before)
    assert np.array_equal(covers[0], covers[1])
    assert not np.array_equal(covers[0], covers[2])
