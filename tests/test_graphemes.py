"""Characters are counted as a person counts them."""

from poster.graphemes import graphemes


def test_a_grapheme_keeps_its_marks_joiners_and_jamo() -> None:
    assert graphemes("é नि 각") == ["é", " ", "नि", " ", "각"]
    assert len(graphemes("👨‍👩‍👧")) == 1
