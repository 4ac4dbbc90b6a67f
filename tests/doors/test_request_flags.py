"""Each kind of field has its flag: two for a boolean, one per list item, JSON for an object."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from poster.doors.request_flags import add_fields
from poster.spec import Spec, convert_value

SPECS = {
    "title": Spec("A title.", str),
    "seed": Spec("A seed.", int, low=0, high=9),
    "glare": Spec("A share of 100 %.", float, low=0.0, high=1.0),
    "coverlines": Spec("Lines.", tuple, high=3),
    "is_strict": Spec("Refuse what would be noted.", bool),
    "pins": Spec("What stays where it is.", dict),
    "style": Spec("A style.", str, choices=("auto", "swiss")),
}
DEFAULTS: dict[str, Any] = {
    "title": "",
    "seed": None,
    "glare": 1.0,
    "coverlines": (),
    "is_strict": True,
    "pins": None,
    "style": "auto",
}


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    add_fields(parser, SPECS, DEFAULTS)
    return parser


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], {}),
        (["--is-strict"], {"is_strict": True}),
        (["--no-is-strict"], {"is_strict": False}),
        (["--coverline", "a", "--coverline", "b"], {"coverlines": ["a", "b"]}),
        (["--seed", "7", "--glare", "0.5"], {"seed": 7, "glare": 0.5}),
        (["--pins", '{"x": 1}'], {"pins": '{"x": 1}'}),
    ],
)
def test_a_flag_that_is_given_is_a_value_and_no_other(
    parser: argparse.ArgumentParser, flags: list[str], expected: dict[str, Any]
) -> None:
    assert vars(parser.parse_args(flags)) == expected


def test_an_object_on_the_command_line_is_the_same_as_in_json(
    parser: argparse.ArgumentParser,
) -> None:
    given = parser.parse_args(["--pins", '{"masthead": {"x": 0.1}}']).pins
    assert convert_value("pins", given, SPECS["pins"]) == {"masthead": {"x": 0.1}}


def test_help_describes_each_kind_of_flag(parser: argparse.ArgumentParser) -> None:
    words = " ".join(parser.format_help().split())
    assert "--is-strict, --no-is-strict Refuse what would be noted. Default: yes." in words
    assert "--pins JSON What stays where it is." in words
    assert "--coverline LINE Lines. Repeat the flag for each one." in words
    assert "--glare X A share of 100 %. From 0.0 to 1.0. Default: 1.0." in words
    assert "--style {auto,swiss} A style. Default: auto." in words
