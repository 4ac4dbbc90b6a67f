"""The variables and presets in hub.json and tests.json -> those that stop a worker from starting.

Source: docs.runpod.io, hub/publishing-guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from poster.doctor.file_finding import FileFinding, find_at, place_of
from poster.doctor.located import Located
from poster.doctor.names import Vocabulary, judge_name
from poster.runpod.published import read_published

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
"""Type of a variable's input -> types of its values; values of other types are not checked."""

_FIELDS = read_published("hub_fields")
_TYPES = Vocabulary("input type", _FIELDS.content["input_types"], _FIELDS)


def check_env(hub: Located, find_rejection: FindRejection) -> tuple[FileFinding, ...]:
    """Check hub.json's variables and presets.

    Args:
        hub: the file.
        find_rejection: returns why the worker would reject a variable, or an empty string.

    Returns:
        What is wrong with them.
    """
    return (*_check_items(hub, find_rejection), *_check_presets(hub, find_rejection))


def check_test_env(
    tests: Located, find_rejection: FindRejection, *, serves_posters: bool
) -> tuple[FileFinding, ...]:
    """Check tests.json's variables.

    Args:
        tests: the file.
        find_rejection: returns why the worker would reject a variable, or an empty string.
        serves_posters: whether the worker is Poster Maker's, which needs a volume or studio.

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
            findings.append(find_at("hub_env", value, trouble))
    engine = values.get("POSTER_ENGINE")
    if serves_posters and engine != "studio":
        trouble = f"POSTER_ENGINE is {engine!r}" if engine else "POSTER_ENGINE is not set"
        findings.append(find_at("test_needs_volume", env, trouble))
    return tuple(findings)


def _check_items(hub: Located, find_rejection: FindRejection) -> Iterator[FileFinding]:
    for item in hub.at("config", "env").listed():
        key, form = _text(item.at("key")), item.at("input")
        if form.value is not None:
            kind = _text(form.at("type"))
            if key and kind and kind not in _TYPES.names:
                yield judge_name("hub_env", place_of(form.at("type")), kind, _TYPES)
            trouble = _check_form(key, form, find_rejection)
        else:
            trouble = _check_value(key, item.at("value").value, find_rejection)
            if not trouble and SECRET_NAME.search(key) and item.at("value").value:
                secret = f"env {key!r} is a secret, and its value is in the file"
                yield find_at("secret_shipped", item, secret)
        if trouble:
            yield find_at("hub_env", item, trouble)


def _check_presets(hub: Located, find_rejection: FindRejection) -> Iterator[FileFinding]:
    items = {_text(item.at("key")): item for item in hub.at("config", "env").listed()}
    for preset in hub.at("config", "presets").listed():
        name, defaults = _text(preset.at("name")), preset.at("defaults")
        if not (name and isinstance(defaults.value, dict)):
            yield find_at("hub_preset", preset, "a preset must have a name and defaults")
        strays = [str(key) for key in defaults.parts if str(key) not in items]
        if strays:
            are = "which is not a key" if len(strays) == 1 else "which are not keys"
            trouble = f"preset {name!r} sets {', '.join(map(repr, strays))}, {are} in env"
            yield find_at("hub_preset", defaults.at(strays[0]), trouble)
        troubles = []
        for key, default in defaults.parts.items():
            if str(key) in items:
                form = items[str(key)].at("input")
                trouble = _check_choice(form, default.value)
                trouble = trouble or _try_value(str(key), default.value, find_rejection)
                if trouble:
                    troubles.append((default, f"{key}: {trouble}"))
        if troubles:
            shown = "; ".join(trouble for _, trouble in troubles[:3])
            more = f"; and {len(troubles) - 3} more" if len(troubles) > 3 else ""
            yield find_at("hub_preset", troubles[0][0], f"preset {name!r}, {shown}{more}")


def _check_value(key: str, value: object, find_rejection: FindRejection) -> str:
    if not key:
        return "a variable in env has no key; key must be a string"
    trouble = "value must be a string"
    if isinstance(value, str):
        trouble = _try_value(key, value, find_rejection)
    return f"env {key!r}: {trouble}" if trouble else ""


def _check_form(key: str, form: Located, find_rejection: FindRejection) -> str:
    if not key:
        return "a variable in env has no key; key must be a string"
    for name in ("name", "type", "description"):
        if not _text(form.at(name)):
            return f"env {key!r}: input has no {name}"
    default = form.at("default").value
    # An empty default leaves the variable unset, whatever its type.
    if default in ("", None):
        return ""
    trouble = _check_choice(form, default) or _try_value(key, default, find_rejection)
    return f"env {key!r}: {trouble}" if trouble else ""


def _check_choice(form: Located, value: Any) -> str:  # noqa: ANN401 - whatever the file holds
    """Why a form rejects a value of its field; empty if it does not."""
    kind = _text(form.at("type"))
    if kind in _KINDS and not _is_of(_KINDS[kind], value):
        return f"{value!r} is not a {kind}"
    options = form.at("options").listed()
    choices = [
        option.value if isinstance(option.value, str) else option.at("value").value
        for option in options
    ]
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
