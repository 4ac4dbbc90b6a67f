"""A value or a link, and the input that gets it -> what ComfyUI would say of it; empty if nothing.

Follows ComfyUI's own validation, which casts values before it checks them. Does not know graphs.

Source: ComfyUI 0.33.0, execution.validate_inputs and comfy_execution/validation.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeGuard

from poster.comfy.misspelling import find_intended
from poster.comfy.nodes import ANY, InputSpec, Signature, read_table, split_kinds

_WRAPPER = "__value__"
"""The key in which a workflow wraps a list, which would otherwise be read as a link."""

_PLACEHOLDER = re.compile(r"__\w+__|\{\{.+\}\}|\$?\{\w+\}|\$\w+|%\w+%|<\w+>|\[\[.+\]\]")

_CASTS: Mapping[str, tuple[Callable[..., object], str]] = {
    "INT": (int, "a whole number"),
    "FLOAT": (float, "a number"),
    "STRING": (str, "a string"),
    "BOOLEAN": (bool, "true or false"),
}


def refuse_value(given: object, spec: InputSpec) -> str:
    """Check a value.

    Args:
        given: what a workflow has for an input, not a link.
        spec: the input.

    Returns:
        What is wrong with the value, after the input's name; empty if nothing is.
    """
    shown = f"{given!r:.60}"
    if isinstance(given, list):
        return f"is {shown}, which is not a link: a link is a node's id, as a string, and a number"
    value = _unwrap(given)
    if spec.kind in _CASTS:
        return _refuse_cast(value, spec, shown)
    if spec.kind == "COMBO":
        return _refuse_choice(value, spec, shown)
    if spec.kind == "FILE":
        is_offered = value in (spec.choices or ())
        return "" if is_offered or names_file(value) else f"must name a file, not {shown}"
    return _refuse_other(value, spec, shown)


def describe_cast(given: object, spec: InputSpec) -> str:
    """Describe a cast that changes what a value means.

    Args:
        given: a value that refuse_value accepts.
        spec: its input.

    Returns:
        What ComfyUI makes of it, after the input's name; empty if that is what was meant.
    """
    value = _unwrap(given)
    if spec.kind == "INT":
        is_meant = isinstance(value, str) or value == int(value)  # type: ignore[call-overload]
    elif spec.kind == "STRING":
        is_meant = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    elif spec.kind == "BOOLEAN":
        is_meant = not isinstance(value, str) or value.lower() in ("true", "1", "")
    else:
        return ""
    made = _CASTS[spec.kind][0](value)
    return "" if is_meant else f"is {value!r:.60}, which ComfyUI reads as {made!r:.60}"


def is_placeholder(given: object) -> bool:
    """Whether a value stands for another one, which a program puts there before it runs the file.

    Args:
        given: what a workflow has for an input.

    Returns:
        Whether it is written as one of the usual kinds, such as __SEED__, {{seed}} or ${seed}.
    """
    return isinstance(given, str) and _PLACEHOLDER.fullmatch(given.strip()) is not None


def describe_choice(given: object, spec: InputSpec) -> str:
    """Describe a choice that this version of ComfyUI does not offer, and another one may.

    Args:
        given: a value that refuse_value accepts.
        spec: its input.

    Returns:
        What is unknown about it, after the input's name; empty if nothing is.
    """
    odd = _list_odd(_unwrap(given), spec) if spec.kind == "COMBO" else []
    if not odd:
        return ""
    return f"is {odd[0]!r:.60}; {read_table()} has {_list_choices(spec):.120}"


def refuse_link(source: Signature, slot: int, target: Signature, spec: InputSpec) -> bool:
    """Check a link between two known classes.

    Args:
        source: the class that the link comes from.
        slot: which of its outputs; it has one of this number.
        target: the class that the link goes to.
        spec: the input there.

    Returns:
        Whether ComfyUI refuses the link for its type.
    """
    kinds = split_kinds(source.outputs[slot])
    # ComfyUI does not look at a link to a choice that brings further inputs.
    if target.checks_links or spec.options or ANY in kinds or ANY in spec.link_kinds:
        return False
    if target.has_list_types and spec.kind in ("COMBO", "FILE"):
        # The type is a list of choices, which only the same list matches.
        return not (source.has_list_types and "COMBO" in kinds)
    return not kinds & spec.link_kinds


def names_file(given: object) -> TypeGuard[str]:
    """Whether a value can be a file's name."""
    return isinstance(given, str) and bool(given) and given.isprintable()


def _unwrap(given: object) -> object:
    return given[_WRAPPER] if isinstance(given, dict) and _WRAPPER in given else given


def _refuse_cast(value: object, spec: InputSpec, shown: str) -> str:
    cast, what = _CASTS[spec.kind]
    try:
        made = cast(value)
    except (TypeError, ValueError, OverflowError):
        return f"must be {what}, not {shown}"
    if not isinstance(made, (int, float)) or spec.kind == "BOOLEAN":
        return ""
    # Written so that NaN, which "nan" is cast to, is within any bounds, as it is for ComfyUI.
    if not (spec.low is not None and made < spec.low) and not (
        spec.high is not None and made > spec.high
    ):
        return ""
    if spec.low is not None and spec.high is not None:
        allowed = f"between {spec.low} and {spec.high}"
    else:
        allowed = f"at most {spec.high}" if spec.low is None else f"at least {spec.low}"
    return f"must be {allowed}, not {value!s:.40}"


def _refuse_choice(value: object, spec: InputSpec, shown: str) -> str:
    for one in _list_odd(value, spec):
        if not isinstance(one, str) or not one:
            return f"must be one of {_list_choices(spec):.120}, not {shown}"
        if intended := find_intended(one, filter(_is_text, spec.choices or ())):
            return (
                f"is {one!r:.60}, which is not one of its choices; did you mean {intended!r:.60}?"
            )
    return ""


def _refuse_other(value: object, spec: InputSpec, shown: str) -> str:
    """Check a value for an input that is no widget's, or one of several types."""
    if spec.low is not None and not isinstance(value, (int, float)):
        return f"must be a number, not {shown}"  # ComfyUI compares it with the bound, uncast
    is_left_out = value is None and spec.optional
    if is_left_out or isinstance(value, (dict, list)) or not spec.needs_link:
        return ""
    return f"accepts only a link, to {spec.kind}, not {shown}"


def _list_odd(value: object, spec: InputSpec) -> list[object]:
    """The values that are not among an input's choices."""
    if spec.choices is None:
        return []
    chosen = value if spec.many and isinstance(value, list) else [value]
    return [one for one in chosen if one not in spec.choices]


def _list_choices(spec: InputSpec) -> str:
    return ", ".join(map(str, spec.choices or ()))


def _is_text(choice: object) -> TypeGuard[str]:
    return isinstance(choice, str)
