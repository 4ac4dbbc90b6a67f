# ruff: noqa: RUF001  # letters that look alike are the matter here
from __future__ import annotations

import pytest

from poster.typography.scripts import direction, dominant_script, guess_language


@pytest.mark.parametrize(
    ("text", "script", "language"),
    [
        ("TABASCO", "Latn", "en"),
        ("14 — 2026!", "Latn", "en"),
        ("서울의 밤", "Hang", "ko"),
        ("静けさの建築", "Jpan", "ja"),
        ("コーヒー", "Jpan", "ja"),
        ("色彩与沉默", "Hani", "zh"),
        ("臺灣的夜", "Hani", "zh-Hant"),
        ("هدوء", "Arab", "ar"),
        ("שקט", "Hebr", "he"),
        ("क्षत्रिय", "Deva", "hi"),
        ("ความเงียบ", "Thai", "th"),
        ("Тишина", "Cyrl", "ru"),
        ("Σιωπή", "Grek", "el"),
    ],
)
def test_the_letters_name_the_script_and_the_language(
    text: str, script: str, language: str
) -> None:
    assert dominant_script(text) == script
    assert guess_language(text) == language


def test_a_latin_name_does_not_change_the_language_of_an_arabic_title() -> None:
    assert guess_language("هدوء TABASCO") == "ar"
    assert direction("هدوء TABASCO", "ar") == "rtl"


def test_one_foreign_word_does_not_change_an_english_sentence() -> None:
    text = "Eileen Collins speaks about the word هدوء"
    assert guess_language(text) == "en"
    assert direction(text, "en") == "ltr"


def test_latin_alone_runs_from_left_to_right_in_any_language() -> None:
    assert direction("TABASCO", "ar") == "ltr"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("色彩与沉默：夜晚的城市", "zh"),
        ("色彩與沉默：夜晚的城市", "zh-Hant"),
        ("台灣的夜", "zh-Hant"),
        ("中文", "zh"),
        ("我哋嘅城市", "zh-Hant-HK"),
        ("東京大学", "ja"),
        ("渋谷駅前", "ja"),
        ("国家", "zh"),
        ("Тиша великого міста", "uk"),
        ("ТИША МІСТА", "uk"),
        ("Цішыня горада ў снежні", "be"),
        ("Тишина града и љубав", "sr"),
        ("Ќе дојде летото", "mk"),
        ("Тишината на българския град", "bg"),
        ("Объект и тишина", "ru"),
        ("Объезд", "ru"),
        ("Қала тынысы", "kk"),
        ("سکوت شهر", "fa"),
        ("خاموشی کا شہر ہے", "ur"),
        ("د ښار چوپتیا", "ps"),
        ("بێدەنگی شار", "ckb"),
        ("هدوء المدينة", "ar"),
        ("די שטילקײט", "yi"),
        ("शहर की शांति", "hi"),
        ("सकाळची शांतता", "mr"),
    ],
)
def test_letters_that_one_language_alone_uses_name_it(text: str, language: str) -> None:
    assert guess_language(text) == language
