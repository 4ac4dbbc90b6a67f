"""A code and what was seen -> a Finding, with why it matters and the mend out of the catalogue.

Does not know how anything is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from poster.doctor.reasons import REASONS


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or could not be looked at.

    Args:
        code: stable, and a key of poster.doctor.reasons.REASONS.
        file: as the checkout or the models folder has it, or what else it is about.
        line: in the file, counted from 1; None where it is about the whole.
        trouble: what was seen.
        why: what comes of it.
        mend: what to do about it.
    """

    code: str
    file: str
    line: int | None
    trouble: str
    why: str
    mend: str


def find(code: str, file: str, line: int | None, trouble: str, mend: str = "") -> Finding:
    """Make a finding.

    Args:
        code: a key of REASONS.
        file: that it is about.
        line: in the file.
        trouble: what was seen.
        mend: where a better one is known than the catalogue's.

    Returns:
        The finding.
    """
    reason = REASONS[code]
    return Finding(code, file, line, trouble, reason.why, mend or reason.mend)
