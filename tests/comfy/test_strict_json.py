"""A JSON file from anywhere is read strictly, or refused with what is wrong; never a crash."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.comfy.strict_json import MAX_BYTES, MAX_DEPTH, parse_json, read_json_file
from poster.errors import RequestError


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"", "is not JSON: expecting value in line 1"),
        (b"{\n'a': 1}", "in line 2"),
        (b"\xff\xfe{}", "is not JSON: it is no UTF-8 text"),
        (b'{"a": NaN}', "is not JSON: NaN is no number"),
        (b"[-Infinity]", "is not JSON: -Infinity is no number"),
        (b"[1e999]", "is not JSON: 1e999 is no number that a computer holds"),
        (b"[" + b"9" * 5000 + b"]", "is not JSON: holds a number that long"),
        (b'{"a": 1, "b": 2, "a": 3}', "is not JSON: an object has 'a' twice"),
        (b'["\\ud800"]', "holds half a character"),
        (b'{"\\udfff": 1}', "holds half a character"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "is nested too deeply; at most 64"),
        (b"[" * 200_000 + b"]" * 200_000, "is nested too deeply; at most 64"),
        (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "is nested too deeply; at most 64"),
        (b" " * (MAX_BYTES + 1), "has 16.0 MB; at most 16 MB are read"),
    ],
)
def test_what_is_no_strict_json_is_refused(data: bytes, trouble: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_json("workflow", data)
    assert str(caught.value).startswith("workflow: ")
    assert trouble in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_json("workflow", b"\xef\xbb\xbf[1]") == [1]


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
    assert parse_json("workflow", json.dumps(value).encode()) == value


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        parse_json("workflow", data)
    except RequestError as error:
        assert str(error).startswith("workflow: ")


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    os.mkfifo(tmp_path / "pipe")
    for name, trouble in (
        ("none.json", "cannot be read: No such file or directory"),
        ("", "is a folder, a pipe or a device"),
        ("pipe", "is a folder, a pipe or a device"),
        ("large.json", "has 16.0 MB; at most 16 MB are read"),
        ("zero\0byte", "is no name of a file"),
    ):
        with pytest.raises(RequestError, match=f"mapping: {trouble}"):
            read_json_file("mapping", tmp_path / name)
