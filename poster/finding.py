"""A code, a location and the problem there -> a Finding, with why it matters and how to fix it.

Does not know which codes exist, how problems are found, or what form a location has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

Location = TypeVar("Location")
"""A dataclass that says where a problem was found."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code means.

    Args:
        why: why it matters.
        fix: how to fix it.
    """

    why: str
    fix: str


@dataclass(frozen=True)
class Finding(Generic[Location]):
    """One thing that is wrong, or could not be checked.

    Args:
        code: a stable key in the catalogue of reasons.
        location: where it was found.
        trouble: what is wrong there.
        why: why it matters.
        fix: how to fix it.
    """

    code: str
    location: Location
    trouble: str
    why: str
    fix: str

    def as_json(self) -> dict[str, Any]:
        """Its fields, including those of the location.

        Returns:
            JSON types.
        """
        fields = asdict(self)
        return {"code": fields.pop("code"), **fields.pop("location"), **fields}


def make_finding(
    reasons: Mapping[str, Reason], code: str, location: Location, trouble: str, fix: str = ""
) -> Finding[Location]:
    """Make a finding with the reason and fix from a catalogue.

    Args:
        reasons: the catalogue.
        code: a key of the catalogue.
        location: where it was found.
        trouble: what is wrong there.
        fix: replaces the catalogue's fix, if a more specific one is known.

    Returns:
        The finding.
    """
    reason = reasons[code]
    return Finding(code, location, trouble, reason.why, fix or reason.fix)
