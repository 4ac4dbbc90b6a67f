"""An untrusted JSON file -> its value, or a RequestError; never another exception.

Does not know what the file contains.
"""

from __future__ import annotations

import stat
from pathlib import Path

from poster.errors import RequestError
from poster.strict_json import NotJsonError, TooDeepError, is_text, parse_json, walk

MAX_BYTES = 16_000_000
"""Limit for a file; the largest workflow that ComfyUI publishes has less than 1 MB."""

MAX_DEPTH = 64
"""Limit on nested objects and lists; published workflows have at most 12 levels."""

_DEEP = f"is nested too deeply; at most {MAX_DEPTH} levels are allowed"


def read_json_file(name: str, path: Path) -> object:
    """Read a JSON file, its size checked first.

    Args:
        name: the file's name in messages.
        path: of a regular file.

    Returns:
        Its value.

    Raises:
        RequestError: it cannot be read, is too large, or is not strict JSON.
    """
    return read_json(name, read_file(name, path))


def read_file(name: str, path: Path) -> bytes:
    """Read a file, its size checked first.

    Args:
        name: the file's name in messages.
        path: of a regular file.

    Returns:
        Its contents.

    Raises:
        RequestError: it cannot be read, or is too large.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RequestError(name, f"{path} is not a file")
        if status.st_size > MAX_BYTES:
            raise RequestError(name, _size_message(status.st_size))
        return path.read_bytes()
    except FileNotFoundError as error:
        raise RequestError(name, f"{path} does not exist") from error
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        raise RequestError(name, f"{path} cannot be read: {trouble}") from error
    except ValueError as error:  # a zero byte in the path
        raise RequestError(name, "is not a valid file name") from error


def read_json(name: str, data: bytes) -> object:
    """Parse a JSON file's contents.

    Args:
        name: the file's name in messages.
        data: UTF-8, with or without a byte order mark.

    Returns:
        Its value: NaN as null, every number finite, every string Unicode text, at most MAX_DEPTH
        deep.

    Raises:
        RequestError: it is too large, too deeply nested, or not strict JSON.
    """
    if len(data) > MAX_BYTES:
        raise RequestError(name, _size_message(len(data)))
    try:
        # ComfyUI itself writes NaN into the prompt that it stores in a picture.
        value: object = parse_json(data, nan_as_null=True)
    except TooDeepError as error:
        raise RequestError(name, _DEEP) from error
    except NotJsonError as error:
        raise RequestError(name, f"is not valid JSON: {error}") from error
    for part, depth in walk(value):
        if depth > MAX_DEPTH:
            raise RequestError(name, _DEEP)
        if isinstance(part, str) and not is_text(part):
            raise RequestError(name, "contains a lone surrogate, which is not valid text")
    return value


def _size_message(size: int) -> str:
    return f"is {size / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB is allowed"
