from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from poster.arrays import Floats
from poster.cover.framing.quilt import Backdrop, quilt_above, read_backdrop

STEP, HIGH, WIDE = 4, 60, 128


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def plaster(deviation: float = 8.0, sigma: float = 2.0) -> Floats:
    noise = np.random.default_rng(3).standard_normal((HIGH * STEP, WIDE * STEP, 3), np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma), np.float32)
    return np.asarray(noise * (deviation / noise.std()), np.float32)


def quilted(detail: Floats, taken: Floats | None = None, rows: int = 100) -> Floats:
    nothing = np.zeros((HIGH, WIDE), np.float32)
    taken = nothing if taken is None else taken
    light = np.full((HIGH, WIDE, 3), 128, np.float32)
    above = np.full((-(-rows // STEP), WIDE, 3), 128, np.float32)
    return quilt_above(read_backdrop(detail, taken, light), detail, taken, above, rows)


def likeness(values: Floats, lag: int) -> tuple[float, float]:
    """Autocorrelation across and down."""
    grey = values.mean(-1)
    power = float((grey**2).mean())
    across, down = grey[:, lag:] * grey[:, :-lag], grey[lag:] * grey[:-lag]
    return float(across.mean()) / power, float(down.mean()) / power


@pytest.mark.parametrize("rows", [1, 37, 100, 230])
def test_as_many_rows_come_as_were_asked_for(rows: int) -> None:
    grown = quilted(plaster(), rows=rows)
    assert grown.shape == (rows, WIDE * STEP, 3)
    assert grown.dtype == np.float32


@pytest.mark.parametrize(("deviation", "sigma"), [(3.0, 1.0), (8.0, 2.0), (15.0, 6.0)])
def test_what_is_grown_has_the_grain_of_what_is_there(deviation: float, sigma: float) -> None:
    detail = plaster(deviation, sigma)
    grown = quilted(detail)
    assert 0.85 < grown.std() / detail.std() < 1.15
    for lag in (1, 4):
        for own, new in zip(likeness(detail, lag), likeness(grown, lag), strict=True):
            assert new == pytest.approx(own, abs=0.12)


def test_what_stands_out_is_not_copied() -> None:
    detail = plaster(3)
    detail[60:120, 300:380] = 90
    assert np.abs(quilted(detail)).max() < 45


def test_nothing_of_the_subject_is_copied() -> None:
    detail = plaster(5)
    taken = np.zeros((HIGH, WIDE), np.float32)
    taken[20:, 40:90] = 1
    detail[20 * STEP :, 40 * STEP : 90 * STEP] = -70
    assert quilted(detail, taken).min() > -35


def test_boards_go_on_across_the_blocks() -> None:
    detail = np.zeros((HIGH * STEP, WIDE * STEP, 3), np.float32)
    detail[:, ::32] = -40
    detail[:, 1::32] = -40
    detail += plaster(1)
    grown = quilted(np.asarray(detail, np.float32))
    lines = grown.mean((0, 2))
    assert lines[::32].mean() < -25
    assert np.delete(lines, [*range(0, 512, 32), *range(1, 512, 32)]).mean() > -4


def test_no_block_is_set_twice_side_by_side() -> None:
    grown = quilted(plaster()).mean(-1)
    row = grown[40:60]
    power = float((row**2).mean())
    shifted = [float((row[:, lag:] * row[:, :-lag]).mean()) / power for lag in range(96, 260)]
    assert max(shifted) < 0.5


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_grid_that_is_all_or_nothing_does_not_break(share: float) -> None:
    taken = np.full((HIGH, WIDE), share, np.float32)
    assert np.isfinite(quilted(plaster(), taken)).all()


@pytest.mark.parametrize("shape", [(2, 5), (3, 40), (40, 6)])
def test_small_pictures_do_not_break(shape: tuple[int, int]) -> None:
    detail = plaster()[: shape[0], : shape[1]]
    taken = np.zeros(shape, np.float32)
    light = np.zeros((*shape, 3), np.float32)
    backdrop = read_backdrop(detail, taken, light)
    assert isinstance(backdrop, Backdrop)
    above = np.zeros((7, shape[1], 3), np.float32)
    assert quilt_above(backdrop, detail, taken, above, 7).shape == (7, shape[1], 3)


@pytest.mark.usefixtures("threads")
def test_a_quilt_does_not_depend_on_the_thread_count() -> None:
    quilts = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        quilts.append(quilted(plaster()).tobytes())
    assert len(set(quilts)) == 1
