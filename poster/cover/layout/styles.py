"""The styles of a cover, as data: grid, faces, sizes, positions, inks. One layout engine uses them.

Independent of photo and text. Sizes are in pixels on a page of REFERENCE_WIDTH; positions are
shares of the page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

REFERENCE_WIDTH = 1024
"""Sizes are given in pixels on a cover of this width."""

FULL_BLEED = (0.0, 0.0, 1.0, 1.0)

_ROW = 940.0
"""Maximum width of a lead in a row of its own: all that the safe area has."""

_BAND_HANDICAP = 0.12
"""How much better a page must suit with its lines on a band than on the photo."""

_HEADER_HANDICAP = 0.5
"""The same of a page with all its type above the photo: every style looks much like swiss then."""

_HEADER_TITLE = 0.24
"""Maximum height of a title on a field above the photo, as a share of the page's."""


@dataclass(frozen=True, slots=True)
class TypeSpec:
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
        measure: maximum width, as a share of the safe area's.
        height: maximum height of its ink, as a share of the page's.
        min_size: smallest size; a smaller title would be no larger than the cover lines.
        lines: maximum number of lines.
        anchor: whether it is at the top or at the bottom of the page.
        is_behind: whether the subject may be in front of it.
    """

    voice: str
    measure: float
    height: float
    min_size: float
    lines: int
    anchor: Literal["top", "bottom"]
    is_behind: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """The cover lines: headline over deck.

    Args:
        lead: headline and deck of the first.
        lead_measure: its maximum width.
        rest: headline and deck of the others.
        rest_measure: their maximum width.
        columns: maximum number of columns in which lines are flush left; if 0, lines align to
            either margin.
        first: preferred position of the first line, as a share of the height that the masthead
            leaves.
        last: the same for the last line.
    """

    lead: tuple[TypeSpec, TypeSpec]
    lead_measure: float
    rest: tuple[TypeSpec, TypeSpec]
    rest_measure: float
    columns: int
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Style:
    """A design.

    Args:
        name: as requests spell it.
        idea: a short description for people.
        picture: left, top, right and bottom of the photo, as shares of the page; its sides align
            with the safe area's margins or with the page.
        paper: colour of the area outside the photo: none, as there is no such area; plain, a warm
            white; the photo's accent; or deep, a dark colour of the photo.
        masthead: the title.
        lines: the cover lines.
        small: kicker and folio.
        is_colourful: whether the title may be printed in a colour, rather than in white or black.
        handicap: cost added to the style: how much better than others it must suit to be chosen
            automatically.
        shows_whole_photo: whether the photo keeps its own aspect, inside `picture`.
    """

    name: str
    idea: str
    picture: tuple[float, float, float, float]
    paper: Literal["none", "plain", "accent", "deep"]
    masthead: Masthead
    lines: Lines
    small: TypeSpec
    is_colourful: bool
    handicap: float
    shows_whole_photo: bool = False

    @property
    def has_field_at_foot(self) -> bool:
        """Whether its cover lines are on paper below the photo, and not above it."""
        return self.picture[3] < 1

    def in_front(self) -> Style:
        """Return the same design with its title in front of every subject."""
        return replace(self, masthead=replace(self.masthead, is_behind=False))

    def with_whole_photo(self) -> Style | None:
        """Return the same design with its photo uncropped; None if no margins surround it."""
        return replace(self, shows_whole_photo=True) if self.picture[0] > 0 else None

    def with_band(self) -> Style | None:
        """Return the same design with its cover lines in columns on a band at the foot.

        None if it has a field for them already, or its title at the foot.
        """
        if self.picture != FULL_BLEED or self.masthead.anchor == "bottom":
            return None
        handicap = self.handicap + _BAND_HANDICAP
        picture = (0.0, 0.0, 1.0, 0.75)
        return replace(self, picture=picture, paper="deep", lines=self._columns, handicap=handicap)

    def with_header(self, paper: Literal["deep", "plain"]) -> Style | None:
        """Return the same design with all type on a field above the photo.

        None if it has a field already.
        """
        if self.picture != FULL_BLEED:
            return None
        title = replace(
            self.masthead,
            height=min(self.masthead.height, _HEADER_TITLE),
            anchor="top",
            is_behind=False,
        )
        return replace(
            self,
            picture=(0.0, 0.4, 1.0, 1.0),
            paper=paper,
            masthead=title,
            lines=self._columns,
            handicap=self.handicap + _HEADER_HANDICAP,
        )

    @property
    def _columns(self) -> Lines:
        lead, rest = (
            (replace(specs[0], size=size), replace(specs[1], size=24.0))
            for specs, size in ((self.lines.lead, 54.0), (self.lines.rest, 34.0))
        )
        return Lines(
            lead, lead_measure=_ROW, rest=rest, rest_measure=450.0, columns=3, first=0.5, last=0.5
        )


CLASSIC = Style(
    name="classic",
    idea="the news-stand cover: a wide masthead behind the head, cover lines beside the subject",
    picture=FULL_BLEED,
    paper="none",
    masthead=Masthead(
        "masthead", measure=1.0, height=0.235, min_size=26.0, lines=3, anchor="top", is_behind=True
    ),
    lines=Lines(
        lead=(TypeSpec("headline", 64.0), TypeSpec("deck", 26.0)),
        lead_measure=440.0,
        rest=(TypeSpec("headline", 38.0), TypeSpec("deck", 24.0)),
        rest_measure=380.0,
        columns=0,
        first=0.30,
        last=0.85,
    ),
    small=TypeSpec("small", 20.0),
    is_colourful=True,
    handicap=0.0,
)

EDITORIAL = Style(
    name="editorial",
    idea="quiet and asymmetric: a small serif title in a corner, one column, much white space",
    picture=FULL_BLEED,
    paper="none",
    masthead=Masthead(
        "serif", measure=0.66, height=0.125, min_size=26.0, lines=2, anchor="top", is_behind=False
    ),
    lines=Lines(
        lead=(TypeSpec("serif_line", 58.0), TypeSpec("deck", 25.0)),
        lead_measure=430.0,
        rest=(TypeSpec("serif_line", 35.0), TypeSpec("deck", 24.0)),
        rest_measure=370.0,
        columns=0,
        first=0.72,
        last=0.95,
    ),
    small=TypeSpec("small", 20.0),
    is_colourful=False,
    handicap=0.45,
)

PAPER = Style(
    name="paper",
    idea="the photo in paper margins, with type on the paper: for busy or closely cropped photos",
    picture=(0.045, 0.225, 0.955, 0.80),
    paper="plain",
    masthead=Masthead(
        "didone", measure=1.0, height=0.155, min_size=26.0, lines=2, anchor="top", is_behind=False
    ),
    lines=Lines(
        lead=(TypeSpec("serif_line", 50.0), TypeSpec("deck", 25.0)),
        lead_measure=_ROW,
        rest=(TypeSpec("serif_line", 34.0), TypeSpec("deck", 24.0)),
        rest_measure=450.0,
        columns=3,
        first=0.85,
        last=0.95,
    ),
    small=TypeSpec("small", 20.0),
    is_colourful=False,
    handicap=1.2,
)

SWISS = Style(
    name="swiss",
    idea="a strict grid: a sans-serif title on a field of colour, the photo below it",
    picture=(0.0, 0.36, 1.0, 1.0),
    paper="accent",
    masthead=Masthead(
        "grotesque",
        measure=1.0,
        height=0.19,
        min_size=26.0,
        lines=2,
        anchor="top",
        is_behind=False,
    ),
    lines=Lines(
        lead=(TypeSpec("grotesque_line", 52.0), TypeSpec("deck", 25.0)),
        lead_measure=_ROW,
        rest=(TypeSpec("grotesque_line", 34.0), TypeSpec("deck", 24.0)),
        rest_measure=450.0,
        columns=3,
        first=0.18,
        last=0.22,
    ),
    small=TypeSpec("small", 20.0),
    is_colourful=False,
    handicap=0.7,
)

POSTER = Style(
    name="poster",
    idea="a title as large as the picture: huge, condensed, stacked at the top or foot",
    picture=FULL_BLEED,
    paper="none",
    masthead=Masthead(
        "stacked",
        measure=1.0,
        height=0.46,
        min_size=26.0,
        lines=4,
        anchor="bottom",
        is_behind=False,
    ),
    lines=Lines(
        lead=(TypeSpec("headline", 56.0), TypeSpec("deck", 25.0)),
        lead_measure=400.0,
        rest=(TypeSpec("headline", 37.0), TypeSpec("deck", 24.0)),
        rest_measure=370.0,
        columns=0,
        first=0.05,
        last=0.60,
    ),
    small=TypeSpec("small", 20.0),
    is_colourful=True,
    handicap=0.2,
)

STYLES = {style.name: style for style in (CLASSIC, EDITORIAL, PAPER, SWISS, POSTER)}
"""Name -> style."""
