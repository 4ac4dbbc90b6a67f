"""A workflow is found in whatever wraps it, or the message says what was found instead."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.comfy.unwrap import unwrap
from poster.comfy.workflow import read_graph
from poster.errors import RequestError

API: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}
OTHER: dict[str, Any] = {"5": {"class_type": "PreviewImage", "inputs": {}}}
EDITOR: dict[str, Any] = {
    "nodes": [{"id": 1, "type": "LoadImage", "widgets_values": ["b.png", "image"]}],
    "links": [],
    "version": 0.4,
}
QUEUED = [3, "f00", API, {"extra_pnginfo": {"workflow": EDITOR}, "client_id": "c"}, ["2"]]


@pytest.mark.parametrize(
    "wrapped",
    [
        API,
        {"prompt": API, "client_id": "c", "extra_data": {"extra_pnginfo": {"workflow": EDITOR}}},
        {"input": {"workflow": API, "images": [{"name": "a.png", "image": "data:,"}]}},
        {"id": "job", "webhook": "https://example.com", "input": {"prompt": API}},
        {"output": API, "workflow": EDITOR},
        {"workflow": EDITOR, "prompt": API},
        {"f00": {"prompt": QUEUED, "outputs": {"2": {"images": []}}, "status": {}}},
        {"queue_running": [QUEUED], "queue_pending": []},
        QUEUED,
        {"prompt": json.dumps(API), "workflow": json.dumps(EDITOR)},
        {"prompt": json.dumps(API)[:-1] + ', "3": {"class_type": "A", "is_changed": [NaN]}}'},
        json.dumps(API),
        {"title": "Ours", "image": "a.png", "workflow": API},
        {"tests": [{"input": {"workflow": API}}, {"input": {"workflow": API}}]},
    ],
)
def test_a_wrapped_workflow_is_read(wrapped: object) -> None:
    nodes = read_graph(wrapped).nodes
    assert (nodes["1"].kind, nodes["1"].inputs["image"]) == ("LoadImage", "a.png")


@pytest.mark.parametrize(
    "wrapped", [EDITOR, {"workflow": EDITOR}, {"workflow": json.dumps(EDITOR)}, [{"graph": EDITOR}]]
)
def test_a_drawing_is_read_where_there_is_nothing_for_the_api(wrapped: object) -> None:
    assert read_graph(wrapped).nodes["1"].inputs == {"image": "b.png"}


def test_the_nearest_workflow_is_the_one_that_is_meant() -> None:
    assert unwrap({"prompt": API, "extra": {"previous": OTHER}}) == API


@pytest.mark.parametrize(
    ("wrapped", "places"),
    [
        ({"a": {"prompt": API}, "b": {"prompt": OTHER}}, "a.prompt, b.prompt"),
        ([QUEUED, [4, "bar", OTHER, {}, []]], "[0][2], [1][2]"),
        ({"input": {"first": EDITOR, "then": {**EDITOR, "x": 1}}}, "input.first, input.then"),
    ],
)
def test_several_workflows_are_named_instead_of_one_being_chosen(
    wrapped: object, places: str
) -> None:
    with pytest.raises(RequestError, match="contains 2 different workflows: ") as caught:
        read_graph(wrapped)
    assert f": {places}; save one by itself" in str(caught.value)


@pytest.mark.parametrize(
    "wrapped",
    [
        {"prompt": "a cover", "steps": 4},
        {"title": "A hub's file", "description": "none"},
        {"prompt": "{not JSON", "workflow": "{}"},
    ],
)
def test_an_object_without_a_workflow_is_refused(wrapped: object) -> None:
    with pytest.raises(RequestError, match="has neither nodes with a class_type nor a list of no"):
        read_graph(wrapped)


def test_a_message_stays_short_and_clean() -> None:
    wrapped = {f"\x1b{number}" + "k" * 90: {"prompt": {**API, "9": number}} for number in range(50)}
    with pytest.raises(RequestError) as caught:
        read_graph(wrapped)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


NESTED: Any = st.recursive(
    st.none() | st.integers() | st.text() | st.just(API) | st.just(json.dumps(EDITOR)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(NESTED)
def test_anything_is_unwrapped_or_refused(value: object) -> None:
    try:
        read_graph(value)
    except RequestError as error:
        assert str(error).startswith("workflow: ")
