"""Values in JSON and YAML, with their line numbers."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poster.doctor.located import NotReadableError, read_json, read_yaml

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(), below, max_size=4),
    max_leaves=12,
)


def test_a_value_has_its_line() -> None:
    read = read_json('{\n\t"a": 1,\n\t"b": {\n\t\t"c": ["x",\n\t\t\t"y"]\n\t}\n}')
    assert read.at("a").line == 2
    assert (read.at("b", "c").line, read.at("b", "c", 1).line) == (4, 5)
    assert [part.value for part in read.at("b", "c").listed()] == ["x", "y"]


def test_a_missing_value_is_none_on_the_line_of_its_parent() -> None:
    read = read_json('{\n "b": {}\n}')
    assert (read.at("b", "c", "d").value, read.at("b", "c", "d").line) == (None, 2)
    assert read.at("b").listed() == ()


@pytest.mark.parametrize(
    ("text", "line", "trouble"),
    [
        ('{\n "a" 1\n}', 2, "is not valid JSON: a colon is missing"),
        ('{\n "a": NaN}', 2, "is not valid JSON: NaN is not a JSON number"),
        ('{\n "a": -Infinity}', 2, "is not valid JSON: -Infinity is not a JSON number"),
        ('{"a": 1,\n "b": 2,\n "a": 3}', 3, "the name 'a' is given twice in an object"),
        ("// a comment\n{}", 1, "a value is missing"),
        ("", 1, "a value is missing"),
        ("[" * 100_000, 1, "nested too deeply"),
    ],
)
def test_what_is_not_json_is_refused_with_its_line(text: str, line: int, trouble: str) -> None:
    with pytest.raises(NotReadableError, match=trouble) as refused:
        read_json(text)
    assert refused.value.line == line


@settings(max_examples=50)
@given(VALUES, st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_json_reads_it(value: object, indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    assert read_json(text).value == json.loads(text)


def test_yaml_is_read_with_lines_too() -> None:
    read = read_yaml('build:\n  gpu: true\n  cuda: "12.8"\n')
    assert (read.at("build", "cuda").value, read.at("build", "cuda").line) == ("12.8", 3)


def test_what_is_not_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(NotReadableError) as refused:
        read_yaml("a: 1\nb: [1\n")
    assert refused.value.line == 3
