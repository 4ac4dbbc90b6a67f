"""The folders that Cog's server leaves behind for each prediction -> removed, if old and empty.

The server makes `<id>/inputs` and `<id>/outputs` for every prediction and removes neither; files in
them it removes itself (seen with a photo of 11 MB, which it passes on through a file). Does not
know which server a folder belongs to, and need not: rmdir never removes a file, and a prediction
that is still at work after an hour has long read its inputs.

Source: Cog 0.23.1, crates/coglet/src/service.rs, predict().
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

PREDICTIONS = Path("/tmp/coglet/predictions")  # noqa: S108 - fixed by Cog
IDLE_S = 3600


def remove_idle_folders(root: Path = PREDICTIONS, idle_s: float = IDLE_S) -> None:
    """Remove the folders of predictions that began long ago and hold no file.

    Args:
        root: holds one folder for each prediction.
        idle_s: how long a folder must have been untouched.
    """
    if not root.is_dir():
        return
    latest = time.time() - idle_s
    for folder in root.iterdir():
        # Gone already, another user's, or not empty: it stays.
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < latest:
                for part in ("inputs", "outputs"):
                    with contextlib.suppress(FileNotFoundError):
                        (folder / part).rmdir()
                folder.rmdir()
