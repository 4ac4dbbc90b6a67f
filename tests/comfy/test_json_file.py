"""An untrusted JSON file is read strictly, or refused with a message; it never crashes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from poster.comfy.json_file import MAX_BYTES, MAX_DEPTH, read_json, read_json_file
from poster.errors import RequestError


@pytest.mark.parametrize(
    ("data", "trouble"),
    [
        (b"", "is not valid JSON: line 1, column 1: a value is missing"),
        (b'{"a": 1e999}', "is not valid JSON: 1e999 is too large for a floating-point number"),
        (b'{"a": 1, "b": 2, "a": 3}', "is not valid JSON: the name 'a' is given twice"),
        (b'["\\ud800"]', "contains a lone surrogate"),
        (b'{"\\udfff": 1}', "contains a lone surrogate"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "is nested too deeply; at most 64"),
        (b"[" * 200_000 + b"]" * 200_000, "is nested too deeply; at most 64"),
        (b" " * (MAX_BYTES + 1), "is 16.0 MB; at most 16 MB is allowed"),
    ],
)
def test_anything_but_strict_json_is_refused(data: bytes, trouble: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_json("workflow", data)
    assert str(caught.value).startswith("workflow: ")
    assert trouble in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_path_that_is_not_a_file_is_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    os.mkfifo(tmp_path / "pipe")
    for name, trouble in (
        ("none.json", "PATH does not exist"),
        ("", "PATH is not a file"),
        ("pipe", "PATH is not a file"),
        ("large.json", "is 16.0 MB; at most 16 MB is allowed"),
        ("zero\0byte", "is not a valid file name"),
    ):
        with pytest.raises(
            RequestError, match=f"mapping: {trouble.replace('PATH', str(tmp_path / name))}$"
        ):
            read_json_file("mapping", tmp_path / name)


def test_nan_is_null_since_comfyui_writes_it_into_pictures() -> None:
    assert read_json("workflow", b'{"is_changed": [NaN, -Infinity]}') == {
        "is_changed": [None, None]
    }
