"""Facts are where the window places them in the picture."""

from dataclasses import replace

import numpy as np
import pytest

from poster.cover.framing.view import crop_facts, crop_matte
from poster.geometry import Box
from poster.photo.facts import CELLS_ACROSS
from tests.support.facts import facts_of

COVER = Box(0, 0, 1024, 1472)


FACE = Box(300, 400, 500, 700)
EVEN = facts_of(1200, 1600, FACE, subject=FACE, edges=0.1)
ROWS = np.linspace(0.2, 0.6, len(EVEN.edges), dtype=np.float32)
FACTS = replace(EVEN, luminance=np.repeat(ROWS[:, None], CELLS_ACROSS, axis=1))
"""Luminance rising from row to row, 0.2 to 0.6."""
WINDOW = Box(100, -160, 1100, -160 + 1438)
GROWN = 160 / 1438


def test_face_and_subject_are_where_the_picture_shows_them() -> None:
    seen = crop_facts(FACTS, WINDOW, COVER)
    scale = 1024 / 1000
    [face] = seen.faces
    assert face == Box(
        round(200 * scale), round(560 * scale), round(400 * scale), round(860 * scale)
    )
    rows, columns = np.nonzero(seen.matte > 0.5)
    assert columns.min() * seen.cell == pytest.approx(face.x0, abs=1.5 * seen.cell)
    assert (rows.max() + 1) * seen.cell == pytest.approx(face.y1, abs=1.5 * seen.cell)


def test_headroom_is_empty_and_as_bright_and_cluttered_as_the_photos_top() -> None:
    seen = crop_facts(FACTS, WINDOW, COVER)
    grown = int(GROWN * len(seen.matte)) - 1
    assert not seen.matte[:grown].any()
    assert seen.edges[:grown] == pytest.approx(0.1, abs=0.01)
    assert seen.luminance[:grown] == pytest.approx(0.2, abs=0.01)


def test_a_face_outside_the_window_is_not_seen() -> None:
    assert crop_facts(FACTS, Box(600, 800, 1150, 800 + 791), COVER).faces == ()


def test_the_matte_alone_has_as_many_rows_as_requested() -> None:
    whole = crop_facts(FACTS, WINDOW, COVER).matte
    assert np.array_equal(crop_matte(FACTS, WINDOW, 90), whole[:90])


def test_lettering_moves_with_the_picture_as_faces_do() -> None:
    seen = crop_facts(replace(FACTS, lettering=(FACE, Box(0, 0, 90, 20))), WINDOW, COVER)
    assert seen.lettering == seen.faces
