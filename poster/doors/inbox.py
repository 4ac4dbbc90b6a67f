"""A photo as a caller names it, a file or a data URI -> its bytes.

Does not know whether the bytes are an image.
"""

from __future__ import annotations

import stat
from pathlib import Path

from poster.data_uri import cut_data_uri, decode_base64, decoded_size
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


def decode_data_uri(text: str) -> bytes:
    """Decode an image that stands in the text itself.

    Args:
        text: `data:image/jpeg;base64,...`; any media type.

    Returns:
        The image's bytes.

    Raises:
        RequestError: it is not base64, or too large.
    """
    body = cut_data_uri("image", text)
    check_image_size(decoded_size(body))
    return decode_base64("image", body)
