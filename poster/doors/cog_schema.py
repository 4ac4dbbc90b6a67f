"""The inputs that predict.py declares -> the OpenAPI document that Cog's server validates against.

Cog's own generator is a Go program that runs at `cog build`; this module writes the same document,
so that the server validates inputs wherever it is started. Does not know the server or the
predictor.

Source: Cog 0.23.1, pkg/schema/openapi_spec.go and crates/coglet/src/input_validation.rs.
"""

from __future__ import annotations

import json
from typing import Any

from poster.doors.cog_signature import CogInput, read_signature

COG_VERSION = "0.23.1"
SCHEMA_PATH = ".cog/openapi_schema.json"
"""Where Cog's server looks for the schema, relative to the folder it is started in."""

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "str": {"type": "string"},
    "Path": {"type": "string", "format": "uri"},
}
_KEYWORDS = {
    "description": "description",
    "ge": "minimum",
    "le": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "regex": "pattern",
    "deprecated": "deprecated",
    "accept": "x-cog-accept",
}


def format_schema(source: str) -> str:
    """Format the OpenAPI document of a predictor as JSON.

    Args:
        source: the text of predict.py.

    Returns:
        JSON, ending with a newline.

    Raises:
        SignatureError: Cog's static generator would not read the text as Python does.
    """
    return json.dumps(build_schema(read_signature(source)), ensure_ascii=False, indent=1) + "\n"


def build_schema(inputs: tuple[CogInput, ...]) -> dict[str, Any]:
    """Build the OpenAPI document of a predictor that returns a list of files.

    Args:
        inputs: the inputs of predict(), in order.

    Returns:
        The document, OpenAPI 3.0.2.
    """
    required = [item.name for item in inputs if _is_required(item)]
    schemas = {
        "Input": {
            "title": "Input",
            "type": "object",
            "properties": {item.name: _property(order, item) for order, item in enumerate(inputs)},
            **({"required": required} if required else {}),
        },
        "Output": {"title": "Output", "type": "array", "items": _JSON_TYPES["Path"]},
        **{item.name: _enumeration(item) for item in inputs if "choices" in item.options},
        "PredictionRequest": _object(
            "PredictionRequest", id=_text_property("Id"), input=_ref("Input")
        ),
        "PredictionResponse": _object(
            "PredictionResponse",
            input=_ref("Input"),
            output=_ref("Output"),
            id=_text_property("Id"),
            version=_text_property("Version"),
            created_at=_text_property("Created At", format="date-time"),
            started_at=_text_property("Started At", format="date-time"),
            completed_at=_text_property("Completed At", format="date-time"),
            status=_text_property("Status"),
            error=_text_property("Error"),
            logs=_text_property("Logs"),
            metrics={"title": "Metrics", "type": "object"},
        ),
        "Status": {
            "title": "Status",
            "description": "An enumeration.",
            "enum": ["starting", "processing", "succeeded", "canceled", "failed"],
            "type": "string",
        },
        "HTTPValidationError": _object(
            "HTTPValidationError",
            detail={"title": "Detail", "type": "array", "items": _ref("ValidationError")},
        ),
        "ValidationError": {
            **_object(
                "ValidationError",
                loc={
                    "title": "Location",
                    "type": "array",
                    "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                },
                msg=_text_property("Message"),
                type=_text_property("Error Type"),
            ),
            "required": ["loc", "msg", "type"],
        },
    }
    return {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": COG_VERSION},
        "paths": _paths(),
        "components": {"schemas": schemas},
    }


def _is_required(item: CogInput) -> bool:
    return "default" not in item.options and not item.optional


def _property(order: int, item: CogInput) -> dict[str, Any]:
    described: dict[str, Any] = {"x-order": order}
    if "choices" in item.options:
        described["allOf"] = [_ref(item.name)]
    else:
        words = item.name.split("_")
        described["title"] = " ".join(word[:1].upper() + word[1:] for word in words)
        kind = _JSON_TYPES[item.kind]
        described |= {"type": "array", "items": kind} if item.many else kind
    if "default" in item.options:
        described["default"] = item.options["default"]
    if item.optional:
        described["nullable"] = True
    for keyword, name in _KEYWORDS.items():
        if keyword in item.options:
            described[name] = item.options[keyword]
    return described


def _enumeration(item: CogInput) -> dict[str, Any]:
    return {
        "title": item.name,
        "description": "An enumeration.",
        "enum": item.options["choices"],
        **_JSON_TYPES[item.kind],
    }


def _paths() -> dict[str, Any]:
    anything = _answer("Successful Response", {})
    invalid = _answer("Validation Error", _ref("HTTPValidationError"))
    return {
        "/": {
            "get": {
                "summary": "Root",
                "operationId": "root__get",
                "responses": {"200": anything},
            }
        },
        "/health-check": {
            "get": {
                "summary": "Healthcheck",
                "operationId": "healthcheck_health_check_get",
                "responses": {"200": anything},
            }
        },
        "/predictions": {
            "post": {
                "summary": "Predict",
                "description": "Run a single prediction on the model",
                "operationId": "predict_predictions_post",
                "requestBody": {"content": _json(_ref("PredictionRequest"))},
                "responses": {
                    "200": _answer("Successful Response", _ref("PredictionResponse")),
                    "422": invalid,
                },
            }
        },
        "/predictions/{prediction_id}/cancel": {
            "post": {
                "summary": "Cancel",
                "operationId": "cancel_predictions__prediction_id__cancel_post",
                "parameters": [
                    {
                        "required": True,
                        "schema": _text_property("Prediction Id"),
                        "name": "prediction_id",
                        "in": "path",
                    }
                ],
                "responses": {"200": anything, "422": invalid},
            }
        },
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(title: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": properties}


def _text_property(title: str, **extra: str) -> dict[str, Any]:
    return {"title": title, "type": "string", **extra}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _json(schema)}
