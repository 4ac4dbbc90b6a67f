"""The text of predict.py -> the inputs that Cog's static generator reads, or why it cannot.

Cog builds a model's schema from the text alone. It refuses, drops or misreads what it does not
understand, often silently. This module reads each parameter as Cog does, or rejects it. Imports
neither Cog nor the predictor, and does not know what a schema looks like.

Source: Cog 0.23.1, pkg/schema/python/{inputs,literals,annotations}.go and pkg/schema/types.go.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from poster.errors import SignatureError

_KINDS = ("bool", "float", "int", "str", "Path")
_OPTIONS: dict[str, tuple[type, ...]] = {
    "default": (bool, float, int, str, list, type(None)),
    "description": (str,),
    "ge": (float, int),
    "le": (float, int),
    "min_length": (int,),
    "max_length": (int,),
    "regex": (str,),
    "choices": (list,),
    "deprecated": (bool,),
    "accept": (str,),
}
_TYPES = "bool, float, int, str, Path, a list of one of them, or X | None"


@dataclass(frozen=True)
class CogInput:
    """One parameter of predict().

    Args:
        name: the parameter's name.
        kind: bool, float, int, str or Path.
        many: whether it is a list of that kind.
        optional: whether it can be None.
        options: keyword -> value of Input().
    """

    name: str
    kind: str
    many: bool = False
    optional: bool = False
    options: dict[str, Any] = field(default_factory=dict)


class _Refused(Exception):  # noqa: N818 - raised and caught within this module
    """Why Cog would not read a node as Python does, and what to write instead."""

    def __init__(self, node: ast.expr | ast.arg | ast.keyword, trouble: str, fix: str) -> None:
        super().__init__(f"{trouble}; {fix}")
        self.line = node.lineno


def read_signature(source: str) -> tuple[CogInput, ...]:
    """Read the inputs of Predictor.predict().

    Args:
        source: the text of predict.py.

    Returns:
        The inputs, in order.

    Raises:
        SignatureError: Cog would refuse, drop or misread something; one message for each.
    """
    module = parse_predictor(source)
    function = find_predict(module)
    names_from_cog = _names_from_cog(module)
    lines = source.encode().splitlines(keepends=True)
    refusals: list[str] = []
    inputs: list[CogInput] = []
    if "Path" not in names_from_cog or "Input" not in names_from_cog:
        refusals.append(
            "Cog recognises Path and Input only by these names; write from cog import Input, Path"
        )
    if function.returns is None or ast.unparse(function.returns) != "list[Path]":
        refusals.append(f"predict (line {function.lineno}): must return list[Path]")
    for parameter, default in _parameters(function):
        try:
            inputs.append(_read_input(parameter, default, lines))
        except _Refused as refused:
            refusals.append(f"{parameter.arg} (line {refused.line}): {refused}")
    if refusals:
        raise SignatureError(refusals)
    return tuple(inputs)


def parse_predictor(source: str) -> ast.Module:
    """Parse the text of predict.py.

    Args:
        source: the text.

    Returns:
        Its syntax tree.

    Raises:
        SignatureError: it is not Python.
    """
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise SignatureError(
            [f"predict.py is not Python: {error.msg} (line {error.lineno})"]
        ) from error


def find_predict(module: ast.Module) -> ast.FunctionDef:
    """Find the method that Cog calls.

    Args:
        module: of predict.py.

    Returns:
        Predictor.predict().

    Raises:
        SignatureError: there is none.
    """
    for node in module.body:
        if isinstance(node, ast.ClassDef) and node.name == "Predictor":
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and member.name == "predict":
                    return member
    raise SignatureError(["predict.py has no method Predictor.predict()"])


def _names_from_cog(module: ast.Module) -> set[str]:
    imports = [node for node in module.body if isinstance(node, ast.ImportFrom)]
    cog = [node for node in imports if node.module == "cog"]
    return {alias.asname or alias.name for node in cog for alias in node.names}


def _parameters(function: ast.FunctionDef) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    """Yield each parameter except self, with its default."""
    taken = function.args
    unread = [taken.vararg, taken.kwarg, *taken.kwonlyargs, *taken.posonlyargs]
    named = [parameter for parameter in unread if parameter is not None]
    if named:
        raise SignatureError(
            [
                f"{parameter.arg} (line {parameter.lineno}): Cog does not support parameters after "
                "*, with ** or before /; write a plain parameter"
                for parameter in named
            ]
        )
    missing = len(taken.args) - len(taken.defaults)
    yield from zip(taken.args[1:missing], [None] * (missing - 1), strict=True)
    yield from zip(taken.args[missing:], taken.defaults, strict=True)


def _read_input(parameter: ast.arg, default: ast.expr | None, lines: list[bytes]) -> CogInput:
    if parameter.annotation is None:
        raise _Refused(parameter, "has no type", f"annotate it with {_TYPES}")
    declared = f"{parameter.arg}:{_text(parameter.annotation, lines)}"
    if _squeeze(_text(parameter, lines)) != _squeeze(declared):
        raise _Refused(parameter, "Cog cannot read a type in parentheses", "write it without")
    kind, many, optional = _read_type(parameter.annotation)
    options: dict[str, Any] = {}
    if default is not None:
        if _text_between(parameter, default, lines).strip() != "=":
            raise _Refused(default, "Cog cannot read a default in parentheses", "write it without")
        options = _read_call(default, lines)
    if "default" in options and options["default"] is None and not optional:
        raise _Refused(
            parameter,
            "defaults to None, which its type forbids, so Cog would make it required",
            "write X | None",
        )
    return CogInput(parameter.arg, kind, many, optional, options)


def _read_type(node: ast.expr) -> tuple[str, bool, bool]:
    """Read a type: its kind, whether it is a list, and whether it allows None."""
    match node:
        case ast.Name(id=kind) if kind in _KINDS:
            return kind, False, False
        case ast.Subscript(value=ast.Name(id="list" | "List"), slice=ast.Name(id=kind)) if (
            kind in _KINDS
        ):
            return kind, True, False
        case (
            ast.Subscript(value=ast.Name(id="Optional"), slice=inner)
            | ast.BinOp(left=inner, op=ast.BitOr(), right=ast.Constant(value=None))
        ):
            kind, many, optional = _read_type(inner)
            if not optional:
                return kind, many, True
    raise _Refused(
        node,
        f"Cog refuses the type {ast.unparse(node)} or does not check it",
        f"use {_TYPES}, and choices= for a fixed set",
    )


def _read_call(node: ast.expr, lines: list[bytes]) -> dict[str, Any]:
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Input"):
        raise _Refused(node, "has a default outside Input()", "write Input(default=...)")
    if node.args:
        raise _Refused(node.args[0], "Cog drops arguments without a keyword", "write default=...")
    options = {}
    for keyword in node.keywords:
        name = keyword.arg or "**"
        if name not in _OPTIONS:
            raise _Refused(keyword, f"Cog does not read {name}", f"use {', '.join(_OPTIONS)}")
        text = _text(keyword, lines).partition("=")[2].strip()
        if text != _text(keyword.value, lines):
            raise _Refused(keyword, f"Cog drops {name} in parentheses", "write it without")
        options[name] = _read_literal(name, keyword.value, lines)
        if type(options[name]) not in _OPTIONS[name]:
            kinds = " or ".join(kind.__name__ for kind in _OPTIONS[name])
            raise _Refused(keyword, f"{name} is {text}", f"write a literal {kinds}")
    return options


def _read_literal(name: str, node: ast.expr, lines: list[bytes]) -> Any:  # noqa: ANN401 - any literal
    text = _text(node, lines)
    match node:
        case ast.Constant(value=bool() | None):
            return node.value
        case ast.Constant(value=str()):
            if _cog_string(text) != node.value:
                raise _Refused(
                    node,
                    f"Cog misreads {name}: it takes everything between the first and last quote",
                    "write one plain string on one line, without escapes",
                )
            return node.value
        case (
            ast.Constant(value=int() | float())
            | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()))
        ) if re.fullmatch(r"-?\d+(\.\d+)?", text):
            return ast.literal_eval(node)
        case ast.List():
            tokens = tokenize.generate_tokens(io.StringIO(text).readline)
            if any(token.type == tokenize.COMMENT or token.string == "(" for token in tokens):
                raise _Refused(
                    node,
                    f"Cog drops {name} because of a comment or parentheses in it",
                    "write it without",
                )
            return [_read_literal(name, element, lines) for element in node.elts]
    raise _Refused(
        node,
        f"Cog drops or refuses {name}={text}, which is not a plain literal",
        "write out the value; a test can check that it equals its source",
    )


def _cog_string(text: str) -> str | None:
    """The value that Cog reads from a string literal; Cog reads no escapes, and no prefix but r."""
    body = text.removeprefix("r")
    if body[0] not in "\"'" or body[:3] in ('"""', "'''"):
        return None
    return body[1:-1]


def _text(node: ast.expr | ast.arg | ast.keyword, lines: list[bytes]) -> str:
    """The source text of a node; unlike ast.get_source_segment, does not split the source anew."""
    taken = lines[node.lineno - 1 : node.end_lineno]
    taken[-1] = taken[-1][: node.end_col_offset]
    taken[0] = taken[0][node.col_offset :]
    return b"".join(taken).decode()


def _text_between(first: ast.arg, second: ast.expr, lines: list[bytes]) -> str:
    between = ast.Constant(
        value=None,
        lineno=first.end_lineno or 0,
        col_offset=first.end_col_offset or 0,
        end_lineno=second.lineno,
        end_col_offset=second.col_offset,
    )
    return _text(between, lines)


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)
