from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.photo.subject import SubjectNet, refine_matte

MatteOf = Callable[[str], NDArray[np.float32]]
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def net() -> SubjectNet:
    return SubjectNet()


@pytest.fixture(scope="module")
def matte_of(net: SubjectNet) -> MatteOf:
    """The matte of an example, made once."""
    return cache(lambda name: net.matte(example(name)))


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def example(name: str, side: int = 900) -> NDArray[np.uint8]:
    image = Image.open(EXAMPLES / f"{name}.jpg").convert("RGB")
    image.thumbnail((side, side))
    return np.asarray(image)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("astronaut", [(0.44, 0.23), (0.35, 0.75), (0.8, 0.85)], [(0.1, 0.1), (0.9, 0.3)]),
        ("grace_hopper", [(0.5, 0.4), (0.5, 0.9)], [(0.05, 0.1), (0.95, 0.3)]),
        ("fig", [(0.6, 0.55), (0.35, 0.5), (0.85, 0.4)], [(0.05, 0.95), (0.05, 0.05)]),
        ("dogs", [(0.43, 0.28), (0.58, 0.53)], [(0.9, 0.1), (0.1, 0.9), (0.9, 0.9)]),
        ("dandelion", [(0.3, 0.3), (0.25, 0.45)], [(0.9, 0.9), (0.7, 0.05)]),
    ],
)
def test_the_subject_is_inside_and_its_surroundings_outside(
    matte_of: MatteOf,
    name: str,
    inside: list[tuple[float, float]],
    outside: list[tuple[float, float]],
) -> None:
    matte = matte_of(name)
    height, width = example(name).shape[:2]
    assert matte.shape == (height, width)
    assert matte.dtype == np.float32
    assert matte.min() == 0
    assert matte.max() == 1
    for x, y in inside:
        assert matte[int(y * height), int(x * width)] > 0.95
    for x, y in outside:
        assert matte[int(y * height), int(x * width)] == 0


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper", "fig", "dogs", "dandelion"])
def test_a_matte_is_clean_of_haze(matte_of: MatteOf, name: str) -> None:
    matte = matte_of(name)
    assert ((matte > 0.02) & (matte < 0.98)).mean() < 0.03


