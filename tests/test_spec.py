"""A value of any kind is checked against its spec; an object can be given as JSON text."""

from __future__ import annotations

import pytest

from poster.errors import RequestError
from poster.spec import Spec, check_value, convert_value, describe_value

BOOLEAN = Spec("A boolean.", bool)
PINS = Spec("An object.", dict, max_length=24)
LINES = Spec("Lines.", tuple, high=3)


def read(value: object, spec: Spec, default: object = None) -> object:
    """Check a value as a request does."""
    taken = convert_value("field", value, spec)
    check_value("field", taken, spec, default)
    return taken


@pytest.mark.parametrize("value", [True, False, None])
def test_a_boolean_is_true_or_false(value: object) -> None:
    assert read(value, BOOLEAN) is value


@pytest.mark.parametrize("value", [0, 1, "true", "", [], {}])
def test_nothing_else_is_a_boolean(value: object) -> None:
    with pytest.raises(
        RequestError,
        match=r"^field: must be true or false, not (the (number|string) |true|a list|an object)",
    ):
        read(value, BOOLEAN)


def test_a_boolean_that_is_not_nothing_must_be_given_as_one() -> None:
    with pytest.raises(RequestError, match="must be true or false, not null"):
        read(None, BOOLEAN, default=False)


@pytest.mark.parametrize("kind", [int, float])
def test_a_boolean_is_not_a_number(kind: type) -> None:
    with pytest.raises(RequestError, match="number, not true"):
        read(True, Spec("A number.", kind, low=0, high=1))


@pytest.mark.parametrize("value", [{"a": [1, None, {"b": "ü"}]}, '{"a": [1, null, {"b": "ü"}]}'])
def test_an_object_is_the_same_spelled_as_json(value: object) -> None:
    assert read(value, PINS) == {"a": [1, None, {"b": "ü"}]}


def test_json_may_say_that_there_is_none() -> None:
    assert read("null", PINS) is None


@pytest.mark.parametrize(
    ("value", "trouble"),
    [
        ("pins", r"is not valid JSON: line 1, column 1: a value is missing$"),
        ("", r"is not valid JSON: line 1, column 1: a value is missing$"),
        ('{"a": 1, "a": 2}', r"is not valid JSON: the name 'a' is given twice in an object$"),
        ('{"a": NaN}', r"is not valid JSON: NaN is not a JSON number$"),
        ("[" * 100_000, r"is not valid JSON: it is nested too deeply$"),
        ("[1]", r"must be an object, not a list$"),
        ("true", r"must be an object, not true$"),
        (["a"], r"must be an object, not a list$"),
        ({"a": {1, 2}}, r"must contain only JSON values$"),
        ({"a": float("nan")}, r"must contain only JSON values$"),
        ({"a": "\ud800"}, r"must contain only JSON values$"),
        ('{"a": "\\ud800"}', r"must contain only JSON values$"),
        ({"a": "x" * 20}, r"has 28 code points; at most 24 are allowed$"),
    ],
)
def test_anything_but_a_json_object_is_refused_by_name(value: object, trouble: str) -> None:
    with pytest.raises(RequestError, match=rf"^field: {trouble}"):
        read(value, PINS)


def test_spaces_in_json_do_not_count() -> None:
    assert read('{ "a" : "xxxxxxxxxxxx" }                    ', PINS) == {"a": "xxxxxxxxxxxx"}


def test_an_object_that_holds_itself_is_refused() -> None:
    endless: dict[str, object] = {}
    endless["a"] = endless
    with pytest.raises(RequestError, match="must contain only JSON values"):
        read(endless, PINS)


def test_a_list_serves_where_lines_are_wanted_and_a_string_stays_a_string() -> None:
    assert read(["a", "b"], LINES) == ("a", "b")
    assert convert_value("title", '{"a": 1}', Spec("A title.", str)) == '{"a": 1}'


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("wide", "the string 'wide'"),
        (5, "the number 5"),
        (10**20, "a number with more than 15 digits"),
        (True, "true"),
        (None, "null"),
        ((), "a list"),
        ({}, "an object"),
        (b"", "bytes"),
    ],
)
def test_a_value_of_the_wrong_type_is_described_in_words_of_json(value: object, words: str) -> None:
    assert describe_value(value) == words
