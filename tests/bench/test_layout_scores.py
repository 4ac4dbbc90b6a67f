"""The layout benchmark counts titles that are read, and partly hidden ones separately."""

from __future__ import annotations

from bench.layout_scores import Reading, Row, summarise_titles
from poster.result import LayoutScores

SCORES = LayoutScores(0.0, 0.0, 0.0, 0.0)


def row(on_cover: str, *, letter_hidden: float = 0.0) -> Row:
    reading = Reading("TABASCO", on_cover, "TABASCO")
    return Row("person", SCORES, on_faces=0, letter_hidden=letter_hidden, reading=reading)


def test_partly_hidden_titles_are_counted_separately() -> None:
    told = summarise_titles([row("TABASCO"), row("TABASCO"), row("TARASCO", letter_hidden=0.2)])
    free, covered = told["nothing before them"], told["something before them"]
    assert (free["n"], free["exact"], free["misread"]) == (2, 1.0, [])
    assert (covered["n"], covered["exact"], covered["ceiling"]) == (1, 0.0, 1.0)
    assert covered["misread"] == ["TABASCO: TARASCO; in black on white TABASCO"]


def test_titles_without_a_reader_are_not_counted_as_read() -> None:
    assert summarise_titles([Row("person", SCORES, on_faces=0)]) == {}
