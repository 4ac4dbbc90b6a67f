"""A name in a file and a published list without it -> a finding or a note.

A name that is close to a listed one is misspelt: a finding. Any other may be newer than the list:
a note. Does not know what the names are for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from poster.doctor.file_finding import FileFinding, FileLocation, make_file_finding
from poster.printable import shorten
from poster.runpod.published import Published, find_close

_MAX_NAME = 60
"""Code points of a name that a message repeats."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of one kind.

    Args:
        kind: what they name, such as pool.
        names: the listed ones.
        published: the list that they come from.
    """

    kind: str
    names: Collection[str]
    published: Published


def judge_name(
    code: str, place: FileLocation, name: str, vocabulary: Vocabulary, fix: str = ""
) -> FileFinding:
    """Judge a name that is not in a vocabulary.

    Args:
        code: of the finding, if the name is misspelt.
        place: where the name is.
        name: the name.
        vocabulary: the names of its kind.
        fix: of the finding; replaces the catalogue's.

    Returns:
        A finding with the name that was meant, or a note.
    """
    shown, origin = shorten(name, _MAX_NAME), vocabulary.published.origin
    trouble = f"{vocabulary.kind} {shown!r} is not in the doctor's list ({origin})"
    close = find_close(name, vocabulary.names)
    if close:
        return make_file_finding(
            code, place.file, place.line, f"{trouble}; did you mean {close}?", fix
        )
    return make_file_finding("unlisted", place.file, place.line, trouble)
