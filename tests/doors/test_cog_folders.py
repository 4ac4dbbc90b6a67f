import os
import time
from pathlib import Path

from poster.doors.cog_folders import remove_idle_folders


def make_prediction(root: Path, name: str, *files: str) -> Path:
    folder = root / name
    for part in ("inputs", "outputs"):
        (folder / part).mkdir(parents=True)
    for file in files:
        (folder / file).write_text("{}")
    return folder


def make_older(folder: Path, by_s: float) -> None:
    then = time.time() - by_s
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (then, then), follow_symlinks=False)


def test_only_folders_that_are_old_and_empty_are_removed(tmp_path: Path) -> None:
    old = make_prediction(tmp_path, "old")
    young = make_prediction(tmp_path, "young")
    full = make_prediction(tmp_path, "full", "outputs/cover.png")
    make_older(tmp_path, 4000)
    make_older(young, 3000)

    remove_idle_folders(tmp_path)

    assert not old.exists()
    assert (young / "inputs").is_dir()
    assert (full / "outputs" / "cover.png").read_text() == "{}"


def test_the_photo_that_a_killed_worker_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    old = make_prediction(tmp_path, "old", "inputs/spill_1.json")
    young = make_prediction(tmp_path, "young", "inputs/spill_2.json")
    make_older(tmp_path, 4000)
    os.utime(young / "inputs" / "spill_2.json")

    remove_idle_folders(tmp_path)

    assert not old.exists()
    assert (young / "inputs" / "spill_2.json").is_file()


def test_an_id_with_slashes_leaves_no_folders(tmp_path: Path) -> None:
    make_prediction(tmp_path, "a/b/c")
    make_older(tmp_path, 4000)

    remove_idle_folders(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_link_is_neither_followed_nor_removed(tmp_path: Path) -> None:
    elsewhere = make_prediction(tmp_path, "elsewhere", "inputs/spill_1.json")
    root = tmp_path / "predictions"
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    make_older(tmp_path, 4000)

    remove_idle_folders(root)

    assert (elsewhere / "inputs" / "spill_1.json").is_file()


def test_without_a_cog_server_there_is_nothing_to_do(tmp_path: Path) -> None:
    remove_idle_folders(tmp_path / "none")

    assert list(tmp_path.iterdir()) == []
