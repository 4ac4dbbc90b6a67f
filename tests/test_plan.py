"""A plan has everything that later stages need, from only the request and the facts."""

from typing import Any

import numpy as np
import pytest

from poster.errors import TextDoesNotFitError
from poster.geometry import Box, TrimSize
from poster.photo.facts import PhotoFacts
from poster.plan import derive_seeds, plan_poster, plan_sealing
from poster.request import MAX_SEED, PosterRequest
from poster.typography.typeset import Typesetter


def ask(**fields: Any) -> PosterRequest:
    return PosterRequest.from_mapping({"image": b"?", "title": "ORBIT", **fields})


@pytest.fixture(scope="module")
def facts() -> PhotoFacts:
    """Of a calm grey photo, 1600 x 2400, a subject in its lower middle."""
    cells = np.zeros((192, 128), np.float32)
    matte = cells.copy()
    matte[110:, 40:88] = 1
    return PhotoFacts(1600, 2400, 12.5, cells + np.float32(0.2), cells, matte, faces=())


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def test_seeds_derived_from_one_seed_are_independent_and_stable() -> None:
    assert derive_seeds(7) == (2083679832, 3939563265, 4185785210)
    drawn = [seed for one in range(500) for seed in derive_seeds(one)]
    assert len(set(drawn)) == len(drawn)
    assert all(0 <= seed <= MAX_SEED for seed in drawn)


def test_every_stage_paints_with_its_own_seed(facts: PhotoFacts, typesetter: Typesetter) -> None:
    plan = plan_poster(ask(), 7, facts, typesetter)
    [cover] = plan.covers
    assert (cover.settings.seed, plan.envelope.settings.seed, cover.grain_seed) == derive_seeds(7)


def test_variants_count_seeds_up_and_wrap_around(facts: PhotoFacts, typesetter: Typesetter) -> None:
    plan = plan_poster(ask(variants=3), MAX_SEED, facts, typesetter)
    assert [cover.seed for cover in plan.covers] == [MAX_SEED, 0, 1]
    assert [cover.settings.seed for cover in plan.covers] == [
        derive_seeds(seed)[0] for seed in (MAX_SEED, 0, 1)
    ]
    assert plan.envelope.settings.seed == derive_seeds(MAX_SEED)[1]


def test_each_stage_has_its_own_prompt_and_the_cover_knows_the_next(
    facts: PhotoFacts, typesetter: Typesetter
) -> None:
    asked = ask(
        cover_prompt="a red wall",
        envelope_prompt="on sand",
        num_inference_steps=7,
        guidance_scale=2.5,
        speed="fast",
    )
    plan = plan_poster(asked, 1, facts, typesetter)
    cover, envelope = plan.covers[0].settings, plan.envelope.settings
    assert (cover.prompt, cover.next_prompt) == ("a red wall", "on sand")
    assert (envelope.prompt, envelope.next_prompt) == ("on sand", "")
    for settings in (cover, envelope):
        assert (settings.num_inference_steps, settings.guidance_scale) == (7, 2.5)
        assert settings.speed == "fast"


def test_the_cover_is_painted_at_the_size_of_its_photo_area_and_the_envelope_whole(
    facts: PhotoFacts, typesetter: Typesetter
) -> None:
    plan = plan_poster(ask(style="swiss", width=512, height=736), 1, facts, typesetter)
    cover, page = plan.covers[0].settings, plan.covers[0].layout.dummy.page
    assert (cover.width, cover.height) == (page.picture.width, page.picture.height)
    assert cover.height < 736
    assert (plan.envelope.settings.width, plan.envelope.settings.height) == (512, 736)


def test_the_envelopes_look_is_read_once(facts: PhotoFacts, typesetter: Typesetter) -> None:
    asked = ask(background="grey", closure="#C8102E", glare=0)
    for plan in (plan_poster(asked, 1, facts, typesetter), plan_sealing(asked, 1)):
        asked_for = plan.envelope.appearance
        assert asked_for.background == (119,) * 3
        assert asked_for.closure == (200, 16, 46)
        assert asked_for.glare == 0.0
        assert asked_for.keep_clear == ()
    clear = plan_sealing(ask(background="transparent"), 1).envelope.appearance
    assert (clear.background, clear.closure) == (None, None)


def test_a_finished_cover_is_sealed_as_a_painted_one_is(
    facts: PhotoFacts, typesetter: Typesetter
) -> None:
    asked = ask(envelope_prompt="on sand", trim_mm="105x151", output_format="pdf")
    sealed, whole = plan_sealing(asked, 9), plan_poster(asked, 9, facts, typesetter)
    assert sealed.covers == ()
    assert sealed.envelope == whole.envelope
    for plan in (sealed, whole):
        assert (plan.seed, plan.width, plan.height, plan.title) == (9, 1024, 1472, "ORBIT")
        assert (plan.trim, plan.output_format) == (TrimSize(105, 151), "pdf")


def test_the_same_request_and_facts_give_the_same_plan(
    facts: PhotoFacts, typesetter: Typesetter
) -> None:
    asked = ask(coverlines=["One | of two"], kicker="The Heat Issue", issue="No. 1")
    first, second = (plan_poster(asked, 3, facts, typesetter).covers[0] for _ in range(2))
    assert first.layout.dummy.window == second.layout.dummy.window
    assert first.layout.why == second.layout.why != ""
    places = [[area.box for area in plan.layout.dummy.areas] for plan in (first, second)]
    assert places[0] == places[1]
    page = Box(0, 0, 1024, 1472)
    assert all(page.contains(box) for box in places[0])


def test_only_the_requested_style_is_tried(facts: PhotoFacts, typesetter: Typesetter) -> None:
    too_long_for_editorial = ask(title="W" * 40, style="editorial")
    with pytest.raises(TextDoesNotFitError):
        plan_poster(too_long_for_editorial, 1, facts, typesetter)
    [cover] = plan_poster(ask(title="W" * 40), 1, facts, typesetter).covers
    assert cover.layout.verdict.style != "editorial"
    [cover] = plan_poster(ask(style="paper"), 1, facts, typesetter).covers
    assert cover.layout.why == "paper: the request chose it"
