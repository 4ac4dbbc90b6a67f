"""The command of Cog's server: dies with the process that started it, however that ends.

    python -m poster.serve.cog_child --host 127.0.0.1

A killed `poster serve` would otherwise leave a server, and on a GPU its memory, behind.
"""

from __future__ import annotations

import ctypes
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""Source: Linux, include/uapi/linux/prctl.h."""


def main() -> None:
    """Ask the kernel to end this process with its parent, where it can; then run Cog's server."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    runpy.run_module("cog.server.http", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
