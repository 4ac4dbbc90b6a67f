"""The values that the evaluator has besides Python's own: modules, classes, functions, files.

Does not know how an expression becomes one.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class Unknown:
    """The value of whatever the source alone does not determine."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(eq=False)
class Scope:
    """Names, and the scope around them."""

    names: dict[str, object]
    around: Scope | None = None


@dataclass(eq=False)
class Module:
    """A module of the source tree; its scope has the names that its statements bind."""

    name: str
    path: Path
    scope: Scope


@dataclass(frozen=True)
class External:
    """Something outside the source tree, by its dotted name."""

    name: str


@dataclass(frozen=True)
class Import:
    """A name bound by an import, resolved when it is used, since modules import each other.

    Args:
        module: dotted name.
        name: in that module; empty for the module itself.
    """

    module: str
    name: str = ""


@dataclass(eq=False)
class Class:
    """A class.

    Args:
        node: its statement.
        scope: where it was defined.
        bases: the values of its bases.
        names: what its body binds.
        owner: for a nested class, the class through which it was looked up.
    """

    node: ast.ClassDef
    scope: Scope
    bases: tuple[object, ...]
    names: dict[str, object]
    owner: Class | None = None

    @property
    def name(self) -> str:
        """Its name in the source."""
        return self.node.name

    def line_up(self) -> tuple[Class, ...]:
        """The class and its bases, in the order in which attributes are looked up."""
        ranked = [
            self,
            *(one for base in self.bases if isinstance(base, Class) for one in base.line_up()),
        ]
        nodes = [one.node for one in ranked]
        # A base that several classes share comes after all of them.
        return tuple(one for place, one in enumerate(ranked) if one.node not in nodes[place + 1 :])

    def derives_from(self, name: str) -> bool:
        """Whether it is a class of that name, or derived from one."""
        return any(one.name == name for one in self.line_up())

    @property
    def is_enumeration(self) -> bool:
        """Whether its attributes are the members of an enumeration."""
        outside = (base for one in self.line_up() for base in one.bases)
        return any(isinstance(base, External) and base.name.startswith("enum.") for base in outside)


@dataclass(frozen=True, eq=False)
class Function:
    """A function.

    Args:
        node: its statement, or a lambda.
        scope: where it was defined.
        qualified: module and name, such as folder_paths.get_filename_list.
        home: the class whose body has it.
        bound: the class or instance that it was looked up on, which becomes its first argument.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    qualified: str
    home: Class | None = None
    bound: object = None


@dataclass(frozen=True, eq=False)
class Method:
    """A method of one of Python's own values, or of Files."""

    value: object
    name: str


@dataclass(frozen=True, eq=False)
class Super:
    """What super() returns in a method of `home` that was called on `bound`."""

    home: Class
    bound: object


@dataclass(eq=False)
class Instance:
    """An object: its class, and the arguments it was made with, by name."""

    made_of: Class
    values: dict[str, object]


@dataclass(frozen=True)
class Member:
    """A member of an enumeration."""

    name: str
    value: object


@dataclass(eq=False)
class Files:
    """The files in one of ComfyUI's folders, and names that are offered beside them.

    Args:
        folder: below the models folder, or "input".
        others: offered besides.
    """

    folder: str
    others: list[object] = field(default_factory=list)


def to_plain(value: object) -> object:
    """Replace members of enumerations by their values, at any depth."""
    if isinstance(value, Member):
        return to_plain(value.value)
    if isinstance(value, (list, tuple)):
        return [to_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {to_plain(key): to_plain(one) for key, one in value.items()}
    return value
