"""JSON that has a workflow somewhere inside -> the workflow.

Finds it by its form, so that it does not need to know who wrapped it: the body of ComfyUI's
POST /prompt, its history and queue, a job for a RunPod worker, the metadata of a picture. Does not
know what a node is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from poster.comfy.json_file import read_json
from poster.comfy.json_types import WORKFLOW
from poster.errors import RequestError

_MAX_LEVELS = 8
"""Limit on what surrounds a workflow; the history has it on the third level."""

_MAX_SHOWN = 3


def unwrap(value: object) -> object:
    """Find the workflow inside a file.

    Args:
        value: strict JSON, with size and depth already checked.

    Returns:
        The workflow in the API format that is nearest to the file's own level, else the nearest in
        the editor's format; the value itself if it is a workflow, or has none inside.

    Raises:
        RequestError: it has several different ones on the same level; the message names them.
    """
    level: list[tuple[str, object]] = [("", value)]
    drawn: list[tuple[str, object]] = []
    for _ in range(_MAX_LEVELS):
        level = [(place, _parse(part)) for place, part in level]
        if found := [one for one in level if _has_classes(one[1])]:
            return _choose(found)
        drawn = drawn or [one for one in level if _is_drawing(one[1])]
        level = [inner for place, part in level for inner in _open(place, part)]
    return _choose(drawn) if drawn else value


def _choose(found: list[tuple[str, object]]) -> object:
    (_, first), *others = found
    if all(other == first for _, other in others):
        return first
    places = ", ".join(place for place, _ in found[:_MAX_SHOWN])
    more = f" and {len(found) - _MAX_SHOWN} more" if len(found) > _MAX_SHOWN else ""
    trouble = f"contains {len(found)} different workflows: {places:.160}{more}; save one by itself"
    raise RequestError(WORKFLOW, trouble)


def _parse(part: object) -> object:
    """The JSON in a string, as pictures and some services have it; anything else unchanged."""
    if not isinstance(part, str) or not part.lstrip().startswith("{"):
        return part
    try:
        return read_json(WORKFLOW, part.encode())
    except RequestError:
        return part


def _has_classes(part: object) -> bool:
    return isinstance(part, dict) and any(
        isinstance(entry, dict) and "class_type" in entry for entry in part.values()
    )


def _is_drawing(part: object) -> bool:
    return isinstance(part, dict) and all(isinstance(part.get(n), list) for n in ("nodes", "links"))


def _open(place: str, part: object) -> Iterator[tuple[str, object]]:
    """What is inside, with its place; nothing is looked for inside a drawing."""
    if isinstance(part, Mapping) and not _is_drawing(part):
        for name, inner in part.items():
            yield f"{place}.{name}" if place else name, inner
    elif isinstance(part, list):
        for number, inner in enumerate(part):
            yield f"{place}[{number}]", inner
