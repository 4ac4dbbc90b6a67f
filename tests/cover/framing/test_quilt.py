from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from poster.arrays import Floats
from poster.cover.framing.quilt import Backdrop, find_backdrop, quilt_above

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
    return quilt_above(find_backdrop(detail, taken, light), detail, taken, above, rows)


def likeness(values: Floats, lag: int) -> tuple[float, float]:
    """Autocorrelation across and down."""
    grey = values.mean(-1)
    power = float((grey**2).mean())
    across, down = grey[:, lag:] * grey[:, :-lag], grey[lag:] * grey[:-lag]
    return float(across.mean()) / power, float(down.mean()) / power


@pytest.mark.parametrize("rows", [1, 37, 100, 230])
def test_the_requested_number_of_rows_is_returned(rows: int) -> None:
    grown = quilted(plaster(), rows=rows)
    assert grown.shape == (rows, WIDE * STEP, 3)
    assert grown.dtype == np.float32


@pytest.mark.parametrize(("deviation", "sigma"), [(3.0, 1.0), (8.0, 2.0), (15.0, 6.0)])
def test_synthesised_backdrop_has_the_grain_of_the_picture(deviation: float, sigma: float) -> None:
    detail = plaster(deviation, sigma)
    grown = quilted(detail)
    assert 0.85 < grown.std() / detail.std() < 1.15
    for lag in (1, 4):
        for own, new in zip(likeness(detail, lag), likeness(grown, lag), strict=True):
            assert new == pytest.approx(own, abs=0.12)


def test_things_that_stand_out_are_not_copied() -> None:
    detail = plaster(3)
    detail[60:120, 300:380] = 90
    assert np.abs(quilted(detail)).max() < 45


def test_the_subject_is_not_copied() -> None:
    detail = plaster(5)
    taken = np.zeros((HIGH, WIDE), np.float32)
    taken[20:, 40:90] = 1
    detail[20 * STEP :, 40 * STEP : 90 * STEP] = -70
    assert quilted(detail, taken).min() > -35


def test_boards_continue_across_blocks() -> None:
    detail = np.zeros((HIGH * STEP, WIDE * STEP, 3), np.float32)
    detail[:, ::32] = -40
    detail[:, 1::32] = -40
    detail += plaster(1)
    grown = quilted(np.asarray(detail, np.float32))
    lines = grown.mean((0, 2))
    assert lines[::32].mean() < -25
    assert np.delete(lines, [*range(0, 512, 32), *range(1, 512, 32)]).mean() > -4


def test_no_block_is_repeated_next_to_itself() -> None:
    grown = quilted(plaster()).mean(-1)
    row = grown[40:60]
    power = float((row**2).mean())
    shifted = [float((row[:, lag:] * row[:, :-lag]).mean()) / power for lag in range(96, 260)]
    assert max(shifted) < 0.5


def grain(rows: int, columns: int, sigma: float, seed: int) -> Floats:
    """Noise of a given grain size and equal contrast on the grid of cells."""
    size = rows * STEP, columns * STEP, 3
    noise = np.random.default_rng(seed).standard_normal(size).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), sigma), np.float32)
    cells = cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(noise * (6 / cells.std()), np.float32)


def test_texture_near_the_top_continues_rather_than_texture_far_below() -> None:
    detail = grain(180, WIDE, 1.5, 1)
    detail[60 * STEP :] = grain(120, WIDE, 6.0, 2)
    taken, light = np.zeros((180, WIDE), np.float32), np.full((180, WIDE, 3), 128, np.float32)
    grown = quilt_above(find_backdrop(detail, taken, light), detail, taken, light[:50], 200)
    fine, coarse = likeness(detail[: 60 * STEP], 4)[0], likeness(detail[60 * STEP :], 4)[0]
    assert likeness(grown[:120], 4)[0] < (fine + 2 * coarse) / 3


def grown_between(left: float, right: float) -> float:
    """Coarseness of backdrop synthesised under a light of 128, from fine grain at the left and
    coarse grain at the right, each in the given light.
    """
    detail = grain(HIGH, WIDE, 1.5, 1)
    detail[:, WIDE // 2 * STEP :] = grain(HIGH, WIDE // 2, 6.0, 2)
    light = np.full((HIGH, WIDE, 3), left, np.float32)
    light[:, WIDE // 2 :] = right
    taken, above = np.zeros((HIGH, WIDE), np.float32), np.full((50, WIDE, 3), 128, np.float32)
    grown = quilt_above(find_backdrop(detail, taken, light), detail, taken, above, 200)
    return likeness(grown[:120], 4)[0]


def test_texture_in_similar_light_continues() -> None:
    assert grown_between(left=8, right=128) > 0.65
    assert grown_between(left=128, right=8) < 0.4


def test_if_all_texture_is_in_other_light_the_best_match_continues() -> None:
    assert grown_between(left=8, right=68) < 0.65


def test_no_feature_repeats_visibly() -> None:
    dice = np.random.default_rng(7)
    detail = plaster(2)
    for _ in range(40):
        y, x = dice.integers(0, HIGH * STEP - 8), dice.integers(0, WIDE * STEP - 8)
        detail[y : y + 8, x : x + 8] += dice.uniform(-12, 12)
    grown = quilted(detail, rows=200).mean(-1)
    power = np.abs(np.fft.fft2(grown - grown.mean())) ** 2
    alike = np.fft.fftshift(np.fft.ifft2(power).real / power.mean())
    # Similarity of the whole to itself, shifted by a tenth of its width or more.
    rows, columns = alike.shape
    alike[rows // 2 - 40 : rows // 2 + 40, columns // 2 - 40 : columns // 2 + 40] = 0
    assert alike.max() < 0.17


def test_the_subjects_rim_is_not_copied_if_there_is_other_backdrop() -> None:
    detail, taken = plaster(5), np.zeros((HIGH, WIDE), np.float32)
    taken[:, 50:80] = 1
    for first, last in ((44, 50), (80, 86)):
        rim = np.random.default_rng(5).choice([-18, 18], (HIGH * STEP, (last - first) * STEP, 1))
        detail[:, first * STEP : last * STEP] += rim
    assert quilted(detail, taken).std() < 1.04 * plaster(5).std()


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_grid_that_is_all_or_nothing_does_not_break(share: float) -> None:
    taken = np.full((HIGH, WIDE), share, np.float32)
    assert np.isfinite(quilted(plaster(), taken)).all()


@pytest.mark.parametrize("shape", [(2, 5), (3, 40), (40, 6)])
def test_small_pictures_do_not_break(shape: tuple[int, int]) -> None:
    detail = plaster()[: shape[0], : shape[1]]
    taken = np.zeros(shape, np.float32)
    light = np.zeros((*shape, 3), np.float32)
    backdrop = find_backdrop(detail, taken, light)
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
