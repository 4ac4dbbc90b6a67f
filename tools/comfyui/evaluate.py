"""An expression or a call in a source tree -> its value, or UNKNOWN.

Interprets the syntax tree: constants, imports within the tree, classes, functions, loops over known
values. Nothing of the tree is imported or run. Where a condition is unknown, both branches count,
so that a list may get more entries than it has in a running ComfyUI, but never fewer. Does not
know what a node is.
"""

from __future__ import annotations

import ast
import math
import string
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.comfyui.operations import (
    call_method,
    compare,
    has_method,
    is_known,
    is_true,
    negate,
    operate,
)
from tools.comfyui.values import (
    UNKNOWN,
    Class,
    External,
    Files,
    Function,
    Import,
    Instance,
    Member,
    Method,
    Module,
    Scope,
    Super,
    to_plain,
)

_MAX_STEPS = 200_000
"""Limit on evaluated expressions for one call; the longest in ComfyUI 0.33.0 takes 7,000."""

_MAX_DEPTH = 60
"""Limit on calls inside calls."""

_BUILTINS: Mapping[str, object] = {
    **{
        kind.__name__: kind
        for kind in (list, tuple, dict, set, str, int, float, bool, range, enumerate, zip)
    },
    **{
        function.__name__: function
        for function in (len, min, max, sum, any, all, abs, round, sorted, reversed)
    },
}

_CONSTANTS: Mapping[str, object] = {
    "sys.maxsize": sys.maxsize,
    "math.inf": math.inf,
    "math.pi": math.pi,
    "string.ascii_lowercase": string.ascii_lowercase,
}

_SUPER = "super()"
"""The name under which a method's scope keeps what super() returns there."""

Native = Callable[["Evaluator", list[object], dict[str, object]], object]
"""Takes the place of a function whose result depends on the machine that ComfyUI runs on."""


