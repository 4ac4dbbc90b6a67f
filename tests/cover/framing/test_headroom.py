from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.arrays import Floats
from poster.cover.framing.headroom import grow_headroom

EXAMPLES = Path(__file__).parents[3] / "examples"


def wall(width: int = 320, height: int = 400, noise: float = 4.0) -> NDArray[np.uint8]:
    """Studio paper lit from below: a vertical gradient, a vignette and fine noise."""
    rng = np.random.default_rng(5)
    rows = 110 + 60 * np.arange(height)[:, None, None] / height
    columns = -15 * ((np.arange(width)[None, :, None] / width) - 0.4) ** 2
    grain = rng.normal(0, noise, (height, width, 3))
    return np.clip(rows + columns + grain + (0, 3, 9), 0, 255).astype(np.uint8)


def portrait() -> tuple[NDArray[np.uint8], Floats]:
    """A dark head and shoulders in front of a wall."""
    picture, matte = wall(), np.zeros((400, 320), np.float32)
    cv2.circle(matte, (160, 150), 70, 1.0, -1)
    cv2.ellipse(matte, (160, 420), (150, 200), 0, 0, 360, 1.0, -1)
    picture[matte > 0] = (40, 25, 20)
    return picture, matte


def empty(picture: NDArray[np.uint8]) -> Floats:
    return np.zeros(picture.shape[:2], np.float32)


def step_between(picture: NDArray[np.uint8], row: int) -> float:
    """Mean absolute difference between the rows above and below a line, with noise averaged out."""
    smooth = cv2.blur(picture.astype(np.float32), (9, 1))
    above, below = smooth[row - 3 : row].mean(0), smooth[row : row + 3].mean(0)
    return float(np.abs(above - below).mean())


def fine_deviation(picture: NDArray[np.uint8]) -> float:
    values = picture.astype(np.float32)
    return float((values - cv2.GaussianBlur(values, (0, 0), 3)).std())


@pytest.mark.parametrize("rows", [1, 37, 120])
def test_the_old_pixels_are_untouched_and_the_new_matte_is_empty(rows: int) -> None:
    picture, matte = portrait()
    tall, tall_matte = grow_headroom(picture, matte, rows)
    assert tall.shape == (400 + rows, 320, 3)
    assert tall.dtype == np.uint8
    assert np.array_equal(tall[rows:], picture)
    assert np.array_equal(tall_matte[rows:], matte)
    assert tall_matte.dtype == np.float32
    assert not tall_matte[:rows].any()


@pytest.mark.parametrize("level", [2, -3, 25])
def test_a_worn_rim_at_the_top_does_not_continue_nor_stay(level: int) -> None:
    picture = wall(noise=0.5)
    whole, _ = grow_headroom(picture, empty(picture), 60)
    picture[:3] = np.clip(picture[:3].astype(int) + level, 0, 255)
    tall, _ = grow_headroom(picture, empty(picture), 60)
    assert tall.shape == whole.shape
    assert abs(tall[40:63].mean() - whole[40:63].mean()) < 0.4
    assert step_between(tall, 60) < 1.5
    assert step_between(tall, 63) < 1.5
    assert np.array_equal(tall[64:], picture[4:])


@pytest.mark.parametrize("width", [20, 49, 90])
def test_a_narrow_picture_gets_headroom_too(width: int) -> None:
    picture = np.ascontiguousarray(wall(noise=0.5)[:, :width])
    tall, matte = grow_headroom(picture, empty(picture), 12)
    assert tall.shape == (len(picture) + 12, width, 3)
    assert not matte.any()


def test_zero_rows_change_nothing() -> None:
    picture, matte = portrait()
    tall, tall_matte = grow_headroom(picture, matte, 0)
    assert np.array_equal(tall, picture)
    assert np.array_equal(tall_matte, matte)


@pytest.mark.parametrize(
    "picture", [wall(), wall(noise=0.5), wall(noise=9)], ids=["film", "clean", "coarse"]
)
def test_no_seam_shows_on_a_plain_wall(picture: NDArray[np.uint8]) -> None:
    rows = 100
    tall, _ = grow_headroom(picture, empty(picture), rows)
    elsewhere = [step_between(tall, row) for row in range(rows + 20, rows + 120, 5)]
    assert step_between(tall, rows) <= 1.6 * max(elsewhere)


@pytest.mark.parametrize("name", ["astronaut", "mountains", "fig"])
def test_no_seam_shows_on_a_photo(name: str) -> None:
    image = Image.open(EXAMPLES / f"{name}.jpg").convert("RGB")
    image.thumbnail((512, 512))
    picture = np.array(image)
    tall, _ = grow_headroom(picture, empty(picture), 100)
    nearby = [step_between(tall, row) for row in range(104, 130)]
    assert step_between(tall, 100) <= 1.6 * max(nearby)


