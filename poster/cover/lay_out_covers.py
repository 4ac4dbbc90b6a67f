"""A brief and a photo's facts -> covers laid out in every style, the best first.

Pure: uses no pixels. layout.judge decides which style is best. Independent of the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from poster.cover.framing.choose import choose_window
from poster.cover.framing.view import crop_facts
from poster.cover.layout.difference import compare
from poster.cover.layout.dummy import CoverText, Dummy
from poster.cover.layout.explain import (
    Repeat,
    explain_choice,
    explain_repeat,
    explain_request,
    explain_seed,
)
from poster.cover.layout.galley import Galley
from poster.cover.layout.judge import NO_VERDICT, Verdict, judge
from poster.cover.layout.page import Page, fit_field, mount_facts, open_page, show_whole
from poster.cover.layout.place import measure_field, place_masthead, sketch
from poster.cover.layout.styles import STYLES, Style
from poster.errors import TypesettingError
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.typography.typeset import Typesetter

_MIN_WIDTH = 340
"""Width of the window, in photo pixels, below which headroom or another style is preferred: on a
cover of 1024 pixels, the photo is enlarged 3 times."""


_POOR = 1.0
"""Cost of a window from which it is a compromise, such as one that cuts the subject in half."""


_NEARLY_AS_GOOD = 0.25
"""How much more than the best a layout may cost to be an even seed's choice. It leaves nine of ten
photos, each with its own text, a choice of one to six."""

_TURNS = 4
"""Arrangements of a style to try for one that differs from those before: two sides, two heights."""

BEST_SEED = 1
"""A seed that takes the best layout, as every odd one does."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a cover should be, apart from its photo.

    Args:
        text: of the cover; if its title is empty, the cover carries no words at all.
        width: of the cover, in pixels.
        height: of the cover, in pixels.
        style: a key of STYLES, or auto.
    """

    text: CoverText
    width: int
    height: int
    style: str


@dataclass(frozen=True)
class Layout:
    """A cover laid out from the facts of its photo.

    Args:
        dummy: where the type will be, and the window of the photo.
        galley: the type, to be set on the painted picture; None for a cover without words.
        verdict: what its style costs for this photo and text.
        why: one sentence on why this style was chosen; empty if the request chose it.
        turn: how the style is arranged: 0 as it is best, or one of several other ways.
        is_coarse: whether even its widest window of the photo has fewer than _MIN_WIDTH pixels.
    """

    dummy: Dummy
    galley: Galley | None
    verdict: Verdict = NO_VERDICT
    why: str = ""
    turn: int = 0
    is_coarse: bool = False


def check_text(brief: Brief, typesetter: Typesetter) -> None:
    """Refuse a text that cannot be set on any photo, before the photo is analysed.

    Args:
        brief: what the covers should be.
        typesetter: sets the type.

    Raises:
        TypesettingError: the text cannot be set in any of the styles that the brief allows.
    """
    if not brief.text.title:
        return
    failures = []
    for style in STYLES.values():
        if brief.style in ("auto", style.name):
            try:
                Galley(brief.text, style, brief.width, brief.height, typesetter).check_lines()
            except TypesettingError as error:
                failures.append(error)
            else:
                return
    raise failures[0]


def lay_out_covers(
    brief: Brief, count: int, facts: PhotoFacts, typesetter: Typesetter, seed: int = BEST_SEED
) -> tuple[Layout, ...]:
    """Lay out covers.

    Args:
        brief: what they should be.
        count: number of covers.
        facts: of the whole photo.
        typesetter: sets the type.
        seed: an odd one takes the best layout first, an even one another that is nearly as good
            and visibly differs from it, if there is any.

    Returns:
        `count` layouts; after the first, the best first. If the brief leaves the style open, each
        style is used once before any repeats; a repeated style is arranged differently, if the
        photo and the text allow it. Of a greater count, the first ones are the same.

    Raises:
        TypesettingError: the text cannot be set.
    """
    if not brief.text.title:
        return (_lay_out_without_words(brief, facts),) * count
    ranked = _rank_styles(brief, facts, typesetter)
    first = ranked[0] if seed % 2 else _choose_by_seed(ranked, brief, facts, typesetter, seed)
    others = [one for one in ranked if one.verdict.style != first.verdict.style]
    layouts = [first, *others][:count]
    while len(layouts) < count:
        style = layouts[len(layouts) % len(ranked)].verdict.style
        layouts.append(_lay_out_again(style, layouts, brief, facts, typesetter))
    return tuple(layouts)


def lay_out_on_fields(
    layout: Layout, brief: Brief, facts: PhotoFacts, typesetter: Typesetter
) -> Iterator[Layout]:
    """Lay out a cover again in the same style, with its type on a field of colour.

    Args:
        layout: whose type is not legible on the photo.
        brief: what the cover should be.
        facts: of the whole photo.
        typesetter: sets the type.

    Yields:
        The cover with its lines on a band at the foot, and with all type above the photo, on a
        deep colour and on paper; without those that the style does not have.
    """
    style = STYLES.get(layout.verdict.style)
    if style is None:
        return
    front = style.in_front()
    designs = (front.with_band(), style.with_header("deep"), style.with_header("plain"))
    for design in designs:
        if design is not None:
            with suppress(TypesettingError):
                again = _lay_out_as(design, brief, facts, typesetter, layout.turn, ())
                yield replace(again, why=layout.why)


def _choose_by_seed(
    ranked: Sequence[Layout], brief: Brief, facts: PhotoFacts, typesetter: Typesetter, seed: int
) -> Layout:
    """Choose among layouts that differ from the best one and cost little more."""
    best = ranked[0]
    limit = best.verdict.cost + _NEARLY_AS_GOOD
    choice = [one for one in ranked[1:] if one.verdict.cost <= limit and not one.is_coarse]
    for turn in range(1, _TURNS + 1):
        seen = [best, *(one for one in choice if one.verdict.style == best.verdict.style)]
        again = _turned(best.verdict.style, turn, seen, brief, facts, typesetter)
        if again.verdict.cost <= limit and _least_difference(again, seen) >= 1:
            choice.append(again)
    if not choice:
        return replace(best, why=explain_seed(best.why, 0, None))
    chosen = choice[seed // 2 % len(choice)]
    repeat = _compare(chosen, [best]) if chosen.verdict.style == best.verdict.style else None
    return replace(chosen, why=explain_seed(chosen.why or best.why, len(choice), repeat))


def _lay_out_again(
    style: str,
    layouts: Sequence[Layout],
    brief: Brief,
    facts: PhotoFacts,
    typesetter: Typesetter,
) -> Layout:
    """Lay out a style once more, as well as it can be without looking like one before."""
    earlier = [one for one in layouts if one.verdict.style == style]
    tried = [_turned(style, turn, earlier, brief, facts, typesetter) for turn in range(_TURNS + 1)]
    differ = [one for one in tried if _least_difference(one, earlier) >= 1]
    if differ:
        again = min(differ, key=lambda one: one.verdict.cost)
    else:
        again = max(tried, key=lambda one: _least_difference(one, earlier))
    repeat, is_open = _compare(again, earlier), brief.style == "auto"
    return replace(again, why=explain_repeat(style, len(earlier), repeat, is_open=is_open))


def _turned(
    style: str,
    turn: int,
    earlier: Sequence[Layout],
    brief: Brief,
    facts: PhotoFacts,
    typesetter: Typesetter,
) -> Layout:
    windows = tuple(one.dummy.window for one in earlier)
    return _lay_out_in(STYLES[style], brief, facts, typesetter, turn, windows)


def _least_difference(layout: Layout, earlier: Sequence[Layout]) -> float:
    return min(compare(layout.dummy, one.dummy).share for one in earlier)


def _compare(layout: Layout, earlier: Sequence[Layout]) -> Repeat:
    """Say what of a layout differs from the one before that it is most like."""
    nearest = min(earlier, key=lambda one: compare(layout.dummy, one.dummy).share)
    difference = compare(layout.dummy, nearest.dummy)
    return Repeat(has_moved=difference.has_moved, shows_another_part=difference.shows_another_part)


def _rank_styles(brief: Brief, facts: PhotoFacts, typesetter: Typesetter) -> tuple[Layout, ...]:
    """Return a layout in each style that is possible, the best first; or in the style asked."""
    if brief.style != "auto":
        layout = _lay_out_in(STYLES[brief.style], brief, facts, typesetter)
        return (replace(layout, why=explain_request(brief.style)),)
    layouts, failures = [], []
    for style in STYLES.values():
        try:
            layouts.append(_lay_out_in(style, brief, facts, typesetter))
        except TypesettingError as error:
            failures.append(error)
    if not layouts:
        raise failures[0]
    layouts = [layout for layout in layouts if not layout.is_coarse] or layouts
    layouts.sort(key=lambda layout: layout.verdict.cost)
    verdicts = [layout.verdict for layout in layouts]
    return tuple(replace(one, why=explain_choice(one.verdict, verdicts)) for one in layouts)


def _lay_out_without_words(brief: Brief, facts: PhotoFacts) -> Layout:
    page = Page.full_bleed(brief.width, brief.height)
    framing = choose_window(facts, page.picture, None, _MIN_WIDTH)
    return Layout(Dummy(page, framing.window, areas=()), galley=None)


def _lay_out_in(
    style: Style,
    brief: Brief,
    facts: PhotoFacts,
    typesetter: Typesetter,
    turn: int = 0,
    earlier: Sequence[Box] = (),
) -> Layout:
    """Lay out a cover in a style, as it is or changed as far as photo and text need it.

    Its title comes forward if the subject suits no other place, or goes above the photo if no
    window leaves room for it; its lines go on a band at the foot if the photo has no calm place for
    them.
    """
    is_behind = style.masthead.is_behind and facts.has_whole_subject
    own = style if is_behind else style.in_front()
    layouts: list[Layout] = []
    failures: list[TypesettingError] = []

    def attempt(design: Style) -> None:
        try:
            layouts.append(_lay_out_as(design, brief, facts, typesetter, turn, earlier))
        except TypesettingError as error:
            failures.append(error)

    attempt(own)
    if is_behind and any(layout.verdict.framing > _POOR for layout in layouts):
        attempt(style.in_front())
    header = style.with_header("deep")
    if header and all(layout.verdict.framing > _POOR for layout in layouts):
        attempt(header)
    banded = own.with_band()
    if banded and brief.text.coverlines and not facts.is_mostly_lettering:
        extra = banded.handicap - own.handicap
        if not layouts or min(layout.verdict.lines_cost for layout in layouts) > extra:
            attempt(banded)
    if not layouts:
        raise failures[0]
    return min(layouts, key=lambda layout: layout.verdict.cost)


def _lay_out_as(
    style: Style,
    brief: Brief,
    facts: PhotoFacts,
    typesetter: Typesetter,
    turn: int,
    earlier: Sequence[Box],
) -> Layout:
    page = open_page(style, brief.width, brief.height, facts.palette)
    galley = Galley(brief.text, style, page.width, page.height, typesetter)
    if style.lines.columns:
        with suppress(TypesettingError):  # a long word is set smaller
            page = fit_field(page, style, measure_field(galley))
    if facts.is_mostly_lettering:
        page = show_whole(page, facts.width / facts.height)
    masthead = place_masthead(galley)
    title = masthead if page.picture.overlaps(masthead.box) else None
    framing = choose_window(
        facts,
        page.picture,
        title,
        _MIN_WIDTH,
        is_behind=style.masthead.is_behind,
        turn=turn,
        earlier=earlier,
    )
    seen = mount_facts(crop_facts(facts, framing.window, page.picture), page)
    dummy = Dummy(page, framing.window, sketch(seen, page, galley, turn))
    verdict = judge(style, framing.cost, seen, dummy)
    return Layout(dummy, galley, verdict, turn=turn, is_coarse=framing.widest < _MIN_WIDTH)
