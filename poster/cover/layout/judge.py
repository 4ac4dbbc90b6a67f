"""A planned cover in one style -> its cost, so that the best style can be chosen.

Pure: judges the facts of the page that the plan would produce; uses no pixels.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import numpy as np

from poster.cover.layout.dummy import Dummy, TypeArea
from poster.cover.layout.ground import FACE_ROOMS, Ground
from poster.cover.layout.page import Page
from poster.cover.layout.styles import REFERENCE_WIDTH, Style
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.photo.palette import swatch_of


@dataclass(frozen=True, slots=True)
class StyleCosts:
    """Weights of a style's cost on a photo; the cost of its window is added with weight 1.

    A figure without a stated origin was not measured; the baseline over bench/photos guards it.

    Args:
        clutter: weight of clutter under the type, above `calm`.
        calm: clutter below which a background is calm: a blurred garden, a wall, a cloudy sky.
        grown: clutter of backdrop extended above a photo, relative to that of the photo's top; the
            extension smooths it.
        lines: weight of clutter under the cover lines relative to the title, which covers ten times
            their area.
        covered: cost of a title in front of heads, or of a subject without a face, times the share
            of its box on them; and of type on lettering in the photo.
        sliced: cost of a title in front of any part of them, beyond a sliver: a straw or a rail
            that ends at a letter is neither in front of it nor behind.
        clothes: share of the clutter of clothes that does not disturb a title on them. Portraits
            with the title across the jacket were graded best.
        worst_third: weight of clutter under the worst third of the title: letters on a roof are
            lost, however calm the sky under the others.
        apart: cost of cover lines of one column that are apart by the whole page more than they
            need to be: such a line looks left over.
        smaller: cost of type that had to be set smaller, times the share of its size that it lost.
        title_in_front: cost of a title in front of a photo: a title behind the head is what makes a
            cover.
        field: credit for a field of a strong colour.
        strong: minimum OKLCH chroma of a strong colour; a weaker field looks like mere paper.
    """

    clutter: float = 1.0
    calm: float = 0.3
    grown: float = 0.6
    lines: float = 1.0
    covered: float = 2.0
    sliced: float = 0.5
    clothes: float = 0.7
    worst_third: float = 0.7
    apart: float = 2.0
    smaller: float = 1.5
    title_in_front: float = 0.12
    field: float = 0.15
    strong: float = 0.12


COSTS = StyleCosts()

_SLIVER = 0.004
"""Share of the title's box up to which what it covers is not seen."""

_USUAL_GAP = 70.0
"""Distance of cover lines up to which they look like one list, in pixels on a page of
REFERENCE_WIDTH."""

_TOUCHING = 0.03
"""Minimum share of the title's box that the subject covers if it is visibly in front of it.
framing.masthead_occlusion has the same share of the title's ink. Only the explanation uses this
one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a style costs for a photo and its text, by component; 0 is best in each.

    Args:
        style: its name.
        framing: cost of the window: faces, headroom, cut-off subjects and words, hidden letters.
        clutter: clutter and missing contrast under the title, plus half of those under the cover
            lines.
        covered: share of the title's box that lies on the subject, or 0 if the title goes behind
            it; plus the most that a piece of type covers of the photo's lettering, or lies on it.
        smaller: share by which the cover lines had to be set smaller.
        apart: distances of cover lines that stand below one another, beyond those that they need,
            over the page's height.
        handicap: how much better than others the style must suit to be chosen.
        is_title_behind: whether the subject is in front of part of the title. It costs nothing.
        is_title_on_face: whether the title covers part of a face. It costs nothing by itself:
            `framing` and `covered` count it.
        is_type_on_lettering: whether type covers a word in the photo; `covered` counts it.
        has_cover_lines: whether there are cover lines; without them, `smaller` is 0.
    """

    style: str
    framing: float
    clutter: float
    covered: float
    smaller: float
    apart: float
    handicap: float
    is_title_behind: bool = False
    is_title_on_face: bool = False
    is_type_on_lettering: bool = False
    has_cover_lines: bool = False

    @property
    def costs(self) -> dict[str, float]:
        """Each component's cost, by the name of its field."""
        return {
            "framing": self.framing,
            "clutter": COSTS.clutter * max(0.0, self.clutter - COSTS.calm),
            "covered": COSTS.covered * self.covered + COSTS.sliced * (self.covered > _SLIVER),
            "smaller": COSTS.smaller * self.smaller,
            "apart": COSTS.apart * self.apart,
            "handicap": self.handicap,
        }

    @property
    def lines_cost(self) -> float:
        """What lines on a band could save."""
        costs = self.costs
        return costs["clutter"] + costs["smaller"] + costs["apart"]

    @property
    def cost(self) -> float:
        """The sum of all components; lower is better."""
        # Not sum(): Python 3.12 changed its rounding of floats.
        return reduce(operator.add, self.costs.values())


