"""Letters are connected components of ink; wide components are several letters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.typography.letters import find_solid_ink, label_letters, most_hidden
from poster.typography.typeset import Typesetter


def bars(*columns: slice) -> NDArray[np.uint8]:
    ink = np.zeros((20, 60), np.uint8)
    for part in columns:
        ink[:, part] = 255
    return ink


def test_each_component_is_a_letter_and_owns_the_pixels_nearest_to_it() -> None:
    letters = label_letters(bars(slice(0, 10), slice(30, 40)), size_px=20)
    assert len(np.unique(letters)) == 2
    assert (letters[:, :19] == letters[0, 0]).all()
    assert (letters[:, 21:] == letters[0, 35]).all()


def test_a_component_wider_than_letters_counts_as_several() -> None:
    letters = label_letters(bars(slice(0, 60)), size_px=20)
    assert len(np.unique(letters)) == 5
    assert (np.diff(letters, axis=1) >= 0).all()


def test_ink_without_solid_pixels_is_one_letter() -> None:
    assert (label_letters(np.full((5, 5), 90, np.uint8), size_px=4) == 0).all()


@pytest.mark.parametrize(("text", "language", "count"), [("TABASCO", "en", 7), ("iO", "en", 3)])
def test_letters_of_set_type_are_separated(text: str, language: str, count: int) -> None:
    block = Typesetter().fit_block(
        text,
        "masthead",
        measure=400,
        max_height=120,
        max_lines=1,
        min_size_px=20,
        language=language,
    )
    assert len(np.unique(label_letters(block.ink, block.size_px))) == count


def test_the_most_hidden_letter_decides() -> None:
    ink = bars(slice(0, 10), slice(30, 40))
    hidden = np.zeros(ink.shape, np.float32)
    hidden[5:, 30:40] = 1
    assert most_hidden(ink, hidden, size_px=20) == pytest.approx(0.75)


def test_dots_and_accents_may_be_hidden() -> None:
    ink = bars(slice(0, 10))
    ink[0, 50] = 255
    hidden = np.zeros(ink.shape, np.float32)
    hidden[0, 50] = 1
    assert most_hidden(ink, hidden, size_px=20) == 0


def test_solid_ink_is_that_of_letters_without_dots_and_soft_edges() -> None:
    ink = bars(slice(2, 10), slice(30, 40))
    ink[:, 1] = 100
    ink[0, 50] = 255
    solid = find_solid_ink(ink, size_px=20)
    assert set(solid.columns) == {*range(2, 10), *range(30, 40)}
    assert set(solid.letters) == {0, 1}
    assert len(set(solid.letters[solid.columns < 20])) == 1


def test_if_no_letter_has_a_hundredth_of_the_ink_all_but_small_components_are_letters() -> None:
    ink = np.zeros((20, 1200), np.uint8)
    ink[:, ::8] = ink[:, 1::8] = 255
    ink[2:, :16] = 0
    solid = find_solid_ink(ink, size_px=20)
    assert len(set(solid.letters)) == 148
    assert most_hidden(ink, np.ones(ink.shape, np.float32), size_px=20) == pytest.approx(1)
