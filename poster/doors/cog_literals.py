"""The request's specs -> the literal inputs of predict.py, formatted as ruff format would.

Cog reads predict() from the file's text, without running it, so every spec must be written out
there. Does not know whether Cog reads the result as Python does: cog_signature checks that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poster.doors.cog_signature import find_predict, parse_predictor
from poster.spec import Spec

_KINDS = {str: "str", int: "int", float: "float", bool: "bool", tuple: "list[str]", dict: "str"}
"""Cog's type for each kind. Cog has no objects, so an object is given as JSON text."""

_HEAD = """
        self,
        image: Path = Input(description="The photo; for stage envelope, the finished cover."),
"""
"""The input that has no spec: the image is bytes in a request, but a file for Cog."""

_TAIL = "    "
_COLUMNS = 100
"""Line length beyond which ruff format breaks a list. Source: pyproject.toml."""


def write_inputs(source: str, specs: Mapping[str, Spec], defaults: Mapping[str, Any]) -> str:
    """Rewrite the parameters of Predictor.predict(), and change nothing else.

    Args:
        source: the text of predict.py.
        specs: parameter name -> spec, in order, without image.
        defaults: parameter name -> default.

    Returns:
        The new text; identical to the old one if the parameters were up to date.

    Raises:
        SignatureError: the text is not Python, or has no such method.
    """
    function = find_predict(parse_predictor(source))
    behind = function.returns or function.body[0]
    start = source.index("(", _offset(source, function.lineno, function.col_offset))
    end = source.rindex(")", start, _offset(source, behind.lineno, behind.col_offset))
    inputs = (_write_input(name, spec, defaults[name]) for name, spec in specs.items())
    return f"{source[: start + 1]}{_HEAD}{''.join(inputs)}{_TAIL}{source[end:]}"


def _write_input(name: str, spec: Spec, default: object) -> str:
    kind = _KINDS[spec.kind] + (" | None" if default is None else "")
    lines = "".join(_write_option(*option) for option in _options(spec, default))
    return f"        {name}: {kind} = Input(\n{lines}        ),\n"


def _options(spec: Spec, default: object) -> Iterator[tuple[str, object]]:
    yield "default", list(default) if isinstance(default, tuple) else default
    # Cog cannot check the bounds of a list (its length and its lines) or of an object (its content
    # without spaces).
    if spec.kind not in (tuple, dict):
        bounds = {"ge": spec.low, "le": spec.high, "max_length": spec.max_length}
        yield from ((name, bound) for name, bound in bounds.items() if bound is not None)
    if spec.choices:
        yield "choices", list(spec.choices)
    yield "description", spec.help


def _write_option(name: str, value: object) -> str:
    line = f"            {name}={_write_literal(value)},\n"
    if not isinstance(value, list) or len(line) <= _COLUMNS + 1:
        return line
    items = "".join(f"                {_write_literal(item)},\n" for item in value)
    return f"            {name}=[\n{items}            ],\n"


def _write_literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_write_literal, value))}]"
    if not isinstance(value, str):
        return repr(value)
    # Ruff's choice of quotes, which needs no escapes; Cog does not understand escapes.
    quote = "'" if '"' in value and "'" not in value else '"'
    return quote + value.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def _offset(source: str, line: int, column: int) -> int:
    """Convert a position from ast, which counts bytes in a line, to an index in the text."""
    lines = source.split("\n")
    before = lines[line - 1].encode()[:column].decode()
    return sum(len(above) + 1 for above in lines[: line - 1]) + len(before)
