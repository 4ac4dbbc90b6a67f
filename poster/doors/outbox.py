"""Encoded files -> a folder of this process that contains only the last poster's files.

Does not know who reads them, only that they have been read before the next poster begins.
"""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path

from poster.claimed_folder import ClaimedFolder

_PREFIX = "poster-outbox-"


class Outbox:
    """A temporary folder that contains at most one poster, and is removed at exit.

    Args:
        parent: where the folder is created and where abandoned ones are searched for; None uses the
            system's temporary folder.
    """

    def __init__(self, parent: Path | None = None) -> None:
        self._claimed = ClaimedFolder(parent or Path(tempfile.gettempdir()), _PREFIX)
        self.folder = self._claimed.path
        atexit.register(self.close)

    def put(self, files: dict[str, bytes]) -> list[Path]:
        """Write a poster's files; if it is interrupted, it leaves none of them.

        Args:
            files: file name -> bytes.

        Returns:
            Their paths, in the order given.
        """
        try:
            # Not by poster.whole_files: nobody looks here before all are written, and a prediction
            # that is cancelled meanwhile would leave its folder.
            self.folder.mkdir(exist_ok=True)  # if the system has cleaned up meanwhile
            return [_write(self.folder / name, data) for name, data in files.items()]
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
        self._claimed.remove()


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
