"""Text -> the value that it contains as strict JSON, or what is wrong with it; never a crash.

Does not know what the JSON is for or which values its reader accepts.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

_TROUBLES = {
    "Expecting value": "a value is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing; is "
    "there a trailing comma?",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Extra data": "there is text after the value",
}
"""Messages of Python's parser -> plain ones; Python 3.13 has further ones, which are plain."""


class NotJsonError(ValueError):
    """A text is not strict JSON.

    Args:
        trouble: what is wrong.
        line: line number, counted from 1; None if unknown.
        column: character in that line, counted from 1.
    """

    def __init__(self, trouble: str, line: int | None = None, column: int = 1) -> None:
        super().__init__(f"line {line}, column {column}: {trouble}" if line else trouble)
        self.trouble = trouble
        self.line = line


class NotANumberError(NotJsonError):
    """The text contains NaN, Infinity or -Infinity.

    Args:
        word: the one that was found first.
    """

    def __init__(self, word: str) -> None:
        super().__init__(f"{word} is not a JSON number")
        self.word = word


class RepeatedNameError(NotJsonError):
    """An object contains a name twice; JSON readers do not agree on which value counts.

    Args:
        name: the repeated name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name!r:.60} is given twice in an object")
        self.name = name


class TooDeepError(NotJsonError):
    """Objects and lists are nested more deeply than Python can parse."""


MAX_VALUES = 1_000_000
"""Values that a text may have: parsed, they take 100 MB at most."""


def parse_json(
    text: str | bytes, *, nan_as_null: bool = False, max_values: int = MAX_VALUES
) -> Any:  # noqa: ANN401 - whatever the text holds
    """Parse JSON strictly. Source: RFC 8259.

    Args:
        text: JSON; if bytes, UTF-8 with or without a byte order mark.
        nan_as_null: read NaN and Infinity, which Python's own json writes, as null.
        max_values: number of values that it may have; commas and brackets in strings count, too.

    Returns:
        Its value: every number is finite, and no object contains a name twice. A string can still
        contain a lone surrogate; see is_text.

    Raises:
        NotJsonError: it is not JSON; the subclasses are for text that json.loads can accept.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        # A value takes up to a hundred times the memory of its text.
        if sum(text.count(mark) for mark in ",[{") > max_values:
            raise NotJsonError(f"it has more than {max_values:,} values")
        return json.loads(
            text,
            parse_constant=_read_null if nan_as_null else _reject_constant,
            parse_float=_parse_float,
            parse_int=_parse_int,
            object_pairs_hook=_without_repeats,
        )
    except json.JSONDecodeError as error:
        trouble = _TROUBLES.get(error.msg, error.msg.lower())
        raise NotJsonError(trouble, error.lineno, error.colno) from error
    except UnicodeDecodeError as error:
        raise NotJsonError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise TooDeepError("it is nested too deeply") from error


def walk(value: object) -> Iterator[tuple[object, int]]:
    """Iterate over a JSON value and everything in it, including the names in objects.

    Args:
        value: as parse_json returns it.

    Yields:
        A part and its depth; the depth of the whole value is 1.
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
    """Whether a string is valid Unicode; JSON can also encode a lone surrogate, which is not."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reject_constant(word: str) -> NoReturn:
    raise NotANumberError(word)


def _read_null(_: str) -> None:
    return None


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise NotJsonError(f"{text:.20} is too large for a floating-point number")
    return value


def _parse_int(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:  # thousands of digits
        raise NotJsonError("it contains a number with too many digits") from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        raise RepeatedNameError(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return entries
