"""A caller's text for a message: printable, one line, and not too long."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from poster.printable import make_printable, quote, shorten

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_nothing_but_printable_characters_and_spaces_is_left(text: str) -> None:
    shown = make_printable(text)

    assert all(one.isprintable() or unicodedata.category(one) == "Zs" for one in shown)
    assert make_printable(shown) == shown
    shown.encode()


def test_what_is_printable_stays_and_the_rest_is_named() -> None:
    assert make_printable("우주, פריז, नमस्ते\u3000é") == "우주, פריז, नमस्ते\u3000é"
    # A line break, an ANSI escape, an override, a zero-width space, half a character, a tag.
    assert (
        make_printable("\n\x1b[31m\u202e\u200b\ud83d\U000e0041")
        == r"\n\x1b[31m\u202e\u200b\ud83d\U000e0041"
    )


@given(ANY_TEXT, st.integers(3, 40))
def test_a_long_text_keeps_its_beginning_and_its_end(text: str, limit: int) -> None:
    short = shorten(text, limit)

    assert len(short) <= limit
    if len(text) > limit:
        start, _, end = short.partition("…") if "…" not in text else ("", "", "")
        assert text.startswith(start)
        assert text.endswith(end)
    else:
        assert short == text


def test_a_quoted_text_shows_where_it_was_cut() -> None:
    assert quote("sky") == "'sky'"
    assert quote("a\tb", 2) == r"'a\t…'"
