"""Strict JSON is read as it is, and anything else is refused with what is wrong; never a crash."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.strict_json import (
    NotANumberError,
    NotJsonError,
    RepeatedNameError,
    TooDeepError,
    is_text,
    parse_json,
    walk,
)


@pytest.mark.parametrize(
    ("text", "kind", "trouble"),
    [
        ("", NotJsonError, "line 1, column 1: a value is missing"),
        ("{\n'a': 1}", NotJsonError, "line 2, column 1: a name in double quotes is missing"),
        ("{}\n{}", NotJsonError, "line 2, column 1: there is text after the value"),
        (b"\xff\xfe{}", NotJsonError, "it is not UTF-8 text"),
        ("\ufeff{}", NotJsonError, "unexpected utf-8 bom"),
        ('{"a": NaN}', NotANumberError, "NaN is not a JSON number"),
        ("[-Infinity]", NotANumberError, "-Infinity is not a JSON number"),
        ("[1e999]", NotJsonError, "1e999 is too large for a floating-point number"),
        ("[" + "9" * 5000 + "]", NotJsonError, "it contains a number with too many digits"),
        ('{"a": 1, "b": 2, "a": 3}', RepeatedNameError, "the name 'a' is given twice in an object"),
        (
            '[{"b": {"a": 1, "a": 1}}]',
            RepeatedNameError,
            "the name 'a' is given twice in an object",
        ),
        ("[" * 200_000 + "]" * 200_000, TooDeepError, "nested too deeply"),
        ('{"a":' * 200_000 + "1" + "}" * 200_000, TooDeepError, "nested too deeply"),
    ],
)
def test_anything_but_strict_json_is_refused(
    text: str | bytes, kind: type[NotJsonError], trouble: str
) -> None:
    with pytest.raises(NotJsonError) as caught:
        parse_json(text)
    assert type(caught.value) is kind
    assert trouble in str(caught.value)
    assert len(str(caught.value)) < 120


def test_the_line_is_told_where_the_parser_knows_it() -> None:
    with pytest.raises(NotJsonError) as caught:
        parse_json('{\n\n"a" 1}')
    assert (caught.value.line, caught.value.trouble) == (3, "a colon is missing")


def test_bytes_may_begin_with_a_byte_order_mark() -> None:
    assert parse_json(b"\xef\xbb\xbf[1]") == [1]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_every_json_value_is_read_as_it_is(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary() | st.text())
def test_anything_is_read_or_refused(text: str | bytes) -> None:
    with contextlib.suppress(NotJsonError):
        parse_json(text)


def test_walk_yields_every_name_and_value_with_its_depth() -> None:
    met = list(walk({"a": [1, {"b": None}]}))
    inner = {"b": None}
    assert met[0] == ({"a": [1, inner]}, 1)
    assert sorted(met[1:], key=lambda part: (part[1], str(part[0]))) == [
        ([1, inner], 2),
        ("a", 2),
        (1, 3),
        (inner, 3),
        (None, 4),
        ("b", 4),
    ]


def test_a_lone_surrogate_is_not_text() -> None:
    assert all(map(is_text, ("", "A", "우주", "\U0001f680")))
    assert not any(map(is_text, ("\ud83d", "A\udfff")))


@pytest.mark.parametrize("part", ["[]", "0", "{}", '"a"'])
def test_a_text_of_countless_values_is_refused_before_it_is_parsed(part: str) -> None:
    text = f"[{','.join([part] * 1000)}]"
    assert len(parse_json(text, max_values=3000)) == 1000
    with pytest.raises(NotJsonError, match="it has more than 900 values"):
        parse_json(text.encode(), max_values=900)
