from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from poster.geometry import Box
from poster.photo.faces import FaceNet

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def net() -> FaceNet:
    return FaceNet()


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def example(name: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(EXAMPLES / f"{name}.jpg").convert("RGB"))


def agreement(first: Box, second: Box) -> float:
    shared = first.intersection(second).area
    return shared / (first.area + second.area - shared)


PORTRAITS = {"astronaut": Box(181, 58, 270, 178), "grace_hopper": Box(170, 115, 360, 335)}


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_face_of_a_portrait_is_found(net: FaceNet, name: str) -> None:
    (face,) = net.find(example(name))
    assert agreement(face.box, PORTRAITS[name]) > 0.7
    assert 0.5 <= face.score <= 1


@pytest.mark.parametrize("name", ["fig", "dogs", "mountains", "dandelion"])
def test_no_face_is_seen_where_nobody_is(net: FaceNet, name: str) -> None:
    assert net.find(example(name)) == ()


@pytest.mark.parametrize("colour", [0, 127, 255])
def test_an_empty_picture_has_no_face(net: FaceNet, colour: int) -> None:
    assert net.find(np.full((700, 500, 3), colour, np.uint8)) == ()


@pytest.mark.parametrize("scale", [1.0, 2.5, 6.0])
def test_a_face_is_found_at_any_size_of_photo(net: FaceNet, scale: float) -> None:
    image = example("astronaut")
    large = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    (face,) = net.find(np.asarray(large, np.uint8))
    box = PORTRAITS["astronaut"]
    expected = Box(*(round(edge * scale) for edge in (box.x0, box.y0, box.x1, box.y1)))
    assert agreement(face.box, expected) > 0.7


@pytest.mark.parametrize(("side", "faces"), [(1200, 1), (3000, 1), (4500, 0)])
def test_a_face_counts_unless_it_is_as_small_as_in_a_crowd(
    net: FaceNet, side: int, faces: int
) -> None:
    wall = np.full((side, side, 3), 180, np.uint8)
    picture = example("astronaut")
    wall[100 : 100 + picture.shape[0], 100 : 100 + picture.shape[1]] = picture
    assert len(net.find(wall)) == faces


@pytest.mark.parametrize("height", [230, 260, 289])
def test_a_face_is_located_correctly_in_photos_of_any_shape(net: FaceNet, height: int) -> None:
    # The network's grid is stretched over the photo, by another factor each way.
    (face,) = net.find(np.ascontiguousarray(example("astronaut")[:height]))
    assert face.box.centre == pytest.approx(PORTRAITS["astronaut"].centre, abs=5)


@pytest.mark.parametrize("brightness", [0.3, 1.0])
def test_a_dark_or_grey_face_is_found(net: FaceNet, brightness: float) -> None:
    grey = cv2.cvtColor(example("grace_hopper"), cv2.COLOR_RGB2GRAY) * brightness
    assert len(net.find(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2))) == 1


def test_the_largest_face_comes_first(net: FaceNet) -> None:
    canvas = np.full((700, 1200, 3), 180, np.uint8)
    canvas[50:650, 20:532] = example("grace_hopper")
    canvas[100:612, 600:1112] = example("astronaut")
    first, second = net.find(canvas)
    assert first.box.area > second.box.area
    assert first.box.x0 < 600 < second.box.x0


def test_a_face_cut_off_by_the_edge_stays_inside_the_image(net: FaceNet) -> None:
    image = np.ascontiguousarray(example("grace_hopper")[:, 215:])
    (face,) = net.find(image)
    assert Box(0, 0, image.shape[1], image.shape[0]).contains(face.box)
    assert face.box.x0 == 0


@pytest.mark.usefixtures("threads")
def test_faces_do_not_depend_on_the_thread_count(net: FaceNet) -> None:
    found = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        found.append(net.find(example("astronaut")))
    assert found[0] == found[1] == found[2]
