"""A parent folder -> a new folder in it, which belongs to this process as long as it lives.

Does not know what is put into it. A killed process cannot clean up after itself. Each folder is
therefore locked, the kernel releases the lock however the process ends, and the next claim beside
it removes the folders that nobody holds. Without locks, as on Windows, they stay.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path


class ClaimedFolder:
    """A folder that only this process uses, and that is removed by it or after it.

    Args:
        parent: an existing folder, where it is created.
        prefix: beginning of its name. All folders there whose names begin so must be claimed ones:
            those that nobody holds are removed.
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        self.path, self._lock = _claim(parent, prefix)
        for folder in parent.glob(f"{prefix}*"):
            _remove_abandoned(folder)

    def remove(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def lock_folder(folder: Path, *, waits: bool) -> int | None:
    """Lock a folder against other processes and other locks of this one.

    Args:
        folder: an existing folder.
        waits: whether to wait while another process holds the lock.

    Returns:
        An open descriptor that holds the lock; None if another one holds it.

    Raises:
        OSError: it is not a folder, cannot be opened, or its file system has no locks.
    """
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ImportError as error:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(folder)) from error
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BaseException as error:
        os.close(descriptor)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return descriptor


def _claim(parent: Path, prefix: str) -> tuple[Path, int | None]:
    """Create a folder; return it and the descriptor that holds its lock, None without locks."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        # Until it is locked, another process may consider it abandoned and remove it.
        try:
            lock = lock_folder(folder, waits=False)
        except FileNotFoundError:
            continue
        except OSError:
            return folder, None
        if lock is None:
            continue
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove_abandoned(folder: Path) -> None:
    with contextlib.suppress(OSError):  # already gone, a link, another user's, or without locks
        lock = lock_folder(folder, waits=False)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
