"""A prediction's body: what Cog is sent of it, and that nothing else gets through."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.request import DEFAULTS, PosterRequest
from poster.serve.prediction import EVENTS, InvalidBodyError, check_id, parse_prediction

ASKED = {"image": "https://example.org/a.jpg", "title": "ORBIT"}

JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
    max_leaves=6,
)
FIELDS = st.dictionaries(st.sampled_from(["image", *DEFAULTS]), JSON, max_size=5)
BODIES = st.fixed_dictionaries(
    {"input": FIELDS | JSON},
    optional={
        "id": JSON,
        "context": JSON,
        "webhook": JSON,
        "webhook_events_filter": JSON | st.just(list(EVENTS)),
    },
)


def encode(**changes: Any) -> bytes:
    return json.dumps({"input": {**ASKED}, **changes}).encode()


def test_cog_is_sent_the_fields_that_were_given_under_their_own_names() -> None:
    fields = {
        **ASKED,
        "title_color": "#fff",
        "coverlines": ["A | b"],
        "seed": None,
        "width": 1024.0,
    }
    prediction = parse_prediction(json.dumps({"input": fields}).encode())

    sent = json.loads(prediction.encode())

    assert sent["input"] == {
        **ASKED,
        "title_colour": "#fff",
        "coverlines": ["A | b"],
        "width": 1024,
    }
    assert isinstance(sent["input"]["width"], int)
    assert sent["id"] == prediction.id
    assert "webhook" not in sent


def test_replicates_own_fields_are_ignored() -> None:
    prediction = parse_prediction(encode(version="5c7d5dc6dd8bf75c1acaa8565735e798", stream=False))

    assert json.loads(prediction.encode()).keys() == {"id", "input", "context"}


def test_the_callers_webhook_is_not_cogs() -> None:
    prediction = parse_prediction(encode(webhook="https://example.org/hook"))

    sent = json.loads(prediction.encode("http://127.0.0.1:1/secret", ("completed",)))

    assert prediction.webhook == "https://example.org/hook"
    assert prediction.events == EVENTS
    assert sent["webhook"] == "http://127.0.0.1:1/secret"
    assert sent["webhook_events_filter"] == ["completed"]


def test_each_prediction_without_an_id_gets_its_own() -> None:
    assert parse_prediction(encode()).id != parse_prediction(encode()).id
    assert parse_prediction(encode(), "mine").id == "mine"
    assert parse_prediction(encode(id="mine"), "mine").id == "mine"


@pytest.mark.parametrize("text", ["a", "A.b-c_9", "-", "x" * 128, "018f4c1e-7a3b"])
def test_an_id_that_is_a_plain_file_name_is_allowed(text: str) -> None:
    assert check_id(text, "path", "id") == text


@given(BODIES)
def test_a_body_becomes_a_valid_request_or_an_error_with_its_place(body: dict[str, Any]) -> None:
    try:
        prediction = parse_prediction(json.dumps(body).encode())
    except InvalidBodyError as error:
        assert error.where[0] == "body"
        assert error.trouble
        return
    sent = json.loads(prediction.encode())
    assert isinstance(sent["input"].pop("image"), str)
    PosterRequest.from_mapping({**sent["input"], "image": b"?"})


@given(st.text())
def test_an_id_that_is_allowed_is_one_part_of_a_path(text: str) -> None:
    try:
        name = check_id(text, "path", "id")
    except InvalidBodyError:
        return
    assert name.isascii()
    assert not {"/", "\\", "\0"} & set(name)
    assert name not in (".", "..")