def test_the_gradient_of_a_wall_continues() -> None:
    picture = wall(noise=1)
    tall, _ = grow_headroom(picture, empty(picture), 80)
    means = tall.astype(np.float32).mean((1, 2))
    slope_below = (means[160] - means[80]) / 80
    slope_above = (means[80] - means[40]) / 40
    assert 0.4 * slope_below < slope_above < 1.2 * slope_below


@pytest.mark.parametrize("noise", [1.0, 4.0, 8.0])
def test_the_texture_continues(noise: float) -> None:
    picture = wall(noise=noise)
    tall, _ = grow_headroom(picture, empty(picture), 100)
    ratio = fine_deviation(tall[:95]) / fine_deviation(picture[:95])
    assert 0.7 < ratio < 1.4


def test_nothing_is_smeared_into_streaks() -> None:
    picture = wall(noise=6)
    tall, _ = grow_headroom(picture, empty(picture), 100)
    grown = tall[:90, :, 1].astype(np.float32)
    flat = grown - cv2.GaussianBlur(grown, (0, 0), 12)
    # Streaks keep a column's value from row to row; noise does not.
    column_means = flat.mean(0).std()
    assert column_means < 3 * flat.std() / np.sqrt(len(flat))


def test_nothing_of_the_subject_continues_above_it() -> None:
    picture, matte = portrait()
    tall, _ = grow_headroom(picture, matte, 110)
    assert tall[:110].min() > 70


def test_a_subject_cut_by_the_top_edge_is_not_stretched_upward() -> None:
    picture, matte = wall(), np.zeros((400, 320), np.float32)
    matte[:250, 110:210] = 1
    picture[matte > 0] = (30, 20, 15)
    tall, _ = grow_headroom(picture, matte, 100)
    grown = tall[:100].astype(np.float32).mean(2)
    assert np.abs(grown[:, 115:205].mean() - grown[:, :100].mean()) < 12
    assert np.abs(grown[-4:, 130:190].mean() - grown[-4:, :90].mean()) < 12


def test_a_pole_continues_upward() -> None:
    picture = wall(noise=2)
    picture[:, 200:230] = (40, 90, 40)
    tall, _ = grow_headroom(picture, empty(picture), 60)
    assert np.abs(tall[30, 212:218].astype(int) - (40, 90, 40)).mean() < 25


def test_a_thin_pole_continues_upward_too() -> None:
    picture = wall(noise=2)
    picture[:, 205:215] = np.clip(picture[:, 205:215].astype(int) - 50, 0, 255)
    tall, _ = grow_headroom(picture, empty(picture), 60)
    pole, beside = tall[27:33, 207:213].mean(), tall[27:33, 150:180].mean()
    assert pole < beside - 20


def test_bands_of_light_below_the_top_do_not_continue_as_texture() -> None:
    blinds = 40 * np.sin(2 * np.pi * np.arange(10, 400) / 60)[:, None, None]
    picture = wall(noise=3)
    picture[10:] = np.clip(picture[10:] + blinds, 0, 255).astype(np.uint8)
    tall, _ = grow_headroom(picture, empty(picture), 100)
    assert np.ptp(tall[:95].mean((1, 2))) < 20


def test_details_of_the_topmost_rows_alone_fade_quickly() -> None:
    picture = wall(noise=0.5)
    # Pickets seven pixels apart and two wide, cut off by the edge.
    for offset in (0, 1):
        picture[:6, offset::7] = np.clip(picture[:6, offset::7].astype(int) + 70, 0, 255)
    tall, _ = grow_headroom(picture, empty(picture), 60)
    pickets = tall[:60, :315, 1].reshape(60, 45, 7).mean(axis=1)
    height = np.ptp(pickets, axis=1)
    assert height[58] > 30
    assert height[54] < 12
    assert height[50] < 5


def test_a_lamps_light_at_the_top_continues_and_spreads() -> None:
    y, x = np.mgrid[:400, :320].astype(np.float32)
    glow = 110 + 80 * np.exp(-(((x - 110) / 14) ** 2) - (y / 8) ** 2)
    grain = np.random.default_rng(1).normal(0, 1, (400, 320, 1))
    picture = np.clip(glow[..., None] + grain, 0, 255).astype(np.uint8).repeat(3, 2)
    tall, _ = grow_headroom(picture, empty(picture), 100)

    def brighter(row: int) -> float:
        lit, unlit = tall[row : row + 6, 104:116].mean(), tall[row : row + 6, 220:].mean()
        return float(lit) - float(unlit)

    assert brighter(93) > 60
    assert brighter(60) < 0.7 * brighter(93)
    assert brighter(5) < 0.5 * brighter(93)


