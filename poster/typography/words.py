"""A text -> where words of Burmese, Khmer, Lao and Thai must not be broken.

These scripts have no spaces between words. The words come from ICU's dictionaries and CLDR's names:
see assets/words. Does not know which breaks are legal otherwise.
"""

from __future__ import annotations

import gzip
import unicodedata
import zlib
from functools import cache, lru_cache
from importlib.resources import files

import regex

from poster.errors import AssetError

_RUNS = {
    script: regex.compile(rf"[\p{{Script={script}}}&&[\p{{L}}\p{{M}}]]+", regex.VERSION1)
    for script in ("Khmr", "Laoo", "Mymr", "Thai")
}
"""Script -> stretches of its letters and marks."""

_MAX_LENGTH = 40
"""Longest word to look up, in code points: all but a few in ten thousand are shorter."""

_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
"""Vowels of Thai and Lao that are written before the consonant that they follow in speech."""

_FOLLOWING = frozenset("ะาำๅๆฯະາຳຽໆຯ")
"""Vowels and signs of Thai and Lao that end a syllable and are no combining marks."""

_STACKERS = frozenset("\u1039\u17d2")
"""Signs of Burmese and Khmer that put the next consonant under the one before."""

_FINAL = regex.compile("[\u1000-\u102a\u103f]\u1037?[\u1039\u103a]")
"""A Burmese consonant without a vowel of its own: it ends the syllable before it."""


def inside_words(text: str) -> frozenset[int]:
    """Find the places inside words.

    Args:
        text: any text, in NFC.

    Returns:
        Indices of code points; none outside of the four scripts. Syllables that are in no word of
        the dictionary count as one word if they follow each other.
    """
    return _inside(text, of_syllables=False)


def inside_syllables(text: str) -> frozenset[int]:
    """Find the places inside syllables, by the rules of spelling alone.

    Args:
        text: any text, in NFC.

    Returns:
        Indices of code points; none outside of the four scripts. Where a consonant may end one
        syllable or begin the next, it counts as beginning one, except in Burmese, which marks it.
    """
    return _inside(text, of_syllables=True)


@lru_cache(maxsize=256)
def _inside(text: str, *, of_syllables: bool) -> frozenset[int]:
    inside: set[int] = set()
    for script, pattern in _RUNS.items():
        for run in pattern.finditer(text):
            starts = [index for index in range(1, len(run[0])) if _may_start(run[0], index)]
            if not of_syllables:
                starts = _word_starts(run[0], [0, *starts, len(run[0])], _dictionary(script))
            inside.update({*range(run.start() + 1, run.end())} - {run.start() + s for s in starts})
    return frozenset(inside)


def _may_start(text: str, index: int) -> bool:
    """Whether a syllable may start at an index, 1 or more."""
    before, after = text[index - 1], text[index]
    if unicodedata.category(after)[0] == "M" or after in _FOLLOWING:
        return False
    if before in _LEADING_VOWELS or before in _STACKERS:
        return False
    return not _FINAL.match(text, index)


def _word_starts(text: str, syllables: list[int], words: frozenset[str]) -> list[int]:
    """Split into words: as little as possible that is none, then as few as possible.

    Args:
        text: letters and marks of one script.
        syllables: indices at which a syllable may start, including 0 and the end.
        words: the dictionary.

    Returns:
        Indices at which a word starts, except the first.
    """
    # For each syllable's start: unknown code points and words before it, and the last one's start.
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    known = [True]
    for number, stop in enumerate(syllables[1:], 1):
        ways = []
        for first in range(number - 1, -1, -1):
            start = syllables[first]
            if stop - start > _MAX_LENGTH:
                break
            unknown, count, _ = best[first]
            if text[start:stop] in words:
                ways.append((unknown, count + 1, first, True))
            elif first == number - 1:
                ways.append((unknown + stop - start, count + 1, first, False))
        *way, is_known = min(ways)
        best.append((way[0], way[1], way[2]))
        known.append(is_known)
    starts = []
    number = len(best) - 1
    while (first := best[number][2]) > 0:
        if known[first] or known[number]:
            starts.append(syllables[first])
        number = first
    return starts


@cache
def _dictionary(script: str) -> frozenset[str]:
    file = files("poster") / "assets" / "words" / f"{script}.txt.gz"
    try:
        return frozenset(gzip.decompress(file.read_bytes()).decode().split("\n"))
    except (OSError, EOFError, zlib.error) as error:
        raise AssetError(f"{file.name}: missing or damaged; reinstall poster-maker") from error
