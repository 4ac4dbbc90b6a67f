"""A page's size as a caller gives it -> the page in pixels and in millimetres.

Does not know a request's other fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from poster.errors import RequestError
from poster.geometry import MM_PER_INCH, TrimSize

DEFAULT_WIDTH, DEFAULT_HEIGHT = 1024, 1472

_DEFAULT_WIDTH_MM = 210.0
"""Width of a page whose trim size nobody gives: that of A4, as most magazines in Europe have."""

_SCREEN_DPI = 150
"""Resolution at which a paper's size is shown on a screen; a PDF has the photo's own, up to 300."""

_SCREENS = {
    "cover": (DEFAULT_WIDTH, DEFAULT_HEIGHT),
    "story": (1080, 1920),
    "square": (1080, 1080),
    "portrait": (1080, 1350),
    "instagram": (1080, 1350),
}
"""Sizes in pixels. Source of the last four: Instagram's help on image sizes and stories, 2026."""

_PAPERS = {
    "a4": TrimSize(210, 297),
    "a5": TrimSize(148, 210),
    "letter": TrimSize(215.9, 279.4),
    "us-magazine": TrimSize(212.73, 276.23),
}
"""Sizes in millimetres. Source: ISO 216; ANSI/ASME Y14.1 (8.5 x 11 inches); the usual trim size of
magazines in the United States, 8 3/8 x 10 7/8 inches."""

SIZE_NAMES = (*_SCREENS, *_PAPERS)

SIZE_PATTERN = rf"(?ai){'|'.join(SIZE_NAMES)}|[0-9]{{1,5}}x[0-9]{{1,5}}"
"""The texts that `resolve_page` takes as a size; letters that only resemble those are refused."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page's size.

    Args:
        width: in pixels.
        height: in pixels.
        trim: the printed page after trimming.
    """

    width: int
    height: int
    trim: TrimSize

    @property
    def trim_mm(self) -> str:
        """The trim size as a request spells it."""
        return f"{self.trim.width_mm:g}x{self.trim.height_mm:g}"


def resolve_page(
    size: str | None, width: int | None, height: int | None, trim_mm: str | None
) -> PageSize:
    """Resolve a page's size from the fields of a request that give it.

    Args:
        size: a name of SIZE_NAMES or `WxH` in pixels, in any case; not beside width or height.
        width: in pixels; None for the default.
        height: in pixels; None for the default.
        trim_mm: `WxH` in millimetres; None for the size's own paper, or else a page of 210 mm
            width with the picture's aspect ratio.

    Returns:
        The page.

    Raises:
        RequestError: size is given beside width or height.
    """
    if size is None:
        width, height = width or DEFAULT_WIDTH, height or DEFAULT_HEIGHT
    elif width is not None or height is not None:
        other = "height" if width is None else "width"
        raise RequestError("size", f"conflicts with {other}; give either size or width and height")
    else:
        width, height = _measure(size.lower())
    paper = _PAPERS.get((size or "").lower())
    if trim_mm is not None:
        paper = TrimSize(*map(float, trim_mm.split("x")))
    elif paper is None:
        paper = TrimSize(_DEFAULT_WIDTH_MM, round(_DEFAULT_WIDTH_MM * height / width))
    return PageSize(width, height, paper)


def _measure(size: str) -> tuple[int, int]:
    if size in _SCREENS:
        return _SCREENS[size]
    if size in _PAPERS:
        paper = _PAPERS[size]
        sides = (paper.width_mm, paper.height_mm)
        width, height = (round(side / MM_PER_INCH * _SCREEN_DPI) for side in sides)
        return width, height
    width, height = map(int, size.split("x"))
    return width, height
