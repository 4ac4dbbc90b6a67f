"""A photo's path -> its bytes.

Does not know whether the bytes are an image.
"""

from __future__ import annotations

import re
import stat
from pathlib import Path

from poster.errors import RequestError
from poster.request import check_image_size


def is_url(text: str) -> bool:
    """Whether a caller gave a URL where a path belongs."""
    # Path turns https:// into https:/; one letter before the colon is a drive.
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", text) is not None


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
        raise RequestError("image", f"{shown} cannot be read: {trouble}") from error
    except ValueError as error:  # a zero byte in the path
        raise RequestError("image", "is not a valid file name") from error
