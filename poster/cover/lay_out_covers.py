"""A brief and a photo's facts -> covers laid out in every style, the best first.

Pure: uses no pixels. layout.judge decides which style is best. Independent of the request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from poster.cover.lay_out_in_style import (
    Brief,
    Layout,
    lay_out_in_style,
    lay_out_without_words,
)
from poster.cover.layout.difference import compare
from poster.cover.layout.explain import (
    Repeat,
    explain_choice,
    explain_repeat,
    explain_request,
    explain_seed,
)
from poster.cover.layout.galley import Galley
from poster.cover.layout.styles import STYLES
from poster.errors import TypesettingError
from poster.photo.facts import PhotoFacts
from poster.typography.typeset import Typesetter

_NEARLY_AS_GOOD = 0.25
"""How much more than the best a layout may cost to be an even seed's choice. It leaves nine of ten
photos, each with its own text, a choice of one to six."""

_TURNS = 4
"""Arrangements of a style to try for one that differs from those before: two sides, two heights."""

BEST_SEED = 1
"""A seed that takes the best layout, as every odd one does."""


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
        `count` layouts; after the first, the best first, except that one which looks like another
        before it waits for those that do not. If the brief leaves the style open, each
        style is used once before any repeats; a repeated style is arranged differently, if the
        photo and the text allow it. Of a greater count, the first ones are the same.

    Raises:
        TypesettingError: the text cannot be set.
    """
    if not brief.text.title:
        return (lay_out_without_words(brief, facts),) * count
    ranked = _rank_styles(brief, facts, typesetter)
    first = ranked[0] if seed % 2 else _choose_by_seed(ranked, brief, facts, typesetter, seed)
    others = [one for one in ranked if one.verdict.style != first.verdict.style]
    layouts = [first]
    while others and len(layouts) < count:
        # With all type on a field, two styles can be hard to tell apart.
        differ = (one for one in others if _least_difference(one, layouts) >= 1)
        layouts.append(next(differ, others[0]))
        others.remove(layouts[-1])
    while len(layouts) < count:
        style = layouts[len(layouts) % len(ranked)].verdict.style
        layouts.append(_lay_out_again(style, layouts, brief, facts, typesetter))
    return tuple(layouts)


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
    return lay_out_in_style(STYLES[style], brief, facts, typesetter, turn, windows)


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
        layout = lay_out_in_style(STYLES[brief.style], brief, facts, typesetter)
        return (replace(layout, why=explain_request(brief.style)),)
    layouts, failures = [], []
    for style in STYLES.values():
        try:
            layouts.append(lay_out_in_style(style, brief, facts, typesetter))
        except TypesettingError as error:
            failures.append(error)
    if not layouts:
        raise failures[0]
    layouts = [layout for layout in layouts if not layout.is_coarse] or layouts
    layouts.sort(key=lambda layout: layout.verdict.cost)
    verdicts = [layout.verdict for layout in layouts]
    return tuple(replace(one, why=explain_choice(one.verdict, verdicts)) for one in layouts)
