# ruff: noqa: RUF001  # letters and signs that look alike are the matter here
from __future__ import annotations

import pytest

from poster.errors import MissingGlyphError, TypesettingError
from poster.typography.fonts import covered
from poster.typography.itemise import check_coverage, clean, cut_runs, itemise, line_ends
from poster.typography.voices import VOICE_NAMES


def families(text: str, voice: str = "masthead", language: str = "en") -> list[tuple[str, str]]:
    return [(run.text, run.cut.family) for run in itemise(text, voice, language)]


def test_a_latin_masthead_is_anton() -> None:
    assert families("Đường Phố") == [("Đường Phố", "Anton")]


def test_cyrillic_goes_to_the_first_face_that_has_it() -> None:
    assert families("Тишина", language="ru") == [("Тишина", "Oswald")]


def test_greek_goes_to_the_first_face_that_has_all_of_it() -> None:
    assert families("Σιωπή", language="el") == [("Σιωπή", "Roboto Flex")]
    assert families("Σιωπῇ", language="el") == [("Σιωπῇ", "Noto Sans")]


def test_one_letter_that_a_face_lacks_takes_the_whole_text_to_another() -> None:
    assert families("TURNED ɐ") == [("TURNED ɐ", "Noto Sans")]
    assert families("Kремль") == [("K", "Oswald"), ("ремль", "Oswald")]


def test_a_symbol_that_a_face_lacks_does_not_change_the_letters_face() -> None:
    assert families("RATED ★ FIVE") == [
        ("RATED ", "Anton"),
        ("★", "Noto Sans CJK SC"),
        (" FIVE", "Anton"),
    ]


@pytest.mark.parametrize(
    ("text", "language"), [("Ø ⌀ 14", "en"), ("서울 ⌀", "ko"), ("هدوء ⌀", "ar"), ("Ж ⌀", "ru")]
)
def test_a_symbol_of_no_script_has_a_fallback_in_every_script(text: str, language: str) -> None:
    assert ("⌀", "Noto Sans Symbols") in families(text, language=language)


@pytest.mark.parametrize(
    ("language", "family"),
    [
        ("ko", "Noto Sans CJK KR"),
        ("ja", "Noto Sans CJK JP"),
        ("zh", "Noto Sans CJK SC"),
        ("zh-Hans", "Noto Sans CJK SC"),
        ("zh-Hant", "Noto Sans CJK TC"),
        ("zh-TW", "Noto Sans CJK TC"),
        ("zh-Hant-HK", "Noto Sans CJK HK"),
    ],
)
def test_the_language_chooses_the_national_forms_of_han(language: str, family: str) -> None:
    assert families("骨直角", language=language) == [("骨直角", family)]


def test_hangul_in_an_english_magazine_still_has_korean_forms() -> None:
    assert families("서울 直", language="en") == [
        ("서울 ", "Noto Sans CJK KR"),
        ("直", "Noto Sans CJK KR"),
    ]


def test_digits_stay_with_the_letters_before_them() -> None:
    assert families("제14호 No. 7", language="ko") == [
        ("제14호 ", "Noto Sans CJK KR"),
        ("No. 7", "Anton"),
    ]


@pytest.mark.parametrize(
    ("text", "language", "family"),
    [
        ("2027年5月號 NT$280", "zh-TW", "Noto Sans CJK TC"),
        ("US$12 2027년 3월호", "ko", "Noto Sans CJK KR"),
        ("4月号 HK$98.00", "ja", "Noto Sans CJK JP"),
    ],
)
def test_a_price_is_set_like_the_other_numbers_of_a_line(
    text: str, language: str, family: str
) -> None:
    assert {run.cut.family for run in itemise(text, "small", language)} == {family}
    assert families("NT$280", language=language) == [("NT$280", "Anton")]


def test_leading_symbols_go_with_the_letters_after_them() -> None:
    assert families("14호", language="ko") == [("14호", "Noto Sans CJK KR")]
    assert families("“Тишина”", language="ru") == [("“Тишина”", "Oswald")]


def test_digits_run_left_to_right_among_right_to_left_letters() -> None:
    runs = itemise("بيت ١٤ هدوء 2026", "masthead", "ar")
    assert [(run.text.strip(), run.direction) for run in runs if run.text.strip()] == [
        ("بيت", "rtl"),
        ("١٤", "ltr"),
        ("هدوء", "rtl"),
        ("2026", "ltr"),
    ]


