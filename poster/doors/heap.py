"""Gives memory that a long-lived process no longer uses back to the system.

A server runs each prediction in whichever thread is free, and glibc gives each thread a heap of its
own, which keeps what was freed in it out of the others' reach. Measured on Cog's worker after eight
posters at 1024x1472: a peak of 871 MB so, and of 765 MB with a trim before each.
"""

from __future__ import annotations

import ctypes


def trim_heaps() -> None:
    """Return the free pages of every heap, where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
