"""Returns to the system the memory that a long-lived process no longer uses.

A server runs each prediction in any free thread, and glibc gives each thread its own heap, whose
freed memory other threads cannot use. Measured on Cog's worker after eight posters at 1024x1472:
the peak is 871 MB without trimming, and 765 MB with a trim before each poster.
"""

from __future__ import annotations

import ctypes


def trim_heaps() -> None:
    """Return the free pages of every heap to the system, if the C library supports it (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
