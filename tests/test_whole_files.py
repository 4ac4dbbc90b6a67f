"""Files appear whole and together; whatever stops their writer leaves nothing unfinished."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from poster.claimed_folder import ClaimedFolder
from poster.whole_files import write_file, write_files
from tests.support.small_disk import small_disk

SMALL = ("--title", "ORBIT", "--width", "512", "--height", "736", "--stage", "cover")

WRITE_OFTEN = """
import sys
from pathlib import Path
from poster.whole_files import write_files

folder, word = Path(sys.argv[1]), sys.argv[2].encode()
for _ in range(300):
    write_files({name: word * 1000 for name in ("a.png", "b.png", "c.json")}, folder)
"""

SIGNALLED_AT_A_RENAME = """
import os, pathlib, runpy, sys

number, at, *arguments = sys.argv[1:]
replace, done = pathlib.Path.replace, []

def replace_or_end(self, target):
    done.append(target)
    if len(done) == int(at):
        os.kill(os.getpid(), int(number))
    return replace(self, target)

pathlib.Path.replace = replace_or_end
sys.argv = ["poster", *arguments]
runpy.run_module("poster", run_name="__main__")
"""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_and_signal(number: int, at: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run poster make, which gets a signal before it puts its at-th file in place."""
    command = [sys.executable, "-c", SIGNALLED_AT_A_RENAME, str(int(number)), str(at), "make"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def test_files_are_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    paths = write_files({"a.txt": b"one", "b.txt": b"two"}, folder)
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]
    assert write_file(folder / "a.txt", b"three") == paths[0]
    assert names_in(folder) == ["a.txt", "b.txt"]
    assert paths[0].read_bytes() == b"three"


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    assert write_file(tmp_path / "new", b"").stat().st_mode == usual.stat().st_mode


@pytest.mark.parametrize("names", [["a.txt"], ["a.txt", "b.txt"]])
def test_nothing_is_written_through_a_link(tmp_path: Path, names: list[str]) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    folder = tmp_path / "out"
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(victim)
        for planted in (f".{name}.partial", f"{name}.partial", f".poster-unfinished-{name}"):
            (folder / planted).symlink_to(victim)

    paths = write_files(dict.fromkeys(names, b"new"), folder)

    assert victim.read_bytes() == b"mine"
    assert [path.is_symlink() for path in paths] == [False] * len(names)


def test_a_link_in_the_way_of_an_unfinished_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"

    def claim_and_plant(parent: Path, prefix: str) -> ClaimedFolder:
        claimed = ClaimedFolder(parent, prefix)
        (claimed.path / "a.txt").symlink_to(victim)
        return claimed

    monkeypatch.setattr("poster.whole_files.ClaimedFolder", claim_and_plant)
    with pytest.raises(FileExistsError):
        write_file(tmp_path / "a.txt", b"new")
    assert names_in(tmp_path) == []


def test_a_folder_in_the_place_of_a_file_stops_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"old")
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_files({"a.txt": b"new", "b.txt": b"new"}, tmp_path)
    assert caught.value.filename == str(tmp_path / "b.txt")
    assert (tmp_path / "a.txt").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a.txt", "b.txt"]


def test_two_writers_leave_the_files_of_one(tmp_path: Path) -> None:
    for _ in range(3):
        writers = [
            subprocess.Popen([sys.executable, "-c", WRITE_OFTEN, str(tmp_path), word])
            for word in ("x", "y", "z")
        ]
        assert [writer.wait(timeout=120) for writer in writers] == [0, 0, 0]
        assert names_in(tmp_path) == ["a.png", "b.png", "c.json"]
        assert len({(tmp_path / name).read_bytes() for name in names_in(tmp_path)}) == 1


