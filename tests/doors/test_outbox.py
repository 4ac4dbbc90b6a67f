import subprocess
import sys
from pathlib import Path

import pytest

from poster.doors import outbox
from poster.doors.outbox import Outbox

OPEN_AND_END = """
import os, sys
from pathlib import Path
from poster.doors.outbox import Outbox
Outbox(Path(sys.argv[1])).put({"cover.png": b"x"})
print(len(list(Path(sys.argv[1]).iterdir())))
sys.stdout.flush()
if sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
"""


def open_and_end(folder: Path, how: str) -> int:
    """Open an outbox in another process and put a file in it; return how many folders existed."""
    ended = subprocess.run(
        [sys.executable, "-c", OPEN_AND_END, str(folder), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == (-9 if how == "kill" else 0), ended.stderr
    return int(ended.stdout)


def test_files_are_put_and_emptied(tmp_path: Path) -> None:
    box = Outbox(tmp_path)
    paths = box.put({"cover.png": b"a", "poster.json": b"b"})

    assert [(path.name, path.read_bytes()) for path in paths] == [
        ("cover.png", b"a"),
        ("poster.json", b"b"),
    ]
    box.empty()
    assert list(box.folder.iterdir()) == []
    box.close()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_put_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_and_stop(path: Path, data: bytes) -> Path:
        path.write_bytes(data)
        raise KeyboardInterrupt

    box = Outbox(tmp_path)
    monkeypatch.setattr(outbox, "_write", write_and_stop)

    with pytest.raises(KeyboardInterrupt):
        box.put({"cover.png": b"a"})

    assert list(box.folder.iterdir()) == []
    box.close()


def test_a_removed_folder_is_created_again(tmp_path: Path) -> None:
    box = Outbox(tmp_path)
    box.folder.rmdir()

    box.empty()

    assert box.put({"cover.png": b"a"})[0].read_bytes() == b"a"
    box.close()


def test_a_process_that_ends_leaves_nothing(tmp_path: Path) -> None:
    assert open_and_end(tmp_path, "exit") == 1
    assert list(tmp_path.iterdir()) == []


def test_files_of_a_killed_process_are_removed_by_the_next_one(tmp_path: Path) -> None:
    assert open_and_end(tmp_path, "kill") == 1
    assert len(list(tmp_path.iterdir())) == 1

    assert open_and_end(tmp_path, "exit") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_outbox_of_a_running_process_is_kept(tmp_path: Path) -> None:
    box = Outbox(tmp_path)
    (path,) = box.put({"cover.png": b"a"})

    assert open_and_end(tmp_path, "exit") == 2
    assert path.read_bytes() == b"a"
    box.close()
