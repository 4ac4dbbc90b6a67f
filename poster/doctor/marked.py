"""The text of a JSON or YAML file -> its values, each with the line that it stands on."""

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
    """The text is not what it should be.

    Args:
        line: where, counted from 1.
        trouble: what is wrong there.
    """

    def __init__(self, line: int, trouble: str) -> None:
        super().__init__(trouble)
        self.line = line
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Marked:
    """A value and where it stands.

    Args:
        value: as parse_json or yaml.safe_load gives it.
        line: of its first character, counted from 1.
        parts: of an object by key, of a list by position.
    """

    value: Any
    line: int
    parts: Mapping[str | int, Marked] = field(default_factory=dict)

    def at(self, *way: str | int) -> Marked:
        """Follow keys and positions.

        Args:
            way: from here inwards.

        Returns:
            What stands there; where there is nothing, None on the line of what should hold it.
        """
        here = self
        for step in way:
            here = here.parts.get(step) or Marked(None, here.line)
        return here

    def listed(self) -> tuple[Marked, ...]:
        """The parts of a list.

        Returns:
            Them in order; none where it is no list.
        """
        return tuple(self.parts.values()) if isinstance(self.value, list) else ()


def read_json(text: str) -> Marked:
    """Read strict JSON.

    Args:
        text: of a file.

    Returns:
        Its value with marks.

    Raises:
        NotReadableError: it is not strict JSON.
    """
    try:
        return _mark(parse_json(text), _compose_json(text))
    except NotANumberError as error:
        line = _last_line(text, error.word)
        raise NotReadableError(line, f"{error.word} is not JSON") from error
    except RepeatedNameError as error:
        line = _last_line(text, f'"{error.name}"')
        raise NotReadableError(line, f"{error.name} stands there twice") from error
    except (TooDeepError, RecursionError) as error:
        raise NotReadableError(1, "is nested too deeply") from error
    except NotJsonError as error:
        raise NotReadableError(error.line or 1, error.trouble) from error


def read_yaml(text: str) -> Marked:
    """Read one YAML document.

    Args:
        text: of a file.

    Returns:
        Its value with marks.

    Raises:
        NotReadableError: it is not YAML.
    """
    try:
        return _mark(yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotReadableError(line, error.problem or "is not YAML") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise NotReadableError(1, "is not YAML") from error


def _last_line(text: str, word: str) -> int:
    return text.count("\n", 0, text.rfind(word)) + 1


def _compose_json(text: str) -> yaml.Node | None:
    try:
        # JSON is YAML but for its tabs, which can stand between tokens alone.
        return yaml.compose(text.replace("\t", " "), Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None  # and but for some control characters: then nobody knows the lines


def _mark(value: Any, node: yaml.Node | None) -> Marked:  # noqa: ANN401 - whatever the file holds
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
    parts = {key: _mark(part, nodes.get(key)) for key, part in below}
    return Marked(value, node.start_mark.line + 1 if node else 1, parts)
