"""The text of a JSON or YAML file -> its values, each with its line number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from poster.strict_json import (
    NotANumberError,
    NotJsonError,
    RepeatedNameError,
    TooDeepError,
    parse_json,
)


class NotReadableError(Exception):
    """The text is not valid.

    Args:
        line: of the error, counted from 1.
        trouble: what is wrong there.
    """

    def __init__(self, line: int, trouble: str) -> None:
        super().__init__(trouble)
        self.line = line
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Located:
    """A value and its line number.

    Args:
        value: as parse_json or yaml.safe_load returns it.
        line: of its first character, counted from 1.
        parts: the values of an object by key, of a list by position.
        file: the path of the file that contains it.
    """

    value: Any
    line: int
    parts: Mapping[str | int, Located] = field(default_factory=dict)
    file: str = ""

    def at(self, *path: str | int) -> Located:
        """Follow keys and positions.

        Args:
            path: keys and positions, from the outside in.

        Returns:
            The value there; if there is none, None with the line of the nearest existing parent.
        """
        here = self
        for step in path:
            here = here.parts.get(step) or Located(None, here.line, file=here.file)
        return here

    def listed(self) -> tuple[Located, ...]:
        """The items of a list.

        Returns:
            The items in order; empty if the value is not a list.
        """
        return tuple(self.parts.values()) if isinstance(self.value, list) else ()


def read_json(text: str, file: str = "") -> Located:
    """Read strict JSON.

    Args:
        text: of a file.
        file: its path.

    Returns:
        Its value, with line numbers.

    Raises:
        NotReadableError: it is not strict JSON.
    """
    try:
        return _mark(parse_json(text), _compose_json(text), file)
    except NotANumberError as error:
        line = _last_line(text, error.word)
        raise NotReadableError(line, f"is not valid JSON: {error}") from error
    except RepeatedNameError as error:
        line = _last_line(text, f'"{error.name}"')
        raise NotReadableError(line, str(error)) from error
    except (TooDeepError, RecursionError) as error:
        raise NotReadableError(1, "is nested too deeply") from error
    except NotJsonError as error:
        raise NotReadableError(error.line or 1, f"is not valid JSON: {error.trouble}") from error


def read_yaml(text: str, file: str = "") -> Located:
    """Read one YAML document.

    Args:
        text: of a file.
        file: its path.

    Returns:
        Its value, with line numbers.

    Raises:
        NotReadableError: it is not YAML.
    """
    try:
        return _mark(yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader), file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotReadableError(line, error.problem or "is not YAML") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise NotReadableError(1, "is not YAML") from error


def _last_line(text: str, word: str) -> int:
    return text.count("\n", 0, text.rfind(word)) + 1


def _compose_json(text: str) -> yaml.Node | None:
    try:
        # JSON is YAML except for tabs, which JSON allows only between tokens.
        return yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None  # and except for some control characters: then the lines are not known


def _mark(value: Any, node: yaml.Node | None, file: str) -> Located:  # noqa: ANN401 - any value
    below: list[tuple[str | int, Any]] = []
    nodes: dict[str | int, yaml.Node] = {}
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    if isinstance(node, yaml.MappingNode):
        nodes = {key.value: part for key, part in node.value}
    elif isinstance(node, yaml.SequenceNode):
        nodes = dict(enumerate(node.value))
    parts = {key: _mark(part, nodes.get(key), file) for key, part in below}
    return Located(value, node.start_mark.line + 1 if node else 1, parts, file)
