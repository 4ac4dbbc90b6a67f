"""Inputs that callers get wrong, through every door: the same words get the same answer.

Cog's server checks types, choices and numbers itself before the predictor is asked, and drops
fields that it does not know; the answers that remain are the predictor's.
"""

import asyncio
import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import poster
import runpod_shim
from poster.commands.main import main
from poster.errors import MAX_LINE, PosterError
from poster.jobs import parse_job
from poster.pipeline import Pipeline
from poster.request import DEFAULTS, SPECS, PosterRequest

PHOTO = b"the bytes of a photo, which nobody decodes here"
BASE64 = base64.b64encode(PHOTO).decode()
URI = f"data:image/jpeg;base64,{BASE64}"
MADE = "made"
LONG = "long " * 5000

Answer = Callable[[dict[str, Any]], str]

FIELDS: dict[str, dict[str, Any]] = {
    "a number as text": {"width": "512"},
    "half a pixel": {"width": 512.5},
    "a whole number with a point": {"width": 768.0},
    "a boolean for a number": {"seed": True},
    "null for a number with a default": {"variants": None},
    "null for an open number": {"seed": None},
    "a number beyond every bound": {"seed": 10**400},
    "a whole number that floats round": {"seed": 2**60},
    "a negative number": {"seed": -7},
    "minus zero": {"seed": -0.0},
    "null for text": {"title": None},
    "a list for text": {"title": ["ORBIT"]},
    "an object for text": {"kicker": {"text": "ORBIT"}},
    "a number for text": {"issue": 12},
    "a boolean for text": {"title": False},
    "only spaces": {"title": " \t "},
    "text for a list": {"coverlines": "First light"},
    "an object for a list": {"coverlines": {"headline": "First light"}},
    "null for a list": {"coverlines": None},
    "a number in a list": {"coverlines": ["First light", 2]},
    "null in a list": {"coverlines": [None]},
    "a list in a list": {"coverlines": [["First light", "deck"]]},
    "an empty line": {"coverlines": ["First light", "  "]},
    "too many lines": {"coverlines": ["x"] * 13},
    "an empty choice": {"style": ""},
    "space round a choice": {"style": " paper "},
    "a choice in capitals": {"style": "PAPER"},
    "a number for a choice": {"output_format": 1},
    "a colour in capitals": {"title_colour": "#ABCDEF"},
    "space round a colour": {"title_colour": " #abcdef "},
    "a colour that is none": {"background": "octarine"},
    "a language of the system": {"language": "ko_KR.UTF-8"},
    "an empty language": {"language": ""},
    "a text too long to show": {"title_colour": LONG},
    "a title too long to show": {"title": LONG},
    "an escape sequence": {"language": "\x1b[31mko"},
    "an override": {"language": "\u202eok"},
    "line breaks": {"title_colour": "#fff\r\nSet-Cookie: x"},
    "half a surrogate pair": {"title": "OR\ud83dBIT"},
    "half of one in a prompt": {"cover_prompt": "\udc00"},
    "half of one in a list": {"coverlines": ["fine", "\ud83d"]},
    "a field in camel case": {"titleColour": "#abcdef"},
    "an American field": {"title_color": "#abcdef"},
    "an American field that is wrong": {"title_color": 5},
    "a field in two spellings": {"title_color": "red", "title_colour": "red"},
    "a misspelt field": {"tittle": "ORBIT"},
    "a field without a name": {"": 1},
    "a field with a long name": {LONG: 1},
    "a field with an escape sequence": {"a\x1b[2J\u200bb": None},
    "a field with half a surrogate pair": {"\ud83d": 1},
    "an unknown field before a wrong one": {"colour": 1, "width": "wide"},
}


@pytest.fixture(scope="module")
def predictor(predict_module: ModuleType) -> Any:
    predictor = predict_module.Predictor()
    predictor.setup()
    return predictor


@pytest.fixture
def answers(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    predictor: Any,
) -> dict[str, Answer]:
    """How each door answers a request: what is wrong with it, or that a poster would be made."""

    def make(*_: object) -> None:
        raise PosterError(MADE)

    monkeypatch.setattr(Pipeline, "make", make)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(PHOTO)

    def command_line(fields: dict[str, Any]) -> str:
        request = json.dumps({"image": "photo.jpg", **fields})
        (tmp_path / "request.json").write_text(request, encoding="utf-8")
        main(["make", "--request", "request.json"])
        return capsys.readouterr().err.removeprefix("poster: ").rstrip("\n")

    def python(fields: dict[str, Any]) -> str:
        try:
            poster.make(**{"image": PHOTO, **fields})
        except PosterError as error:
            return str(error)
        return "no error"

    def runpod(fields: dict[str, Any]) -> str:
        job = {"id": "job", "input": {"image": BASE64, **fields}}
        return str(asyncio.run(runpod_shim.handler(job))["error"])

    def cog(fields: dict[str, Any]) -> str:
        try:
            predictor.predict(**{**DEFAULTS, "image": URI, **fields})
        except PosterError as error:
            return str(error)
        return "no error"

    return {"command line": command_line, "python": python, "runpod": runpod, "cog": cog}


