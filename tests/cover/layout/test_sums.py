"""Sums and means over any rectangle equal those of its cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poster.cover.layout.sums import SummedAreas

CELLS = np.random.default_rng(4).random((30, 20)).astype(np.float32)
SUMS = SummedAreas(CELLS)
COLUMN, ROW = st.integers(0, 20), st.integers(0, 30)


def total(x0: float, y0: float, x1: float, y1: float) -> float:
    return float(SUMS.within(np.array([[x0], [y0], [x1], [y1]], np.float64))[0])


def mean_touched(x0: float, y0: float, x1: float, y1: float) -> float:
    return float(SUMS.mean_touched(x0, np.array([y0], float), x1, np.array([y1], float))[0])


@given(COLUMN, ROW, COLUMN, ROW)
def test_whole_cells_count_fully(x0: int, y0: int, x1: int, y1: int) -> None:
    (x0, x1), (y0, y1) = sorted((x0, x1)), sorted((y0, y1))
    assert total(x0, y0, x1, y1) == pytest.approx(CELLS[y0:y1, x0:x1].sum(), abs=1e-4)


def test_a_cut_cell_counts_in_proportion() -> None:
    assert total(3.25, 4, 4, 5) == pytest.approx(0.75 * CELLS[4, 3])
    assert total(3, 4.5, 5, 5.5) == pytest.approx(CELLS[4:6, 3:5].sum() / 2)


def test_the_map_is_zero_outside() -> None:
    assert total(-5, -7, 40, 50) == pytest.approx(CELLS.sum())
    assert total(-5, 0, 0, 30) == 0


def test_a_mean_counts_every_touched_cell_fully() -> None:
    assert mean_touched(3.9, 4.9, 5.1, 6) == pytest.approx(CELLS[4:6, 3:6].mean())
    assert mean_touched(-9, 0, 0, 1) == pytest.approx(CELLS[0, 0])
    assert mean_touched(19.5, 29.5, 60, 60) == pytest.approx(CELLS[29, 19])