def test_a_subject_that_leaves_a_sliver_of_wall_does_not_continue() -> None:
    picture, matte = wall(), np.ones((400, 320), np.float32)
    matte[:, :14] = 0
    noise = np.random.default_rng(3).normal(40, 90, (400, 320, 1)).repeat(3, 2)
    picture[matte > 0] = np.clip(noise, 0, 255)[matte > 0]
    tall, _ = grow_headroom(picture, matte, 60)
    assert fine_deviation(tall[:55]) < 2 * fine_deviation(wall()[:55])


def test_the_floor_does_not_continue_above_a_subject_that_fills_the_top() -> None:
    picture, matte = wall(noise=3), np.zeros((400, 320), np.float32)
    matte[:215] = 1
    picture[:215] = 60
    grass = np.random.default_rng(3).normal(0, 25, (170, 320, 1))
    picture[230:] = np.clip(picture[230:].astype(int) + grass, 0, 255)
    tall, _ = grow_headroom(picture, matte, 60)
    assert fine_deviation(tall[:55]) < 5


def test_a_sky_stays_clean() -> None:
    rows = np.linspace(0, 1, 300)[:, None, None]
    sky = np.broadcast_to((60, 110, 190) + rows * (90, 70, 40), (300, 240, 3)).astype(np.uint8)
    tall, _ = grow_headroom(sky, empty(sky), 90)
    assert fine_deviation(tall[:90]) < 0.8
    # A sky without noise has bands of one level; the headroom dithers them.
    levels = np.convolve(tall[..., 0].mean(1), np.ones(8) / 8, "valid")
    assert (np.diff(levels) > -0.3).all()


def test_a_blown_out_sky_stays_white() -> None:
    picture = np.full((300, 240, 3), 255, np.uint8)
    picture[150:] = np.random.default_rng(0).integers(0, 255, (150, 240, 3))
    tall, _ = grow_headroom(picture, empty(picture), 90)
    assert tall[:90].min() >= 252


def hedge() -> NDArray[np.uint8]:
    """Leaves of a dozen pixels, light and dark."""
    noise = np.random.default_rng(9).standard_normal((400, 320), np.float32)
    leaves = np.asarray(cv2.GaussianBlur(noise, (0, 0), 3), np.float32)
    tones = np.where(leaves > 0, 25, -25) + np.random.default_rng(8).normal(0, 3, (400, 320))
    return np.clip(np.array([60, 90, 50]) + tones[..., None], 0, 255).astype(np.uint8)


def test_a_hedge_continues_as_leaves() -> None:
    picture = hedge()
    tall, _ = grow_headroom(picture, empty(picture), 100)
    assert 0.85 < fine_deviation(tall[:95]) / fine_deviation(picture[:95]) < 1.15
    grey = tall[:90, :, 1].astype(np.float32)
    grey -= grey.mean()
    # Smears keep a column's value from row to row.
    down = (grey[20:] * grey[:-20]).mean() / (grey**2).mean()
    assert down < 0.3


def test_a_spire_cut_by_the_edge_fades_out() -> None:
    picture = wall(noise=2)
    for row in range(200):
        picture[row, 160 - row // 6 - 4 : 160 + row // 6 + 4] = (150, 100, 20)
    tall, _ = grow_headroom(picture, empty(picture), 110)
    assert np.abs(tall[5, 150:170].mean(0) - tall[5, :100].mean(0)).max() < 25


def test_a_shadow_below_the_top_does_not_darken_the_headroom() -> None:
    picture = wall(noise=4)
    picture[16:120, 60:200] //= 3
    tall, _ = grow_headroom(picture, empty(picture), 100)
    shadowed, clear = tall[:90, 70:190].mean(), tall[:90, 220:].mean()
    assert abs(shadowed - clear) < 12


@pytest.mark.parametrize("covered", [0.0, 1.0])
def test_a_matte_that_is_all_or_nothing_does_not_break(covered: float) -> None:
    picture = wall(64, 80)
    tall, _ = grow_headroom(picture, np.full((80, 64), covered, np.float32), 20)
    assert np.abs(tall[:20].mean() - picture.mean()) < 60


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("threads")
def test_the_bytes_do_not_depend_on_the_thread_count() -> None:
    picture, matte = portrait()
    results = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        results.append(grow_headroom(picture, matte, 90)[0].tobytes())
    assert len(set(results)) == 1
