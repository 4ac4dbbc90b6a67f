"""The command line: poster's own main() in this process, and a reader's lines in a shell."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from poster.commands.main import main

RunCli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> RunCli:
    """Runs main(); exit code, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as left:
            code = int(left.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def start_poster(*arguments: object, **changes: str) -> subprocess.Popen[str]:
    """Starts the program as a process, with an environment of so many changes."""
    return subprocess.Popen(
        [sys.executable, "-m", "poster", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **changes},
    )


def run_line(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line of shell in a folder, as a reader of a guide would."""
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def output_of(line: str, folder: Path) -> str:
    """What a line of shell prints, which must not fail."""
    done = run_line(line, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def draw_on_terminal(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Runs a program whose stderr is a terminal of 100 columns; exit code and what it drew."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, **(environment or {})},
    ) as process:
        os.close(theirs)
        drawn = b""
        # A terminal whose other end was closed is at an error, not at its end.
        with contextlib.suppress(OSError):
            while chunk := os.read(ours, 4096):
                drawn += chunk
    os.close(ours)
    return process.returncode, drawn.decode()
