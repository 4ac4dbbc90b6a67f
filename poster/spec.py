"""What one field of a request may hold, and whether a value holds to it.

Knows no field by name and no other field's value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import regex

from poster.errors import RequestError
from poster.graphemes import graphemes
from poster.strict_json import NotJsonError, parse_json

_KIND_NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list of strings",
    dict: "an object",
}


_LONG = 10**15
"""Whole numbers from here on have more digits than a message needs, and may have thousands."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What one field may hold, for validation, the command line's flags and Cog's schema.

    Args:
        help: one line for people.
        kind: the type that a value must have; None is allowed where the field's default is None.
            A tuple holds strings; a dict is an object of JSON, or JSON that says one.
        low: least number, inclusive.
        high: greatest number, inclusive; of a tuple, most strings.
        choices: the only strings allowed.
        max_length: most code points; of an object, in JSON without spaces.
        graphemes: most user-perceived characters.
        pattern: regular expression that the whole string must match.
        pattern_help: what the pattern wants, in words.
    """

    help: str
    kind: type
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    graphemes: int | None = None
    pattern: str = ""
    pattern_help: str = ""


def read_value(name: str, value: object, spec: Spec) -> Any:  # noqa: ANN401 - of any kind
    """Take a value as doors have it for the field's own: any list, and an object spelled as JSON.

    Args:
        name: of the field, for the message.
        value: as the caller gave it.
        spec: of the field.

    Returns:
        The value, of the field's kind if it can be; check_value holds it to the rest.

    Raises:
        RequestError: a string stands for an object and is not strict JSON.
    """
    if spec.kind is tuple and isinstance(value, list):
        return tuple(value)
    if spec.kind is dict and isinstance(value, str):
        try:
            return parse_json(value)
        except NotJsonError as error:
            raise RequestError(name, f"is not JSON: {error}") from error
    return value


def check_value(name: str, value: object, spec: Spec, default: object) -> None:
    """Hold a value to its spec.

    Args:
        name: of the field, for the message.
        value: as the caller gave it.
        spec: of the field.
        default: of the field; where it is None, None is a value too.

    Raises:
        RequestError: it is of the wrong kind or out of a bound.
    """
    if value is None and default is None:
        return
    kinds = (int, float) if spec.kind is float else (spec.kind,)
    # bool is an int in Python; a caller who sends true for a number made a mistake.
    is_mistaken = isinstance(value, bool) and spec.kind is not bool
    if is_mistaken or not isinstance(value, kinds):
        raise RequestError(name, f"must be {_KIND_NAMES[spec.kind]}, not {type(value).__name__}")
    if isinstance(value, str):
        _check_text(name, value, spec)
    elif isinstance(value, tuple):
        _check_lines(name, value, spec)
    elif isinstance(value, dict):
        _check_object(name, value, spec)
    elif isinstance(value, (int, float)):
        _check_number(name, value, spec)


def _check_number(name: str, value: float, spec: Spec) -> None:
    if spec.low is None or spec.high is None:
        return
    # NaN is between no two numbers.
    if not spec.low <= value <= spec.high:
        shown = "a number that long" if isinstance(value, int) and abs(value) >= _LONG else value
        raise RequestError(name, f"must be between {spec.low} and {spec.high}, not {shown}")


def _check_text(name: str, value: str, spec: Spec) -> None:
    if spec.choices and value not in spec.choices:
        raise RequestError(name, f"must be one of {', '.join(spec.choices)}, not {value[:40]!r}")
    _check_length(name, value, spec)
    if spec.pattern and not regex.fullmatch(spec.pattern, value):
        raise RequestError(name, f"must be {spec.pattern_help}, not {value[:40]!r}")


def _check_length(name: str, value: str, spec: Spec) -> None:
    if spec.max_length is not None and len(value) > spec.max_length:
        raise RequestError(
            name, f"has {len(value)} code points; at most {spec.max_length} are allowed"
        )
    if spec.graphemes is not None and (count := len(graphemes(value))) > spec.graphemes:
        raise RequestError(name, f"has {count} characters; at most {spec.graphemes} are allowed")


def _check_lines(name: str, lines: tuple[object, ...], spec: Spec) -> None:
    if spec.high is not None and len(lines) > spec.high:
        raise RequestError(name, f"has {len(lines)} lines; at most {spec.high} are allowed")
    for number, line in enumerate(lines, 1):
        if not isinstance(line, str):
            raise RequestError(name, f"line {number} must be a string, not {type(line).__name__}")
        if not line.partition("|")[0].strip():
            raise RequestError(name, f"line {number} has no headline; write headline | deck")
        _check_length(f"{name} line {number}", line, spec)


def _check_object(name: str, value: dict[str, object], spec: Spec) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestError(name, "must hold nothing but what JSON can say") from error
    _check_length(name, text, spec)
