"""A brief, a photo's facts and a style -> one cover laid out.

Pure: uses no pixels. Changes the style only as far as photo and text need it. Does not know other
styles, nor variants: lay_out_covers does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from poster.cover.framing.choose import choose_window
from poster.cover.framing.view import crop_facts
from poster.cover.layout.dummy import CoverText, Dummy
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

_CROPPED = 0.3
"""Cost of a window from which a photo with margins is tried whole: a good one costs less."""

_POOR = 1.0
"""Cost of a window from which it is a compromise, such as one that cuts the subject in half."""


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


def lay_out_in_style(
    style: Style,
    brief: Brief,
    facts: PhotoFacts,
    typesetter: Typesetter,
    turn: int = 0,
    earlier: Sequence[Box] = (),
) -> Layout:
    """Lay out a cover in a style, as it is or changed as far as photo and text need it.

    Its photo is shown whole where margins surround it and no frame suits it. Its title comes
    forward if the subject suits no other place, or goes above the photo if no window leaves room
    for it; its lines go on a band at the foot if the photo has no calm place for them.

    Args:
        style: the style.
        brief: what the cover should be.
        facts: of the whole photo.
        typesetter: sets the type.
        turn: 0 for the best arrangement, or one of several others.
        earlier: windows of other variants, in photo pixels; others are preferred.

    Returns:
        The layout, without the reason for its style.

    Raises:
        TypesettingError: the text cannot be set in this style.
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

    def needs_header(verdict: Verdict) -> bool:
        # A style that the caller chose cannot leave a subject to another one.
        is_chosen = brief.style != "auto"
        return verdict.framing > _POOR or (is_chosen and verdict.costs["covered"] > 0)

    attempt(own)
    whole = own.with_whole_photo()
    if whole and all(layout.verdict.framing > _CROPPED for layout in layouts):
        attempt(whole)
    if is_behind and any(layout.verdict.framing > _POOR for layout in layouts):
        attempt(style.in_front())
    header = style.with_header("deep")
    if header and all(needs_header(layout.verdict) for layout in layouts):
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
    if style.shows_whole_photo or facts.is_mostly_lettering:
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


def lay_out_without_words(brief: Brief, facts: PhotoFacts) -> Layout:
    """Lay out a cover that is only the photo.

    Args:
        brief: its size.
        facts: of the whole photo.

    Returns:
        The layout.
    """
    page = Page.full_bleed(brief.width, brief.height)
    framing = choose_window(facts, page.picture, None, _MIN_WIDTH)
    return Layout(Dummy(page, framing.window, areas=()), galley=None)
