"""The values that a field of a request accepts, and the check of a value against them.

Does not know any field by name or another field's value.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import regex

from poster.errors import RequestError
from poster.graphemes import graphemes
from poster.strict_json import NotJsonError, is_text, parse_json

_KIND_NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list of strings",
    dict: "an object",
}


_LONG = 10**15
"""Whole numbers this large are not quoted in messages: they can have thousands of digits."""


@dataclass(frozen=True, slots=True)
class Spec:
    """The values that one field accepts; used for validation, flags and Cog's schema.

    Args:
        help: one-line description of the field.
        kind: the type of a value; None is also allowed if the field's default is None. A tuple
            contains strings; a dict is a JSON object, and can be given as JSON text.
        low: minimum of a number, inclusive.
        high: maximum of a number, inclusive; for a tuple, the maximum number of strings.
        choices: the only strings allowed.
        max_length: maximum number of code points; for an object, in JSON without spaces.
        graphemes: maximum number of user-perceived characters.
        pattern: regular expression that the whole string must match.
        parse: reads a whole string; raises ValueError if it has no meaning.
        pattern_help: what pattern and parse accept, in words.
        metavar: how a flag's help shows the value; empty for the usual word of its kind.
    """

    help: str
    kind: type
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    graphemes: int | None = None
    pattern: str = ""
    parse: Callable[[str], object] | None = None
    pattern_help: str = ""
    metavar: str = ""


def convert_value(name: str, value: object, spec: Spec) -> Any:  # noqa: ANN401 - of any kind
    """Convert a value from a door to the field's type.

    A list becomes a tuple, JSON text an object, and a number such as 1024.0, which clients in Lua,
    PHP and Swift write, a whole number.

    Args:
        name: the field's name, for the message.
        value: the caller's value.
        spec: the field's spec.

    Returns:
        The converted value, or the value itself; check_value checks everything else.

    Raises:
        RequestError: the text given for an object is not strict JSON.
    """
    if spec.kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if spec.kind is tuple and isinstance(value, list):
        return tuple(value)
    if spec.kind is dict and isinstance(value, str):
        try:
            return parse_json(value)
        except NotJsonError as error:
            raise RequestError(name, f"is not valid JSON: {error}") from error
    return value


def check_value(name: str, value: object, spec: Spec, default: object) -> None:
    """Check a value against its spec.

    Args:
        name: the field's name, for the message.
        value: the caller's value.
        spec: the field's spec.
        default: the field's default; if it is None, None is also a valid value.

    Raises:
        RequestError: the value has the wrong type or is out of bounds.
    """
    if value is None and default is None:
        return
    kinds = (int, float) if spec.kind is float else (spec.kind,)
    # bool is a subclass of int in Python, but true is not a number.
    is_stray_bool = isinstance(value, bool) and spec.kind is not bool
    if is_stray_bool or not isinstance(value, kinds):
        raise RequestError(name, f"must be {_KIND_NAMES[spec.kind]}, not {describe_value(value)}")
    if isinstance(value, str):
        _check_text(name, value, spec)
    elif isinstance(value, tuple):
        _check_lines(name, value, spec)
    elif isinstance(value, dict):
        _check_object(name, value, spec)
    elif isinstance(value, (int, float)):
        _check_number(name, value, spec)


def describe_value(value: object) -> str:
    """Describe a value of the wrong type for a message, in the words of JSON.

    Args:
        value: the caller's value.

    Returns:
        Such as: the string 'wide', the number 5, true, null, a list, an object. A value that JSON
        cannot contain is described by its Python type.
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return f"the string {value[:40]!r}"
    if isinstance(value, (int, float)):
        is_long = isinstance(value, int) and abs(value) >= _LONG
        return "a number with more than 15 digits" if is_long else f"the number {value}"
    if isinstance(value, (list, tuple)):
        return "a list"
    return "an object" if isinstance(value, dict) else type(value).__name__


def _check_number(name: str, value: float, spec: Spec) -> None:
    if spec.low is None or spec.high is None:
        return
    # Written so that NaN fails.
    if not spec.low <= value <= spec.high:
        is_long = isinstance(value, int) and abs(value) >= _LONG
        shown = "a number with more than 15 digits" if is_long else value
        raise RequestError(name, f"must be between {spec.low} and {spec.high}, not {shown}")


def _check_text(name: str, value: str, spec: Spec) -> None:
    _check_unicode(name, value)
    if spec.choices and value not in spec.choices:
        raise RequestError(name, f"must be one of {', '.join(spec.choices)}, not {value[:40]!r}")
    _check_length(name, value, spec)
    if not _has_meaning(value, spec):
        raise RequestError(name, f"must be {spec.pattern_help}, not {value[:40]!r}")


def _check_unicode(name: str, text: str, part: str = "") -> None:
    if not is_text(text):
        trouble = f"{part}contains half of a surrogate pair, which is not valid text: retype it"
        raise RequestError(name, trouble)


def _has_meaning(value: str, spec: Spec) -> bool:
    if spec.pattern and not regex.fullmatch(spec.pattern, value):
        return False
    try:
        if spec.parse:
            spec.parse(value)
    except ValueError:
        return False
    return True


def _check_length(name: str, value: str, spec: Spec, part: str = "") -> None:
    if spec.max_length is not None and len(value) > spec.max_length:
        raise RequestError(
            name, f"{part}has {len(value)} code points; at most {spec.max_length} are allowed"
        )
    if spec.graphemes is not None and (count := len(graphemes(value))) > spec.graphemes:
        trouble = f"{part}has {count} characters; at most {spec.graphemes} are allowed"
        raise RequestError(name, trouble)


def _check_lines(name: str, lines: tuple[object, ...], spec: Spec) -> None:
    if spec.high is not None and len(lines) > spec.high:
        raise RequestError(name, f"has {len(lines)} lines; at most {spec.high} are allowed")
    for number, line in enumerate(lines, 1):
        if not isinstance(line, str):
            raise RequestError(name, f"line {number} must be a string, not {describe_value(line)}")
        _check_unicode(name, line, f"line {number} ")
        if not line.partition("|")[0].strip():
            raise RequestError(name, f"line {number} has no headline; write headline | deck")
        _check_length(name, line, spec, f"line {number} ")


def _check_object(name: str, value: dict[str, object], spec: Spec) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise RequestError(name, "must contain only JSON values") from error
    _check_length(name, text, spec)
