"""A photo's path -> its bytes.

Does not know whether the bytes are an image.
"""

from __future__ import annotations

import stat
from pathlib import Path

from poster.errors import RequestError
from poster.request import check_image_size


def read_photo(path: Path) -> bytes:
    """Read an image file after checking its size.

    Args:
        path: path of a regular file.

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
            raise RequestError("image", f"is {kind}; name an image file")
        check_image_size(status.st_size)
        return path.read_bytes()
    except OSError as error:
        trouble = error.strerror or type(error).__name__
        raise RequestError("image", f"cannot be read: {trouble}; name an image file") from error
