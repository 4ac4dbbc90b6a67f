"""The program `poster`, also run as `python -m poster`: Ctrl-C ends it with one line of output.

Handles Ctrl-C before it imports anything else of the package.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 plus the number of SIGINT, as in shells."""
READER_LEFT = 141
"""Exit code when whoever read the output has left: 128 plus the number of SIGPIPE."""


def run() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    # A shell that starts us in the background makes us ignore SIGINT; keep it ignored.
    handles_sigint = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if handles_sigint:
        signal.signal(signal.SIGINT, _leave)
    from poster.commands.main import main  # noqa: PLC0415 - slow; Ctrl-C must not show a traceback

    try:
        if handles_sigint:
            signal.signal(signal.SIGINT, _interrupt)
        code = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        _leave()
    except BrokenPipeError:
        # As in `poster weights list | head -1`. Python flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = READER_LEFT
    sys.exit(code)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind, so that half-written files are removed; a second Ctrl-C ends the process at once."""
    signal.signal(signal.SIGINT, _leave)
    raise KeyboardInterrupt


def _leave(_number: int = signal.SIGINT, _frame: FrameType | None = None) -> NoReturn:
    """End the process at once, whatever it is doing.

    Uses os._exit: Python remembers a KeyboardInterrupt that passed through exec(), for example
    while a dataclass is created, and would end by the signal even though it was caught.
    Source: CPython, Python/pythonrun.c, run_eval_code_obj, and Modules/main.c, Py_RunMain.
    """
    os.write(2, b"poster: interrupted\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    run()
