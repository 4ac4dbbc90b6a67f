"""The variables and presets of hub.json and tests.json -> those that a worker cannot start with.

Source: docs.runpod.io, hub/publishing-guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from poster.doctor.file_finding import FileFinding, find
from poster.doctor.marked import Marked
from poster.doctor.runpod_hub import HUB, TESTS

SECRET_NAME = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY)(_|$)",
    re.IGNORECASE,
)
"""A variable that holds a secret, by its name."""

Try = Callable[[str, str], str]
"""Takes a variable and its value; returns what the worker has against it, or nothing."""

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "huggingface": (str,),
    "number": (int, float),
    "boolean": (bool,),
}


def check_env(hub: Marked, attempt: Try) -> tuple[FileFinding, ...]:
    """Look at hub.json's variables and presets.

    Args:
        hub: the file.
        attempt: tries a variable as a worker reads it.

    Returns:
        What is wrong with them.
    """
    return (*_check_items(hub, attempt), *_check_presets(hub, attempt))


def check_test_env(tests: Marked, attempt: Try) -> tuple[FileFinding, ...]:
    """Look at tests.json's variables.

    Args:
        tests: the file.
        attempt: tries a variable as a worker reads it.

    Returns:
        What is wrong with them, and whether the tests would need a volume.
    """
    env = tests.at("config", "env")
    findings = []
    values: dict[str, object] = {}
    for item in env.listed():
        key, value = _text(item.at("key")), item.at("value")
        values[key] = value.value
        trouble = _tell_value(key, value.value, attempt)
        if trouble:
            findings.append(find("hub_env", TESTS, value.line, f"env {key!r}: {trouble}"))
    engine = values.get("POSTER_ENGINE")
    if engine != "studio":
        told = f"POSTER_ENGINE is {engine!r} there" if engine else "POSTER_ENGINE is not set there"
        findings.append(find("test_needs_volume", TESTS, env.line, told))
    return tuple(findings)


def _check_items(hub: Marked, attempt: Try) -> Iterator[FileFinding]:
    for item in hub.at("config", "env").listed():
        key, form = _text(item.at("key")), item.at("input")
        if form.value is not None:
            trouble = _tell_form(key, form, attempt)
        else:
            trouble = _tell_value(key, item.at("value").value, attempt)
            if not trouble and SECRET_NAME.search(key):
                told = f"env {key!r} has its value in the file"
                yield find("secret_shipped", HUB, item.line, told)
        if trouble:
            yield find("hub_env", HUB, item.line, f"env {key!r}: {trouble}")


def _check_presets(hub: Marked, attempt: Try) -> Iterator[FileFinding]:
    items = {_text(item.at("key")): item for item in hub.at("config", "env").listed()}
    for preset in hub.at("config", "presets").listed():
        name, defaults = _text(preset.at("name")), preset.at("defaults")
        if not (name and isinstance(defaults.value, dict)):
            yield find("hub_preset", HUB, preset.line, "a preset must have a name and defaults")
        for key, default in defaults.parts.items():
            if str(key) not in items:
                told = f"preset {name!r} sets {key!r}, which is no key of env"
                yield find("hub_preset", HUB, default.line, told)
                continue
            form = items[str(key)].at("input")
            trouble = _tell_choice(form, default.value)
            trouble = trouble or _tell_try(str(key), default.value, attempt)
            if trouble:
                told = f"preset {name!r}, {key}: {trouble}"
                yield find("hub_preset", HUB, default.line, told)


def _tell_value(key: str, value: object, attempt: Try) -> str:
    if not key:
        return "key must be text"
    if not isinstance(value, str):
        return "value must be text"
    return _tell_try(key, value, attempt)


def _tell_form(key: str, form: Marked, attempt: Try) -> str:
    if not key:
        return "key must be text"
    for name in ("name", "type", "description"):
        if not _text(form.at(name)):
            return f"input has no {name}"
    kind = _text(form.at("type"))
    if kind not in _KINDS:
        return f"type must be one of {', '.join(_KINDS)}, not {kind!r}"
    default = form.at("default").value
    if default is None:
        return ""
    return _tell_choice(form, default) or _tell_try(key, default, attempt)


def _tell_choice(form: Marked, value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    """What a form has against a value of its field."""
    kind = _text(form.at("type"))
    if kind in _KINDS and not _is_of(_KINDS[kind], value):
        return f"{value!r} is no {kind}"
    choices = [option.at("value").value for option in form.at("options").listed()]
    if choices and value not in choices:
        return f"{value!r} is none of its options"
    low, high = form.at("min").value, form.at("max").value
    if (_are_numbers(low, value) and value < low) or (_are_numbers(high, value) and value > high):
        return f"{value!r} is out of its bounds"
    return ""


def _tell_try(key: str, value: object, attempt: Try) -> str:
    return "" if value in ("", None) else attempt(key, str(value))


def _text(part: Marked) -> str:
    return part.value if isinstance(part.value, str) else ""


def _is_of(kinds: tuple[type, ...], value: object) -> bool:
    # Not isinstance: to it, True is an int.
    return type(value) in kinds


def _are_numbers(*values: object) -> bool:
    return all(_is_of((int, float), value) for value in values)
