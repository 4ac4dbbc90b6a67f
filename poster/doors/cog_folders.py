"""Folders that Cog's server leaves behind for each prediction -> removed, if they are old.

The server creates `<id>/inputs` and `<id>/outputs` for every prediction and never removes them. An
input of more than 6 MB passes through a file there, which the worker removes once it has read it;
if the server or the worker is killed before, or the disk is full, the caller's photo stays. Does
not know which server a folder belongs to, and need not: a prediction that is still running after an
hour has long since read its input.

Source: Cog 0.23.1, crates/coglet/src/service.rs, predict() and build_slot_request().
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

PREDICTIONS = Path("/tmp/coglet/predictions")  # noqa: S108 - fixed by Cog
IDLE_S = 3600


def remove_idle_folders(root: Path = PREDICTIONS, idle_s: float = IDLE_S) -> None:
    """Remove the folders of predictions that began long ago, with the inputs left in them.

    Args:
        root: contains a folder for each prediction, or deeper ones if its id contains slashes.
        idle_s: seconds for which a folder or file must have been unmodified.
    """
    if root.is_dir():
        _remove_older(root, time.time() - idle_s)


def _remove_older(folder: Path, latest: float) -> None:
    for path in folder.iterdir():
        # Skip what is already gone, belongs to another user, or is a folder that is not empty.
        with contextlib.suppress(OSError):
            if path.lstat().st_mtime >= latest:
                continue
            if path.is_dir() and not path.is_symlink():
                _remove_older(path, latest)
                path.rmdir()
            elif path.match("spill_*.json"):
                path.unlink()
