"""A code, a file and what was found there -> a finding, with the catalogue's reason and fix."""

from __future__ import annotations

from dataclasses import dataclass

from poster.doctor.located import Located
from poster.doctor.reasons import REASONS
from poster.finding import Finding, make_finding
from poster.printable import make_printable, shorten

MAX_TROUBLE = 280
"""Code points; a file that somebody else wrote may hold names of any length."""


@dataclass(frozen=True, slots=True)
class FileLocation:
    """Where the doctor found something.

    Args:
        file: its path in the checkout or the models folder, or the name of what was checked.
        line: in the file, counted from 1; None for the whole file.
    """

    file: str
    line: int | None


FileFinding = Finding[FileLocation]


def make_file_finding(
    code: str, file: str, line: int | None, trouble: str, fix: str = ""
) -> FileFinding:
    """Make a finding.

    Args:
        code: a key of REASONS.
        file: its path, or the name of what was checked.
        line: in the file; None for the whole file.
        trouble: what is wrong there.
        fix: replaces the catalogue's fix, if a more specific one is known.

    Returns:
        The finding; its trouble is printable and not too long.
    """
    trouble = shorten(make_printable(trouble), MAX_TROUBLE)
    return make_finding(REASONS, code, FileLocation(file, line), trouble, fix)


def place_of(part: Located) -> FileLocation:
    """Where a value of a file is.

    Args:
        part: the value.

    Returns:
        Its file and line.
    """
    return FileLocation(part.file, part.line)


def find_at(code: str, part: Located, trouble: str, fix: str = "") -> FileFinding:
    """Make a finding about a value of a file.

    Args:
        code: a key of REASONS.
        part: the value.
        trouble: what is wrong with it.
        fix: replaces the catalogue's fix, if a more specific one is known.

    Returns:
        The finding.
    """
    return make_file_finding(code, part.file, part.line, trouble, fix)
