"""The verdicts of all styles -> one sentence that says why a style was chosen.

Knows only the verdicts, not the photo, the text or the styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poster.cover.layout.judge import Verdict

_TIE = 0.01
"""Difference in cost below which two styles are called equally good. Not measured."""
_MAX_STRENGTHS = 2
"""More of them make the sentence hard to read."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How to say one component of a style's cost.

    Args:
        max_small: cost up to which the component is small enough to be called a strength.
        strength: a clause for a small cost.
        drawback: a clause for the component that most favours another style; "it" is the style
            that loses.
    """

    max_small: float
    strength: str
    drawback: str


WORDINGS = {
    # A few tenths are a good window: see framing.choose.Framing.
    "framing": Wording(0.3, "the photo crops well for it", "the photo crops less well for it"),
    "clutter": Wording(
        0.05,
        "the background under the type is calm",
        "the background under its type is busier or has less contrast",
    ),
    "covered": Wording(
        0.1, "the title leaves the subject clear", "its title would cover the subject"
    ),
    "smaller": Wording(
        0.02,
        "the cover lines keep their full size",
        "its cover lines would have to be set smaller",
    ),
    "handicap": Wording(
        0.0,
        "it suits most photos",
        "it suits fewer photos and does not suit this one clearly better",
    ),
    "apart": Wording(0.02, "its cover lines stay together", "its cover lines would be scattered"),
}
"""Component of Verdict.costs -> how to say it, the most telling strength first."""

_BEHIND = "the masthead fits behind the subject"
_ON_FACE = "its title would cover a face"
_ON_LETTERING = "its type would cover lettering in the photo"


def explain_choice(chosen: Verdict, ranked: Sequence[Verdict]) -> str:
    """Say why a style was chosen, and what the runner-up lost by.

    Args:
        chosen: one of `ranked`.
        ranked: the verdicts of all styles that can be set, the best first.

    Returns:
        One sentence for a person, without a full stop. A style that is not the best, which a
        further variant uses, is compared with the best.
    """
    name = chosen.style
    strengths = " and ".join(_strengths(chosen))
    place = ranked.index(chosen)
    if place:
        start = f"{name}, choice {place + 1} of {len(ranked)}: "
        best = ranked[0].style
        if _is_tie(ranked[0], chosen):
            return start + f"it suits this cover as well as {best}"
        drawback = f"it came after {best}, because {_drawback(chosen, ranked[0])}"
        return start + (f"{strengths}, but {drawback}" if strengths else drawback)
    start = f"{name}: {strengths or 'it has the fewest drawbacks here'}; "
    if len(ranked) == 1:
        return start + "no other style has room for this photo and text"
    second = ranked[1].style
    if _is_tie(chosen, ranked[1]):
        return start + f"{second} would have suited as well"
    return start + f"{second} came second, because {_drawback(ranked[1], chosen)}"


def explain_request(style: str) -> str:
    """Say that the request named the style.

    Args:
        style: its name.

    Returns:
        One sentence for a person, without a full stop.
    """
    return f"{style}: the request chose it"


@dataclass(frozen=True, slots=True)
class Repeat:
    """What of a cover differs from an earlier one in the same style.

    Args:
        has_moved: whether its type stands elsewhere.
        shows_another_part: whether it shows another part of the photo.
    """

    has_moved: bool
    shows_another_part: bool

    @property
    def clause(self) -> str:
        """What differs, in words."""
        what = [
            *(["its type stands elsewhere"] if self.has_moved else []),
            *(["it shows another part of the photo"] if self.shows_another_part else []),
        ]
        return " and ".join(what) or "nearly as before, since no other arrangement was found"


def explain_repeat(style: str, number: int, repeat: Repeat, *, is_open: bool) -> str:
    """Say why a style comes again among the variants, and what differs.

    Args:
        style: its name.
        number: how often it came before, 1 or more.
        repeat: what differs from the earlier one that it is most like.
        is_open: whether the request left the style open.

    Returns:
        One sentence for a person, without a full stop.
    """
    sentence = f"{style} again, in layout {number + 1}: {repeat.clause}"
    return f"{sentence}; each style is used once before any repeats" if is_open else sentence


def explain_seed(why: str, count: int, repeat: Repeat | None) -> str:
    """Add to the reason for a style that an even seed chose the layout.

    Args:
        why: the reason.
        count: number of layouts that it chose among, apart from the best.
        repeat: what differs from the best layout, if that has the same style.

    Returns:
        One sentence for a person, without a full stop.
    """
    if not count:
        return f"{why}; the seed is even, but no other layout is nearly as good"
    others = "the only other layout" if count == 1 else f"one of {count} other layouts"
    differs = f"; {repeat.clause}" if repeat else ""
    return f"{why}; the seed is even and chose {others} nearly as good as the best{differs}"


def _is_tie(better: Verdict, worse: Verdict) -> bool:
    return worse.cost - better.cost < _TIE


def _strengths(verdict: Verdict) -> list[str]:
    """Return a clause for each cost that is small."""
    costs = verdict.costs
    small = [name for name, wording in WORDINGS.items() if costs[name] <= wording.max_small]
    clauses = {name: WORDINGS[name].strength for name in small}
    if not verdict.has_cover_lines:
        clauses.pop("smaller", None)
        clauses.pop("apart", None)
    if verdict.is_title_behind:
        # Such a title covers nothing, and does not leave the subject clear either.
        clauses.pop("covered", None)
        if "framing" in clauses:
            clauses["framing"] = _BEHIND
    return list(clauses.values())[:_MAX_STRENGTHS]


def _drawback(loser: Verdict, winner: Verdict) -> str:
    """Return a clause for the component in which a style loses most to another."""
    decisive = max(WORDINGS, key=lambda name: loser.costs[name] - winner.costs[name])
    if loser.is_title_on_face and decisive in {"framing", "covered"}:
        return _ON_FACE
    if loser.is_type_on_lettering and decisive == "covered":
        return _ON_LETTERING
    return WORDINGS[decisive].drawback
