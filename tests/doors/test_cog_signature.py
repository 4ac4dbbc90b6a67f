import re

import pytest

from poster.doors.cog_signature import CogInput, read_signature
from poster.errors import SignatureError

HEAD = """
from typing import Literal, Optional, Union
from cog import BasePredictor, Input, Path
from poster.request import LIMITS
LOW = 1
class Predictor(BasePredictor):
"""


def source_with(parameter: str) -> str:
    return f"{HEAD}    def predict(self, {parameter}) -> list[Path]:\n        return []\n"


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ("x: Path", CogInput("x", "Path")),
        ("x: list[str] = Input(default=[])", CogInput("x", "str", True, False, {"default": []})),
        (
            "x: int | None = Input(default=None, ge=-1)",
            CogInput("x", "int", False, True, {"default": None, "ge": -1}),
        ),
        (
            "x: Optional[float] = Input(default=0.5, le=2.5)",
            CogInput("x", "float", False, True, {"default": 0.5, "le": 2.5}),
        ),
        (
            "x: str = Input(\n choices=[\n 'a',\n \"b\",\n ],\n regex=r'\\w',\n)",
            CogInput("x", "str", False, False, {"choices": ["a", "b"], "regex": r"\w"}),
        ),
        (
            "x: bool = Input(default=True, deprecated=False)",
            CogInput("x", "bool", False, False, {"default": True, "deprecated": False}),
        ),
        (
            "x: str = Input(description='an f(x) # no comment')",
            CogInput("x", "str", False, False, {"description": "an f(x) # no comment"}),
        ),
    ],
)
def test_an_input_that_cog_reads_is_read_as_in_python(parameter: str, expected: CogInput) -> None:
    assert read_signature(source_with(parameter)) == (expected,)


@pytest.mark.parametrize(
    ("parameter", "trouble"),
    [
        ("x", "has no type"),
        ("x=5", "has no type"),
        ("x: (int)", "a type in parentheses"),
        ("x: Literal['a', 'b']", "the type Literal['a', 'b']"),
        ("x: tuple[int, int]", "the type tuple[int, int]"),
        ("x: set[str]", "the type set[str]"),
        ("x: dict", "the type dict"),
        ("x: Stage", "the type Stage"),
        ("x: 'int'", "the type 'int'"),
        ("x: Path | str", "the type Path | str"),
        ("x: Union[Path, None]", "the type Union[Path, None]"),
        ("x: list[list[str]]", "the type list[list[str]]"),
        ("x: list[int | None]", "the type list[int | None]"),
        ("x: int = 5", "has a default outside Input()"),
        ("x: int = LOW", "has a default outside Input()"),
        ("x: int = (Input(default=5))", "a default in parentheses"),
        ("x: int = Input(5)", "drops arguments without a keyword"),
        ("x: int = Input(**{'default': 5})", "does not read **"),
        ("x: list[str] = Input(default_factory=list)", "does not read default_factory"),
        ("x: int = Input(default=None)", "defaults to None, which its type forbids"),
        ("x: int = Input(default=LOW)", "default=LOW, which is not a plain literal"),
        ("x: int = Input(ge=LOW)", "ge=LOW, which is not a plain literal"),
        ("x: int = Input(le=LIMITS.side_max)", "le=LIMITS.side_max"),
        ("x: int = Input(ge=2 * 256)", "ge=2 * 256"),
        ("x: int = Input(le=4_096)", "le=4_096"),
        ("x: int = Input(le=0x1000)", "le=0x1000"),
        ("x: int = Input(ge=- 1)", "ge=- 1"),
        ("x: int = Input(ge=(1))", "drops ge in parentheses"),
        ("x: str = Input(max_length=len('abc'))", "max_length=len('abc')"),
        ("x: str = Input(max_length=80.0)", "max_length is 80.0; write a literal int"),
        ("x: str = Input(description='a' 'b')", "misreads description"),
        ("x: str = Input(description=('a'))", "drops description in parentheses"),
        ("x: str = Input(description=f'a')", "description=f'a', which is not a plain literal"),
        ("x: str = Input(description='a' + 'b')", "description='a' + 'b'"),
        (r"x: str = Input(description='it\'s')", "misreads description"),
        ("x: str = Input(description=u'a')", "misreads description"),
        ("x: str = Input(description='''a''')", "misreads description"),
        ("x: str = Input(choices=STAGES)", "choices=STAGES"),
        ("x: str = Input(choices=('a', 'b'))", "choices=('a', 'b')"),
        ("x: str = Input(choices=list(STAGES))", "choices=list(STAGES)"),
        ("x: str = Input(choices=['a', LOW])", "choices=LOW"),
        ("x: str = Input(choices=['a', ('b')])", "a comment or parentheses in it"),
        ("x: str = Input(choices=[\n    'a',  # first\n    'b',\n])", "a comment or parentheses"),
        ("*x: int", "after *, with ** or before /"),
        ("**x: int", "after *, with ** or before /"),
        ("*, x: int", "after *, with ** or before /"),
    ],
)
def test_an_input_that_cog_would_drop_misread_or_refuse_is_refused(
    parameter: str, trouble: str
) -> None:
    with pytest.raises(SignatureError) as raised:
        read_signature(source_with(parameter))

    (refusal,) = raised.value.refusals
    assert trouble in refusal
    assert refusal.startswith("x (line ")
    assert "; " in refusal


def test_all_refusals_are_reported_at_once_with_their_lines() -> None:
    with pytest.raises(SignatureError) as raised:
        read_signature(source_with("z: Path,\n    x: set[str],\n    y: int = 5"))

    assert [refusal.partition(":")[0] for refusal in raised.value.refusals] == [
        "x (line 8)",
        "y (line 9)",
    ]


@pytest.mark.parametrize(
    ("old", "new", "trouble"),
    [
        ("from cog import BasePredictor, Input, Path", "from pathlib import Path", "from cog"),
        ("import BasePredictor, Input, Path", "import Input, Path as P", "from cog import"),
        ("-> list[Path]", "", "must return list[Path]"),
        ("-> list[Path]", "-> Path", "must return list[Path]"),
        ("def predict", "def run", "no method Predictor.predict()"),
        ("class Predictor", "class Runner", "no method Predictor.predict()"),
        ("def predict(self, ", "def predict(self, /, ", "before /"),
        ("def predict", "def def predict", "is not Python: invalid syntax (line 7)"),
    ],
)
def test_a_file_that_cog_would_misread_is_refused(old: str, new: str, trouble: str) -> None:
    with pytest.raises(SignatureError, match=re.escape(trouble)):
        read_signature(source_with("x: int").replace(old, new))
