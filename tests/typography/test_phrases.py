# ruff: noqa: RUF001  # signs that look alike are the matter here
"""In languages without spaces, lines end where phrases do."""

import pytest

from poster.typography.block import TypeBlock
from poster.typography.phrases import phrase_ends
from poster.typography.typeset import Typesetter


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter()


def test_a_japanese_phrase_ends_after_its_particle() -> None:
    assert phrase_ends("コンピューターの時代", "ja") == {8, 10}


def test_traditional_and_simplified_chinese_have_models_of_their_own() -> None:
    assert 2 in phrase_ends("巷子裡的早晨", "zh-Hant")
    assert 2 in phrase_ends("城市不睡", "zh-Hans")


@pytest.mark.parametrize(("text", "language"), [("two words", "en"), ("두 단어", "ko"), ("", "ja")])
def test_languages_with_spaces_have_no_phrase_ends(text: str, language: str) -> None:
    assert phrase_ends(text, language) == frozenset()


@pytest.mark.parametrize(
    ("lines", "language"),
    [
        (("The bitter", "and the sweet"), None),
        (("Die stillen", "Nachbarn"), None),
        (("Ogród", "po deszczu"), None),
        (("Rychlý vlak", "na konec trati"), None),
        (("Дома,", "которые ждут"), None),
        (("Поездом", "на край света"), None),
        (("Το χωριό", "και η θάλασσα"), None),
        (("ثلاثة أجيال", "على قارب"), None),
        (("הבית הקטן", "של סבתא"), None),
        (("दादी की रसोई से", "बाज़ार तक"), None),
        (("高原的", "种子的长旅行"), "zh-Hans"),
    ],
)
def test_no_line_ends_in_a_word_that_clings_to_the_next(
    typesetter: Typesetter, lines: tuple[str, str], language: str | None
) -> None:
    text = ("" if language else " ").join(lines)
    one_line = typesetter.set_block(text, "deck", size_px=20, measure=900, language=language)
    for share in (0.7, 0.8, 0.9):
        block = typesetter.set_block(
            text, "deck", size_px=20, measure=share * one_line.shape[1], language=language
        )
        assert block.lines == lines


@pytest.mark.parametrize(
    "lines", [("色彩城市，", "沉默的随笔十四篇"), ("色彩的城市", "（沉默随笔十四篇）")]
)
def test_punctuation_separates_phrases_in_any_language(
    typesetter: Typesetter, lines: tuple[str, str]
) -> None:
    # In an English magazine, no model finds phrases; even lines would be one character longer.
    block = typesetter.set_block("".join(lines), "deck", size_px=20, measure=220, language="en")
    assert block.lines == lines


def set_title(typesetter: Typesetter, title: str) -> TypeBlock:
    return typesetter.fit_block(
        title,
        "stacked",
        measure=932,
        max_height=677,
        max_lines=4,
        min_size_px=26,
        language="ja",
    )


def test_a_title_of_one_long_word_stays_in_one_line(typesetter: Typesetter) -> None:
    block = set_title(typesetter, "ニューヨーク")
    assert block.ink.shape[0] < block.size_px


def test_a_word_that_would_be_tiny_in_one_line_is_split(typesetter: Typesetter) -> None:
    block = set_title(typesetter, "インターナショナルスクールバスツアー")
    assert len(block.lines) == 4
    assert block.size_px > 150


def test_a_title_breaks_between_its_phrases_rather_than_evenly(typesetter: Typesetter) -> None:
    block = set_title(typesetter, "コンピューターの時代")
    second = block.ink[block.ink.shape[0] * 3 // 5 :].max(axis=0)
    # 時代, two characters under eight, flush left.
    assert second[: round(2 * block.size_px)].any()
    assert not second[round(3 * block.size_px) :].any()
