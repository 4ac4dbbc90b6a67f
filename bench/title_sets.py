"""bench/titles -> titles by script, each with its language.

Does not know how they are set or read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "titles"


@dataclass(frozen=True, slots=True)
class TitleSet:
    """Titles in one script.

    Args:
        name: name, as printed in the table.
        languages: BCP 47 tags; each has its own file.
        scripts: ISO 15924 codes that its letters can have.
        spaced: whether spaces separate words; if not, readers insert them arbitrarily.
    """

    name: str
    languages: tuple[str, ...]
    scripts: frozenset[str]
    spaced: bool = True


@dataclass(frozen=True, slots=True)
class Title:
    """A title and its language, as a BCP 47 tag."""

    text: str
    language: str


_HAN = frozenset({"Hani"})

TITLE_SETS = (
    TitleSet("Latin", ("en",), frozenset({"Latn"})),
    TitleSet("Latin, marks", ("fr", "vi", "tr", "pl"), frozenset({"Latn"})),
    TitleSet("Korean", ("ko",), frozenset({"Hang"}), spaced=False),
    TitleSet("Japanese", ("ja",), _HAN | {"Hira", "Kana"}, spaced=False),
    TitleSet("Chinese, simplified", ("zh-Hans",), _HAN, spaced=False),
    TitleSet("Chinese, traditional", ("zh-Hant",), _HAN, spaced=False),
    TitleSet("Arabic", ("ar",), frozenset({"Arab"})),
    TitleSet("Hebrew", ("he",), frozenset({"Hebr"})),
    TitleSet("Devanagari", ("hi",), frozenset({"Deva"})),
    TitleSet("Bengali", ("bn",), frozenset({"Beng"})),
    TitleSet("Tamil", ("ta",), frozenset({"Taml"})),
    TitleSet("Thai", ("th",), frozenset({"Thai"}), spaced=False),
    TitleSet("Cyrillic", ("ru",), frozenset({"Cyrl"})),
    TitleSet("Greek", ("el",), frozenset({"Grek"})),
    TitleSet("Georgian", ("ka",), frozenset({"Geor"})),
    TitleSet("Armenian", ("hy",), frozenset({"Armn"})),
)
"""In the order of the table."""


def read_titles(titles: TitleSet) -> list[Title]:
    """Read a set; its languages alternate, so that the first few titles include all of them.

    Args:
        titles: one of TITLE_SETS.

    Returns:
        All titles.
    """
    files = [[Title(line, language) for line in _lines(language)] for language in titles.languages]
    longest = max(map(len, files))
    return [file[index] for index in range(longest) for file in files if index < len(file)]


def _lines(language: str) -> list[str]:
    return (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
