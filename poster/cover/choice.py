"""A planned cover in one style -> what speaks against it, so that the best style can be chosen.

Pure: judges the facts of the page that the plan would give, and no pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poster.cover.dummy import Dummy, Slot
from poster.cover.framing import Framing
from poster.cover.ground import FACE_ROOMS, Ground
from poster.cover.styles import REFERENCE_WIDTH, Style
from poster.photo.facts import PhotoFacts

_UNREST = 0.55
_HIDDEN = 2.0
_SMALLER = 0.8
"""Weights of unrest under the type, of the title's share on the subject where it goes before it,
and of type that had to be set smaller; a framing's cost counts once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What speaks against a style for a photo and its copy; 0 is best in each.

    Args:
        style: its name.
        framing: cost of the window: faces, headroom, what is cut off, letters that are hidden.
        unrest: mean over the type of what stirs under it and what it lacks of contrast.
        covered: share of the title's box on the subject, where the title goes before it.
        smaller: how much smaller the cover lines had to be set, as a share.
        reserve: what the style itself asks for beyond that: a plain one is taken where nothing
            else is as good.
    """

    style: str
    framing: float
    unrest: float
    covered: float
    smaller: float
    reserve: float

    @property
    def cost(self) -> float:
        """All of it."""
        return (
            self.framing
            + _UNREST * self.unrest
            + _HIDDEN * self.covered
            + _SMALLER * self.smaller
            + self.reserve
        )


NO_VERDICT = Verdict("", 0.0, 0.0, 0.0, 0.0, 0.0)
"""Of a cover without words, which has no style."""


def judge(style: Style, framing: Framing, seen: PhotoFacts, dummy: Dummy) -> Verdict:
    """Judge a plan.

    Args:
        style: what it is planned in.
        framing: its window.
        seen: facts of the page that it would give.
        dummy: where its type stands.

    Returns:
        The verdict.
    """
    masthead, *others = dummy.slots
    unit = dummy.page.width / REFERENCE_WIDTH
    ground = Ground(seen, dummy.page, masthead.box, FACE_ROOMS[-1])
    costs = [ground.cost(slot.box) for slot in dummy.slots]
    return Verdict(
        style=style.name,
        framing=framing.cost,
        unrest=sum(costs) / len(costs),
        covered=0.0 if style.masthead.is_behind else ground.subject(masthead.box),
        smaller=1 - min((_set_at(style, slot, unit) for slot in others), default=1.0),
        reserve=style.reserve,
    )


def tell_choice(chosen: Verdict, verdicts: Sequence[Verdict]) -> str:
    """Say what speaks for and against a style.

    Args:
        chosen: its verdict.
        verdicts: of all styles that can be set, the best first.

    Returns:
        One line for people.
    """
    rest = ", ".join(f"{one.style} {one.cost:.2f}" for one in verdicts)
    return (
        f"{chosen.style} at {chosen.cost:.2f} of {rest} (least is best): "
        f"framing {chosen.framing:.2f}, unrest under the type {chosen.unrest:.2f}, "
        f"title on the subject {chosen.covered:.0%}, reserve {chosen.reserve:.2f}"
    )


def _set_at(style: Style, slot: Slot, unit: float) -> float:
    """Size of a slot's type over what its style would have it, at most 1."""
    lines = style.lines
    sizes = {
        "headline": lines.rest[0].size,
        "deck": lines.rest[1].size,
    }
    wished = sizes.get(slot.role)
    return 1.0 if wished is None else min(1.0, slot.type.size_px / (wished * unit))