class _Stop(Exception):  # noqa: N818 - it ends a function, as return does
    """A function returned."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class Evaluator:
    """Evaluates what a source tree defines.

    Args:
        root: the tree.
        natives: functions to answer without their source, by qualified name.
    """

    def __init__(self, root: Path, natives: Mapping[str, Native]) -> None:
        self._root = root
        self._natives = natives
        self._modules: dict[str, Module | External] = {}
        self._steps = 0
        self._depth = 0
        self._unsure = 0

    # Modules

    def open_module(self, name: str) -> Module | External:
        """Read a module of the tree.

        Args:
            name: dotted, such as comfy_extras.nodes_flux.

        Returns:
            The module, its top-level statements evaluated; an External if the tree has none.
        """
        if name not in self._modules:
            place = self._root.joinpath(*name.split("."))
            path = next(
                (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file()),
                None,
            )
            if path is None:  # a folder without __init__.py is a package, too
                outside = External(name)
                self._modules[name] = Module(name, place, Scope({})) if place.is_dir() else outside
                return self._modules[name]
            module = Module(name, path, Scope({"__name__": name}))
            self._modules[name] = module
            unsure, self._unsure = self._unsure, 0
            self._run_all(ast.parse(path.read_bytes()).body, module.scope)
            self._unsure = unsure
        return self._modules[name]

    # Calls from outside

    def call(self, function: object, *arguments: object, **named: object) -> object:
        """Call a function, a class or a method.

        Args:
            function: a value that this evaluator made.
            arguments: its arguments.
            named: its keyword arguments.

        Returns:
            The result; UNKNOWN if it cannot be determined.
        """
        self._steps = 0
        return self._call(function, list(arguments), named)

    def get(self, value: object, name: str) -> object:
        """Look up an attribute.

        Args:
            value: a value that this evaluator made.
            name: the attribute.

        Returns:
            Its value; UNKNOWN if there is none, or it cannot be determined.
        """
        found = self._find_attribute(value, name)
        return self._resolve(found) if isinstance(found, Import) else found

    def _find_attribute(self, value: object, name: str) -> object:  # noqa: PLR0911 - one for each kind
        if isinstance(value, Module):
            inner = self.open_module(f"{value.name}.{name}")
            return value.scope.names.get(name, inner if isinstance(inner, Module) else UNKNOWN)
        if isinstance(value, External):
            dotted = f"{value.name}.{name}"
            return _CONSTANTS.get(dotted, External(dotted))
        if isinstance(value, Class):
            return self._find_in_class(value.line_up(), name, value)
        if isinstance(value, Instance):
            if name in value.values:
                return value.values[name]
            return self._find_in_class(value.made_of.line_up(), name, value)
        if isinstance(value, Super):
            bound = value.bound.made_of if isinstance(value.bound, Instance) else value.bound
            ranks = bound.line_up() if isinstance(bound, Class) else ()
            nodes = [one.node for one in ranks]
            after = nodes.index(value.home.node) + 1 if value.home.node in nodes else len(nodes)
            return self._find_in_class(ranks[after:], name, value.bound)
        if isinstance(value, Member):
            return getattr(value, name) if name in ("name", "value") else UNKNOWN
        if has_method(value, name):
            return Method(value, name)
        return UNKNOWN

    def _find_in_class(self, ranks: tuple[Class, ...], name: str, bound: object) -> object:
        for one in ranks:
            if name not in one.names:
                continue
            found = one.names[name]
            if isinstance(found, Function):
                return _bind(found, one, bound)
            if isinstance(found, Class):
                owner = bound.made_of if isinstance(bound, Instance) else bound
                return replace(found, owner=owner if isinstance(owner, Class) else None)
            if one.is_enumeration and not isinstance(found, Class):
                return Member(name, found)
            return found
        return UNKNOWN

    # Statements

    def _run_all(self, body: Iterable[ast.stmt], scope: Scope, home: Class | None = None) -> None:
        for statement in body:
            self._run(statement, scope, home)

    def _run(self, statement: ast.stmt, scope: Scope, home: Class | None) -> None:  # noqa: C901, PLR0912
        match statement:
            case ast.Import(names):
                for alias in names:
                    top = alias.name if alias.asname else alias.name.partition(".")[0]
                    scope.names[alias.asname or top] = Import(top)
            case ast.ImportFrom():
                module = self._name_module(statement, scope)
                for alias in statement.names:
                    if alias.name == "*":
                        self._import_all(module, scope)
                    else:
                        scope.names[alias.asname or alias.name] = Import(module, alias.name)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                name = _module_name(scope)
                scope.names[statement.name] = Function(
                    statement, scope, f"{name}.{statement.name}", home
                )
            case ast.ClassDef():
                bases = tuple(self._evaluate(base, scope) for base in statement.bases)
                made = Class(statement, scope, bases, {})
                scope.names[statement.name] = made
                inner = Scope(made.names, scope)
                self._run_all(statement.body, inner, made)
                for decorator in statement.decorator_list:
                    # comfytype(io_type=...) sets the attribute of that name.
                    if isinstance(decorator, ast.Call):
                        for keyword in decorator.keywords:
                            if keyword.arg:
                                made.names.setdefault(
                                    keyword.arg, self._evaluate(keyword.value, scope)
                                )
            case ast.Assign(targets, value):
                given = self._evaluate(value, scope)
                for target in targets:
                    self._assign(target, given, scope)
            case ast.AnnAssign(target, _, value):
                if value is not None:
                    self._assign(target, self._evaluate(value, scope), scope)
            case ast.AugAssign(target, op, value):
                now = self._evaluate(_as_load(target), scope)
                self._assign(target, operate(op, now, self._evaluate(value, scope)), scope)
            case ast.Expr(value):
                self._evaluate(value, scope)
            case ast.Return(value):
                given = self._evaluate(value, scope) if value else None
                raise _Stop(UNKNOWN if self._unsure else given)
            case ast.Raise():
                if not self._unsure:
                    raise _Stop(UNKNOWN)
            case ast.If(test, body, orelse):
                self._branch(self._evaluate(test, scope), body, orelse, scope, home)
            case ast.For() | ast.AsyncFor():
                self._loop(statement, scope, home)
            case ast.Try():
                self._run_all([*statement.body, *statement.finalbody], scope, home)
            case ast.With() | ast.AsyncWith():
                self._run_all(statement.body, scope, home)
            case _:
                pass

    def _branch(
        self,
        test: object,
        body: list[ast.stmt],
        orelse: list[ast.stmt],
        scope: Scope,
        home: Class | None,
    ) -> None:
        if is_known(test):
            self._run_all(body if is_true(test) else orelse, scope, home)
            return
        self._unsure += 1
        try:
            self._run_all([*body, *orelse], scope, home)
        finally:
            self._unsure -= 1

    def _loop(self, loop: ast.For | ast.AsyncFor, scope: Scope, home: Class | None) -> None:
        many = self._iterate(self._evaluate(loop.iter, scope))
        unsure = many is None
        self._unsure += unsure
        try:
            for one in [UNKNOWN] if many is None else many:
                self._assign(loop.target, one, scope)
                self._run_all(loop.body, scope, home)
        finally:
            self._unsure -= unsure

    def _assign(self, target: ast.expr, value: object, scope: Scope) -> None:
        match target:
            case ast.Name(name):
                scope.names[name] = value
            case ast.Tuple(parts) | ast.List(parts):
                many = self._iterate(value)
                known = many if many is not None and len(many) == len(parts) else None
                for place, part in enumerate(parts):
                    self._assign(part, known[place] if known else UNKNOWN, scope)
            case ast.Subscript(holder, key):
                held = self._evaluate(holder, scope)
                at: Any = to_plain(self._evaluate(key, scope))
                if isinstance(held, (dict, list)) and at is not UNKNOWN:
                    with suppress(TypeError, IndexError):
                        held[at] = value
            case ast.Attribute(holder, name):
                held = self._evaluate(holder, scope)
                if isinstance(held, Instance):
                    held.values[name] = value
            case _:
                pass

    def _name_module(self, statement: ast.ImportFrom, scope: Scope) -> str:
        if not statement.level:
            return statement.module or ""
        here = _module_name(scope)
        module = self._modules.get(here)
        is_package = isinstance(module, Module) and module.path.name == "__init__.py"
        parts = here.split(".")
        parts = parts[: len(parts) - statement.level + is_package]
        return ".".join([*parts, *([statement.module] if statement.module else [])])

    def _import_all(self, name: str, scope: Scope) -> None:
        module = self.open_module(name)
        if isinstance(module, Module):
            public = (one for one in module.scope.names if not one.startswith("_"))
            for one in public:
                scope.names.setdefault(one, Import(name, one))

    # Expressions

    def _evaluate(self, node: ast.expr, scope: Scope) -> object:
        self._steps += 1
        if self._steps > _MAX_STEPS:
            return UNKNOWN
        # Whatever Python itself would refuse here is not known.
        with suppress(
            TypeError,
            ValueError,
            KeyError,
            IndexError,
            ZeroDivisionError,
            OverflowError,
            AttributeError,
        ):
            return self._evaluate_known(node, scope)
        return UNKNOWN

    def _evaluate_known(self, node: ast.expr, scope: Scope) -> object:  # noqa: C901, PLR0911, PLR0912
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name):
                return self._look_up(name, scope)
            case ast.Attribute(holder, name):
                return self.get(self._evaluate(holder, scope), name)
            case ast.List(parts) | ast.Tuple(parts) | ast.Set(parts):
                many = self._list_parts(parts, scope)
                if many is None:
                    return UNKNOWN
                return {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)](many)
            case ast.Dict(keys, values):
                return self._make_dict(keys, values, scope)
            case ast.Call():
                return self._evaluate_call(node, scope)
            case ast.BinOp(left, op, right):
                return operate(op, self._evaluate(left, scope), self._evaluate(right, scope))
            case ast.UnaryOp(op, operand):
                return negate(op, self._evaluate(operand, scope))
            case ast.BoolOp(op, values):
                return self._either(isinstance(op, ast.Or), values, scope)
            case ast.Compare(left, [op], [right]):
                return compare(op, self._evaluate(left, scope), self._evaluate(right, scope))
            case ast.IfExp(test, body, orelse):
                given = self._evaluate(test, scope)
                if not is_known(given):
                    return UNKNOWN
                return self._evaluate(body if is_true(given) else orelse, scope)
            case ast.Subscript(holder, key):
                return self._subscribe(self._evaluate(holder, scope), key, scope)
            case ast.JoinedStr(parts):
                texts = [self._evaluate(part, scope) for part in parts]
                return "".join(texts) if all(isinstance(one, str) for one in texts) else UNKNOWN  # type: ignore[arg-type]
            case ast.FormattedValue(value):
                given = to_plain(self._evaluate(value, scope))
                plain = isinstance(given, (str, int, float))
                return str(given) if plain and node.format_spec is None else UNKNOWN
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehend(node, scope)
            case ast.SetComp():
                made = self._comprehend(node, scope)
                return set(made) if isinstance(made, list) and UNKNOWN not in made else UNKNOWN
            case ast.DictComp():
                pair = ast.Tuple([node.key, node.value], ast.Load())
                pairs: Any = self._comprehend(ast.ListComp(pair, node.generators), scope)
                return dict(pairs) if isinstance(pairs, list) else UNKNOWN
            case ast.Lambda():
                return Function(node, scope, "")
            case ast.Await(value) | ast.NamedExpr(_, value):
                return self._evaluate(value, scope)
            case _:
                return UNKNOWN

    def _look_up(self, name: str, scope: Scope) -> object:
        at: Scope | None = scope
        while at is not None:
            if name in at.names:
                return self._resolve(at.names[name])
            at = at.around
        return External(f"builtins.{name}") if name in _BUILTINS or name == "super" else UNKNOWN

    def _resolve(self, value: object) -> object:
        while isinstance(value, Import):
            module = self.open_module(value.module)
            value = self._find_attribute(module, value.name) if value.name else module
        return value

    def _list_parts(self, parts: Iterable[ast.expr], scope: Scope) -> list[object] | None:
        many: list[object] = []
        for part in parts:
            if isinstance(part, ast.Starred):
                inner = self._iterate(self._evaluate(part.value, scope))
                if inner is None:
                    return None
                many += inner
            else:
                many.append(self._evaluate(part, scope))
        return many

    def _make_dict(
        self, keys: list[ast.expr | None], values: list[ast.expr], scope: Scope
    ) -> object:
        made: dict[object, object] = {}
        for key, value in zip(keys, values, strict=True):
            given = self._evaluate(value, scope)
            if key is not None:
                made[to_plain(self._evaluate(key, scope))] = given
            elif isinstance(given, dict):
                made |= given
            else:
                return UNKNOWN
        return made

    def _either(self, is_or: bool, values: list[ast.expr], scope: Scope) -> object:  # noqa: FBT001
        given: object = None
        for value in values:
            given = self._evaluate(value, scope)
            if not is_known(given):
                return UNKNOWN
            if is_true(given) is is_or:
                return given
        return given

    def _subscribe(self, held: object, key: ast.expr, scope: Scope) -> object:
        if isinstance(key, ast.Slice):
            ends: list[Any] = [
                None if end is None else self._evaluate(end, scope)
                for end in (key.lower, key.upper, key.step)
            ]
            if isinstance(held, (list, tuple, str)) and UNKNOWN not in ends:
                return held[slice(*ends)]
            return UNKNOWN
        place = self._evaluate(key, scope)
        if isinstance(held, (dict, list, tuple, str)) and place is not UNKNOWN:
            return held[to_plain(place)]  # type: ignore[index, call-overload]
        if isinstance(held, Class) and held.is_enumeration and isinstance(place, str):
            return self.get(held, place)
        if held == External("typing.Literal"):
            return list(place) if isinstance(place, tuple) else [place]
        return UNKNOWN

    def _comprehend(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Scope
    ) -> object:
        inner = Scope({}, scope)
        first = self._evaluate(node.generators[0].iter, scope)
        if isinstance(first, Files):
            # A filter or a change of form keeps them files of that folder.
            return Files(first.folder, list(first.others))
        many: list[object] = []
        complete = self._gather(node.elt, node.generators, inner, many)
        return many if complete else UNKNOWN

    def _gather(
        self, wanted: ast.expr, loops: list[ast.comprehension], scope: Scope, into: list[object]
    ) -> bool:
        if not loops:
            into.append(self._evaluate(wanted, scope))
            return True
        loop, *inner = loops
        many = self._iterate(self._evaluate(loop.iter, scope))
        if many is None:
            return False
        for one in many:
            self._assign(loop.target, one, scope)
            tests = [self._evaluate(test, scope) for test in loop.ifs]
            kept = all(test is UNKNOWN or is_true(test) for test in tests)
            if kept and not self._gather(wanted, inner, scope, into):
                return False
        return True

    def list_members(self, value: Class) -> list[object]:
        """List the members of an enumeration."""
        return self._iterate(value) or []

    def _iterate(self, value: object) -> list[object] | None:
        """The items of a value; None if they are not known."""
        if isinstance(value, Class) and value.is_enumeration:
            names = (name for name in value.names if not name.startswith("_"))
            members = (self.get(value, name) for name in names)
            return [member for member in members if isinstance(member, Member)]
        if isinstance(value, (list, tuple, dict, set, range, str)):
            return list(value)
        return None

    # Calls

    def _evaluate_call(self, node: ast.Call, scope: Scope) -> object:
        function = self._evaluate(node.func, scope)
        if function == External("builtins.super"):
            return _find_super(scope)
        arguments = self._list_parts(node.args, scope)
        named: dict[str, object] = {}
        for keyword in node.keywords:
            given = self._evaluate(keyword.value, scope)
            if keyword.arg:
                named[keyword.arg] = given
            elif isinstance(given, dict):
                named |= {str(name): value for name, value in given.items()}
            else:
                return UNKNOWN
        return UNKNOWN if arguments is None else self._call(function, arguments, named)

    def _call(self, function: object, arguments: list[object], named: dict[str, object]) -> object:  # noqa: PLR0911
        name = _qualify(function)
        if name in self._natives:
            return self._natives[name](self, arguments, named)
        if isinstance(function, External):
            builtin = _BUILTINS.get(function.name.removeprefix("builtins."))
            return UNKNOWN if builtin is None else self._call_builtin(builtin, arguments, named)
        if isinstance(function, Method):
            return call_method(function, arguments, named)
        if isinstance(function, Class):
            return self._make(function, arguments, named)
        if not isinstance(function, Function) or self._depth >= _MAX_DEPTH:
            return UNKNOWN
        if function.bound is not None:
            arguments = [function.bound, *arguments]
        scope = self._bind_arguments(function, arguments, named)
        if scope is None:
            return UNKNOWN
        if isinstance(function.node, ast.Lambda):
            return self._evaluate(function.node.body, scope)
        unsure, self._unsure = self._unsure, 0
        self._depth += 1
        try:
            self._run_all(function.node.body, scope)
        except _Stop as stop:
            return stop.value
        finally:
            self._unsure = unsure
            self._depth -= 1
        return None

    def _bind_arguments(
        self, function: Function, arguments: list[object], named: dict[str, object]
    ) -> Scope | None:
        names: dict[str, object] = {}
        if function.home:
            names[_SUPER] = Super(function.home, function.bound)
        spec = function.node.args
        places = [*spec.posonlyargs, *spec.args]
        defaults = [None] * (len(places) - len(spec.defaults)) + list(spec.defaults)
        rest = dict(named)
        pairs = [
            *zip(places, defaults, strict=True),
            *zip(spec.kwonlyargs, spec.kw_defaults, strict=True),
        ]
        for place, (parameter, default) in enumerate(pairs):
            name = parameter.arg
            if place < len(places) and place < len(arguments):
                names[name] = arguments[place]
            elif name in rest:
                names[name] = rest.pop(name)
            elif default is not None:
                names[name] = self._evaluate(default, function.scope)
            else:
                return None
        if spec.vararg:
            names[spec.vararg.arg] = tuple(arguments[len(places) :])
        if spec.kwarg:
            names[spec.kwarg.arg] = rest
        return Scope(names, function.scope)

    def _make(self, made_of: Class, arguments: list[object], named: dict[str, object]) -> object:
        """An object with the arguments of its initialiser, whose body is not run."""
        if made_of.is_enumeration:
            members = self._iterate(made_of) or []
            same = (one for one in members if to_plain(one) == to_plain(arguments[0]))
            return next(same, UNKNOWN)
        found = self._find_attribute(made_of, "__init__")
        if isinstance(found, Function):
            scope = self._bind_arguments(found, [made_of, *arguments], named)
            values = dict(scope.names) if scope else None
        else:
            values = self._fill_fields(made_of, arguments, named)
        return UNKNOWN if values is None else Instance(made_of, values)

    def _fill_fields(
        self, made_of: Class, arguments: list[object], named: dict[str, object]
    ) -> dict[str, object]:
        """The fields of a dataclass."""
        fields: dict[str, object] = {}
        for one in reversed(made_of.line_up()):
            for statement in one.node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    fields[statement.target.id] = _default_of(
                        one.names.get(statement.target.id, UNKNOWN), statement.value
                    )
        return {**fields, **dict(zip(fields, arguments, strict=False)), **named}

    def _call_builtin(
        self, builtin: object, arguments: list[object], named: dict[str, object]
    ) -> object:
        if builtin in (sorted, list, tuple, set) and arguments and isinstance(arguments[0], Files):
            return arguments[0]
        given = [
            many if isinstance(one, Class) and (many := self._iterate(one)) is not None else one
            for one in arguments
        ]
        odd = (Class, Instance, Function, External, Module, Files, Method)
        if any(one is UNKNOWN or isinstance(one, odd) for one in given):
            return UNKNOWN
        if "key" in named or builtin in (int, float, str, min, max, sum, any, all):
            given = [to_plain(one) for one in given]
            if any(isinstance(one, list) and UNKNOWN in one for one in given):
                return UNKNOWN
        known = {name: value for name, value in named.items() if name in ("reverse", "start")}
        made = builtin(*given, **known)  # type: ignore[operator]
        return list(made) if isinstance(made, Iterator) else made


def _bind(found: Function, home: Class, bound: object) -> object:
    decorators = {ast.unparse(one).rpartition(".")[2] for one in _decorators(found)}
    if "staticmethod" in decorators:
        return found
    if decorators & {"property", "classproperty", "cached_property"}:
        return UNKNOWN
    if "classmethod" in decorators:
        owner = bound.made_of if isinstance(bound, Instance) else bound
        return replace(found, home=home, bound=owner)
    return replace(found, home=home, bound=bound if isinstance(bound, Instance) else None)


def _decorators(function: Function) -> list[ast.expr]:
    return [] if isinstance(function.node, ast.Lambda) else function.node.decorator_list


def _find_super(scope: Scope) -> object:
    at: Scope | None = scope
    while at is not None:
        found = at.names.get(_SUPER)
        if isinstance(found, Super):
            return found
        at = at.around
    return UNKNOWN


def _default_of(value: object, written: ast.expr | None) -> object:
    """A field's default; field(default_factory=list) makes an empty list."""
    if isinstance(written, ast.Call):
        for keyword in written.keywords:
            if keyword.arg == "default_factory" and isinstance(keyword.value, ast.Name):
                made = {"list": list, "dict": dict}.get(keyword.value.id)
                return made() if made else UNKNOWN
    return value


def _qualify(function: object) -> str:
    if isinstance(function, Function):
        return function.qualified
    if isinstance(function, External):
        return function.name
    return ""


def _module_name(scope: Scope) -> str:
    at = scope
    while at.around is not None:
        at = at.around
    return str(at.names.get("__name__", ""))


def _as_load(target: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(target), mode="eval").body
