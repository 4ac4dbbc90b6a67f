"""The text of a job, or of several -> what it contains, whatever a caller put into it.

The SDK parses the text of all jobs that it is given at once. If that fails, it drops them all, and
nobody is told. Does not know which values a job may have: what is replaced here is refused later.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

DEPTH_MAX = 16
"""Levels of lists and objects that are kept; no valid job has half as many."""

_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]')


def parse_jobs(text: str) -> Any:  # noqa: ANN401 - whatever the text holds
    """Parse JSON that Python's own parser may be unable to.

    Args:
        text: JSON.

    Returns:
        Its value. Integers of thousands of digits are infinite; if the nesting is too deep for the
        parser, null stands for what is below DEPTH_MAX levels.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        return json.loads(text, parse_int=_parse_int)
    except RecursionError:
        return json.loads(_cut_below(text, DEPTH_MAX), parse_int=_parse_int)


def _parse_int(digits: str) -> float:
    try:
        return int(digits)
    except ValueError:
        return math.inf


def _cut_below(text: str, depth_max: int) -> str:
    kept: list[str] = []
    depth = start = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        bracket = text[found.start()]
        if bracket in "[{":
            if depth == depth_max:
                kept.append(text[start : found.start()])
            depth += 1
        elif bracket in "]}":
            depth -= 1
            if depth == depth_max:
                kept.append("null")
                start = found.end()
    if depth <= depth_max:
        kept.append(text[start:])
    return "".join(kept)
