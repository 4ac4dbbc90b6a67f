"""A photo's path -> its bytes, and how a caller names a photo on this machine -> its path or bytes.

Does not know whether the bytes are an image.
"""

from __future__ import annotations

import errno
import re
import stat
from pathlib import Path

from poster.data_uri import decode_data_uri, is_data_uri
from poster.errors import RequestError
from poster.printable import shorten
from poster.request import check_image_size

_SHOWN_MAX = 160
"""Characters of a path in a message. What is longer is seldom a path, but often base64."""


def is_url(text: str) -> bool:
    """Whether a caller gave a URL where a path belongs."""
    # Path turns https:// into https:/; one letter before the colon is a drive.
    return re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]+:/", text) is not None


def locate_photo(text: str) -> bytes | Path:
    """Read the words by which a caller names a photo.

    Args:
        text: a path or a data URI.

    Returns:
        The path, or the bytes in the data URI.

    Raises:
        RequestError: it is empty, a URL, or not a valid data URI.
    """
    if not text.strip():
        raise RequestError("image", "is empty")
    if is_data_uri(text):
        return decode_data_uri("image", text)
    if is_url(text):
        raise RequestError("image", "is a URL; download it and name the file")
    return Path(text)


def read_photo(path: Path, shown: str = "the file") -> bytes:
    """Read an image file after checking its size.

    Args:
        path: path of a regular file.
        shown: the file's name in messages. A server must not reveal paths; on the command line,
            this is the path that the caller gave.

    Returns:
        The file's bytes.

    Raises:
        RequestError: the file does not exist, cannot be read, is not a regular file or is too
            large.
    """
    shown = shorten(shown, _SHOWN_MAX)
    try:
        status = path.stat()
        # Reading a FIFO or a device could block or never end.
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            raise RequestError("image", f"{shown} is {kind}; name an image file")
        check_image_size(status.st_size)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise RequestError("image", f"{shown} does not exist") from error
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        if error.errno == errno.ENAMETOOLONG:
            trouble += "; if it is base64, put data:image/jpeg;base64, before it"
        raise RequestError("image", f"{shown} cannot be read: {trouble}") from error
    except ValueError as error:  # a zero byte in the path
        raise RequestError("image", "is not a valid file name") from error
