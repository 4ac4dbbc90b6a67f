"""A folder and a size -> a command's prefix that gives the command a disk of that size there."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

import pytest

_MOUNT = 'mount -t tmpfs -o "size=$1,mode=1777" poster-test "$2" && shift 2 && exec "$@"'


def small_disk(folder: Path, size: int) -> list[str]:
    """Prefix of a command that finds an empty file system of its own in a folder.

    Only the command and its children see the file system, and it is gone when they have ended. The
    command keeps the process id of its prefix, so a test can signal it; while it runs, the test
    finds the files below seen_by(pid, folder).

    Args:
        folder: must exist; what is in it is hidden from the command.
        size: bytes, rounded up to whole pages.

    Returns:
        What to put before the command's own arguments. The test is skipped where the system does
        not allow this.
    """
    if not _can_mount():
        pytest.skip("needs unshare and user namespaces in which a tmpfs can be mounted")
    return _prefix(folder, size)


def seen_by(process_id: int, folder: Path) -> Path:
    """The path by which another process reaches a folder as a running process sees it."""
    return Path(f"/proc/{process_id}/root{folder}")


def _prefix(folder: Path, size: int) -> list[str]:
    return ["unshare", "-Urm", "/bin/sh", "-c", _MOUNT, "sh", str(size), str(folder)]


@cache
def _can_mount() -> bool:
    try:
        tried = subprocess.run(
            [*_prefix(Path("/tmp"), 4096), "true"],  # noqa: S108 - nothing is written there
            capture_output=True,
            timeout=30,
            check=False,
        )
    except OSError:
        return False
    return tried.returncode == 0
