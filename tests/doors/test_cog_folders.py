import os
import time
from pathlib import Path

from poster.doors.cog_folders import remove_idle_folders


def make_prediction(root: Path, name: str, age_s: float) -> Path:
    folder = root / name
    for part in ("inputs", "outputs"):
        (folder / part).mkdir(parents=True)
    then = time.time() - age_s
    os.utime(folder, (then, then))
    return folder


def test_only_folders_that_are_old_and_empty_are_removed(tmp_path: Path) -> None:
    old = make_prediction(tmp_path, "old", age_s=4000)
    young = make_prediction(tmp_path, "young", age_s=3000)
    full = make_prediction(tmp_path, "full", age_s=1)
    (full / "outputs" / "spill.json").write_text("{}")
    os.utime(full, (0, 0))

    remove_idle_folders(tmp_path)

    assert not old.exists()
    assert (young / "inputs").is_dir()
    assert (full / "outputs" / "spill.json").read_text() == "{}"


def test_without_a_cog_server_there_is_nothing_to_do(tmp_path: Path) -> None:
    remove_idle_folders(tmp_path / "none")

    assert list(tmp_path.iterdir()) == []
