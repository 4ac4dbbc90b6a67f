from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.photo import resample as module
from poster.photo.resample import Window, resample, resample_matte


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def checks(side: int, size: int) -> NDArray[np.uint8]:
    index = np.arange(size) // side
    return (((index[:, None] + index) % 2) * 200 + 28).astype(np.uint8)[..., None].repeat(3, 2)


def ramp(width: int, height: int) -> NDArray[np.uint8]:
    row = np.linspace(20, 230, width)
    return np.tile(row[None, :, None], (height, 1, 3)).astype(np.uint8)


def test_the_whole_window_at_its_own_size_is_unchanged() -> None:
    photo = checks(7, 60)
    assert np.array_equal(resample(photo, (0, 0, 60, 60), 60, 60), photo)


def test_a_window_shows_exactly_its_area() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (80, 100, 3)).astype(np.uint8)
    view = resample(photo, (10, 20, 50, 60), 40, 40)
    assert np.array_equal(view, photo[20:60, 10:50])


@pytest.mark.parametrize("width", [50, 400, 1600])
def test_fractions_of_a_pixel_are_honoured(width: int) -> None:
    photo = ramp(400, 40)
    views = [resample(photo, (x, 0, 200 + x, 40), width, 40) for x in (100, 100.5)]
    shift = (views[1].astype(float) - views[0])[10:-10, 10:-10].mean()
    assert shift == pytest.approx(0.5 * 210 / 399, abs=0.06)


def test_shrinking_fine_detail_gives_its_mean_and_no_moire() -> None:
    view = resample(checks(1, 900), (0, 0, 900, 900), 130, 130)
    assert np.abs(view[5:-5, 5:-5].astype(int) - 128).max() <= 3


