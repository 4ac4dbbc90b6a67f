"""Bytes -> files in a folder: each one whole or not at all, several of them all or none.

Does not know what is in them. Files are first written into a hidden folder beside their places,
whose name cannot be guessed; nothing is written through a link, and a link in a file's place is
replaced.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from poster.claimed_folder import ClaimedFolder, lock_folder

_PREFIX = ".poster-unfinished-"

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""errno of an OSError that means that there is no room."""


def write_file(path: Path, data: bytes) -> Path:
    """Write a file, or replace it, atomically.

    Args:
        path: of the file; its folder is created if it is missing.
        data: its bytes.

    Returns:
        The path.

    Raises:
        OSError: as write_files.
    """
    return write_files({path.name: data}, path.parent)[0]


def write_files(files: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write files that belong together into a folder.

    If two processes write into the same folder, one of them replaces all files of the other. If a
    process is killed while it puts several files in their places, the last one is missing.

    Args:
        files: file name -> bytes; the last one describes the others.
        folder: created if it is missing; existing files with these names are replaced.

    Returns:
        Their paths, in the order given.

    Raises:
        OSError: a file cannot be written; no file was replaced. It names the file as given here,
            and if the disk is full, how much they need.
    """
    created = [place for place in (folder, *folder.parents) if not place.exists()]
    paths = [folder / name for name in files]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(paths, files, folder)
    except BaseException:
        for place in created:
            with contextlib.suppress(OSError):  # another process may use it by now
                place.rmdir()
        raise
    return paths


def check_folder(folder: Path) -> None:
    """Check that files could be written to a folder, without creating it.

    Args:
        folder: may be missing.

    Raises:
        OSError: it is not a folder or cannot be written, or it cannot be created.
    """
    place = next((path for path in (folder, *folder.parents) if path.exists()), None)
    # A removed current folder still answers to its name, but nothing can be put into it.
    if place is None or not place.stat().st_nlink:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
    if not place.is_dir():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
    if not os.access(place, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))


def open_without_links(path: str | os.PathLike[str], flags: int) -> int:
    """Open a file for open(..., opener=this), but not if it is a link.

    Args:
        path: of the file.
        flags: of os.open.

    Returns:
        A descriptor.

    Raises:
        OSError: it is a link, where the system can tell, or cannot be opened.
    """
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _replace(paths: list[Path], files: Mapping[str, bytes], folder: Path) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    size = sum(map(len, files.values()))
    with _naming(folder, size):
        unfinished = ClaimedFolder(folder, _PREFIX)
    try:
        for path, data in zip(paths, files.values(), strict=True):
            with _naming(path, size):
                _write_new(unfinished.path / path.name, data)
        with _naming(folder, size):
            _put_in_place(unfinished.path, paths)
    finally:
        unfinished.remove()


def _write_new(path: Path, data: bytes) -> None:
    with open(path, "xb", opener=open_without_links) as file:
        file.write(data)


def _put_in_place(unfinished: Path, paths: list[Path]) -> None:
    """Move files that belong together in between no others'."""
    if len(paths) == 1:
        (unfinished / paths[0].name).replace(paths[0])
        return
    with _locked(paths[0].parent):
        try:
            # Until all others are there, it would describe a mixture.
            paths[-1].unlink(missing_ok=True)
            for path in paths:
                (unfinished / path.name).replace(path)
        except KeyboardInterrupt:
            # To finish is the quickest way to leave nothing half.
            for path in paths:
                if (unfinished / path.name).exists():
                    (unfinished / path.name).replace(path)
            raise


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, if its system has locks."""
    lock = None
    with contextlib.suppress(OSError):
        lock = lock_folder(folder.resolve(), waits=True)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


@contextlib.contextmanager
def _naming(path: Path, size: int) -> Iterator[None]:
    """Let an error name the file that the caller knows, and how much room all of them need."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise OSError(error.errno, error.strerror, str(path)) from error
        trouble = f"{error.strerror}: {size / 1e6:.1f} MB are needed; free some space"
        raise OSError(error.errno, trouble, str(path)) from error
