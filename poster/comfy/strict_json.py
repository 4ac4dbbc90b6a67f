"""A JSON file from anywhere -> its value, or what is wrong with it; never a crash.

Does not know what the file is about.
"""

from __future__ import annotations

import json
import math
import stat
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

from poster.errors import RequestError

MAX_BYTES = 16_000_000
"""Of a file; the largest workflow that ComfyUI publishes has less than 1 MB."""

MAX_DEPTH = 64
"""Of objects and lists in each other; published workflows have at most 12."""


def read_json_file(name: str, path: Path) -> object:
    """Read a JSON file, its size checked first.

    Args:
        name: of what it is, for the message.
        path: of a regular file.

    Returns:
        Its value.

    Raises:
        RequestError: it cannot be read, is too large, or is not strict JSON.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RequestError(name, "is a folder, a pipe or a device; name a JSON file")
        if status.st_size > MAX_BYTES:
            raise RequestError(name, _tell_size(status.st_size))
        data = path.read_bytes()
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        raise RequestError(name, f"cannot be read: {trouble}; name a JSON file") from error
    except ValueError as error:  # a zero byte in the path
        raise RequestError(name, "is no name of a file") from error
    return parse_json(name, data)


def parse_json(name: str, data: bytes) -> object:
    """Parse strict JSON: no NaN, no number past a float's, no name twice, no half characters.

    Args:
        name: of what it is, for the message.
        data: UTF-8, with or without a byte order mark.

    Returns:
        Its value: every number finite, every string Unicode text, at most MAX_DEPTH deep.

    Raises:
        RequestError: it is not that.
    """
    if len(data) > MAX_BYTES:
        raise RequestError(name, _tell_size(len(data)))
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            object_pairs_hook=_without_repeats,
        )
    except RecursionError as error:
        raise RequestError(name, _DEEP) from error
    except json.JSONDecodeError as error:
        trouble = f"is not JSON: {error.msg.lower()} in line {error.lineno}"
        raise RequestError(name, trouble) from error
    except UnicodeDecodeError as error:
        raise RequestError(name, "is not JSON: it is no UTF-8 text") from error
    except ValueError as error:  # ours, and Python's on numbers of thousands of digits
        trouble = str(error) if isinstance(error, _NotStrictError) else "holds a number that long"
        raise RequestError(name, f"is not JSON: {trouble}") from error
    _check(name, value)
    return value


_DEEP = f"is nested too deeply; at most {MAX_DEPTH} levels are read"


class _NotStrictError(ValueError):
    """What json.loads takes and JSON does not."""


def _refuse_constant(word: str) -> NoReturn:
    raise _NotStrictError(f"{word} is no number")


def _parse_float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _NotStrictError(f"{text:.20} is no number that a computer holds")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    entries = dict(pairs)
    if len(entries) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _NotStrictError(f"an object has {twice!r:.60} twice")
    return entries


def _check(name: str, value: object) -> None:
    items = [(value, 1)]
    while items:
        item, depth = items.pop()
        if depth > MAX_DEPTH:
            raise RequestError(name, _DEEP)
        if isinstance(item, dict):
            items += [(part, depth + 1) for part in (*item, *item.values())]
        elif isinstance(item, list):
            items += [(part, depth + 1) for part in item]
        elif isinstance(item, str) and not _is_text(item):
            raise RequestError(name, "holds half a character: a lone surrogate is no text")


def _is_text(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _tell_size(size: int) -> str:
    return f"has {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read"