@pytest.mark.parametrize("scale", [1.3, 2.0, 3.7, 6.0])
def test_enlarging_an_edge_rings_nowhere(scale: float) -> None:
    photo = np.full((60, 60, 3), 60, np.uint8)
    photo[:, 30:] = 190
    size = round(60 * scale)
    view = resample(photo, (0, 0, 60, 60), size, size)
    # A bicubic filter alone overshoots a step by 7 %, here 9 levels.
    assert view.min() >= 60 - 10
    assert view.max() <= 190 + 10
    row = view[size // 2, :, 0].astype(int)
    assert (np.diff(row) < 0).sum() <= 2 * round(2 * scale)


def test_enlarging_is_sharper_than_plain_interpolation() -> None:
    photo = np.full((60, 60, 3), 60, np.uint8)
    photo[:, 30:] = 190
    plain = np.asarray(Image.fromarray(photo).resize((240, 240), Image.Resampling.BICUBIC))
    ours = resample(photo, (0, 0, 60, 60), 240, 240)
    steep, soft = (np.diff(view[120, :, 0].astype(int)).max() for view in (ours, plain))
    # And no staircase: an edge keeps some of its softness.
    assert 1.2 * soft < steep < 2 * soft


def slope(count: int, steepness: float) -> NDArray[np.uint8]:
    """An antialiased slanting edge between two greys, exact to a hundredth of a pixel."""
    fine = (np.arange(count * 10) + 0.5) / 10
    left = fine[None, :] < 8 + steepness * fine[:, None]
    share = left.reshape(count, 10, count, 10).mean(axis=(1, 3))
    return np.asarray(np.rint(60 + 140 * share[..., None]).repeat(3, 2), np.uint8)


@pytest.fixture
def unsmoothed(monkeypatch: pytest.MonkeyPatch) -> Callable[[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Enlarges three times without smoothing along edges."""

    def enlarge(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
        with monkeypatch.context() as patch:
            patch.setattr(module, "SETTINGS", replace(module.SETTINGS, straight_from=99.0))
            return thrice(photo)

    return enlarge


def thrice(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = photo.shape[:2]
    return resample(photo, (0, 0, columns, rows), 3 * columns, 3 * rows)


def unevenness(view: NDArray[np.uint8]) -> float:
    """Deviation of a slanting edge from a straight line, in pixels."""
    rows = np.arange(30, 120)
    at = (view[rows, :, 0].astype(float) - 60).sum(axis=1) / 140
    line = np.polynomial.Polynomial.fit(rows, at, 1)
    return float(np.std(at - line(rows)))


@pytest.mark.parametrize("steepness", [0.2, 0.35, 0.5, 0.8])
def test_a_slanting_edge_shows_fewer_stairs(
    steepness: float, unsmoothed: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    photo = slope(60, steepness)
    assert unevenness(thrice(photo)) < 0.1
    assert unevenness(thrice(photo)) < 0.8 * unevenness(unsmoothed(photo))


def test_texture_without_a_direction_is_not_smoothed_along_edges(
    unsmoothed: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
) -> None:
    photo = np.full((120, 120, 3), 120, np.uint8)
    speckles = np.random.default_rng(3).integers(60, 180, (40, 40, 1)).astype(np.uint8)
    photo[40:80, 40:80] = speckles
    inside = np.s_[130:230, 130:230]
    assert thrice(photo)[inside].std() > 0.97 * unsmoothed(photo)[inside].std()


def test_a_straight_edge_stays_where_it_is() -> None:
    photo = np.full((60, 60, 3), 60, np.uint8)
    photo[:, 30:] = 190
    for turned in (photo, np.ascontiguousarray(photo.transpose(1, 0, 2))):
        view = resample(turned, (0, 0, 60, 60), 180, 180)
        upright = view if turned is photo else view.transpose(1, 0, 2)
        assert np.ptp(upright[20:160], axis=0).max() <= 2
        assert upright[90, 85:95, 0].mean() == pytest.approx(125, abs=2)


def test_enlarging_does_not_blow_up_noise() -> None:
    noise = np.random.default_rng(6).normal(0, 4, (90, 90, 1))
    photo = np.clip(128 + noise, 0, 255).repeat(3, 2).astype(np.uint8)
    plain = np.asarray(Image.fromarray(photo).resize((270, 270), Image.Resampling.BICUBIC))
    ours = resample(photo, (0, 0, 90, 90), 270, 270)
    assert ours.std() < 0.75 * plain.std()
    assert ours.mean() == pytest.approx(plain.mean(), abs=0.5)


def test_enlarging_keeps_fine_contrast_that_is_not_noise() -> None:
    photo = np.full((90, 90, 3), 120, np.uint8)
    photo[30:60, ::3] = 150
    plain = np.asarray(Image.fromarray(photo).resize((270, 270), Image.Resampling.BICUBIC))
    ours = resample(photo, (0, 0, 90, 90), 270, 270)
    assert ours[100:170].std() > plain[100:170].std()


def test_faint_texture_is_not_noise() -> None:
    photo = np.full((90, 90, 3), 120, np.uint8)
    photo[:, ::3] = 127
    plain = np.asarray(Image.fromarray(photo).resize((270, 270), Image.Resampling.BICUBIC))
    assert resample(photo, (0, 0, 90, 90), 270, 270).std() > plain.std()


def test_skin_and_sky_are_not_sharpened() -> None:
    noise = np.random.default_rng(6).normal(0, 4, (90, 90, 1))
    photo = np.clip(128 + noise, 0, 255).repeat(3, 2).astype(np.uint8)
    plain = np.asarray(Image.fromarray(photo).resize((126, 126), Image.Resampling.BICUBIC))
    assert resample(photo, (0, 0, 90, 90), 126, 126).std() < 1.02 * plain.std()


@pytest.mark.parametrize("scale", [0.25, 0.5, 1.2])
def test_a_window_looks_as_it_does_in_the_whole(scale: float) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    whole = resample(photo, (0, 0, 80, 80), round(80 * scale), round(80 * scale))
    side, margin = round(40 * scale), round(20 * scale)
    window = resample(photo, (20, 20, 60, 60), side, side)
    assert np.array_equal(window, whole[margin : margin + side, margin : margin + side])


@pytest.mark.usefixtures("threads")
def test_an_enlargement_does_not_depend_on_the_thread_count() -> None:
    photo = np.random.default_rng(2).integers(0, 256, (120, 100, 3)).astype(np.uint8)
    views = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        views.append(resample(photo, (3, 2, 90, 110), 300, 370).tobytes())
    assert len(set(views)) == 1


def test_a_matte_stays_between_nothing_and_all() -> None:
    matte = (checks(9, 90)[..., 0] > 100).astype(np.float32)
    for size in (30, 90, 333):
        view = resample_matte(matte, (3.3, 2.1, 80.7, 88), size, size)
        assert view.dtype == np.float32
        assert view.shape == (size, size)
        assert view.min() >= 0
        assert view.max() <= 1


def test_a_photo_and_its_matte_stay_in_register() -> None:
    photo = np.zeros((100, 100, 3), np.uint8)
    photo[30:70, 20:60] = 255
    matte = (photo[..., 0] / 255).astype(np.float32)
    window = (11.5, 13.25, 84.5, 90.75)
    for size in (40, 300):
        view = resample(photo, window, size, size)[..., 0] > 127
        assert (view != (resample_matte(matte, window, size, size) > 0.5)).mean() < 0.02


@pytest.mark.parametrize("window", [(-1, 0, 10, 10), (0, 0, 41, 10), (5, 5, 5, 10), (0, 9, 10, 3)])
def test_a_window_outside_the_photo_is_refused(window: Window) -> None:
    with pytest.raises(ValueError, match="not inside 40 x 30"):
        resample(np.zeros((30, 40, 3), np.uint8), window, 10, 10)
    with pytest.raises(ValueError, match="not inside 40 x 30"):
        resample_matte(np.zeros((30, 40), np.float32), window, 10, 10)


def test_a_read_only_photo_is_read() -> None:
    photo = checks(5, 50)
    photo.flags.writeable = False
    assert resample(photo, (0, 0, 50, 50), 120, 120).shape == (120, 120, 3)
