"""The program `poster`, also `python -m poster`: Ctrl-C ends it with one line, from here on.

Imports nothing of the package before it can answer Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 and the number of SIGINT, as shells count."""


def run() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    # A shell that starts us in the background has SIGINT ignored, and it stays so.
    answers = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if answers:
        signal.signal(signal.SIGINT, _leave)
    from poster.commands.main import main  # noqa: PLC0415 - takes a while, and must not end in a traceback

    try:
        if answers:
            signal.signal(signal.SIGINT, _interrupt)
        code = main()
    except KeyboardInterrupt:
        _leave()
    sys.exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind, so that what is half written is removed; a second Ctrl-C does not wait for that."""
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


def _leave(_number: int = signal.SIGINT, _frame: FrameType | None = None) -> NoReturn:
    """End the process, whatever it is doing.

    By os._exit: Python remembers a KeyboardInterrupt that passed through exec(), as those do that
    fall into the making of a dataclass, and would end by the signal though it was caught.
    Source: CPython, Python/pythonrun.c, run_eval_code_obj, and Modules/main.c, Py_RunMain.
    """
    os.write(2, b"poster: interrupted\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    run()
