"""Encoded files -> a folder of this process that contains only the last poster's files.

Does not know who reads them, only that they have been read before the next poster begins.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from poster.encode import write_files

_PREFIX = "poster-outbox-"


class Outbox:
    """A temporary folder that contains at most one poster, and is removed at exit.

    A killed process cannot clean up after itself. Each outbox therefore locks its folder, the
    kernel releases the lock however the process ends, and a new outbox removes the unlocked folders
    of others.

    Args:
        parent: where the folder is created and where abandoned ones are searched for; None uses the
            system's temporary folder.
    """

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        self.folder, self._lock = _claim_folder(parent)
        for folder in parent.glob(f"{_PREFIX}*"):
            _remove_abandoned(folder)
        atexit.register(self.close)

    def put(self, files: dict[str, bytes]) -> list[Path]:
        """Write a poster's files; if it is interrupted, it leaves none of them.

        Args:
            files: file name -> bytes.

        Returns:
            Their paths, in the order given.
        """
        try:
            return write_files(files, self.folder)
        except BaseException:
            self.empty()
            raise

    def empty(self) -> None:
        """Remove every file."""
        for path in self.folder.glob("*"):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder."""
        atexit.unregister(self.close)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def _claim_folder(parent: Path) -> tuple[Path, int]:
    """Create a folder; return it and the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        # Until it is locked, another outbox may consider it abandoned and remove it.
        with contextlib.suppress(FileNotFoundError):
            lock = _lock(folder)
            if lock is not None and folder.exists():
                return folder, lock


def _lock(folder: Path) -> int | None:
    """Return an open descriptor that holds the folder's lock; None if another process holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _remove_abandoned(folder: Path) -> None:
    try:
        lock = _lock(folder)
    except OSError:
        return  # already gone, or another user's
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
