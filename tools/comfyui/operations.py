"""Known values and one of Python's own operations -> its result, or UNKNOWN.

Does not know syntax trees beyond the names of their operators, nor scopes.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from tools.comfyui.values import UNKNOWN, External, Files, Method, to_plain

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}

_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}

_UNARY: Mapping[type[ast.unaryop], Callable[[Any], object]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}

_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset(
        (
            *("format", "join", "lower", "upper", "title", "split", "replace", "strip", "lstrip"),
            *("rstrip", "startswith", "endswith", "removeprefix", "removesuffix", "capitalize"),
        )
    ),
    list: frozenset(("append", "extend", "insert", "copy", "index", "remove", "pop", "count")),
    dict: frozenset(("keys", "values", "items", "get", "copy", "update", "pop", "setdefault")),
    tuple: frozenset(("index", "count")),
    set: frozenset(("add", "update", "union", "copy")),
}


def has_method(value: object, name: str) -> bool:
    """Whether a value has a method that can be called without running ComfyUI."""
    return isinstance(value, Files) or name in _METHODS.get(type(value), ())


def is_known(value: object) -> bool:
    """Whether it is known if a value counts as true."""
    return value is not UNKNOWN and not isinstance(value, External)


def is_true(value: object) -> bool:
    """Whether a known value counts as true; files of a folder do."""
    return bool(value) if not isinstance(value, Files) else True


def operate(op: ast.operator, left: object, right: object) -> object:
    """Apply an operator to two values."""
    for files, other in ((left, right), (right, left)):
        if isinstance(files, Files) and isinstance(op, ast.Add):
            if isinstance(other, Files):
                return Files(files.folder, [*files.others, *other.others])
            return (
                Files(files.folder, [*files.others, *other]) if isinstance(other, list) else files
            )
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    plain = [one if isinstance(one, (list, tuple)) else to_plain(one) for one in (left, right)]
    return _OPERATORS[type(op)](*plain)


def compare(op: ast.cmpop, left: object, right: object) -> object:
    """Compare two values."""
    odd = (External, Files)
    if any(one is UNKNOWN or isinstance(one, odd) for one in (left, right)):
        return UNKNOWN
    return _COMPARISONS[type(op)](to_plain(left), to_plain(right))


def negate(op: ast.unaryop, value: object) -> object:
    """Apply an operator to one value."""
    return UNKNOWN if value is UNKNOWN else _UNARY[type(op)](to_plain(value))


def call_method(method: Method, arguments: list[object], named: dict[str, object]) -> object:
    """Call a method of one of Python's own values, or of files."""
    if isinstance(method.value, Files):
        if method.name in ("append", "insert"):
            method.value.others.append(arguments[-1])
            return None
        # Whatever lists, copies or walks through a folder.
        return Files(method.value.folder, list(method.value.others))
    if method.name in ("append", "insert", "setdefault", "add"):
        return getattr(method.value, method.name)(*arguments)
    if method.name == "extend" and isinstance(arguments[0], Files):
        return UNKNOWN
    given = list(arguments)
    if isinstance(method.value, str) or method.name in ("get", "pop"):
        given = [to_plain(one) for one in given]
    if any(one is UNKNOWN for one in given) and method.name != "get":
        return UNKNOWN
    made = getattr(method.value, method.name)(*given, **named)
    return list(made) if method.name in ("keys", "values", "items") else made