@pytest.mark.parametrize(
    ("number", "line"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "terminated")]
)
@pytest.mark.parametrize("at", [1, 2])
def test_a_signal_while_files_are_put_in_place_leaves_nothing_unfinished(
    portrait: Path, tmp_path: Path, number: signal.Signals, line: str, at: int
) -> None:
    done = make_and_signal(number, at, portrait, *SMALL, "--out", tmp_path / "out")

    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr == f"poster: {line}\n"
    assert names_in(tmp_path / "out") == ["cover.png", "poster.json"]


def test_a_killed_run_leaves_no_receipt_and_the_next_one_cleans_up(
    portrait: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    make_and_signal(0, 99, portrait, *SMALL, "--seed", 1, "--out", out)
    old = (out / "cover.png").read_bytes()
    make = (portrait, *SMALL, "--seed", 2, "--style", "swiss", "--out", out)

    assert make_and_signal(signal.SIGKILL, 2, *make).returncode == -signal.SIGKILL

    # Its cover has no receipt beside it, least of all that of the other poster.
    assert "poster.json" not in names_in(out)
    assert (out / "cover.png").read_bytes() != old
    assert len(names_in(out)) == 2
    assert make_and_signal(0, 99, *make).returncode == 0
    assert names_in(out) == ["cover.png", "poster.json"]
    assert json.loads((out / "poster.json").read_bytes())["seed"] == 2


def test_a_full_disk_names_the_file_and_what_is_needed(portrait: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    calm = ("--style", "paper")  # has nothing to note
    poster = [sys.executable, "-m", "poster", "make", portrait, *SMALL, *calm, "--out", out]
    # After the first run, there is no room for the same files again.
    line = '"$@" && ls -A "$0" && cksum "$0"/* && ! "$@" && ls -A "$0" && cksum "$0"/*'
    shell = ["/bin/sh", "-c", line, out, *poster, "--json"]
    done = subprocess.run(
        [*small_disk(out, 900_000), *map(str, shell)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    before, after = done.stdout.split("cover.png\nposter.json\n")[1:]
    assert after == before.partition("{")[0]
    trouble = "No space left on device: 0.5 MB are needed; free some space"
    assert done.stderr == f"poster: out: {out}/cover.png cannot be written: {trouble}\n"


def test_a_file_over_the_limit_of_sizes_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from poster.whole_files import write_files\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    write_files({'a': bytes(10), 'b': bytes(2000)}, Path(sys.argv[1]))\n"
        "except OSError as error:\n"
        "    print(error.filename)\n"
    )
    folder = tmp_path / "new" / "folder"
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{folder}/b\n"
    assert names_in(tmp_path) == []


def test_an_unfinished_folder_that_is_in_use_stays(tmp_path: Path) -> None:
    running = ClaimedFolder(tmp_path, ".poster-unfinished-")
    write_file(tmp_path / "a.txt", b"")
    assert running.path.is_dir()
    running.remove()
    assert names_in(tmp_path) == ["a.txt"]


def test_files_are_written_where_there_are_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", _without_locks)
    write_files({"a.txt": b"one", "b.txt": b"two"}, tmp_path)
    assert names_in(tmp_path) == ["a.txt", "b.txt"]


def _without_locks(_descriptor: int, _operation: int) -> None:
    raise OSError(38, "Function not implemented")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_files_are_written_leaves_none(
    portrait: Path, tmp_path: Path, number: signal.Signals
) -> None:
    program = (
        "import os, runpy, sys\n"
        "from poster import whole_files\n"
        "number, write = int(sys.argv[1]), whole_files._write_new\n"
        "def write_and_end(path, data):\n"
        "    write(path, data)\n"
        "    os.kill(os.getpid(), number)\n"
        "whole_files._write_new = write_and_end\n"
        "sys.argv = ['poster', 'make', *sys.argv[2:]]\n"
        "runpy.run_module('poster', run_name='__main__')\n"
    )
    arguments = (portrait, *SMALL, "--out", tmp_path / "new" / "out")
    done = subprocess.run(
        [sys.executable, "-c", program, str(int(number)), *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 128 + number
    assert not (tmp_path / "new").exists()
