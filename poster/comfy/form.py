"""A part of a workflow's JSON -> that part, held to its form; messages name what it is."""

from __future__ import annotations

from collections.abc import Mapping

from poster.errors import RequestError

WORKFLOW = "workflow"
"""What messages call the file."""

MAX_NODES = 5000
"""Of a graph, with every subgraph counted as often as it is used."""

MAX_ID = 200
"""Code points of a node's id; those of nested subgraphs have tens."""


def expect_object(value: object, what: str) -> Mapping[str, object]:
    """Hold a value to being an object.

    Args:
        value: of JSON.
        what: it is, for the message.

    Returns:
        The value.

    Raises:
        RequestError: it is none.
    """
    if not isinstance(value, dict):
        raise RequestError(WORKFLOW, f"{what} must be a JSON object, not {_name(value)}")
    return value


def expect_list(value: object, what: str) -> list[object]:
    """Hold a value to being a list; nothing is an empty one.

    Args:
        value: of JSON.
        what: it is, for the message.

    Returns:
        The list.

    Raises:
        RequestError: it is none.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise RequestError(WORKFLOW, f"{what} must be a list, not {_name(value)}")
    return value


def expect_text(value: object, what: str) -> str:
    """Hold a value to being a string of a bounded length that can be shown.

    Args:
        value: of JSON.
        what: it is, for the message.

    Returns:
        The string.

    Raises:
        RequestError: it is none, empty, longer than MAX_ID, or holds a control character.
    """
    if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable():
        return value
    raise RequestError(WORKFLOW, f"{what} must be a text of 1 to {MAX_ID} printable characters")


def too_many() -> str:
    """What is said of a workflow with too many nodes."""
    return f"has too many nodes; at most {MAX_NODES} are read"


def _name(value: object) -> str:
    return "null" if value is None else type(value).__name__
