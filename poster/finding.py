"""A code, a place and what was seen there -> a Finding, with why it matters and how to fix it.

Does not know what codes there are, how anything is found, nor what a place is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

Place = TypeVar("Place")
"""A dataclass that says where something was found."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code means.

    Args:
        why: what comes of it where nobody fixes it.
        fix: what to do about it.
    """

    why: str
    fix: str


@dataclass(frozen=True)
class Finding(Generic[Place]):
    """One thing that is wrong, or could not be looked at.

    Args:
        code: stable, and a key of the catalogue that it was found by.
        place: where.
        trouble: what was seen.
        why: what comes of it.
        fix: what to do about it.
    """

    code: str
    place: Place
    trouble: str
    why: str
    fix: str

    def as_json(self) -> dict[str, Any]:
        """Its fields, those of the place among them.

        Returns:
            What json.dumps takes.
        """
        told = asdict(self)
        return {"code": told.pop("code"), **told.pop("place"), **told}


def find_by(
    reasons: Mapping[str, Reason], code: str, place: Place, trouble: str, fix: str = ""
) -> Finding[Place]:
    """Make a finding by a catalogue.

    Args:
        reasons: the catalogue.
        code: a key of it.
        place: where it was found.
        trouble: what was seen.
        fix: where a better one is known than the catalogue's.

    Returns:
        The finding.
    """
    reason = reasons[code]
    return Finding(code, place, trouble, reason.why, fix or reason.fix)
