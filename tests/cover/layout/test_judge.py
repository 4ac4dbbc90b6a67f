"""A style's cost is the sum of its drawbacks, and the style that costs least suits best."""

import dataclasses

import numpy as np
import pytest

from poster.cover.layout.dummy import CoverText, Dummy, TypeArea
from poster.cover.layout.galley import Galley
from poster.cover.layout.judge import Verdict, judge
from poster.cover.layout.page import Page, mount_facts, open_page
from poster.cover.layout.place import sketch
from poster.cover.layout.styles import STYLES
from poster.geometry import Box
from poster.photo.palette import Swatch, swatch_of
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
TYPESETTER = Typesetter()


def test_the_cost_is_the_sum_of_what_each_component_costs() -> None:
    verdict = Verdict(
        "paper", framing=0.1, clutter=0.5, covered=0.2, smaller=0.25, apart=0.1, handicap=1.2
    )
    assert verdict.costs == pytest.approx(
        {
            "framing": 0.1,
            "clutter": 0.2,
            "covered": 0.9,
            "smaller": 0.375,
            "apart": 0.2,
            "handicap": 1.2,
        }
    )
    assert verdict.cost == pytest.approx(2.975)


def verdict_of(
    name: str,
    edges: float,
    *,
    grown: float = 0.0,
    palette: tuple[Swatch, ...] = (),
    text: CoverText = CoverText("ORBIT"),  # noqa: B008 - frozen
    subject: Box | None = None,
    faces: tuple[Box, ...] = (),
    framing: float = 0.0,
    lettering: tuple[Box, ...] = (),
) -> Verdict:
    """Judge a page whose photo has uniform edges, except in the headroom, which has none."""
    style = STYLES[name]
    page: Page = open_page(style, WIDTH, HEIGHT, palette)
    place = page.picture
    facts = facts_of(
        place.width, place.height, *faces, subject=subject, edges=edges, lettering=lettering
    )
    facts.edges[: round(grown * len(facts.edges))] = 0
    seen = mount_facts(facts, page)
    galley = Galley(text, style, WIDTH, HEIGHT, TYPESETTER)
    areas = sketch(seen, page, galley)
    window = Box(0, -round(grown * place.height), place.width, round((1 - grown) * place.height))
    return judge(style, framing, seen, Dummy(page, window, areas))


def test_a_busy_photo_is_set_on_paper_and_a_calm_one_is_not() -> None:
    for edges, wins in ((0.12, "paper"), (0.005, "classic")):
        verdicts = [verdict_of(name, edges) for name in ("classic", "editorial", "paper")]
        assert min(verdicts, key=lambda verdict: verdict.cost).style == wins


def test_headroom_above_a_busy_photo_is_not_calm() -> None:
    grown = verdict_of("classic", 0.1, grown=0.3)
    assert verdict_of("classic", 0.0).clutter < 0.1
    assert grown.clutter > 0.8


def test_a_field_in_a_strong_colour_is_worth_more_than_a_weak_one() -> None:
    strong, weak = (
        (swatch_of(np.array(colour, float), 0.5),) for colour in ((200, 40, 30), (150, 112, 80))
    )
    assert verdict_of("swiss", 0, palette=strong).cost < verdict_of("swiss", 0, palette=weak).cost


def test_the_cost_of_the_window_is_part_of_the_styles_cost() -> None:
    good, bad = (verdict_of("classic", 0, framing=framing).cost for framing in (0.1, 0.6))
    assert bad == pytest.approx(good + 0.5)


def test_clutter_under_the_title_costs_once_the_background_is_not_calm() -> None:
    plain, wall, foliage, forest = (
        verdict_of("classic", edges).cost for edges in (0.0, 0.015, 0.06, 0.12)
    )
    assert plain == wall
    assert wall + 0.5 < foliage < forest - 0.5


