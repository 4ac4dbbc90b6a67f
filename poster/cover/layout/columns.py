"""What cover lines need of a field -> the columns that they fill, row by row.

Pure. Does not know the type, nor where the field is on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, NamedTuple

GUTTER = 64.0
"""Space between two columns, in pixels on a page of REFERENCE_WIDTH: with 40, neighbouring lines
were read as one sentence."""

FEW = 6
"""Number of cover lines up to which the lead has a column or a row to itself."""

_LEAD_SHARE = 1.35
"""Width of the lead's column, over that of another one, as far as the lines leave it open."""

_PAIR = 2
"""Columns of four lines below a lead: three would leave one line alone."""

_ROW_SCALE = 1.2
"""Size of a lead in a row of its own, over that of one in a column."""

LeadPlace = Literal["column", "row", "among"]
"""Where the first cover line is: in the first column, which the others leave to it; in a row above
them; or among them."""


class Need(NamedTuple):
    """The width at which a cover line breaks by sense, and at which it needs no break."""

    least: float
    one_line: float


class Column(NamedTuple):
    """Where a column starts, from the side where reading does, and its width."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns that cover lines fill row by row.

    Args:
        columns: in the order in which they are read.
        lead: where the first line is.
    """

    columns: tuple[Column, ...]
    lead: LeadPlace

    def scale(self, number: int) -> float:
        """Return the size of a line, over that which its style has for it."""
        return _ROW_SCALE if self._is_above(number) else 1.0

    def cell(self, number: int) -> tuple[int, Column]:
        """Return the row and the column of a line; all are counted from 0."""
        if self._is_above(number):
            last = self.columns[-1]
            return 0, Column(0.0, last.start + last.width)
        row, place = _place(self.lead, len(self.columns), number)
        return row, self.columns[place]

    def _is_above(self, number: int) -> bool:
        return self.lead == "row" and number == 0


def divide_field(most: int, needs: Sequence[Need], width: float, gutter: float) -> Grid:
    """Divide a field into columns: with a wide one for the lead, or equal ones below it.

    Args:
        most: maximum number of columns.
        needs: of the cover lines, in their order; at least one.
        width: of the field.
        gutter: space between two columns.

    Returns:
        The grid, in the unit of `width`.
    """
    first, *others = (
        _divide(lead, count, needs, width, gutter) for lead, count in _ways(most, len(needs))
    )
    return next((grid for grid, has_room in (first, *others) if has_room), first[0])


def _ways(most: int, count: int) -> Iterator[tuple[LeadPlace, int]]:
    """Yield where the lead may be, and the number of columns, the best first."""
    most = min(most, count)
    if not 1 < count <= FEW:
        yield "among", most
        return
    rest = count - 1
    # Beside a lead, rows that the rest do not fill leave a hole.
    if rest % (most - 1) == 0:
        yield "column", most
    yield "row", _PAIR if rest == 2 * _PAIR else min(most, rest)


def _divide(
    lead: LeadPlace, count: int, needs: Sequence[Need], width: float, gutter: float
) -> tuple[Grid, bool]:
    """Divide a field into columns as wide as their lines need; return whether it has room.

    Columns below a lead are equal if that is enough. Otherwise, what is to spare goes to lines that
    then need no second line, the first ones first, and the rest of it to all columns.
    """
    shares = [_LEAD_SHARE if lead == "column" else 1.0, *[1.0] * (count - 1)]
    room = width - gutter * (count - 1)
    usual = [share * room / sum(shares) for share in shares]
    placed = [
        (_place(lead, count, line)[1], need)
        for line, need in enumerate(needs)
        if lead != "row" or line
    ]
    wide = [max((need.least for at, need in placed if at == k), default=0.0) for k in range(count)]
    spare = room - sum(wide)
    fits = all(one <= other for one, other in zip(wide, usual, strict=True))
    if spare < 0 or (fits and lead != "column"):
        return _grid_of(usual, gutter, lead), fits
    for at, need in placed:
        more = max(0.0, need.one_line - wide[at])
        if more <= spare:
            wide[at] += more
            spare -= more
    widths = [one + spare * share / sum(shares) for one, share in zip(wide, shares, strict=True)]
    return _grid_of(widths, gutter, lead), True


def _place(lead: LeadPlace, count: int, number: int) -> tuple[int, int]:
    """Return the row and the column of a line; of a lead above the others, the first column."""
    if lead == "among":
        return divmod(number, count)
    if number == 0:
        return 0, 0
    if lead == "row":
        row, place = divmod(number - 1, count)
        return row + 1, place
    row, place = divmod(number - 1, count - 1)
    return row, place + 1


def _grid_of(widths: Sequence[float], gutter: float, lead: LeadPlace) -> Grid:
    starts = accumulate((one + gutter for one in widths), initial=0.0)
    return Grid(tuple(map(Column, starts, widths)), lead)
