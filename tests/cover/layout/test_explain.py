"""The receipt says in one sentence why a style was chosen, and what the runner-up lost by."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest

from poster.cover.layout.explain import (
    WORDINGS,
    Repeat,
    explain_choice,
    explain_repeat,
    explain_request,
    explain_seed,
)
from poster.cover.layout.judge import COSTS, Verdict

CLASSIC = Verdict(
    "classic",
    framing=0.1,
    clutter=0.2,
    covered=0.0,
    smaller=0.0,
    apart=0.0,
    handicap=0.0,
    has_cover_lines=True,
)
SECOND = replace(CLASSIC, style="editorial")


@pytest.mark.parametrize(
    ("component", "value", "reason"),
    [
        ("framing", 0.6, "the photo crops less well for it"),
        ("clutter", 0.9, "the background under its type is busier or has less contrast"),
        ("covered", 0.3, "its title would cover the subject"),
        ("smaller", 0.3, "its cover lines would have to be set smaller"),
        ("apart", 0.3, "its cover lines would be scattered"),
        ("handicap", 0.45, "it suits fewer photos and does not suit this one clearly better"),
    ],
)
def test_the_runner_up_came_second_by_the_component_that_differs_most(
    component: str, value: float, reason: str
) -> None:
    # The others may differ too, as long as they differ less.
    for worse in (0.0, 0.02):
        figures = {name: getattr(SECOND, name) + worse for name in WORDINGS}
        # Where a title covers anything, that decides.
        figures["covered"] = 0.0
        loser = Verdict(SECOND.style, **{**figures, component: value})
        why = explain_choice(CLASSIC, [CLASSIC, loser])
        assert why == (
            "classic: the photo crops well for it and the background under the type is calm; "
            f"editorial came second, because {reason}"
        )


def test_a_masthead_behind_the_subject_and_a_title_on_a_face_are_mentioned() -> None:
    behind = replace(CLASSIC, is_title_behind=True)
    covering = replace(SECOND, is_title_on_face=True, covered=0.3)
    for on_face in (covering, replace(covering, covered=0.0, framing=2.0)):
        assert explain_choice(behind, [behind, on_face]) == (
            "classic: the masthead fits behind the subject and the background under the type is "
            "calm; editorial came second, because its title would cover a face"
        )
    busy = replace(SECOND, is_title_on_face=True, covered=0.05, clutter=2.0)
    assert "busier" in explain_choice(behind, [behind, busy])


POOR = replace(CLASSIC, framing=2.0, clutter=2.0, covered=1.0, smaller=0.3, apart=0.3, handicap=1.2)


@pytest.mark.parametrize("name", WORDINGS)
def test_a_component_that_costs_little_is_called_a_strength(name: str) -> None:
    verdict = replace(POOR, **{name: getattr(CLASSIC, name)})
    why = explain_choice(verdict, [verdict, replace(verdict, style="swiss", framing=9.0)])
    assert why.startswith(f"classic: {WORDINGS[name].strength}; swiss came second")


def test_a_style_without_a_strength_has_the_fewest_drawbacks() -> None:
    poor = Verdict(
        "paper", framing=2.0, clutter=2.0, covered=1.0, smaller=0.3, apart=0.3, handicap=1.2
    )
    worse = replace(poor, style="swiss", covered=2.0)
    assert explain_choice(poor, [poor, worse]) == (
        "paper: it has the fewest drawbacks here; swiss came second, because its title would "
        "cover the subject"
    )
    assert explain_choice(worse, [poor, worse]) == (
        "swiss, choice 2 of 2: it came after paper, because its title would cover the subject"
    )


def test_a_variant_in_another_style_is_compared_with_the_best() -> None:
    paper = replace(CLASSIC, style="paper", handicap=1.2)
    ranked = [CLASSIC, SECOND, paper]
    assert explain_choice(paper, ranked) == (
        "paper, choice 3 of 3: the photo crops well for it and the background under the type is "
        "calm, but it came after classic, because it suits fewer photos and does not suit this "
        "one clearly better"
    )
    assert explain_choice(SECOND, ranked) == (
        "editorial, choice 2 of 3: it suits this cover as well as classic"
    )


def test_equal_costs_are_called_equally_good_and_a_single_style_is_said_to_be_the_only_one() -> (
    None
):
    start = "classic: the photo crops well for it and the background under the type is calm; "
    assert explain_choice(CLASSIC, [CLASSIC, SECOND]) == (
        start + "editorial would have suited as well"
    )
    assert explain_choice(CLASSIC, [CLASSIC]) == (
        start + "no other style has room for this photo and text"
    )


def test_the_size_of_cover_lines_is_no_strength_if_there_are_none() -> None:
    bare = replace(CLASSIC, framing=2.0, clutter=2.0, covered=1.0, has_cover_lines=False)
    assert "cover lines" not in explain_choice(bare, [bare])
    assert explain_choice(bare, [bare]).startswith("classic: it suits most photos; ")
    lined = replace(bare, has_cover_lines=True)
    assert explain_choice(lined, [lined]).startswith(
        "classic: the cover lines keep their full size and it suits most photos; "
    )


def test_a_style_that_the_request_names_is_said_to_be_its_choice() -> None:
    assert explain_request("swiss") == "swiss: the request chose it"


MOVED = Repeat(has_moved=True, shows_another_part=False)
RECROPPED = Repeat(has_moved=False, shows_another_part=True)
ALIKE = Repeat(has_moved=False, shows_another_part=False)


def test_a_repeated_style_says_so_and_what_differs() -> None:
    assert explain_repeat("swiss", 1, RECROPPED, is_open=True) == (
        "swiss again, in layout 2: it shows another part of the photo; each style is used once "
        "before any repeats"
    )
    assert explain_repeat("swiss", 2, MOVED, is_open=False) == (
        "swiss again, in layout 3: its type stands elsewhere"
    )
    assert explain_repeat("swiss", 1, ALIKE, is_open=False) == (
        "swiss again, in layout 2: nearly as before, since no other arrangement was found"
    )


def test_a_seed_that_chose_says_among_how_many_and_what_differs() -> None:
    assert explain_seed("swiss: why", 3, MOVED) == (
        "swiss: why; the seed is even and chose one of 3 other layouts nearly as good as the best; "
        "its type stands elsewhere"
    )
    assert "chose the only other layout" in explain_seed("swiss: why", 1, None)
    assert explain_seed("swiss: why", 0, None) == (
        "swiss: why; the seed is even, but no other layout is nearly as good"
    )


def test_every_explanation_is_one_sentence_without_costs_or_code_words() -> None:
    either, clutter = (0.0, 0.5), (0.0, COSTS.calm + 0.5)
    values = product(either, clutter, either, either, either, either)
    verdicts = [Verdict("classic", *one) for one in values]
    for verdict in verdicts:
        other = replace(verdict, style="poster", framing=verdict.framing + 1)
        for why in (
            explain_choice(verdict, [verdict, other]),
            explain_choice(other, [verdict, other]),
        ):
            assert not re.search(r"\.|clutter|handicap|framing|cost", why)
            assert len(why) < 220


def test_type_on_lettering_is_mentioned() -> None:
    covering = replace(SECOND, is_type_on_lettering=True, covered=0.6)
    why = explain_choice(CLASSIC, [CLASSIC, covering])
    assert why.endswith("because its type would cover lettering in the photo")
