"""A path and a limit -> the bytes of the file, which nothing can make too many or wait for.

Does not know what is in it.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_small_file(path: Path, max_bytes: int) -> bytes:
    """Read a file, its kind and size checked first.

    Args:
        path: of a regular file: reading a FIFO or a device could block or never end.
        max_bytes: maximum size.

    Returns:
        Its bytes.

    Raises:
        OSError: it does not exist, is not a regular file, is too large, or cannot be read.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    if status.st_size > max_bytes:
        trouble = f"it is larger than {max_bytes / 1e6:g} MB"
        raise OSError(errno.EFBIG, trouble, str(path))
    return path.read_bytes()
