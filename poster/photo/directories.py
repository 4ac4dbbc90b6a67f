"""Bytes that are built as a TIFF, a photo or its Exif -> what its directories list.

Knows only the tags that point to other directories. One that is cut off counts as empty; nothing is
raised.

Source: TIFF 6.0, section 2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

_EXIF, _GPS, _INTEROP = 34665, 34853, 40965
"""Tags that point to directories which a decoder reads as well. Source: Exif 2.32, 4.6.3."""

MAX_TAGS = 4096
"""Maximum of entries that are read; a camera's directories have fewer than 200."""

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""Type -> bytes of a value."""
_LETTERS = {1: "B", 3: "H", 4: "I", 13: "I"}
"""Type of whole numbers without a sign -> letter in struct."""
_TEXTS = (1, 2, 7)
"""Types whose values are read as a whole: BYTE, ASCII and UNDEFINED."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a directory.

    Args:
        kind: type of its values.
        count: number of its values, as it says.
        place: index of the first value.
    """

    kind: int
    count: int
    place: int


Directory = dict[int, Entry]
"""Tag -> its first entry."""


class Directories:
    """The directories of a file.

    Args:
        data: its bytes, from the byte order mark.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        is_little = data[:2] == b"II"
        self._order = "<" if is_little else ">"
        self.first = self._read(int.from_bytes(data[4:8], "little" if is_little else "big"))

    def below(self, directory: Directory, tags: Iterable[int]) -> list[Directory]:
        """Read the directories that entries of another one point to.

        Args:
            directory: the other one.
            tags: of the entries.

        Returns:
            The directories that exist.
        """
        return [self._read(self.number(directory, tag)) for tag in tags if tag in directory]

    def number(self, directory: Directory, tag: int, default: int = 0) -> int:
        """Return the first number of an entry, or the default if it has none."""
        return next(iter(self.numbers(directory, tag, 1)), default)

    def numbers(self, directory: Directory, tag: int, limit: int) -> tuple[int, ...]:
        """Return the whole numbers of an entry that are in the file.

        Args:
            directory: where the entry is.
            tag: of the entry.
            limit: maximum of numbers to return.

        Returns:
            The numbers; none if the entry is missing or has values of another type.
        """
        entry = directory.get(tag)
        letter = _LETTERS.get(entry.kind) if entry else None
        if entry is None or letter is None:
            return ()
        here = max(0, len(self._data) - entry.place) // _SIZES[entry.kind]
        count = min(entry.count, here, limit)
        return struct.unpack_from(f"{self._order}{count}{letter}", self._data, entry.place)

    def _read(self, at: int) -> Directory:
        found: Directory = {}
        try:
            (count,) = struct.unpack_from(f"{self._order}H", self._data, at)
            for start in range(at + 2, at + 2 + 12 * min(count, MAX_TAGS + 1), 12):
                tag, kind, values, place = struct.unpack_from(
                    f"{self._order}HHII", self._data, start
                )
                is_here = values * _SIZES.get(kind, 1) <= 4
                found.setdefault(tag, Entry(kind, values, start + 8 if is_here else place))
        except struct.error:
            return {}
        return found


def is_costly(data: bytes, max_values: int) -> bool:
    """Whether reading the first directory, and those of Exif below it, would take long.

    Args:
        data: as of Directories.
        max_values: maximum of their values that are not text.

    Returns:
        True if they have more values, or one of them has more than MAX_TAGS entries.
    """
    directories = Directories(data)
    read = [directories.first]
    read += directories.below(read[0], (_EXIF, _GPS, _INTEROP))
    read += [one for exif in read[1:] for one in directories.below(exif, (_INTEROP,))]
    values = sum(entry.count for one in read for entry in one.values() if entry.kind not in _TEXTS)
    return values > max_values or max(map(len, read)) > MAX_TAGS
