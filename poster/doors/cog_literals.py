"""The request's specs -> the literal inputs of predict.py, laid out as ruff format leaves them.

Cog reads predict() from the file's text, without running it, so that what a spec says must stand
there written out. Whether Cog reads what is written as Python means it, cog_signature tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poster.doors.cog_signature import find_predict, parse_predictor
from poster.spec import Spec

_KINDS = {str: "str", int: "int", float: "float", bool: "bool", tuple: "list[str]", dict: "str"}
"""What Cog takes for each kind: it has no objects, so that one is said as JSON there."""

_HEAD = """
        self,
        image: Path = Input(description="The photo; for stage envelope, the finished cover."),
"""
"""What no spec describes: the image is bytes in a request, and a file for Cog."""

_TAIL = "    "
_COLUMNS = 100
"""Of a line, beyond which ruff format breaks a list. Source: pyproject.toml."""


def write_inputs(source: str, specs: Mapping[str, Spec], defaults: Mapping[str, Any]) -> str:
    """Write the parameters of Predictor.predict() anew, and leave all else as it is.

    Args:
        source: the text of predict.py.
        specs: by the names of the parameters, in order; image is none of them.
        defaults: of the same.

    Returns:
        The text; the same again where its parameters said this already.

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
    # The bounds of a list are on its length and its lines, and those of an object on what it says,
    # however it is spaced: Cog could hold neither to them.
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
    # Ruff's choice, and the one that needs no escape: Cog knows none.
    quote = "'" if '"' in value and "'" not in value else '"'
    return quote + value.replace("\\", "\\\\").replace(quote, f"\\{quote}") + quote


def _offset(source: str, line: int, column: int) -> int:
    """Where a node begins in the text; ast counts a line's bytes."""
    lines = source.split("\n")
    before = lines[line - 1].encode()[:column].decode()
    return sum(len(above) + 1 for above in lines[: line - 1]) + len(before)
