"""A code, a file and what was seen there -> a finding by the doctor's catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from poster.doctor.reasons import REASONS
from poster.finding import Finding, find_by


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where the doctor found something.

    Args:
        file: as the checkout or the models folder has it, or what else it is about.
        line: in the file, counted from 1; None where it is about the whole.
    """

    file: str
    line: int | None


FileFinding = Finding[FilePlace]


def find(code: str, file: str, line: int | None, trouble: str, fix: str = "") -> FileFinding:
    """Make a finding.

    Args:
        code: a key of REASONS.
        file: that it is about.
        line: in the file.
        trouble: what was seen.
        fix: where a better one is known than the catalogue's.

    Returns:
        The finding.
    """
    return find_by(REASONS, code, FilePlace(file, line), trouble, fix)