def test_clutter_under_the_lines_costs_less_than_under_the_title() -> None:
    text = CoverText("ORBIT", (("A headline", "and its deck"),))
    none, under_lines = (
        verdict_of("classic", 0.0),
        verdict_of("classic", 0.12, grown=0.3, text=text),
    )
    # Headroom is judged by the photo's top, so that is calm, too.
    facts = facts_of(WIDTH, HEIGHT, edges=0.12)
    facts.edges[: len(facts.edges) // 4] = 0
    galley = Galley(text, STYLES["classic"], WIDTH, HEIGHT, TYPESETTER)
    page = Page.full_bleed(WIDTH, HEIGHT)
    areas = sketch(facts, page, galley)
    verdict = judge(STYLES["classic"], 0.0, facts, Dummy(page, Box(0, 0, WIDTH, HEIGHT), areas))
    assert none.clutter < 0.1
    assert 0.5 < verdict.clutter < 0.75 * under_lines.clutter


def test_a_title_in_front_of_the_subject_costs_and_one_behind_it_does_not() -> None:
    head = Box(0, 0, WIDTH, 400)
    before, behind = (verdict_of(name, 0, subject=head) for name in ("poster", "classic"))
    assert before.covered == 0  # it goes to the foot
    everywhere = Box(0, 0, WIDTH, HEIGHT)
    covering, hidden = (verdict_of(name, 0, subject=everywhere) for name in ("poster", "classic"))
    assert covering.covered == pytest.approx(1)
    assert hidden.covered == behind.covered == 0
    assert dataclasses.replace(covering, covered=0.5).cost < covering.cost - 0.5
    assert (behind.is_title_behind, before.is_title_behind) == (True, False)
    assert not verdict_of("classic", 0).is_title_behind


def test_a_title_on_a_face_is_distinguished_from_one_on_the_subject() -> None:
    everywhere = Box(0, 0, WIDTH, HEIGHT)
    assert verdict_of("editorial", 0, subject=everywhere, faces=(everywhere,)).is_title_on_face
    assert not verdict_of("editorial", 0, subject=everywhere).is_title_on_face
    # Framing ensures that a title behind the head leaves the face clear.
    assert not verdict_of("classic", 0, subject=everywhere, faces=(everywhere,)).is_title_on_face


def test_a_style_that_must_set_its_lines_smaller_costs_more() -> None:
    fits, long = (
        verdict_of("classic", 0, text=CoverText("ORBIT", ((word, ""),)))
        for word in ("Word", "Donaudampfschifffahrtsgesellschaft")
    )
    assert fits.smaller == 0
    assert long.smaller > 0.1
    assert long.cost > fits.cost + 0.05


def test_a_title_behind_the_head_is_what_makes_a_cover() -> None:
    plain, classic = verdict_of("poster", 0), verdict_of("classic", 0)
    assert plain.handicap > STYLES["poster"].handicap
    assert classic.handicap == STYLES["classic"].handicap
    # A style with its title beside the photo pays through its own handicap.
    assert verdict_of("paper", 0).handicap == STYLES["paper"].handicap


def test_a_title_may_lie_on_clothes_but_not_on_hair() -> None:
    body, face = Box(150, 250, 874, HEIGHT), Box(400, 420, 624, 700)
    jacket = verdict_of("poster", 0.03, subject=body, faces=(face,))
    thing = verdict_of("poster", 0.03, subject=body)
    assert jacket.covered == 0 < thing.covered
    assert jacket.clutter < thing.clutter
    hair = verdict_of("editorial", 0.03, subject=Box(0, 0, WIDTH, HEIGHT), faces=(face,))
    assert hair.covered > 0


def test_type_on_lettering_costs_as_a_title_on_the_subject_does() -> None:
    everywhere = (Box(0, 0, WIDTH, HEIGHT),)
    plain, covering = (verdict_of("editorial", 0, lettering=boxes) for boxes in ((), everywhere))
    assert (plain.covered, plain.is_type_on_lettering) == (0, False)
    assert covering.covered == pytest.approx(1)
    assert covering.is_type_on_lettering
    beside = verdict_of("paper", 0, lettering=everywhere)
    assert (beside.covered, beside.is_type_on_lettering) == (0, False)


def test_a_title_with_one_third_on_a_busy_roof_costs() -> None:
    facts = facts_of(WIDTH, HEIGHT, busy=Box(0, 0, 340, 400))
    galley = Galley(CoverText("ORBIT"), STYLES["classic"], WIDTH, HEIGHT, TYPESETTER)
    page = Page.full_bleed(WIDTH, HEIGHT)
    dummy = Dummy(page, Box(0, 0, WIDTH, HEIGHT), sketch(facts, page, galley))
    verdict = judge(STYLES["classic"], 0.0, facts, dummy)
    even = verdict_of("classic", 0.2 / 3)
    assert verdict.clutter > 1.7 * even.clutter


@pytest.mark.parametrize(
    ("tops", "apart"),
    [((400, 560, 720), 0.0), ((400, 560, 1000), 280.0), ((400, 800, 1200), 480.0)],
)
def test_a_cover_line_far_from_the_one_above_it_costs(tops: tuple[int, ...], apart: float) -> None:
    areas = [TypeArea("masthead", Box(46, 46, 978, 300), 300.0)]
    for top in tops:
        areas.append(TypeArea("headline", Box(46, top, 400, top + 50), 64.0))
        areas.append(TypeArea("deck", Box(46, top + 60, 400, top + 90), 26.0))
    # On the other side, lines may begin higher.
    areas.append(TypeArea("headline", Box(700, 500, 978, 550), 38.0))
    dummy = Dummy(Page.full_bleed(WIDTH, HEIGHT), Box(0, 0, WIDTH, HEIGHT), tuple(areas))
    verdict = judge(STYLES["classic"], 0.0, facts_of(WIDTH, HEIGHT), dummy)
    assert verdict.apart == pytest.approx(apart / HEIGHT, abs=1e-6)
    assert verdict.costs["apart"] == pytest.approx(2 * apart / HEIGHT)
