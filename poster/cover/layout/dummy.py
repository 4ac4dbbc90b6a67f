"""The dummy, a printer's word for a page plan: where each piece of type goes on a cover.

Frozen data, without a picture. Layout computes it; ink.compose and the engines use it.
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
class CoverText:
    """The words of a cover.

    Args:
        title: the masthead's text.
        coverlines: (headline, deck) pairs; the deck may be empty.
        kicker: a short line; may be empty.
        folio: the issue line; may be empty.
        language: BCP 47 tag; None guesses it from each text's script.
    """

    title: str
    coverlines: tuple[tuple[str, str], ...] = ()
    kicker: str = ""
    folio: str = ""
    language: str | None = None

    def language_of(self, text: str) -> str:
        """Find the language to set one of these texts in.

        Args:
            text: one of the cover's texts.

        Returns:
            BCP 47 tag. If no language is given, each text's own script decides. Han alone, which
            three languages share, takes the language of the rest of the cover.
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
class TypeArea:
    """The plan of a piece of type, which is measured but not drawn.

    Args:
        role: masthead, headline, deck, kicker or folio.
        box: of its ink, in cover pixels; drawn type differs from it by a few pixels.
        size_px: pixels per em.
    """

    role: str
    box: Box
    size_px: float


@dataclass(frozen=True, slots=True)
class Slot:
    """One placed piece of type.

    Args:
        role: masthead, headline, deck, kicker or folio.
        group: slots with the same number share a colour.
        type: the type as set.
        x: leftmost column of its ink, in cover pixels.
        y: top row of its ink, in cover pixels.
    """

    role: str
    group: int
    type: TypeBlock
    x: int
    y: int

    @property
    def box(self) -> Box:
        """Tight box of its ink, in cover pixels."""
        return box_at(self.x, self.y, self.type.shape)

    @property
    def area(self) -> TypeArea:
        """What a plan says of it."""
        return TypeArea(self.role, self.box, self.type.size_px)


@dataclass(frozen=True, slots=True)
class Dummy:
    """The plan of a cover, before its picture is painted.

    Args:
        page: its size, and where the photo goes on it.
        window: the part of the photo that fills that place, in photo pixels; if it starts above
            the photo (y0 < 0), the backdrop must be extended.
        areas: of the type, the masthead first; empty for a cover without words.
    """

    page: Page
    window: Box
    areas: tuple[TypeArea, ...]

    @property
    def headroom(self) -> float:
        """Share of the picture's height above the photo, where the backdrop is extended."""
        return max(0, -self.window.y0) / self.window.height


def box_at(x: int, y: int, shape: tuple[int, int]) -> Box:
    """Return the box of so many rows and columns whose top left corner is at (x, y)."""
    rows, columns = shape
    return Box(x, y, x + columns, y + rows)


def safe_area(width: int, height: int) -> Box:
    """Return where type may go on a cover of this size, in pixels."""
    margin = round(MARGIN * width)
    return Box(margin, margin, width - margin, height - margin)
