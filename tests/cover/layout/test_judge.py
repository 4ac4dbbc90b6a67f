"""The style that is chosen is the one with least against it, and the receipt says why."""

import dataclasses

import numpy as np

from poster.cover.layout.dummy import Copy, Dummy
from poster.cover.layout.galley import Galley
from poster.cover.layout.judge import Verdict, explain_choice, judge
from poster.cover.layout.page import Page, mount_facts, open_page
from poster.cover.layout.place import lay_out, place_masthead
from poster.cover.layout.styles import STYLES
from poster.geometry import Box
from poster.photo.palette import Swatch, swatch_of
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

WIDTH, HEIGHT = 1024, 1472
TYPESETTER = Typesetter()

GOOD = Verdict("classic", framing=0.1, unrest=0.2, covered=0.0, smaller=0.0, reserve=0.0)


def test_each_fault_costs() -> None:
    for field in ("framing", "unrest", "covered", "smaller", "reserve"):
        worse = dataclasses.replace(GOOD, **{field: getattr(GOOD, field) + 0.5})
        assert worse.cost > GOOD.cost, field


def test_the_reason_has_the_figures_of_all_and_what_the_chosen_one_is_made_of() -> None:
    second = dataclasses.replace(GOOD, style="paper", framing=0.4)
    why = explain_choice(GOOD, [GOOD, second])
    assert why.startswith("classic at 0.10 of classic 0.10, paper 0.40 (least is best): ")
    assert "framing 0.10" in why


def test_calm_ground_is_calm_enough() -> None:
    calmer = dataclasses.replace(GOOD, unrest=0.0)
    assert calmer.cost == GOOD.cost


def verdict_of(
    name: str, edges: float, *, grown: float = 0.0, palette: tuple[Swatch, ...] = ()
) -> Verdict:
    """Of a page whose photo has this much unrest but in its upper half, which is calm."""
    style = STYLES[name]
    page: Page = open_page(style, WIDTH, HEIGHT, palette)
    place = page.painted
    facts = facts_of(place.width, place.height, edges=edges)
    facts.edges[: round(grown * len(facts.edges))] = 0
    seen = mount_facts(facts, page)
    galley = Galley(Copy("ORBIT"), style, WIDTH, HEIGHT, TYPESETTER)
    slots = lay_out(seen, page, galley, place_masthead(galley))
    window = Box(0, -round(grown * place.height), place.width, round((1 - grown) * place.height))
    return judge(style, 0.0, seen, Dummy(page, window, slots))


def test_a_busy_photo_is_set_on_paper_and_a_calm_one_is_not() -> None:
    for edges, wins in ((0.12, "paper"), (0.005, "classic")):
        verdicts = [verdict_of(name, edges) for name in ("classic", "editorial", "paper")]
        assert min(verdicts, key=lambda verdict: verdict.cost).style == wins


def test_what_is_grown_above_a_busy_photo_is_not_calm() -> None:
    grown = verdict_of("classic", 0.1, grown=0.3)
    assert verdict_of("classic", 0.0).unrest < 0.1
    assert grown.unrest > 0.8


def test_a_field_in_a_strong_colour_is_worth_more_than_a_weak_one() -> None:
    strong, weak = (
        (swatch_of(np.array(colour, float), 0.5),) for colour in ((200, 40, 30), (150, 112, 80))
    )
    assert verdict_of("swiss", 0, palette=strong).cost < verdict_of("swiss", 0, palette=weak).cost
