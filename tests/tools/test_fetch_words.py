"""ICU's dictionaries are read as ICU reads them, and what ships is what was read."""

from __future__ import annotations

import gzip
import hashlib
import json
import struct

import pytest

from tools.fetch_words import WORDS, read_dictionary, read_package


def dictionary(trie: bytes) -> bytes:
    """A dictionary with the letters of Thai; its words begin at 0x0e00."""
    head = struct.pack("<HBBHHBBBB4sII", 24, 0xDA, 0x27, 20, 0, 0, 0, 2, 0, b"Dict", 0, 0)
    indexes = struct.pack("<8i", 32, 0, 0, 32 + len(trie), 0, 0x1000E00, 0, 0)
    return head + indexes + trie


def test_a_dictionary_is_a_trie() -> None:
    # Values are even numbers of a node, final ones odd; none is used.
    stem = bytes([0x11, 1, 0x32])  # two letters in a row, then a word that goes on with one letter
    trie = stem + bytes([0x20, 0x10, 1, 0x21])
    assert read_dictionary(dictionary(trie)) == {"\u0e01\u0e32", "\u0e01\u0e32\u0e01"}
    branch = bytes([0x02, 1, 0x21, 2, 0x21, 3, 0x21])
    assert read_dictionary(dictionary(branch)) == {"\u0e01", "\u0e02", "\u0e03"}


def test_a_wide_branch_is_split_in_two() -> None:
    low = b"".join(bytes([letter, 0x21]) for letter in (1, 2, 3))
    high = b"".join(bytes([letter, 0x21]) for letter in (4, 5, 6))
    # Six branches: those below the fourth letter lie behind a jump over the others.
    trie = bytes([0x05, 4, len(high)]) + high + low
    assert read_dictionary(dictionary(trie)) == {chr(0x0E00 + letter) for letter in range(1, 7)}


def test_anything_else_is_refused() -> None:
    with pytest.raises(SystemExit, match="not a dictionary"):
        read_dictionary(bytes(64))


def test_a_package_is_read_by_its_contents() -> None:
    names = b"icu/a.dict\0icu/b.dict\0"
    entries = 4 + 2 * 8
    table = struct.pack("<IIIII", 2, entries, entries + 32, entries + 11, entries + 36)
    head = struct.pack("<HBBHHBBBB4sII", 24, 0xDA, 0x27, 20, 0, 0, 0, 2, 0, b"CmnD", 0, 0)
    data = b"something before" + head + table + names.ljust(32, b"\0") + b"ONE.TWO."
    items = read_package(data)
    assert {name: item[:4] for name, item in items.items()} == {
        "a.dict": b"ONE.",
        "b.dict": b"TWO.",
    }


def test_the_dictionaries_are_those_that_were_recorded() -> None:
    records = json.loads((WORDS / "words.json").read_text(encoding="utf-8"))["files"]
    assert {path.name for path in WORDS.glob("*.gz")} == set(records)
    for name, record in records.items():
        text = gzip.decompress((WORDS / name).read_bytes())
        assert hashlib.sha256(text).hexdigest() == record["sha256_of_text"]
        assert len(text.split(b"\n")) > 20_000
