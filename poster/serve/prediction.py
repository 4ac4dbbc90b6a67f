"""The body of POST /predictions -> a Prediction that Cog can take, or what is wrong with it.

Cog's server drops fields that it does not know, takes ids for paths, and accepts whole numbers only
if they are written without a decimal point. Everything but the image is checked here, before Cog
sees any of it. Pure; does not know where a webhook leads or whether the image is one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from poster.errors import RequestError
from poster.printable import quote
from poster.request import (
    ALIASES,
    DEFAULTS,
    SPECS,
    PosterRequest,
    reject_unknown_fields,
    rename_aliases,
)
from poster.spec import describe_value
from poster.strict_json import NotJsonError, is_text, parse_json, walk

EVENTS = ("start", "output", "logs", "completed")
"""Events of a webhook. Source: Cog 0.23.1, crates/coglet/src/webhook.rs, WebhookEventType."""

_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
"""Cog makes a folder of this name: no separator, not longer than a file name, not hidden."""

_MAX_VALUES = 20_000
"""JSON values of a body. The largest request has a few hundred; `context` can have more."""

_FIELDS = ("id", "input", "context", "webhook", "webhook_events_filter")
_IGNORED = ("version", "stream", "created_at", "output_file_prefix")
"""What Replicate's clients send besides; Cog ignores it too."""


class InvalidBodyError(Exception):
    """A body cannot be taken.

    Args:
        where: the names that lead to the faulty part, from `body` on.
        trouble: what is wrong with it, and how to fix it.
    """

    def __init__(self, where: tuple[str, ...], trouble: str) -> None:
        super().__init__(f"{'.'.join(where)}: {trouble}")
        self.where = where
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Prediction:
    """A checked prediction.

    Args:
        id: valid as the name of a folder.
        input: field name -> value, as Cog's schema takes them; only the fields that were given.
        context: passed on to Cog unchanged.
        webhook: the URL to report to, not checked; empty if there is none.
        events: the events to report.
    """

    id: str
    input: Mapping[str, Any]
    context: Mapping[str, str] = field(default_factory=dict)
    webhook: str = ""
    events: tuple[str, ...] = EVENTS

    def encode(self, relay: str = "", events: tuple[str, ...] = ()) -> bytes:
        """Encode the body for Cog.

        Args:
            relay: the URL that Cog reports to; empty reports nothing.
            events: the events that it reports.

        Returns:
            JSON.
        """
        body = {"id": self.id, "input": self.input, "context": self.context}
        if relay:
            body |= {"webhook": relay, "webhook_events_filter": list(events)}
        return json.dumps(body).encode()


def check_id(text: object, *where: str) -> str:
    """Check the id of a prediction.

    Args:
        text: the id.
        *where: the names that lead to it.

    Returns:
        The id.

    Raises:
        InvalidBodyError: it is not valid as the name of a folder.
    """
    if not isinstance(text, str):
        raise InvalidBodyError(where, f"must be a string, not {describe_value(text)}")
    if not _ID.fullmatch(text):
        trouble = (
            "must have 1 to 128 letters, digits, dots, hyphens and underscores, and no dot at its "
            f"start, not {quote(text)}"
        )
        raise InvalidBodyError(where, trouble)
    return text


def parse_prediction(data: bytes, url_id: str = "") -> Prediction:
    """Parse and check the body of a prediction.

    Args:
        data: the body.
        url_id: the checked id in the URL; empty if it has none.

    Returns:
        The prediction; its id is new if none was given.

    Raises:
        InvalidBodyError: it is not JSON, or a field is missing, unknown or invalid.
    """
    body = _parse_object(data)
    _check_names(body)
    given = body.get("id")
    name = url_id or uuid4().hex if given is None else check_id(given, "body", "id")
    if url_id and name != url_id:
        raise InvalidBodyError(("body", "id"), "must be the id in the URL, or absent")
    return Prediction(
        id=name,
        input=_read_input(body.get("input")),
        context=_read_context(body.get("context")),
        webhook=_read_webhook(body.get("webhook")),
        events=_read_events(body.get("webhook_events_filter")),
    )


def _parse_object(data: bytes) -> dict[str, Any]:
    try:
        body = parse_json(data, max_values=_MAX_VALUES)
    except NotJsonError as error:
        raise InvalidBodyError(("body",), f"is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        trouble = f'must be an object such as {{"input": {{...}}}}, not {describe_value(body)}'
        raise InvalidBodyError(("body",), trouble)
    if not all(is_text(part) for part, _ in walk(body) if isinstance(part, str)):
        raise InvalidBodyError(("body",), "contains half of a surrogate pair; send UTF-8")
    return body


def _check_names(body: Mapping[str, object]) -> None:
    for name in body:
        if name in _FIELDS or name in _IGNORED:
            continue
        if ALIASES.get(name, name) in {"image", *SPECS}:
            raise InvalidBodyError(("body", name), 'is a field of the request: put it in "input"')
        trouble = f"is not a field of a prediction; its fields are {', '.join(_FIELDS)}"
        raise InvalidBodyError(("body", quote(name)), trouble)


def _read_input(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        trouble = f"must be an object with the request's fields, not {describe_value(given)}"
        raise InvalidBodyError(("body", "input"), trouble)
    try:
        values = rename_aliases(given)
        reject_unknown_fields(values, {"image", *SPECS})
        # Null stands for an omitted field wherever there is no other default.
        values = {
            name: value
            for name, value in values.items()
            if value is not None or DEFAULTS.get(name, "") is not None
        }
        image = _read_image(values)
        # A placeholder, never decoded: the predictor reads the image.
        request = PosterRequest.from_mapping({**values, "image": b"?"})
    except RequestError as error:
        raise InvalidBodyError(("body", "input", error.field), error.trouble) from error
    return {name: image if name == "image" else _for_cog(getattr(request, name)) for name in values}


def _read_image(values: Mapping[str, object]) -> str:
    if "image" not in values:
        raise RequestError("image", "is required")
    image = values["image"]
    if not isinstance(image, str):
        raise RequestError("image", f"must be a string, not {describe_value(image)}")
    return image


def _for_cog(value: object) -> object:
    """A field's value in the form that predict.py declares."""
    if isinstance(value, tuple):
        return list(value)
    return json.dumps(value) if isinstance(value, dict) else value


def _read_context(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise InvalidBodyError(("body", "context"), "must be an object whose values are strings")
    return given


def _read_webhook(given: object) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or not given:
        trouble = f"must be a URL, not {describe_value(given)}"
        raise InvalidBodyError(("body", "webhook"), trouble)
    return given


def _read_events(given: object) -> tuple[str, ...]:
    if given is None:
        return EVENTS
    if not isinstance(given, list) or not all(event in EVENTS for event in given):
        trouble = f"must be a list of {', '.join(EVENTS)}"
        raise InvalidBodyError(("body", "webhook_events_filter"), trouble)
    return tuple(given)
