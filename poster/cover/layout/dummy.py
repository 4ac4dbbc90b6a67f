"""The dummy: where each piece of type stands on a cover, as frozen data.

Knows no picture; layout computes it, compose and the engines read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from poster.cover.layout.page import Page
from poster.geometry import Box
from poster.typography.block import TypeBlock
from poster.typography.scripts import guess_language

MARGIN = 0.045
"""Margin of the safe area over the cover's width: 46 px at 1024, 9.4 mm at a trim of 210 mm."""


@dataclass(frozen=True, slots=True)
class Copy:
    """The words of a cover.

    Args:
        title: the masthead.
        coverlines: (headline, deck) each; the deck may be empty.
        kicker: short line, may be empty.
        folio: the issue's line, may be empty.
        language: BCP 47 tag, or None to go by each text's script.
    """

    title: str
    coverlines: tuple[tuple[str, str], ...] = ()
    kicker: str = ""
    folio: str = ""
    language: str | None = None

    def language_of(self, text: str) -> str:
        """The language to set one of these texts in.

        Args:
            text: any of the words.

        Returns:
            BCP 47 tag. Without a language given, each text goes by its own script; Han alone, which
            three languages share, goes by what the rest of the cover is written in.
        """
        if self.language:
            return self.language
        own = guess_language(text)
        if not own.startswith("zh"):
            return own
        lines = (part for line in self.coverlines for part in line)
        rest = guess_language(" ".join((self.title, self.kicker, self.folio, *lines)))
        return rest if rest in {"ja", "ko"} else own


@dataclass(frozen=True, slots=True)
class Slot:
    """One piece of type in its place.

    Args:
        role: masthead, headline, deck, kicker or folio.
        group: slots of one group share their colour.
        type: the type as set.
        x: left column of its ink.
        y: top row of its ink.
    """

    role: str
    group: int
    type: TypeBlock
    x: int
    y: int

    @property
    def box(self) -> Box:
        """Tight ink in cover pixels."""
        rows, columns = self.type.shape
        return Box(self.x, self.y, self.x + columns, self.y + rows)


@dataclass(frozen=True, slots=True)
class Dummy:
    """A cover before its picture.

    Args:
        page: its size, and where the photo lies on it.
        window: the part of the photo that fills that place, in photo pixels; where its top lies
            above the photo (y0 < 0) the backdrop has to be grown.
        slots: the type, the masthead first; none where the cover goes without words.
    """

    page: Page
    window: Box
    slots: tuple[Slot, ...]


def safe_area(width: int, height: int) -> Box:
    """Where type may stand on a cover of this size, in pixels."""
    margin = round(MARGIN * width)
    return Box(margin, margin, width - margin, height - margin)