@pytest.mark.parametrize("name", FIELDS)
def test_an_odd_field_gets_the_same_answer_at_every_door(
    answers: dict[str, Answer], name: str
) -> None:
    fields = {"title": "ORBIT", **FIELDS[name]}
    # Cog's server lets only the signature's fields through.
    doors = [door for door in answers if door != "cog" or fields.keys() <= SPECS.keys()]

    first, *others = [answers[door](fields) for door in doors]

    assert others == [first] * len(others)
    assert first
    assert len(first) <= MAX_LINE
    assert first.isprintable()


IMAGES = {
    "base64": BASE64,
    "wrapped base64": "\n".join((BASE64[:20], BASE64[20:40], BASE64[40:], "")),
    "a data URI in capitals": f"DATA:IMAGE/JPEG;BASE64,{BASE64}",
    "a data URI after a space": f" \n{URI}",
    "a wrapped data URI": f"{URI[:60]}\r\n{URI[60:]}\n",
    "a data URI without a type": f"data:;base64,{BASE64}",
    "a data URI that is not base64": "data:image/jpeg,%FF%D8",
    "a data URI without a comma": "data:image/jpeg;base64",
    "an empty data URI": "data:image/jpeg;base64,",
    "base64 in quotes": f'"{BASE64}"',
    "base64 for URLs": "__-_" * 20,
    "base64 that was cut": BASE64[:-1],
    "a bucket's address": "s3://bucket/photo.jpg",
    "a file's address": "file:///photo.jpg",
    "a path": "/runpod-volume/photo.jpg",
    "a path without an extension": "/runpod-volume/photo",
    "a path with an escape sequence": "./\x1b[31mphoto.jpg",
    "a path on Windows": "C:\\photos\\photo.jpg",
    "a home": "~/photos/me",
    "nothing": "",
    "only spaces": " \n ",
    "a number": 5,
    "null": None,
    "a list": [URI],
    "an object": {"url": "https://example.org/photo.jpg"},
    "a private address after a space": " HTTP://127.0.0.1:8000/photo.jpg",
}
ON_THIS_MACHINE = {
    "a data URI": URI,
    **{name: image for name, image in IMAGES.items() if "data URI" in name},
    "nothing": "",
    "only spaces": " \n ",
    "another path": "none/photo.jpg",
    "a folder": ".",
    "a long path": LONG,
    "a path with an escape sequence": "\x1b[31mphoto.jpg",
    "a web address after a space": " HTTPS://example.org/photo.jpg",
    "a bucket's address": "s3://bucket/photo.jpg",
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_gets_the_same_answer_at_every_remote_door(
    answers: dict[str, Answer], name: str
) -> None:
    fields = {"title": "ORBIT", "image": IMAGES[name]}

    assert answers["runpod"](fields) == answers["cog"](fields)


@pytest.mark.parametrize("name", ON_THIS_MACHINE)
def test_an_image_gets_the_same_answer_on_the_command_line_and_in_python(
    answers: dict[str, Answer], name: str
) -> None:
    fields = {"title": "ORBIT", "image": ON_THIS_MACHINE[name]}
    answer = answers["python"](fields)

    assert answer == answers["command line"](fields)
    assert len(answer) <= MAX_LINE
    assert answer.isprintable()


ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400) | st.just(LONG)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["image", "image_url", "images", "output_stage", *SPECS]) | ANY_TEXT


@given(st.dictionaries(NAMES, JSON, max_size=4))
def test_whatever_is_sent_the_answer_is_one_short_printable_line(fields: dict[str, Any]) -> None:
    def fetch(_: object) -> bytes:
        return PHOTO

    for read in (
        lambda: PosterRequest.from_mapping({"image": PHOTO, "title": "ORBIT", **fields}),
        lambda: parse_job({"image": BASE64, "title": "ORBIT", **fields}, fetch, None),
    ):
        try:
            read()
        except PosterError as error:
            message = str(error)
            assert len(message) <= MAX_LINE
            assert message.splitlines() == [message]
            message.encode()