def lies_on_edges(matte: NDArray[np.float32], picture: NDArray[np.uint8]) -> float:
    """Gradient of the picture where the matte's edge is, over its mean."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    steep, edge = (
        cv2.magnitude(cv2.Sobel(plane, cv2.CV_32F, 1, 0), cv2.Sobel(plane, cv2.CV_32F, 0, 1))
        for plane in (grey, matte)
    )
    return float((steep * edge).sum() / edge.sum() / steep.mean())


@pytest.mark.parametrize(("name", "least"), [("astronaut", 4.76), ("dandelion", 4.3)])
def test_a_mattes_edge_lies_on_the_pictures_edges(
    matte_of: MatteOf, name: str, least: float
) -> None:
    # Without the guided filter the astronaut has 4.66, without the fringe the dandelion 3.97.
    assert lies_on_edges(matte_of(name), example(name)) > least


def test_a_subject_has_no_small_holes(matte_of: MatteOf) -> None:
    matte = matte_of("fig")
    _, _, stats, _ = cv2.connectedComponentsWithStats((matte < 0.5).astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    assert ((areas < 5) | (areas > 0.01 * matte.size)).all()  # stray fringe pixels are no holes


def wall() -> NDArray[np.uint8]:
    noise = np.random.default_rng(2).normal(0, 5, (500, 400, 3))
    shade = np.linspace(150, 190, 500)[:, None, None]
    return np.clip(shade + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    "image",
    [
        np.full((400, 300, 3), 127, np.uint8),
        np.zeros((400, 300, 3), np.uint8),
        np.full((400, 300, 3), 255, np.uint8),
        np.random.default_rng(3).integers(0, 256, (400, 300, 3)).astype(np.uint8),
        wall(),
        example("mountains"),
    ],
    ids=["grey", "black", "white", "noise", "a wall", "a place"],
)
def test_where_nothing_stands_out_the_matte_is_empty(
    net: SubjectNet, image: NDArray[np.uint8]
) -> None:
    assert not net.matte(image).any()


class RedNet:
    """Takes for a subject what is red: as sure of it as it is bright."""

    def setInput(self, blob: NDArray[np.float32]) -> None:  # noqa: N802  # OpenCV's name
        self._saliency: NDArray[np.float32] = np.clip(blob[:, :1] * 0.229 + 0.485, 0, 1)

    def forward(self, _: str) -> NDArray[np.float32]:
        return self._saliency


Region = tuple[slice, slice]
WHOLE = np.s_[40:560, 40:560]


def matte_of_red(*regions: tuple[Region, float]) -> NDArray[np.float32]:
    """The matte of a picture of 600 x 600 pixels that is red in some regions, by so much."""
    picture = np.zeros((600, 600, 3), np.uint8)
    for region, saliency in regions:
        picture[region] = (round(255 * saliency), 0, 0)
    net = SubjectNet.__new__(SubjectNet)
    net._net = RedNet()  # type: ignore[assignment]
    return net.matte(picture)


def test_a_bird_is_a_subject_and_a_speck_is_none() -> None:
    assert matte_of_red((np.s_[300:350, 300:350], 0.9)).any()  # 0.7 % of the picture
    assert not matte_of_red((np.s_[300:325, 300:325], 0.9)).any()


def test_what_the_network_is_not_sure_of_anywhere_is_no_subject() -> None:
    assert not matte_of_red((WHOLE, 0.45)).any()


def test_half_hearted_saliency_beside_a_subject_is_backdrop() -> None:
    matte = matte_of_red((np.s_[40:560, 40:300], 0.95), (np.s_[40:560, 300:560], 0.4))
    assert matte[300, 170] == 1
    assert matte[300, 450] == 0


@pytest.mark.parametrize(("side", "kept"), [(60, 0), (200, 1)])
def test_a_second_subject_stays_and_a_speck_goes(side: int, kept: int) -> None:
    matte = matte_of_red(
        (np.s_[40:560, 40:300], 0.9), (np.s_[100 : 100 + side, 340 : 340 + side], 0.9)
    )
    assert matte[100 + side // 2, 340 + side // 2] == kept


@pytest.mark.parametrize(("side", "filled"), [(60, 1), (160, 0)])
def test_a_hole_is_doubt_and_a_gap_is_seen_through(side: int, filled: int) -> None:
    matte = matte_of_red((WHOLE, 0.9), (np.s_[200 : 200 + side, 200 : 200 + side], 0.0))
    assert matte[200 + side // 2, 200 + side // 2] == filled


def test_a_corner_of_backdrop_is_no_hole() -> None:
    matte = matte_of_red((np.s_[:, :], 0.9), (np.s_[:60, :60], 0.0))
    assert matte[25, 25] == 0
    assert matte[300, 300] == 1


def test_a_small_subject_is_looked_at_closer() -> None:
    # A stalk of one pixel is too thin for the network's grid over the whole picture.
    matte = matte_of_red((np.s_[300:380, 260:340], 0.9), (np.s_[230:300, 300:301], 0.9))
    assert matte[285:300, 300].min() > 0.5


def test_a_large_photo_gets_a_matte_of_its_own_size(net: SubjectNet, matte_of: MatteOf) -> None:
    image = cv2.resize(example("fig"), (3600, 2436), interpolation=cv2.INTER_CUBIC)
    matte = net.matte(np.asarray(image, np.uint8))
    small = matte_of("fig")
    assert matte.shape == (2436, 3600)
    again = cv2.resize(matte, small.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(again - small).mean() < 0.01


@pytest.mark.usefixtures("threads")
def test_the_matte_does_not_depend_on_the_thread_count(net: SubjectNet) -> None:
    image = example("dogs", 700)
    mattes = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        mattes.append(net.matte(image).tobytes())
    assert len(set(mattes)) == 1


def test_refining_moves_a_soft_edge_onto_the_pictures_edge() -> None:
    image = np.zeros((640, 640, 3), np.uint8)
    image[:, 323:] = 220
    coarse = np.tile(np.clip((np.arange(640) - 317) / 6, 0, 1), (640, 1)).astype(np.float32)
    fine = refine_matte(image, coarse)
    assert coarse[100, 322] > 0.8
    assert fine[100, 321] < 0.4
    assert fine[100, 324] > 0.9
    assert fine[100, 200] == 0
    assert fine[100, 440] == 1


def test_a_button_near_the_edge_is_no_hole_and_a_lamp_near_it_no_subject() -> None:
    image = np.zeros((640, 640, 3), np.uint8)
    image[:, 320:] = 220
    image[100, 328], image[200, 311] = 10, 220
    coarse = np.tile((np.arange(640) >= 320).astype(np.float32), (640, 1))
    fine = refine_matte(image, coarse)
    assert fine[100, 328] == 1
    assert fine[200, 311] == 0
