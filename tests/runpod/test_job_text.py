import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.runpod.job_text import DEPTH_MAX, parse_jobs

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
)


@given(JSON)
def test_json_is_parsed_as_it_is(value: object) -> None:
    assert parse_jobs(json.dumps(value)) == value


@given(JSON, st.sampled_from(["[", '{"a":']))
def test_what_is_nested_too_deeply_is_cut_and_the_rest_is_kept(value: object, opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    deep = f"{opening * 100_000}1{closing * 100_000}"
    text = f'[{{"id": "1", "input": {deep}}}, {{"id": "2", "input": {json.dumps(value)}}}]'

    first, second = parse_jobs(text)

    assert first["id"] == "1"
    assert second == {"id": "2", "input": value}
    levels, part = 2, first["input"]
    while part is not None:
        levels, part = levels + 1, part[0 if opening == "[" else "a"]
    assert levels == DEPTH_MAX


def test_brackets_and_quotes_in_a_string_are_text() -> None:
    text = '[{"title": "a ] \\" } [ {", "deep": ' + "[" * 50_000 + "]" * 50_000 + "}]"

    assert parse_jobs(text)[0]["title"] == 'a ] " } [ {'


def test_an_integer_of_any_length_is_a_number() -> None:
    assert parse_jobs(f'{{"width": {"9" * 5000}, "height": 736}}') == {
        "width": math.inf,
        "height": 736,
    }


@pytest.mark.parametrize("text", ["", "[", "[" * 50_000, '"\n"', "]" * 50_000])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting|Invalid"):
        parse_jobs(text)
