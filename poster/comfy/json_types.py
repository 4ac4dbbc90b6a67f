"""A part of a workflow's JSON -> the same part, with its type checked; messages name the part."""

from __future__ import annotations

from collections.abc import Mapping

from poster.errors import RequestError
from poster.spec import describe_value

WORKFLOW = "workflow"
"""The file's name in messages."""

MAX_NODES = 5000
"""Limit for a graph; a subgraph counts each time it is used."""

MAX_ID = 200
"""Limit on a node's id, in code points; ids in nested subgraphs have tens."""


def expect_object(value: object, what: str) -> Mapping[str, object]:
    """Check that a value is an object.

    Args:
        value: of JSON.
        what: its name in the message.

    Returns:
        The value.

    Raises:
        RequestError: it is not an object.
    """
    if not isinstance(value, dict):
        raise RequestError(WORKFLOW, f"{what} must be a JSON object, not {describe_value(value)}")
    return value


def expect_list(value: object, what: str) -> list[object]:
    """Check that a value is a list; None counts as an empty list.

    Args:
        value: of JSON.
        what: its name in the message.

    Returns:
        The list.

    Raises:
        RequestError: it is not a list.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise RequestError(WORKFLOW, f"{what} must be a list, not {describe_value(value)}")
    return value


def expect_text(value: object, what: str) -> str:
    """Check that a value is a printable string of limited length.

    Args:
        value: of JSON.
        what: its name in the message.

    Returns:
        The string.

    Raises:
        RequestError: it is not a string, is empty or longer than MAX_ID, or has control characters.
    """
    if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable():
        return value
    raise RequestError(WORKFLOW, f"{what} must be a string of 1 to {MAX_ID} printable characters")


def too_many() -> str:
    """The message for a workflow with too many nodes."""
    return f"has more than {MAX_NODES} nodes"
