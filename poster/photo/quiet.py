"""Pillow and the libraries in it -> silence about damaged photos, which decode.py reports itself.

Does not know what a photo is.
"""

from __future__ import annotations

import ctypes
import logging
from contextlib import suppress

from PIL import _imaging


def silence_decoders() -> None:
    """Keep decoders from writing to stderr, for the whole process.

    libtiff writes its errors there itself; Pillow turns off its warnings only. Pillow's wheels for
    Windows hide the function that sets its handler; there, the lines stay. The other decoders are
    silent.
    """
    with suppress(AttributeError, OSError):
        # Found in the library that Pillow is linked with, wherever that is.
        ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
    logging.getLogger("PIL").setLevel(logging.CRITICAL)
