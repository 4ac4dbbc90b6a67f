"""Text -> the value that it holds as strict JSON, or what is wrong with it; never a crash.

Does not know what the JSON is about, nor how much of it a reader wants.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn


class NotJsonError(ValueError):
    """A text is no strict JSON.

    Args:
        trouble: what is wrong.
        line: where, counted from 1; None where nobody knows.
    """

    def __init__(self, trouble: str, line: int | None = None) -> None:
        super().__init__(f"{trouble} in line {line}" if line else trouble)
        self.trouble = trouble
        self.line = line


class NotANumberError(NotJsonError):
    """NaN, Infinity or -Infinity stands where a number should.

    Args:
        word: the one that does.
    """

    def __init__(self, word: str) -> None:
        super().__init__(f"{word} is no number")
        self.word = word


class RepeatedNameError(NotJsonError):
    """An object has a name twice, and readers do not agree on which of the values counts.

    Args:
        name: the one.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"an object has {name!r:.60} twice")
        self.name = name


class TooDeepError(NotJsonError):
    """Objects and lists stand in each other more deeply than Python can follow."""


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - whatever the text holds
    """Parse JSON and nothing that only resembles it. Source: RFC 8259.

    Args:
        text: as bytes, UTF-8 with or without a byte order mark.

    Returns:
        Its value: every number finite, no name twice in an object. A string may still hold a lone
        surrogate, see is_text.

    Raises:
        NotJsonError: it is not JSON; the subclasses say what json.loads would have taken.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            parse_int=_parse_int,
            object_pairs_hook=_without_repeats,
        )
    except json.JSONDecodeError as error:
        raise NotJsonError(error.msg.lower(), error.lineno) from error
    except UnicodeDecodeError as error:
        raise NotJsonError("it is no UTF-8 text") from error
    except RecursionError as error:
        raise TooDeepError("it is nested too deeply") from error


def walk(value: object) -> Iterator[tuple[object, int]]:
    """Everything in a value of JSON, itself and the names in its objects too.

    Args:
        value: as parse_json returns it.

    Yields:
        A part and how many objects and lists it stands in, itself counted, the value's own being 1.
    """
    parts = [(value, 1)]
    while parts:
        part, depth = parts.pop()
        yield part, depth
        if isinstance(part, dict):
            parts += [(below, depth + 1) for below in (*part, *part.values())]
        elif isinstance(part, list):
            parts += [(below, depth + 1) for below in part]


def is_text(value: str) -> bool:
    """Whether a string is Unicode text; JSON can also spell half a character, a lone surrogate."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(word: str) -> NoReturn:
    raise NotANumberError(word)


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJsonError(f"{text:.20} is no number that a computer holds")
    return value


def _parse_int(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # of thousands of digits
        raise NotJsonError("holds a number that long") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise RepeatedNameError(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return entries