NO_VERDICT = Verdict("", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""The verdict of a cover without words, which has no style."""


def judge(style: Style, framing_cost: float, seen: PhotoFacts, dummy: Dummy) -> Verdict:
    """Judge a plan.

    Args:
        style: of the plan.
        framing_cost: cost of its window.
        seen: facts of the page that it would produce.
        dummy: where its type is.

    Returns:
        The verdict.
    """
    masthead, *others = dummy.areas
    unit = dummy.page.width / REFERENCE_WIDTH
    is_behind = style.masthead.is_behind
    whole = _with_headroom(seen, dummy.headroom)
    ground = under = Ground(whole, dummy.page, masthead.box, FACE_ROOMS[-1])
    if not is_behind:
        under = Ground(_without_clothes(whole), dummy.page, masthead.box, FACE_ROOMS[-1])
    under_title = max(
        under.cost(masthead.box),
        *(COSTS.worst_third * under.cost(one) for one in masthead.box.columns(3)),
    )
    under_lines = [ground.cost(area.box) for area in others]
    on_subject = ground.subject(masthead.box)
    on_lettering = min(1.0, max(ground.lettering(area.box) for area in dummy.areas))
    return Verdict(
        style=style.name,
        framing=framing_cost,
        clutter=under_title + COSTS.lines * sum(under_lines) / max(len(under_lines), 1),
        covered=on_lettering + (0.0 if is_behind else under.subject(masthead.box)),
        apart=0.0 if style.lines.columns else _gaps(others, unit) / dummy.page.height,
        smaller=1 - min((_relative_size(style, area, unit) for area in others), default=1.0),
        handicap=style.handicap + _extra_handicap(style, dummy.page),
        is_title_behind=is_behind and on_subject >= _TOUCHING,
        is_title_on_face=not is_behind and any(masthead.box.overlaps(one) for one in seen.faces),
        is_type_on_lettering=on_lettering > 0,
        has_cover_lines=any(area.role == "headline" for area in others),
    )


def _gaps(areas: Sequence[TypeArea], unit: float) -> float:
    """Sum the gaps between cover lines below one another, beyond what such lines need."""
    lines = [area for area in areas if area.role in ("headline", "deck")]
    gaps = [
        below.box.y0 - above.box.y1
        for above, below in pairwise(lines)
        if below.role == "headline" and _are_in_line(above.box, below.box)
    ]
    return sum(max(0.0, gap - _USUAL_GAP * unit) for gap in gaps)


def _are_in_line(above: Box, below: Box) -> bool:
    """Whether two boxes are in one column; at the two sides, the second may begin higher."""
    return above.x0 < below.x1 and below.x0 < above.x1 and above.y1 <= below.y0


def _without_clothes(seen: PhotoFacts) -> PhotoFacts:
    """Take clothes out of the subject, and calm their folds: a title in front may lie on them."""
    clothes = seen.matte - seen.heads
    return replace(seen, edges=seen.edges * (1 - COSTS.clothes * clothes), matte=seen.heads)


def _with_headroom(seen: PhotoFacts, share: float) -> PhotoFacts:
    """Fill in clutter above the photo: backdrop extended there has the texture of its top."""
    rows = round(len(seen.edges) * share)
    if not rows:
        return seen
    edges = seen.edges.copy()
    edges[:rows] = COSTS.grown * edges[rows : 2 * rows].mean(0)
    return replace(seen, edges=edges)


def _extra_handicap(style: Style, page: Page) -> float:
    """Return what this page adds to the style's handicap; a credit is negative."""
    if page.is_full_bleed:
        return 0.0 if style.masthead.is_behind else COSTS.title_in_front
    chroma = swatch_of(np.array(page.paper, np.float64), 1.0).chroma
    return -COSTS.field if chroma >= COSTS.strong else 0.0


def _relative_size(style: Style, area: TypeArea, unit: float) -> float:
    """Return the size of type relative to what its style asks for, at most 1."""
    lines = style.lines
    sizes = {
        "headline": lines.rest[0].size,
        "deck": lines.rest[1].size,
    }
    wished = sizes.get(area.role)
    return 1.0 if wished is None else min(1.0, area.size_px / (wished * unit))
