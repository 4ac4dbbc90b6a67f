"""Covers are laid out in every style that can be set, the best first, before any repeats."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from poster.cover.lay_out_covers import lay_out_covers
from poster.cover.lay_out_in_style import Brief, Layout
from poster.cover.layout.difference import compare
from poster.cover.layout.dummy import CoverText
from poster.cover.layout.styles import STYLES
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.typeset import Typesetter
from tests.support.facts import facts_of

TYPESETTER = Typesetter()
BRIEF = Brief(CoverText("ORBIT", (("A line", ""),)), 512, 736, "auto")


def lay_out(facts: PhotoFacts, count: int = 1, brief: Brief = BRIEF) -> tuple[Layout, ...]:
    return lay_out_covers(brief, count, facts, TYPESETTER)


def test_the_style_that_costs_least_comes_first_and_every_one_says_why() -> None:
    for facts in (facts_of(1200, 1725), facts_of(1200, 1725, edges=0.12)):
        layouts = lay_out(facts, len(STYLES))
        costs = [layout.verdict.cost for layout in layouts]
        assert costs == sorted(costs)
        assert {layout.verdict.style for layout in layouts} == set(STYLES)
        assert all(layout.why.startswith(layout.verdict.style) for layout in layouts)


def test_each_style_is_used_once_before_any_repeats_in_another_layout() -> None:
    layouts = lay_out(facts_of(1200, 1725), len(STYLES) + 2)
    names = [layout.verdict.style for layout in layouts]
    assert names[5:] == names[:2]
    assert {layout.turn for layout in layouts[:5]} == {0}
    first, again = layouts[0], layouts[5]
    assert compare(first.dummy, again.dummy).share >= 1
    assert again.why.startswith(f"{names[0]} again, in layout 2: ")


def test_a_style_that_the_request_chose_is_said_to_be_its_choice() -> None:
    first, again = lay_out(facts_of(1200, 1725), 2, replace(BRIEF, style="poster"))
    assert first.why == "poster: the request chose it"
    assert again.why.startswith("poster again, in layout 2: ")


@pytest.mark.parametrize("style", sorted(STYLES))
def test_any_two_variants_in_one_style_visibly_differ_where_the_photo_allows_it(style: str) -> None:
    layouts = lay_out(facts_of(2400, 3450), 4, replace(BRIEF, style=style))
    for one, other in combinations(layouts, 2):
        assert compare(one.dummy, other.dummy).share >= 1


def test_a_photo_that_allows_no_other_arrangement_is_said_to() -> None:
    # A face that nearly fills the photo: it can neither be cropped nor covered.
    facts = facts_of(600, 862, Box(60, 120, 540, 760), subject=Box(30, 60, 570, 862))
    title_only = replace(BRIEF, text=CoverText("ORBIT"), style="poster")
    layouts = lay_out(facts, 4, title_only)
    alike = [
        layout
        for number, layout in enumerate(layouts[1:], 1)
        if min(compare(layout.dummy, one.dummy).share for one in layouts[:number]) < 1
    ]
    assert alike
    assert all("nearly as before" in layout.why for layout in alike)


def test_an_odd_seed_takes_the_best_layout() -> None:
    facts = facts_of(1200, 1725)
    best = lay_out(facts)[0]
    for seed in (1, 7, 2**32 - 1):
        assert lay_out_covers(BRIEF, 1, facts, TYPESETTER, seed)[0].dummy == best.dummy


def test_an_even_seed_takes_another_one_that_is_nearly_as_good() -> None:
    facts = facts_of(1200, 1725)
    best = lay_out(facts)[0]
    chosen = [lay_out_covers(BRIEF, 1, facts, TYPESETTER, seed)[0] for seed in range(0, 12, 2)]
    for layout in chosen:
        assert layout.verdict.cost <= best.verdict.cost + 0.25
        is_other_style = layout.verdict.style != best.verdict.style
        assert is_other_style or compare(layout.dummy, best.dummy).share >= 1
        assert "the seed is even and chose" in layout.why
    assert len({(layout.verdict.style, layout.turn) for layout in chosen}) > 1


def test_a_seed_chooses_within_the_style_that_the_request_chose() -> None:
    swiss = replace(BRIEF, style="swiss")
    facts = facts_of(2400, 3450)
    best, other = (lay_out_covers(swiss, 1, facts, TYPESETTER, seed)[0] for seed in (7, 8))
    assert other.verdict.style == "swiss"
    assert compare(best.dummy, other.dummy).share >= 1
    assert other.why.startswith("swiss: the request chose it; the seed is even")


def test_more_covers_begin_with_the_same_ones() -> None:
    facts = facts_of(1200, 1725)
    few, many = (lay_out_covers(BRIEF, count, facts, TYPESETTER, 4) for count in (3, 7))
    assert [one.dummy for one in many[:3]] == [one.dummy for one in few]


def test_a_repeated_style_shows_another_part_of_the_photo() -> None:
    first, again = lay_out(facts_of(4096, 5888), 2, replace(BRIEF, style="swiss"))
    assert compare(first.dummy, again.dummy).shows_another_part


def test_a_title_beside_the_photo_does_not_affect_its_window() -> None:
    # With a face at the very top, a title on the photo needs headroom; on paper, it needs air.
    facts = facts_of(1200, 2400, Box(500, 30, 700, 280))
    on_paper, on_photo = (
        lay_out(facts, brief=replace(BRIEF, style=style))[0].dummy.window.y0
        for style in ("paper", "editorial")
    )
    assert on_photo < -200
    assert -100 < on_paper < 0


def test_only_the_style_that_hides_its_title_behind_the_subject_is_framed_so() -> None:
    facts = facts_of(1200, 2000, subject=Box(350, 500, 850, 2000))
    behind, before = (
        lay_out(facts, brief=replace(BRIEF, style=style))[0] for style in ("classic", "editorial")
    )

    def on_subject(layout: Layout) -> float:
        window, title = layout.dummy.window, layout.dummy.areas[0].box
        scale = window.width / 512
        rows, columns = (
            slice(
                max(0, round((start + first * scale) / facts.cell)),
                round((start + last * scale) / facts.cell),
            )
            for start, first, last in (
                (window.y0, title.y0, title.y1),
                (window.x0, title.x0, title.x1),
            )
        )
        return float(facts.matte[rows, columns].mean())

    assert on_subject(behind) > 0.01
    assert on_subject(before) < on_subject(behind)


def test_without_words_there_is_a_window_and_no_type() -> None:
    layouts = lay_out(facts_of(1200, 1725), 2, replace(BRIEF, text=CoverText("")))
    assert len(layouts) == 2
    assert all(layout.dummy.areas == () and layout.galley is None for layout in layouts)


def test_a_style_that_shows_too_few_pixels_is_skipped_unless_it_is_requested() -> None:
    # Too low for a full-bleed page, but high enough for a page shared with paper.
    low = facts_of(1200, 470)
    layouts = lay_out(low, 2)
    assert {layout.verdict.style for layout in layouts} == {"paper", "swiss"}
    (asked,) = lay_out(low, brief=replace(BRIEF, style="classic"))
    assert asked.verdict.style == "classic"
    styles = {layout.verdict.style for layout in lay_out(facts_of(1200, 200), len(STYLES))}
    assert styles == set(STYLES)


def test_a_title_goes_behind_a_whole_subject_only() -> None:
    facts = facts_of(1200, 2000, subject=Box(350, 500, 850, 2000))
    classic = replace(BRIEF, style="classic")
    whole, part = (
        lay_out(replace(facts, has_whole_subject=is_whole), brief=classic)[0]
        for is_whole in (True, False)
    )
    assert whole.galley
    assert part.galley
    assert whole.galley.style.masthead.is_behind
    assert not part.galley.style.masthead.is_behind
    assert not part.verdict.is_title_behind
    assert part.verdict.style == "classic"


def test_a_title_comes_forward_where_it_would_cut_the_subject_otherwise() -> None:
    # Hair fills the top of a photo above which nothing can be grown.
    face = Box(500, 400, 900, 900)
    facts = facts_of(1400, 1400, face, subject=Box(300, 100, 1100, 1400)).without_headroom()
    [layout] = lay_out(facts, brief=replace(BRIEF, style="classic"))
    assert layout.galley
    assert layout.verdict.style == "classic"
    assert not layout.galley.style.masthead.is_behind
    assert layout.verdict.framing < 3


def test_lines_go_on_a_band_if_the_photo_has_no_calm_place_for_them() -> None:
    brief = replace(BRIEF, style="classic")
    for edges, has_band in ((0.0, False), (0.12, True)):
        [layout] = lay_out(facts_of(1200, 1725, edges=edges), brief=brief)
        page = layout.dummy.page
        assert page.is_full_bleed is not has_band
        lines = [area.box for area in layout.dummy.areas if area.role == "headline"]
        assert all(box.y0 > page.picture.y1 for box in lines) is has_band


def test_a_page_of_print_is_shown_whole_on_paper_and_a_sign_is_not() -> None:
    page_of_print = tuple(Box(100, y, 1100, y + 250) for y in range(100, 1300, 300))
    first = lay_out(facts_of(1200, 1400, edges=0.05, lettering=page_of_print))[0]
    assert first.verdict.style in {"paper", "swiss"}
    assert all(map(first.dummy.window.contains, page_of_print))
    on_paper = lay_out(
        facts_of(1200, 1400, edges=0.05, lettering=page_of_print),
        brief=replace(BRIEF, style="paper"),
    )[0]
    assert on_paper.dummy.window.contains(Box(5, 5, 1195, 1395))
    sign = facts_of(1200, 1400, edges=0.005, lettering=(Box(400, 900, 800, 1000),))
    assert lay_out(sign)[0].verdict.style == lay_out(replace(sign, lettering=()))[0].verdict.style


def test_all_type_goes_above_a_photo_whose_subject_leaves_no_room_for_it() -> None:
    # A thing that fills the photo: behind it the title would vanish, and before it hide it.
    facts = facts_of(1200, 1500, subject=Box(60, 60, 1140, 1440))
    [layout] = lay_out(facts, brief=replace(BRIEF, style="poster"))
    picture = layout.dummy.page.picture
    assert all(area.box.y1 < picture.y0 for area in layout.dummy.areas)
    assert layout.verdict.framing < 1


@pytest.mark.parametrize("subject", [Box(0, 0, 1200, 1200), Box(100, 20, 1100, 1180), None])
def test_the_second_variant_visibly_differs_if_any_style_does(subject: Box | None) -> None:
    facts = facts_of(1200, 1200, subject=subject, edges=0.05)
    first, second, *others = (one.dummy for one in lay_out(facts, 5))
    differ = [compare(first, other).share >= 1 for other in (second, *others)]
    assert differ[0] == any(differ)


def test_a_thing_that_fits_no_frame_is_shown_whole_on_paper() -> None:
    wide, usual = (
        lay_out(
            facts_of(width, 1000, subject=Box(width // 20, 300, width - width // 20, 800)),
            brief=replace(BRIEF, style="paper"),
        )[0].dummy
        for width in (3000, 900)
    )
    assert wide.window.width > 0.95 * 3000
    assert wide.page.picture.width / wide.page.picture.height == pytest.approx(3, abs=0.05)
    frame = usual.page.picture
    assert frame.width / frame.height < 0.9 * wide.page.picture.width / wide.page.picture.height
    assert frame.height > 2 * wide.page.picture.height
