"""What ComfyUI casts and accepts is accepted; what it refuses is refused, with its bound."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.comfy.acceptance import describe_cast, describe_choice, refuse_link, refuse_value
from poster.comfy.nodes import InputSpec, Signature

INT = InputSpec("INT", low=1, high=100)
FLOAT = InputSpec("FLOAT", low=0.0)
STRING = InputSpec("STRING")
BOOLEAN = InputSpec("BOOLEAN")
COMBO = InputSpec("COMBO", choices=("euler", "heun", 2))
MANY = InputSpec("COMBO", choices=("a", "b"), many=True)
FILE = InputSpec("FILE", folder="vae", choices=("None",))
MODEL = InputSpec("MODEL")
NOT_LINKS: list[list[object]] = [[], ["1"], [1, 0], ["1", "0"], ["1", 0, 0]]
UNION = InputSpec("FLOAT,INT", low=1, widget=True)


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        *[(value, INT) for value in ("20", " 7 ", 1.0, 2.5, True)],
        ({"__value__": "3"}, INT),
        *[(value, FLOAT) for value in (1, "1e3", "0.5", "nan", True)],
        *[(value, STRING) for value in ("", 5, 2.5, True, None)],
        ({"a": 1}, STRING),
        *[(value, BOOLEAN) for value in (True, 0, "true", "false", None)],
        ({}, BOOLEAN),
        *[(value, COMBO) for value in ("euler", 2, "not one of them at all")],
        ("a", MANY),
        ({"__value__": ["a", "b"]}, MANY),
        *[(value, FILE) for value in ("x.safetensors", "sub/x.safetensors", "None")],
        (None, InputSpec("MASK", optional=True)),
        ({"x": 1}, InputSpec("BOUNDING_BOX", widget=True)),
        ("anything", InputSpec("*")),
        (5, InputSpec("A_TYPE_OF_NO_OUTPUT")),
        (5, UNION),
    ],
)
def test_what_comfyui_accepts_is_accepted(value: object, spec: InputSpec) -> None:
    assert refuse_value(value, spec) == ""


@pytest.mark.parametrize(
    ("value", "spec", "trouble"),
    [
        ("2.5", INT, "must be a whole number, not '2.5'"),
        ("", INT, "must be a whole number, not ''"),
        (None, INT, "must be a whole number, not None"),
        ("0", INT, "must be between 1 and 100, not 0"),
        (101, INT, "must be between 1 and 100, not 101"),
        ({}, FLOAT, "must be a number, not {}"),
        (-1, FLOAT, "must be at least 0.0, not -1"),
        (5, InputSpec("INT", high=4), "must be at most 4, not 5"),
        ("eulr", COMBO, "is 'eulr', which is not one of its choices; did you mean 'euler'?"),
        (3, COMBO, "must be one of euler, heun, 2, not 3"),
        ("", COMBO, "must be one of euler, heun, 2, not ''"),
        ({"__value__": ["a", 1]}, MANY, "must be one of a, b, not {'__value__': ['a', 1]}"),
        ("", FILE, "must name a file, not ''"),
        (None, FILE, "must name a file, not None"),
        (5, MODEL, "accepts only a link, to MODEL, not 5"),
        (None, MODEL, "accepts only a link, to MODEL, not None"),
        ("1", UNION, "must be a number, not '1'"),
        *[
            (value, STRING, f"is {value!r}, which is not a link: a link is a node's id, as a st")
            for value in NOT_LINKS
        ],
    ],
)
def test_what_comfyui_refuses_is_refused(value: object, spec: InputSpec, trouble: str) -> None:
    assert refuse_value(value, spec).startswith(trouble)


@pytest.mark.parametrize(
    ("value", "spec", "trouble"),
    [
        (2.5, INT, "is 2.5, which ComfyUI reads as 2"),
        (None, STRING, "is None, which ComfyUI reads as 'None'"),
        ({"a": 1}, STRING, "is {'a': 1}, which ComfyUI reads as \"{'a': 1}\""),
        ("false", BOOLEAN, "is 'false', which ComfyUI reads as True"),
        *[(value, INT, "") for value in ("20", 1.0, True)],
        *[(value, STRING, "") for value in ("x", 5)],
        *[(value, BOOLEAN, "") for value in (True, 0, "true", None)],
        (1, FLOAT, ""),
    ],
)
def test_a_cast_that_changes_the_meaning_is_described(
    value: object, spec: InputSpec, trouble: str
) -> None:
    assert describe_cast(value, spec) == trouble


def test_a_choice_of_another_version_is_described() -> None:
    described = describe_choice("res_2s", COMBO)
    assert described.startswith("is 'res_2s'; ComfyUI 0.33.0 (")
    assert described.endswith(" has euler, heun, 2")
    assert describe_choice("euler", COMBO) == ""
    assert describe_choice("anything", InputSpec("COMBO")) == ""


def a_class(*outputs: str, **more: Any) -> Signature:
    return Signature({}, outputs, **more)


@pytest.mark.parametrize(
    ("output", "kind", "refused"),
    [
        ("IMAGE", "IMAGE", False),
        ("IMAGE", "MASK", True),
        ("*", "MODEL", False),
        ("MODEL", "*", False),
        ("IMAGE,MASK", "MASK, LATENT", False),
        ("IMAGE,MASK", "LATENT", True),
        ("INT", "FLOAT", True),
        ("INT", "FLOAT,INT", False),
        ("COMBO", "COMBO", False),
        ("STRING", "COMBO", True),
        ("COMBO", "FILE", False),
    ],
)
def test_types_of_a_link_need_one_in_common(output: str, kind: str, *, refused: bool) -> None:
    assert refuse_link(a_class(output), 0, a_class(), InputSpec(kind)) is refused


def test_a_list_of_the_older_schema_matches_no_combo() -> None:
    older = a_class("COMBO", has_list_types=True)
    assert refuse_link(a_class("COMBO"), 0, older, COMBO)
    assert not refuse_link(older, 0, older, COMBO)
    assert not refuse_link(a_class("*"), 0, older, COMBO)


def test_a_class_that_checks_its_links_itself_is_left_to_it() -> None:
    assert not refuse_link(a_class("IMAGE"), 0, a_class(checks_links=True), MODEL)


ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3) | st.just("__value__"), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(ANYTHING, st.sampled_from([INT, FLOAT, STRING, BOOLEAN, COMBO, MANY, FILE, MODEL, UNION]))
def test_any_value_gets_an_answer(value: object, spec: InputSpec) -> None:
    trouble = refuse_value(value, spec)
    assert trouble.isprintable()
    if not trouble:
        assert describe_cast(value, spec).isprintable()
        assert describe_choice(value, spec).isprintable()
