"""Specs of every kind become inputs that Cog reads correctly and ruff leaves unchanged."""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cog._adt import Repetition
from cog._inspector import create_predictor

from poster.doors.cog_literals import write_inputs
from poster.doors.cog_schema import format_schema
from poster.doors.cog_signature import CogInput, read_signature
from poster.errors import SignatureError
from poster.request import DEFAULTS, SPECS
from poster.spec import Spec

ROOT = Path(__file__).parents[2]
PREDICT = (ROOT / "predict.py").read_text()
LONG = tuple(f"a_choice_of_number_{number}" for number in range(6))
FIELDS: dict[str, tuple[Spec, object]] = {
    "title": (Spec("Its title.", str, max_length=400), ""),
    "quoted": (Spec('He said "no".', str), 'a "b"'),
    "owned": (Spec("The photo's own.", str), "it's"),
    "language": (Spec("한국어.", str, pattern="ko|en", pattern_help="one of two"), "ko"),
    "style": (Spec("A style.", str, choices=("auto", "swiss")), "auto"),
    "long": (Spec("One of many.", str, choices=LONG), LONG[0]),
    "lines": (Spec("Lines.", tuple, high=3, max_length=9), ("a", "b | c")),
    "none": (Spec("Lines.", tuple, high=3), ()),
    "count": (Spec("A count.", int, low=-1, high=8), 1),
    "seed": (Spec("A seed.", int, low=0, high=2**32 - 1), None),
    "glare": (Spec("A share.", float, low=0.0, high=1.5), 0.25),
    "strict": (Spec("A boolean.", bool), False),
    "is_bold": (Spec("A boolean.", bool), True),
    "is_known": (Spec("A boolean or nothing.", bool), None),
    "brand": (Spec("An object.", dict, max_length=90), None),
}
GENERATED = write_inputs(
    PREDICT,
    {name: spec for name, (spec, _) in FIELDS.items()},
    {name: default for name, (_, default) in FIELDS.items()},
)


def test_the_predictor_declares_what_the_request_declares() -> None:
    assert write_inputs(PREDICT, SPECS, DEFAULTS) == PREDICT


def test_a_new_field_is_declared_once() -> None:
    specs = {**SPECS, "strict": Spec("Refuse what would be noted.", bool)}
    written = write_inputs(PREDICT, specs, {**DEFAULTS, "strict": False})
    *before, strict = read_signature(written)
    assert tuple(before) == read_signature(PREDICT)
    options = {"default": False, "description": "Refuse what would be noted."}
    assert strict == CogInput("strict", "bool", options=options)


def test_every_kind_is_read_as_it_is_declared() -> None:
    image, *inputs = read_signature(GENERATED)
    assert (image.name, image.kind, list(image.options)) == ("image", "Path", ["description"])
    told = {item.name: item for item in inputs}
    assert list(told) == list(FIELDS)
    for name, (spec, default) in FIELDS.items():
        item = told[name]
        assert item.options["description"] == spec.help
        assert item.options["default"] == (list(default) if isinstance(default, tuple) else default)
        assert item.optional == (default is None)
        assert item.many == (spec.kind is tuple)
    kinds = [told[name].kind for name in ("title", "lines", "count", "glare", "strict", "brand")]
    assert kinds == ["str", "str", "int", "float", "bool", "str"]
    assert told["count"].options["ge"] == -1
    assert told["glare"].options["le"] == 1.5
    assert told["title"].options["max_length"] == 400
    assert told["long"].options["choices"] == list(LONG)
    for name in ("lines", "brand"):  # Cog would count strings, or spaces
        assert list(told[name].options) == ["default", "description"]


def test_ruff_format_leaves_what_is_written() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "predict.py", "-"],
        input=GENERATED,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == GENERATED


def test_writing_twice_changes_nothing_more() -> None:
    specs = {name: spec for name, (spec, _) in FIELDS.items()}
    defaults = {name: default for name, (_, default) in FIELDS.items()}
    assert write_inputs(GENERATED, specs, defaults) == GENERATED
    assert write_inputs(GENERATED, SPECS, DEFAULTS) == PREDICT


def test_a_signature_on_one_line_after_other_alphabets_is_found() -> None:
    source = (
        'NAME = "이름"\n'
        "class Predictor:\n"
        "    def predict(self, a: str = Input(default='한글 (하나)')) -> list[Path]:\n"
        "        return [f(x) for x in ()]\n"
    )
    written = write_inputs(source, {"b": Spec("A boolean.", bool)}, {"b": True})
    head, _, tail = written.partition("self,")
    assert head == 'NAME = "이름"\nclass Predictor:\n    def predict(\n        '
    assert tail.endswith("    ) -> list[Path]:\n        return [f(x) for x in ()]\n")
    assert "한글" not in written


@pytest.mark.parametrize(
    ("source", "trouble"),
    [
        ("class Predictor:\n    def run(self): ...\n", "has no method Predictor.predict()"),
        ("class Predictor(:\n", "is not Python"),
    ],
)
def test_a_file_without_the_method_is_refused(source: str, trouble: str) -> None:
    with pytest.raises(SignatureError, match=trouble):
        write_inputs(source, SPECS, DEFAULTS)


def test_a_help_text_that_cog_would_misread_is_refused_before_it_is_served() -> None:
    written = write_inputs(PREDICT, {"x": Spec('It\'s "so".', str)}, {"x": ""})
    with pytest.raises(SignatureError, match="misreads description"):
        format_schema(written)


@pytest.fixture
def generated_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """GENERATED, imported as Cog's server would."""
    path = tmp_path / "generated.py"
    path.write_text(GENERATED)
    spec = importlib.util.spec_from_file_location("generated", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "generated", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.filterwarnings("ignore:.* is deprecated; use .* instead:DeprecationWarning")
def test_cogs_own_inspector_sees_every_kind_as_the_schema_has_it(
    generated_module: ModuleType,
) -> None:
    seen = create_predictor("generated", "Predictor").inputs
    parameters = inspect.signature(generated_module.Predictor.predict).parameters
    document = json.loads(format_schema(GENERATED))
    properties = document["components"]["schemas"]["Input"]["properties"]

    assert list(properties) == list(seen) == ["image", *FIELDS]
    for name, info in seen.items():
        told: dict[str, Any] = properties[name]
        assert told.get("nullable", False) == (info.type.repetition is Repetition.OPTIONAL)
        assert told.get("default") == parameters[name].default.default
        if not info.choices:
            kind = info.type.json_type()
            assert {key: told[key] for key in kind} == kind


def test_predict_passes_on_all_generated_parameters(
    generated_module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = generated_module.Predictor()
    monkeypatch.setattr(predictor, "_answer", lambda values: [json.dumps(values)])
    given = {"image": "a photo", **{name: default for name, (_, default) in FIELDS.items()}}
    [told] = predictor.predict(**given)
    assert json.loads(str(told)) == {**given, "lines": ["a", "b | c"], "none": []}
