"""The styles of a cover, as data: grid, faces, sizes, places, inks. One layout engine reads them.

Knows no photo and no copy. Sizes are in pixels on a page of REFERENCE_WIDTH; places are shares of
the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

REFERENCE_WIDTH = 1024
"""Sizes are given in pixels on a cover of this width."""

FULL_BLEED = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Setting:
    """How one role is set.

    Args:
        voice: one of voices.VOICES.
        size: pixels per em.
    """

    voice: str
    size: float


@dataclass(frozen=True, slots=True)
class Masthead:
    """The title.

    Args:
        voice: one of voices.VOICES.
        measure: greatest width, as a share of the safe area's.
        height: greatest height of its ink, as a share of the page's.
        min_size: smallest size; a smaller title would be no larger than the cover lines.
        lines: greatest number of lines.
        anchor: whether it stands at the head or at the foot of the page.
        is_behind: whether the subject may stand in front of it.
    """

    voice: str
    measure: float
    height: float
    min_size: float
    lines: int
    anchor: Literal["head", "foot"]
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """The cover lines: headline over deck.

    Args:
        lead: headline and deck of the first.
        lead_measure: its greatest width.
        rest: headline and deck of the others.
        rest_measure: their greatest width.
        columns: where lines may start, as shares of the safe area's width; they are flush left and
            fill one row after the other. If empty, lines align to either margin.
        head: preferred position of the first line, as a share of the height that the masthead
            leaves.
        foot: the same for the last line.
    """

    lead: tuple[Setting, Setting]
    lead_measure: float
    rest: tuple[Setting, Setting]
    rest_measure: float
    columns: tuple[float, ...]
    head: float
    foot: float


@dataclass(frozen=True, slots=True)
class Style:
    """A design.

    Args:
        name: as requests spell it.
        idea: a short description for people.
        picture: left, top, right and bottom of the photo, as shares of the page; its sides align
            with the safe area's margins or with the page.
        page: colour of the area outside the photo: paper, or the photo's accent.
        masthead: the title.
        lines: the cover lines.
        small: kicker and folio.
        is_colourful: whether the title may be printed in a colour, rather than in white or ink.
        handicap: cost added to the style: how much better than others it must suit to be chosen
            automatically.
    """

    name: str
    idea: str
    picture: tuple[float, float, float, float]
    page: Literal["none", "paper", "accent"]
    masthead: Masthead
    lines: Lines
    small: Setting
    is_colourful: bool
    handicap: float


CLASSIC = Style(
    name="classic",
    idea="the news-stand: a wide masthead behind the head, lines on either side",
    picture=FULL_BLEED,
    page="none",
    masthead=Masthead(
        "masthead", measure=1.0, height=0.235, min_size=26.0, lines=3, anchor="head", is_behind=True
    ),
    lines=Lines(
        lead=(Setting("headline", 44.0), Setting("deck", 20.0)),
        lead_measure=430.0,
        rest=(Setting("headline", 33.0), Setting("deck", 18.0)),
        rest_measure=350.0,
        columns=(),
        head=0.30,
        foot=0.85,
    ),
    small=Setting("small", 16.0),
    is_colourful=True,
    handicap=0.0,
)

EDITORIAL = Style(
    name="editorial",
    idea="quiet and asymmetric: a small serif title in a corner, one column, much white space",
    picture=FULL_BLEED,
    page="none",
    masthead=Masthead(
        "serif", measure=0.66, height=0.105, min_size=26.0, lines=2, anchor="head", is_behind=False
    ),
    lines=Lines(
        lead=(Setting("serif_line", 34.0), Setting("deck", 18.0)),
        lead_measure=320.0,
        rest=(Setting("serif_line", 27.0), Setting("deck", 17.0)),
        rest_measure=300.0,
        columns=(),
        head=0.72,
        foot=0.95,
    ),
    small=Setting("small", 15.5),
    is_colourful=False,
    handicap=0.45,
)

PAPER = Style(
    name="paper",
    idea="the photo inside paper margins, with type on the paper: for tight or busy photos",
    picture=(0.045, 0.225, 0.955, 0.80),
    page="paper",
    masthead=Masthead(
        "didone", measure=1.0, height=0.155, min_size=26.0, lines=2, anchor="head", is_behind=False
    ),
    lines=Lines(
        lead=(Setting("serif_line", 32.0), Setting("deck", 17.0)),
        lead_measure=280.0,
        rest=(Setting("serif_line", 26.0), Setting("deck", 16.5)),
        rest_measure=270.0,
        columns=(0.0, 1 / 3, 2 / 3),
        head=0.85,
        foot=0.95,
    ),
    small=Setting("small", 15.5),
    is_colourful=False,
    handicap=1.2,
)

SWISS = Style(
    name="swiss",
    idea="a strict grid: a flush-left grotesque on a field of colour, the photo below it",
    picture=(0.0, 0.36, 1.0, 1.0),
    page="accent",
    masthead=Masthead(
        "grotesque",
        measure=1.0,
        height=0.19,
        min_size=26.0,
        lines=2,
        anchor="head",
        is_behind=False,
    ),
    lines=Lines(
        lead=(Setting("grotesque_line", 29.0), Setting("deck", 17.0)),
        lead_measure=290.0,
        rest=(Setting("grotesque_line", 24.0), Setting("deck", 16.5)),
        rest_measure=290.0,
        columns=(0.0, 1 / 3, 2 / 3),
        head=0.18,
        foot=0.22,
    ),
    small=Setting("small", 15.5),
    is_colourful=False,
    handicap=1.2,
)

POSTER = Style(
    name="poster",
    idea="the title as the picture's equal: huge, condensed, stacked at the foot",
    picture=FULL_BLEED,
    page="none",
    masthead=Masthead(
        "stacked", measure=1.0, height=0.46, min_size=26.0, lines=4, anchor="foot", is_behind=False
    ),
    lines=Lines(
        lead=(Setting("headline", 34.0), Setting("deck", 18.0)),
        lead_measure=300.0,
        rest=(Setting("headline", 28.0), Setting("deck", 17.0)),
        rest_measure=290.0,
        columns=(),
        head=0.05,
        foot=0.60,
    ),
    small=Setting("small", 16.0),
    is_colourful=True,
    handicap=0.2,
)

STYLES = {style.name: style for style in (CLASSIC, EDITORIAL, PAPER, SWISS, POSTER)}
"""Name -> style."""