def test_a_letter_and_its_marks_come_from_one_face() -> None:
    # Anton has the letter, but not all of its marks.
    assert ord("Q") in covered("Anton")
    [(_, family)] = families("Q\u0331\u0348")
    assert {ord(part) for part in "Q\u0331\u0348"} <= covered(family)


def test_a_digit_and_its_enclosing_circle_come_from_one_face() -> None:
    assert families("AB 5\u20e0") == [("AB ", "Anton"), ("5\u20e0", "Noto Sans Symbols")]


def test_arabic_digits_alone_find_a_face() -> None:
    assert families("١٤") == [("١٤", "Noto Sans Arabic")]


def test_khmer_takes_symbols_that_its_face_lacks_from_a_related_one() -> None:
    assert families("ខ្មែរ&", language="km") == [("ខ្មែរ", "Noto Sans Khmer"), ("&", "Noto Sans")]


def test_thai_has_its_own_symbols() -> None:
    assert families("หนังสือ!", language="th") == [("หนังสือ!", "Noto Sans Thai")]


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("Coffee ☕", "U+2615", "HOT BEVERAGE"),
        ("👨‍👩‍👧", "U+1F468", "MAN"),
        ("བོད", "U+0F56", "TIBETAN LETTER BA"),
        ("a\ue000", "U+E000", "unnamed character"),
        ("a\ufffd", "U+FFFD", "REPLACEMENT CHARACTER"),
        ("a\U0010ffff", "U+10FFFF", "unnamed character"),
    ],
)
@pytest.mark.parametrize("voice", VOICE_NAMES)
def test_a_character_without_a_glyph_is_named(text: str, code: str, name: str, voice: str) -> None:
    with pytest.raises(MissingGlyphError) as caught:
        itemise(clean(text), voice, "en")
    message = str(caught.value)
    assert code in message
    assert name in message
    assert "remove it or use another" in message


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("a\x00b", "control character, U\\+0000"),
        ("a\x1bb", "control character, U\\+001B"),
        ("a\ud800", "surrogate pair, U\\+D800"),
        ("", "empty"),
        (" \n\u200d ", "empty"),
        ("\u3164", "empty"),
        ("\u0301Etude", "U\\+0301 \\(COMBINING ACUTE ACCENT\\) has no letter"),
        ("The \u0308end", "U\\+0308"),
        ("end\u2028\u05b8ab", "U\\+05B8 \\(HEBREW POINT QAMATS\\)"),
        ("\u093fक", "U\\+093F \\(DEVANAGARI VOWEL SIGN I\\)"),
    ],
)
def test_input_that_is_not_text_is_refused(text: str, trouble: str) -> None:
    with pytest.raises(TypesettingError, match=trouble):
        clean(text)


def test_breaks_become_spaces_and_nothing_else_changes() -> None:
    assert clean("  two\r\n lines\tand\u2028more ") == "two lines and more"
    assert clean("\"q\" 'q' -- --- ... (c)") == "\"q\" 'q' -- --- ... (c)"
    for space in "\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u205f\u3000":
        assert clean(f"5{space}km") == f"5{space}km"


def test_hints_where_to_break_are_kept() -> None:
    assert clean("Donau\u00addampf\u200bschiff") == "Donau\u00addampf\u200bschiff"


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("BIG SUR", ()),
        ("BIG\nSUR", (4,)),
        (" BIG \r\n\n  SUR\u2028A\u0301 B\x0bC\n", (4, 8, 12)),
        ("\n\n", ()),
    ],
)
def test_the_callers_lines_begin_where_the_clean_text_has_a_space(
    text: str, ends: tuple[int, ...]
) -> None:
    assert line_ends(text) == ends
    assert all(clean(text)[end - 1] == " " for end in ends)


def test_decomposed_text_is_normalised() -> None:
    assert clean("Cafe\u0301") == "Café"
    assert clean("\u1100\u1161\u11a8") == "각"


def test_joiners_and_marks_need_no_glyph_but_letters_do() -> None:
    check_coverage("A\u200d\ufe0f\u200f \u3000B", ["Anton"])
    with pytest.raises(MissingGlyphError, match=r"U\+0416"):
        check_coverage("AЖ", ["Anton"])


def test_runs_can_be_cut_anywhere() -> None:
    runs = itemise("서울 Seoul 밤", "headline", "ko")
    text = "".join(run.text for run in runs)
    for start in range(len(text)):
        for stop in range(start, len(text) + 1):
            assert "".join(run.text for run in cut_runs(runs, start, stop)) == text[start:stop]
