"""The variables and presets in hub.json and tests.json -> those that stop a worker from starting.

Source: docs.runpod.io, hub/publishing-guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from poster.doctor.file_finding import FileFinding, make_file_finding
from poster.doctor.located import Located
from poster.doctor.runpod_hub import HUB, TESTS

SECRET_NAME = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)(_|$)",
    re.IGNORECASE,
)
"""Names of variables that hold secrets."""

FindRejection = Callable[[str, str], str]
"""A variable and its value -> why the worker would reject it; an empty string if it would not."""

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "huggingface": (str,),
    "number": (int, float),
    "boolean": (bool,),
}


def check_env(hub: Located, find_rejection: FindRejection) -> tuple[FileFinding, ...]:
    """Check hub.json's variables and presets.

    Args:
        hub: the file.
        find_rejection: returns why the worker would reject a variable, or an empty string.

    Returns:
        What is wrong with them.
    """
    return (*_check_items(hub, find_rejection), *_check_presets(hub, find_rejection))


def check_test_env(tests: Located, find_rejection: FindRejection) -> tuple[FileFinding, ...]:
    """Check tests.json's variables.

    Args:
        tests: the file.
        find_rejection: returns why the worker would reject a variable, or an empty string.

    Returns:
        What is wrong with them, and whether the tests would need a volume.
    """
    env = tests.at("config", "env")
    findings = []
    values: dict[str, object] = {}
    for item in env.listed():
        key, value = _text(item.at("key")), item.at("value")
        values[key] = value.value
        trouble = _check_value(key, value.value, find_rejection)
        if trouble:
            findings.append(
                make_file_finding("hub_env", TESTS, value.line, f"env {key!r}: {trouble}")
            )
    engine = values.get("POSTER_ENGINE")
    if engine != "studio":
        trouble = f"POSTER_ENGINE is {engine!r}" if engine else "POSTER_ENGINE is not set"
        findings.append(make_file_finding("test_needs_volume", TESTS, env.line, trouble))
    return tuple(findings)


def _check_items(hub: Located, find_rejection: FindRejection) -> Iterator[FileFinding]:
    for item in hub.at("config", "env").listed():
        key, form = _text(item.at("key")), item.at("input")
        if form.value is not None:
            trouble = _check_form(key, form, find_rejection)
        else:
            trouble = _check_value(key, item.at("value").value, find_rejection)
            if not trouble and SECRET_NAME.search(key):
                secret = f"env {key!r} is a secret, and its value is in the file"
                yield make_file_finding("secret_shipped", HUB, item.line, secret)
        if trouble:
            yield make_file_finding("hub_env", HUB, item.line, f"env {key!r}: {trouble}")


def _check_presets(hub: Located, find_rejection: FindRejection) -> Iterator[FileFinding]:
    items = {_text(item.at("key")): item for item in hub.at("config", "env").listed()}
    for preset in hub.at("config", "presets").listed():
        name, defaults = _text(preset.at("name")), preset.at("defaults")
        if not (name and isinstance(defaults.value, dict)):
            yield make_file_finding(
                "hub_preset", HUB, preset.line, "a preset must have a name and defaults"
            )
        for key, default in defaults.parts.items():
            if str(key) not in items:
                trouble = f"preset {name!r} sets {key!r}, which is not a key in env"
                yield make_file_finding("hub_preset", HUB, default.line, trouble)
                continue
            form = items[str(key)].at("input")
            trouble = _check_choice(form, default.value)
            trouble = trouble or _try_value(str(key), default.value, find_rejection)
            if trouble:
                trouble = f"preset {name!r}, {key}: {trouble}"
                yield make_file_finding("hub_preset", HUB, default.line, trouble)


def _check_value(key: str, value: object, find_rejection: FindRejection) -> str:
    if not key:
        return "key must be a string"
    if not isinstance(value, str):
        return "value must be a string"
    return _try_value(key, value, find_rejection)


def _check_form(key: str, form: Located, find_rejection: FindRejection) -> str:
    if not key:
        return "key must be a string"
    for name in ("name", "type", "description"):
        if not _text(form.at(name)):
            return f"input has no {name}"
    kind = _text(form.at("type"))
    if kind not in _KINDS:
        return f"type must be one of {', '.join(_KINDS)}, not {kind!r}"
    default = form.at("default").value
    if default is None:
        return ""
    return _check_choice(form, default) or _try_value(key, default, find_rejection)


def _check_choice(form: Located, value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    """Why a form rejects a value of its field; empty if it does not."""
    kind = _text(form.at("type"))
    if kind in _KINDS and not _is_of(_KINDS[kind], value):
        return f"{value!r} is not a {kind}"
    choices = [option.at("value").value for option in form.at("options").listed()]
    if choices and value not in choices:
        return f"{value!r} is not one of its options"
    low, high = form.at("min").value, form.at("max").value
    if (_are_numbers(low, value) and value < low) or (_are_numbers(high, value) and value > high):
        return f"{value!r} is outside its bounds"
    return ""


def _try_value(key: str, value: object, find_rejection: FindRejection) -> str:
    return "" if value in ("", None) else find_rejection(key, str(value))


def _text(part: Located) -> str:
    return part.value if isinstance(part.value, str) else ""


def _is_of(kinds: tuple[type, ...], value: object) -> bool:
    # Not isinstance: to it, True is an int.
    return type(value) in kinds


def _are_numbers(*values: object) -> bool:
    return all(_is_of((int, float), value) for value in values)
