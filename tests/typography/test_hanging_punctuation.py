# ruff: noqa: RUF001  # signs that look alike are the matter here
"""Light punctuation at a line's ends hangs outside its margin, so that letters align."""

import pytest

from poster.typography.hanging_punctuation import letter_edges
from poster.typography.scripts import Direction

EM = 10.0


def edges(text: str, direction: Direction = "ltr") -> tuple[float, float]:
    """Margins, in em, of a line whose characters are all 1 em wide."""
    spans = [(at * EM, (at + 1) * EM) for at in range(len(text))]
    left, right = letter_edges(text, spans, direction)
    return left / EM, right / EM


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("HHHH", 0, 4),
        ("“HHHH", 1, 5),
        ("HHHH.", 0, 4),
        ("“HH,”", 1, 3),
        ("“‘HH’.”", 2, 4),
        ("H-H", 0, 3),
        ("静けさ。", 0, 3),
        ("静けさ、", 0, 3),
        ("夏､", 0, 1),
    ],
)
def test_quotes_stops_and_hyphens_hang_at_both_ends_and_nowhere_else(
    text: str, left: float, right: float
) -> None:
    assert edges(text) == (left, right)


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [("—HH", 0.5, 3), ("HH—", 0, 2.5), ("“—HH", 1.5, 4), ("—“HH", 0.5, 4)],
)
def test_a_dash_hangs_by_half_and_stops_what_follows(text: str, left: float, right: float) -> None:
    assert edges(text) == (left, right)


@pytest.mark.parametrize(
    ("text", "left", "right"), [("«שקט", 0, 4), ("שקט.", 1, 4), ("هدوء،", 1, 5), ("בית–", 0.5, 4)]
)
def test_a_right_to_left_line_starts_on_the_right(text: str, left: float, right: float) -> None:
    assert edges(text, "rtl") == (left, right)


@pytest.mark.parametrize("text", ["“”", "...", "—", "“.”"])
def test_a_line_of_punctuation_aligns_by_its_ink(text: str) -> None:
    assert edges(text) == (0, len(text))
