"""A photo as a caller names it, by its path -> its bytes.

Does not know whether the bytes are an image.
"""

from __future__ import annotations

import stat
from pathlib import Path

from poster.errors import RequestError
from poster.request import check_image_size


def read_photo(path: Path) -> bytes:
    """Read an image file, its size checked first.

    Args:
        path: of a regular file.

    Returns:
        The file's bytes.

    Raises:
        RequestError: there is no such file, it may not be read, is no regular file or is too large.
    """
    try:
        status = path.stat()
        # A FIFO or a device could block for ever, or never end.
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            raise RequestError("image", f"is {kind}; name an image file")
        check_image_size(status.st_size)
        return path.read_bytes()
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        raise RequestError("image", f"cannot be read: {trouble}; name an image file") from error
