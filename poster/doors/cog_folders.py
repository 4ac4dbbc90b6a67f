"""Folders that Cog's server leaves behind for each prediction -> removed, if old and empty.

The server creates `<id>/inputs` and `<id>/outputs` for every prediction and never removes them; it
does remove the files in them (observed with an 11 MB photo, which it passes on as a file). Does not
know which server a folder belongs to, and need not: rmdir never removes a file, and a prediction
that is still running after an hour has long since read its inputs.

Source: Cog 0.23.1, crates/coglet/src/service.rs, predict().
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

PREDICTIONS = Path("/tmp/coglet/predictions")  # noqa: S108 - fixed by Cog
IDLE_S = 3600


def remove_idle_folders(root: Path = PREDICTIONS, idle_s: float = IDLE_S) -> None:
    """Remove the empty folders of predictions that began long ago.

    Args:
        root: contains one folder for each prediction.
        idle_s: seconds for which a folder must have been unmodified.
    """
    if not root.is_dir():
        return
    latest = time.time() - idle_s
    for folder in root.iterdir():
        # Skip a folder that is already gone, belongs to another user, or is not empty.
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < latest:
                for part in ("inputs", "outputs"):
                    with contextlib.suppress(FileNotFoundError):
                        (folder / part).rmdir()
                folder.rmdir()
