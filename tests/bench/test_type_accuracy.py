"""The type benchmark detects a wrong letter, and a missing reader does not count as a pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.glyph_check import is_set_as_shaped
from bench.press import SetTitle
from bench.readers import parse_words
from bench.title_sets import TITLE_SETS, Title
from bench.type_accuracy import Figures, closeness, print_row, read_all, sum_up, tidy
from poster.typography.block import TypeBlock
from poster.typography.typeset import Typesetter

KOREAN = next(titles for titles in TITLE_SETS if titles.name == "Korean")
LATIN = next(titles for titles in TITLE_SETS if titles.name == "Latin")


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def set_masthead(typesetter: Typesetter, text: str, language: str) -> TypeBlock:
    return typesetter.fit_block(
        text,
        "masthead",
        measure=900,
        max_height=340,
        max_lines=3,
        min_size_px=20,
        language=language,
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("TABASCO", "en"),
        ("The Art of Staying Home All Summer", "en"),
        ("서울의 밤", "ko"),
        ("בית 24 קפה", "he"),
        ("यात्रा", "hi"),
        ("Город", "ru"),
    ],
)
def test_type_as_it_is_set_passes_the_glyph_check(
    typesetter: Typesetter, text: str, language: str
) -> None:
    assert is_set_as_shaped(set_masthead(typesetter, text, language), typesetter)


def test_the_glyph_check_catches_a_wrong_letter(typesetter: Typesetter) -> None:
    block = set_masthead(typesetter, "TABASCO", "en")
    wrong = replace(block, outlines=set_masthead(typesetter, "TARASCO", "en").outlines)
    assert not is_set_as_shaped(wrong, typesetter)


def test_the_glyph_check_catches_another_nations_form(typesetter: Typesetter) -> None:
    block = set_masthead(typesetter, "遠方", "zh-TW")
    wrong = replace(block, outlines=set_masthead(typesetter, "遠方", "ja").outlines)
    assert not is_set_as_shaped(wrong, typesetter)


def test_closeness_falls_by_the_share_of_wrong_signs() -> None:
    assert closeness("TABASCO", "TABASCO") == 1
    assert closeness("TABASCO", "TARASCO") == pytest.approx(6 / 7)
    assert closeness("TABASCO", "") == 0


def test_spaces_count_where_words_have_them() -> None:
    assert tidy("The  Writer’s Table ", LATIN) == "The Writer's Table"  # noqa: RUF001  # a quote is meant
    assert tidy("서울의 밤", KOREAN) == "서울의밤"


def test_titles_without_a_reader_are_not_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.type_accuracy.find_reader", lambda _language: None)
    done = [SetTitle(Title("서울", "ko"), "fig", "classic", 4.0, (), (), is_exact=True)]
    readings = read_all(done, KOREAN, None)
    figures: Figures = sum_up(done, readings)
    print_row("Korean", figures)
    assert (figures.measured, figures.exact, figures.ratio) == (0, 0, 0)
    row = capsys.readouterr().out
    assert "not measured" in row
    assert "not installed: tesseract-ocr-kor" in row


def test_the_most_confident_reading_counts() -> None:
    heading = "level\tpage_num\tblock\tpar\tline\tword\tl\tt\tw\th\tconf\ttext"
    rows = (
        "1\t1\t0\t0\t0\t0\t0\t0\t90\t60\t-1\t",
        "5\t1\t1\t1\t1\t1\t0\t0\t40\t60\t90\tSól",
        "5\t1\t1\t1\t1\t2\t50\t0\t40\t60\t50\ti",
        "1\t2\t0\t0\t0\t0\t0\t0\t90\t60\t-1\t",
    )
    first, blank = parse_words("\n".join((heading, *rows)), 2)
    assert first.words == "Sól i"
    assert first.surety == pytest.approx(80)  # by letters, not by words
    assert not blank.words
    assert blank.surety < 0
