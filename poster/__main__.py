"""The program `poster`, also run as `python -m poster`: a process's streams and signals -> main().

Handles Ctrl-C and SIGTERM, which end the program with one line of output, before it imports
anything else of the package.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

SIGNALLED = 128
"""Added to a signal's number, this is the exit code after it, as in shells: 130 and 143."""
READER_LEFT = 141
"""Exit code when whoever read the output has left: 128 plus the number of SIGPIPE."""

_ENDINGS: dict[int, str] = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""Signals that end the program -> what it says then."""


def run() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    # A shell that starts us in the background makes us ignore SIGINT; keep it ignored.
    handled = [number for number in _ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    for number in handled:
        signal.signal(number, _leave)
    _open_streams()
    from poster.commands.main import main  # noqa: PLC0415 - slow; Ctrl-C must not show a traceback

    try:
        for number in handled:
            signal.signal(number, _interrupt)
        code = main()
    except KeyboardInterrupt as interrupt:
        _leave(*interrupt.args)
    except BrokenPipeError:  # as in `poster weights list | head -1`
        code = READER_LEFT
    _discard_unwritten()
    sys.exit(code)


def _open_streams() -> None:
    """Make stdin, stdout and stderr usable, whatever the caller's shell made of them."""
    # In this order, each gets the lowest free descriptor, which is the one that was closed. Left
    # closed, it would go to the next file to be opened, and a library's print would end up there.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(null, True)
            setattr(sys, name, os.fdopen(null, mode, encoding="utf-8"))
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A Latin-1 terminal still shows a Korean title, escaped. Already so for stderr.
        sys.stdout.reconfigure(errors="backslashreplace")


def _discard_unwritten() -> None:
    """Discard output that cannot be written: Python would try it again, and exit with code 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind, so that unfinished files are removed; a second signal ends the process at once."""
    signal.signal(number, _leave)
    raise KeyboardInterrupt(number)


def _leave(number: int = signal.SIGINT, _frame: FrameType | None = None) -> NoReturn:
    """End the process at once, whatever it is doing.

    Uses os._exit: Python remembers a KeyboardInterrupt that passed through exec(), for example
    while a dataclass is created, and would end by the signal even though it was caught.
    Source: CPython, Python/pythonrun.c, run_eval_code_obj, and Modules/main.c, Py_RunMain.
    """
    os.write(2, f"poster: {_ENDINGS[number]}\n".encode())
    os._exit(SIGNALLED + number)


if __name__ == "__main__":
    run()
