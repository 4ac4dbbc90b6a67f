"""A planned cover in one style -> what speaks against it, so that the best style can be chosen.

Pure: judges the facts of the page that the plan would give, and no pixels.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from poster.cover.layout.dummy import Dummy, Slot
from poster.cover.layout.ground import FACE_ROOMS, Ground
from poster.cover.layout.page import Page
from poster.cover.layout.styles import REFERENCE_WIDTH, Style
from poster.geometry import Box
from poster.photo.facts import PhotoFacts
from poster.photo.palette import swatch_of
from poster.typography.contrast import MASTHEAD_FLOOR


@dataclass(frozen=True, slots=True)
class StyleCosts:
    """What a style costs on a photo beside its window, whose cost counts once.

    Where no origin is given the figure was not measured; the baseline over bench/photos holds it.

    Args:
        unrest: for unrest under the type, beyond `calm`.
        calm: unrest up to which a ground is calm: a blurred garden, a wall, a sky with a cloud.
        grown: unrest of what is grown above a photo over that of the photo's top, which it smooths.
        lines: what the lines count beside the title, which is set on ten times their ground.
        covered: for a title that goes before the subject and covers nothing else.
        smaller: for type that had to be set smaller, by the share that it lost.
        plain: for a title before a photo: one behind the head is what makes a cover.
        field: what a field of a strong colour is worth.
        strong: chroma in OKLCH from which a colour is strong: a weaker field is but another paper.
    """

    unrest: float = 1.0
    calm: float = 0.3
    grown: float = 0.6
    lines: float = 0.5
    covered: float = 2.0
    smaller: float = 0.8
    plain: float = 0.12
    field: float = 0.15
    strong: float = 0.12


COSTS = StyleCosts()

_TOUCHING = 0.03
"""Share of the title's box from which the subject visibly stands before it; as in framing.behind,
which counts the title's ink. Only the explanation uses it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a style for a photo and its copy; 0 is best in each.

    Args:
        style: its name.
        framing: cost of the window: faces, headroom, what is cut off, letters that are hidden.
        unrest: what stirs under the title, and half of what stirs under the lines, with what
            either lacks of contrast.
        covered: share of the title's box on the subject, where the title goes before it.
        smaller: how much smaller the cover lines had to be set, as a share.
        reserve: what the style itself asks for beyond that: a plain one is taken where nothing
            else is as good.
        is_title_behind: whether the subject stands before part of the title; costs nothing itself.
        is_title_on_face: whether the title covers part of a face; costs nothing itself, as the
            window and `covered` count it.
    """

    style: str
    framing: float
    unrest: float
    covered: float
    smaller: float
    reserve: float
    is_title_behind: bool = False
    is_title_on_face: bool = False

    @property
    def costs(self) -> dict[str, float]:
        """Each component's cost, by the name of its field."""
        return {
            "framing": self.framing,
            "unrest": COSTS.unrest * max(0.0, self.unrest - COSTS.calm),
            "covered": COSTS.covered * self.covered,
            "smaller": COSTS.smaller * self.smaller,
            "reserve": self.reserve,
        }

    @property
    def cost(self) -> float:
        """The sum of all components; lower is better."""
        # Not sum(), whose last digit differs between versions of Python.
        return reduce(operator.add, self.costs.values())


NO_VERDICT = Verdict("", 0.0, 0.0, 0.0, 0.0, 0.0)
"""Of a cover without words, which has no style."""


def judge(style: Style, framing_cost: float, seen: PhotoFacts, dummy: Dummy) -> Verdict:
    """Judge a plan.

    Args:
        style: what it is planned in.
        framing_cost: what speaks against its window.
        seen: facts of the page that it would give.
        dummy: where its type stands.

    Returns:
        The verdict.
    """
    masthead, *others = dummy.slots
    unit = dummy.page.width / REFERENCE_WIDTH
    ground = Ground(_with_grown(seen, dummy.window), dummy.page, masthead.box, FACE_ROOMS[-1])
    under_title = ground.cost(masthead.box, MASTHEAD_FLOOR)
    under_lines = [ground.cost(slot.box) for slot in others]
    on_subject = ground.subject(masthead.box)
    is_behind = style.masthead.is_behind
    return Verdict(
        style=style.name,
        framing=framing_cost,
        unrest=under_title + COSTS.lines * sum(under_lines) / max(len(under_lines), 1),
        covered=0.0 if is_behind else on_subject,
        smaller=1 - min((_set_at(style, slot, unit) for slot in others), default=1.0),
        reserve=style.reserve + _wants(style, dummy.page),
        is_title_behind=is_behind and on_subject >= _TOUCHING,
        is_title_on_face=not is_behind and any(masthead.box.overlaps(one) for one in seen.faces),
    )


def _with_grown(seen: PhotoFacts, window: Box) -> PhotoFacts:
    """Facts with unrest above the photo too: what is grown there has the texture of its top."""
    rows = round(len(seen.edges) * max(0, -window.y0) / window.height)
    if not rows:
        return seen
    edges = seen.edges.copy()
    edges[:rows] = COSTS.grown * edges[rows : 2 * rows].mean(0)
    return replace(seen, edges=edges)


def _wants(style: Style, page: Page) -> float:
    """What a style asks for on this page beyond its reserve."""
    if page.is_full_bleed:
        return 0.0 if style.masthead.is_behind else COSTS.plain
    chroma = swatch_of(np.array(page.paper, np.float64), 1.0).chroma
    return -COSTS.field if chroma >= COSTS.strong else 0.0


def _set_at(style: Style, slot: Slot, unit: float) -> float:
    """Size of a slot's type over what its style would have it, at most 1."""
    lines = style.lines
    sizes = {
        "headline": lines.rest[0].size,
        "deck": lines.rest[1].size,
    }
    wished = sizes.get(slot.role)
    return 1.0 if wished is None else min(1.0, slot.type.size_px / (wished * unit))
