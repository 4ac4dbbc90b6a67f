"""predict.py's declared inputs against the request, Cog's own inspector and Cog's own schemas."""

import dataclasses
import hashlib
import importlib.metadata
import inspect
import json
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml
from cog._adt import Repetition
from cog._inspector import create_predictor

from poster.doors.cog_schema import COG_VERSION, format_schema
from poster.doors.cog_signature import read_signature
from poster.request import DEFAULTS, SPECS, PosterRequest

ROOT = Path(__file__).parents[2]
COG_DATA = ROOT / "tests" / "data" / "cog"
PREDICT = (ROOT / "predict.py").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COG_YAML = yaml.safe_load((ROOT / "cog.yaml").read_text())
PYTHON_KINDS = {"int": int, "float": float, "str": str}


def test_every_field_of_a_request_is_an_input_in_the_same_order() -> None:
    assert [item.name for item in read_signature(PREDICT)] == [
        item.name for item in dataclasses.fields(PosterRequest) if item.name != "image_name"
    ]


@pytest.mark.parametrize("name", SPECS)
def test_the_literals_of_an_input_equal_the_request(name: str) -> None:
    spec, default = SPECS[name], DEFAULTS[name]
    (declared,) = [item for item in read_signature(PREDICT) if item.name == name]
    expected = {
        "default": list(default) if spec.kind is tuple else default,
        "description": spec.help,
        "choices": list(spec.choices) or None,
        # The bounds of a list are on its length and on its lines, which Cog cannot check.
        "max_length": spec.max_length if spec.kind is not tuple else None,
        "ge": spec.low if spec.kind is not tuple else None,
        "le": spec.high if spec.kind is not tuple else None,
    }

    stated = {key: value for key, value in expected.items() if value is not None}
    assert declared.options == {"default": None, **stated}
    assert declared.optional == (default is None)
    assert declared.many == (spec.kind is tuple)
    assert PYTHON_KINDS[declared.kind] is (str if spec.kind is tuple else spec.kind)


def title(name: str) -> str:
    return " ".join(word.capitalize() for word in name.split("_"))


def describe(info: Any, field_info: Any) -> dict[str, Any]:
    """One property of Input, from what Cog's inspector knows at run time."""
    nullable = info.type.repetition in (Repetition.OPTIONAL, Repetition.OPTIONAL_REPEATED)
    described: dict[str, Any] = {"x-order": info.order}
    if info.choices:
        described["allOf"] = [{"$ref": f"#/components/schemas/{info.name}"}]
    else:
        described |= {"title": title(info.name), **info.type.json_type()}
    # Cog's generator writes a null default where None is allowed; without it a value is required.
    if field_info.default is not None or nullable:
        described["default"] = field_info.default
    if nullable:
        described["nullable"] = True
    options = {
        "description": info.description,
        "minimum": info.ge,
        "maximum": info.le,
        "maxLength": info.max_length,
    }
    return described | {key: value for key, value in options.items() if value is not None}


@pytest.mark.filterwarnings("ignore:.* is deprecated; use .* instead:DeprecationWarning")
def test_the_schema_equals_what_cogs_inspector_sees(
    predict_module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "predict", predict_module)
    seen = create_predictor("predict", "Predictor")
    parameters = inspect.signature(predict_module.Predictor.predict).parameters

    schemas = json.loads(format_schema(PREDICT))["components"]["schemas"]

    assert schemas["Input"] == {
        "title": "Input",
        "type": "object",
        "required": ["image"],
        "properties": {
            name: describe(info, parameters[name].default) for name, info in seen.inputs.items()
        },
    }
    assert schemas["Output"] == seen.output.json_type()
    for name, info in seen.inputs.items():
        if info.choices:
            assert schemas[name]["enum"] == info.choices


def test_the_schema_is_valid_for_the_servers_validator() -> None:
    schemas = json.loads(format_schema(PREDICT))["components"]["schemas"]

    jsonschema.Draft7Validator.check_schema(schemas["Input"])
    assert schemas["Input"]["properties"]["seed"]["default"] is None


def test_cog_yaml_is_valid_against_cogs_own_schema() -> None:
    text = (COG_DATA / "config_schema_v1.0.json").read_bytes()

    assert hashlib.sha256(text).hexdigest() in (COG_DATA / "README.md").read_text()
    jsonschema.validate(COG_YAML, json.loads(text), jsonschema.Draft7Validator)


def test_cogs_version_is_the_same_everywhere() -> None:
    assert COG_YAML["build"]["sdk_version"] == COG_VERSION
    assert f"cog=={COG_VERSION}" in PROJECT["optional-dependencies"]["cog"]
    assert importlib.metadata.version("cog") == COG_VERSION
