"""The name of a list -> published names, with source and date; a name -> the one it is close to.

Does not know what the names are for. tools.lists writes the lists.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_CLOSE = 0.75
"""Share of equal letters from which a name counts as another one misspelt: BLACKWELL_24 and
BLACKWELL_96 (0.83) are close, utility and image (0.33) are not."""


@dataclass(frozen=True, slots=True)
class Published:
    """A list of names that somebody else publishes and extends.

    Args:
        source: where it is published.
        taken: the date of the source that was read, as YYYY-MM-DD.
        content: the names, in a form of each list's own.
    """

    source: str
    taken: str
    content: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """Its source and date, for a message."""
        return f"{self.source}, {self.taken}"


@cache
def read_published(name: str) -> Published:
    """Read a list that ships with the package.

    Args:
        name: of its file in assets/lists, without .json.

    Returns:
        The list.
    """
    path = files("poster") / "assets" / "lists" / f"{name}.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    return Published(content.pop("source"), content.pop("taken"), content)


def find_close(name: str, known: Iterable[str]) -> str:
    """Find the known name that somebody probably meant.

    Args:
        name: an unknown name.
        known: known names.

    Returns:
        The shortest one that contains all its words, else the most similar one; empty if none is
        close, or if it has a number that no known name has: an RTX 6090 is no misspelt RTX 4090.
    """
    by_upper = {candidate.upper(): candidate for candidate in known}
    words = _words(name)
    containing = [upper for upper in by_upper if words and words <= _words(upper)]
    if containing:
        return by_upper[min(containing, key=len)]
    numbers = {word for word in words if re.search(r"\d", word)}
    if numbers - {word for upper in by_upper for word in _words(upper)}:
        return ""
    upper = name.strip().upper()
    near = difflib.get_close_matches(upper, by_upper, n=1, cutoff=_CLOSE)
    return by_upper[near[0]] if near else ""


def _words(name: str) -> set[str]:
    return set(re.findall(r"[A-Z0-9]+", name.upper()))
