"""The benchmark's titles are as its README describes them."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from bench.readers import PADDLE_LANGUAGES, TESSERACT_MODELS
from bench.title_sets import FOLDER, TITLE_SETS, TitleSet, read_titles
from poster.graphemes import graphemes
from poster.typography.itemise import clean, itemise
from poster.typography.scripts import dominant_script, script_of

every_set = pytest.mark.parametrize("titles", TITLE_SETS, ids=lambda titles: titles.name)


def test_there_are_fourteen_scripts_and_more() -> None:
    languages = [language for titles in TITLE_SETS for language in titles.languages]
    texts = [" ".join(title.text for title in read_titles(titles)) for titles in TITLE_SETS]
    assert len(TITLE_SETS) >= 16
    assert len(set(map(dominant_script, texts))) >= 14
    assert len(set(languages)) == len(languages)


def test_every_file_belongs_to_a_set() -> None:
    languages = {language for titles in TITLE_SETS for language in titles.languages}
    assert {path.stem for path in FOLDER.glob("*.txt")} == languages


def test_every_language_has_one_reader() -> None:
    languages = {language for titles in TITLE_SETS for language in titles.languages}
    assert PADDLE_LANGUAGES | TESSERACT_MODELS.keys() == languages
    assert not PADDLE_LANGUAGES & TESSERACT_MODELS.keys()


@every_set
def test_a_set_has_a_hundred_titles_and_more(titles: TitleSet) -> None:
    assert len(read_titles(titles)) >= 100


@every_set
def test_no_title_is_repeated(titles: TitleSet) -> None:
    counts = Counter(title.text.casefold() for title in read_titles(titles))
    assert [text for text, count in counts.items() if count > 1] == []


@every_set
def test_titles_are_written_as_they_are_set(titles: TitleSet) -> None:
    texts = [title.text for title in read_titles(titles)]
    assert [text for text in texts if clean(text) != text] == []
    assert [text for text in texts if unicodedata.normalize("NFC", text) != text] == []


@every_set
def test_lengths_go_from_a_word_to_sixty(titles: TitleSet) -> None:
    lengths = sorted(len(graphemes(title.text)) for title in read_titles(titles))
    assert lengths[0] <= 3
    assert 40 <= lengths[-1] <= 60
    assert sum(length <= 30 for length in lengths) >= 0.9 * len(lengths)


@every_set
def test_letters_are_of_the_sets_script_alone(titles: TitleSet) -> None:
    found = {script_of(sign) for title in read_titles(titles) for sign in title.text} - {None}
    assert found == titles.scripts


@every_set
def test_the_mastheads_faces_have_every_glyph(titles: TitleSet) -> None:
    for title in read_titles(titles):
        # Raises MissingGlyphError where none has one.
        runs = itemise(title.text, "masthead", title.language)
        assert "".join(run.text for run in runs) == title.text
