"""Ctrl-C ends the program with one line and exit 130; a reader that leaves ends it with none."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import start_poster


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


SMALL = ["--title", "ORBIT", "--width", "512", "--height", "736"]

INTERRUPTED_AT_IMPORT = """
import os, runpy, signal, sys

module, place, *arguments = sys.argv[1:]
send = "os.kill(os.getpid(), signal.SIGINT)"

class CtrlC:
    def find_spec(self, name, *_):
        if name == module:
            sys.meta_path.remove(self)
            # In exec(), where Python makes dataclasses, or as anywhere else.
            exec(send, globals()) if place == "exec" else os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, CtrlC())
sys.argv = ["poster", *arguments]
runpy.run_module("poster", run_name="__main__")
"""


@pytest.mark.parametrize("place", ["exec", "import"])
@pytest.mark.parametrize(
    "module", ["poster.commands.main", "argparse", "poster.pipeline", "typst", "coloraide"]
)
def test_ctrl_c_while_it_starts_leaves_one_line(
    portrait: Path, tmp_path: Path, module: str, place: str
) -> None:
    make = ["make", str(portrait), *SMALL]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT_IMPORT, module, place, *make],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "poster: interrupted\n")
    assert not (tmp_path / "out").exists()


def test_ctrl_c_leaves_one_line_and_no_file(portrait: Path, tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    os.mkfifo(request)
    process = start_poster("make", portrait, "--request", request, "--out", "out")
    # Opening waits for the reader: from here on the command runs, and this size takes seconds.
    request.write_text(json.dumps({"title": "ORBIT", "width": 2048, "height": 2896}))

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)

    assert (process.returncode, out, err) == (130, "", "poster: interrupted\n")
    assert not (tmp_path / "out").exists()


INTERRUPTED_TWICE = """
import os, runpy, signal, sys, types

def main():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            pass
        print("goes on all the same")

sys.modules["poster.commands.main"] = types.ModuleType("poster.commands.main")
sys.modules["poster.commands.main"].main = main
runpy.run_module("poster", run_name="__main__")
"""


def test_a_second_ctrl_c_does_not_wait_for_the_first() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_TWICE],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (130, "", "poster: interrupted\n")


@pytest.mark.parametrize("arguments", [("weights", "list"), ("weights", "list", "--json")])
def test_a_reader_that_has_left_ends_the_output_quietly(arguments: tuple[str, ...]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(
        [sys.executable, "-m", "poster", *arguments],
        stdout=writes,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, b"")
