"""A stream that is full or closed or lacks characters, and a folder that is gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TITLE = "서울의 밤"
COMMANDS = {
    "help": ("make", "--help"),
    "version": ("--version",),
    "lines": ("doctor", "--explain"),
    "json": ("weights", "list", "--json"),
    "error": ("make", "photo.jpg", "--style", TITLE),
}
SMALL = ("--width", "512", "--height", "736", "--stage", "cover")
CODES = dict.fromkeys(COMMANDS, 0) | {"error": 2}


def run_shell(
    redirection: str, folder: Path, *arguments: str, **changes: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the program with its streams redirected by a shell, buffered as usual."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'exec "$@" {redirection}',
            "sh",
            sys.executable,
            "-m",
            "poster",
            *arguments,
        ],
        cwd=folder,
        env={**environment, **changes},
        capture_output=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_a_closed_stream_changes_no_exit_code(tmp_path: Path, name: str, redirection: str) -> None:
    done = run_shell(redirection, tmp_path, *COMMANDS[name])

    assert done.returncode == CODES[name]
    assert b"internal error" not in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["help", "version", "lines", "json"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_is_one_line_and_exit_3(tmp_path: Path, name: str, unbuffered: str) -> None:
    done = run_shell(">/dev/full", tmp_path, *COMMANDS[name], PYTHONUNBUFFERED=unbuffered)

    assert done.returncode == 3
    assert done.stderr == b"poster: stdout: cannot be written: No space left on device\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_characters_that_a_terminal_lacks_are_escaped(tmp_path: Path, encoding: str) -> None:
    checks = [
        run_shell(
            "",
            tmp_path,
            "weights",
            "status",
            "--root",
            f"{TITLE} 😀",
            *form,
            PYTHONIOENCODING=encoding,
        )
        for form in ((), ("--json",))
    ]

    assert [done.returncode for done in checks] == [1, 1]
    assert rb"\uc11c\uc6b8" in checks[0].stdout
    assert json.loads(checks[1].stdout)["root"] == f"{TITLE} 😀"


def test_a_descriptor_that_was_closed_is_not_taken_by_a_file(
    portrait: Path, tmp_path: Path
) -> None:
    done = run_shell(">&- 2>&-", tmp_path, "make", str(portrait), "--title", "ORBIT", *SMALL)

    assert done.returncode == 0
    assert (tmp_path / "out" / "cover.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("make", "PHOTO", "--title", "ORBIT", *SMALL), 2, b"out: out cannot be written"),
        (
            ("make", "PHOTO", "--style", "paper", "--title", "ORBIT", *SMALL, "--out", "FOLDER"),
            0,
            b"",
        ),
        (("make", "photo.jpg"), 2, b"image: photo.jpg does not exist"),
        (("weights", "status"), 1, b""),
        (("weights", "download", "--root", "models"), 2, b"root: models cannot be used"),
        (("doctor", "--root", "models"), 2, b"root: models does not exist"),
        (("schema", "--check"), 2, b"predict.py: is not in the current folder"),
    ],
)
def test_a_folder_that_was_removed_is_no_internal_error(
    portrait: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: bytes
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    places = {"PHOTO": str(portrait), "FOLDER": str(tmp_path / "made")}
    given = [places.get(argument, argument) for argument in arguments]

    line = f'cd {gone} && rmdir {gone} && exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", Path(sys.executable).with_name("poster"), *given],
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, done.stderr.removeprefix(b"poster: ")[: len(words)]) == (code, words)
    assert done.stderr.count(b"\n") == (code == 2)


def test_the_workers_help_keeps_its_lines(tmp_path: Path) -> None:
    assert run_shell("", tmp_path, "worker", "--help").stdout.count(b"\n") > 10
