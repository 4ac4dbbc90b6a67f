from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.envelope.composite import Image, map_points, project_box, seal
from poster.envelope.plates import Plates, load_plates
from poster.geometry import Box

W, H = 1024, 1472
MARKS = [(60.5, 70.5), (980.5, 66.5), (512.5, 700.5), (90.5, 1400.5), (940.5, 1390.5)]


@pytest.fixture(scope="module")
def plates() -> Plates:
    return load_plates().at(W, H)


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


def plain(level: int, width: int = W, height: int = H) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def lettered(width: int, height: int) -> Image:
    """Small black type on paper, all over the cover."""
    cover = plain(225, width, height)
    for number, y in enumerate(range(height // 20, height, height // 24)):
        cv2.putText(
            cover, f"{number} Orange as a discipline, forty orbits later 0123456789",
            (width // 20, y), cv2.FONT_HERSHEY_SIMPLEX, width / 1500, (20, 20, 20), 1, cv2.LINE_AA,
        )  # fmt: skip
    return cover


def linear(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    code = image / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def light_added(cover: Image, ground: Image, plates: Plates) -> NDArray[np.float64]:
    """Linear light by which two sealed covers differ, in grey."""
    with_marks, without = seal(cover, plates, 3), seal(ground, plates, 3)
    return np.asarray(np.abs(linear(with_marks) - linear(without)).mean(axis=2))


@pytest.mark.parametrize("scale", [0.75, 1.0, 2.0, 3.0])
def test_marks_land_where_map_points_says(plates: Plates, scale: float) -> None:
    width, height = round(W * scale), round(H * scale)
    ground = plain(60, width, height)
    cover = ground.copy()
    marks = [(x * scale, y * scale) for x, y in MARKS]
    for x, y in marks:
        # shift=4: sixteenths of a pixel; OpenCV's whole numbers are middles of pixels.
        centre = (round((x - 0.5) * 16), round((y - 0.5) * 16))
        cv2.circle(cover, centre, round(6 * scale * 16), (200, 200, 200), -1, cv2.LINE_AA, 4)
    added = light_added(cover, ground, plates)
    for x, y in map_points(plates.cover_quad, (width, height), marks):
        left, top = int(x) - 12, int(y) - 12
        window = np.maximum(added[top : top + 24, left : left + 24] - 0.02, 0)
        at_y, at_x = np.mgrid[top : top + 24, left : left + 24] + 0.5
        assert np.average(at_x, weights=window) == pytest.approx(x, abs=0.15)
        assert np.average(at_y, weights=window) == pytest.approx(y, abs=0.15)


def test_the_covers_corners_map_to_the_quad(plates: Plates) -> None:
    corners = [(0.0, 0.0), (700.0, 0.0), (700.0, 900.0), (0.0, 900.0)]
    mapped = map_points(plates.cover_quad, (700, 900), corners)
    np.testing.assert_allclose(mapped, plates.cover_quad, atol=1e-3)


def test_a_projected_box_holds_the_ink_it_held_on_the_cover(plates: Plates) -> None:
    box = Box(200, 500, 640, 730)
    cover = plain(30)
    cover[box.slices] = 200
    added = light_added(cover, plain(30), plates)
    quad = np.array(project_box(box, (W, H), plates.cover_quad))
    mask = np.zeros((H, W), np.uint8)
    cv2.fillConvexPoly(mask, np.round((quad - 0.5) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    inside, outside = cv2.erode(mask, np.ones((5, 5))), cv2.dilate(mask, np.ones((5, 5)))
    assert added[inside == 255].min() > 0.2
    # Bloom and the film's own mirror may carry a trace of light beyond the box.
    assert np.percentile(added[outside == 0], 99.9) < 0.02
    half_lit = added > np.median(added[inside == 255]) / 2
    assert half_lit.sum() == pytest.approx(cv2.contourArea(quad.astype(np.float32)), rel=0.005)


@pytest.mark.parametrize("level", [0, 255])
def test_black_stays_black_round_the_envelope(plates: Plates, level: int) -> None:
    sealed = seal(plain(level), plates, 1)
    for ground in (sealed[:24], sealed[-24:], sealed[:, :40], sealed[:, -40:]):
        assert ground.max() <= 3


def test_small_type_survives_as_an_ideal_warp_would_draw_it(plates: Plates) -> None:
    cover = lettered(W, H)
    sealed = linear(seal(cover, plates, 5)).mean(axis=2)
    fine = 4
    matrix = cv2.getPerspectiveTransform(
        np.array(plates.cover_quad, np.float32),
        np.array([(0, 0), (W, 0), (W, H), (0, H)], np.float32),
    )
    y, x = (np.mgrid[: H * fine, : W * fine].astype(np.float32) + 0.5) / fine
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    u = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth - 0.5
    v = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth - 0.5
    paper = linear(cover).mean(axis=2).astype(np.float32)
    drawn = cv2.remap(
        paper, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    ideal = cv2.resize(drawn, (W, H), interpolation=cv2.INTER_AREA) * plates.response
    ideal += plates.glare.mean(axis=2)
    (left, top), _, (right, foot), _ = plates.cover_quad
    inner = np.s_[int(top) + 60 : int(foot) - 60, int(left) + 60 : int(right) - 60]
    assert np.corrcoef(sealed[inner].ravel(), ideal[inner].ravel())[0, 1] > 0.985
    # Type keeps its contrast: what was black on the cover is still far from paper.
    low, high = np.percentile(sealed[inner], (0.5, 90))
    assert high / low > 8


@pytest.mark.parametrize(("scale", "most"), [(1, 0.32), (2, 0.03), (4, 0.03)])
def test_stripes_too_fine_for_the_frame_fade_to_grey(
    plates: Plates, scale: int, most: float
) -> None:
    cover = plain(0, W * scale, H * scale)
    cover[:, ::2] = 255
    sealed = linear(seal(cover, plates, 2)).mean(axis=2)
    (left, top), _, (right, foot), _ = plates.cover_quad
    middle = np.s_[int(top) + 300 : int(foot) - 300, int(left) + 200 : int(right) - 200]
    local = cv2.blur(sealed[middle], (31, 31))
    # Sampling without a prefilter beats with 0.6.
    assert np.std(sealed[middle] / local) < most


@pytest.mark.usefixtures("threads")
def test_same_seed_same_bytes_whatever_the_thread_count(plates: Plates) -> None:
    cover = lettered(1200, 1725)
    cv2.setNumThreads(1)
    alone = (seal(cover, plates, 9), seal(cover, load_plates().at(768, 1024), 9))
    cv2.setNumThreads(4)
    together = (seal(cover, plates, 9), seal(cover, load_plates().at(768, 1024), 9))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_changes_the_grain_and_nothing_else(plates: Plates) -> None:
    one, other = seal(plain(128), plates, 1), seal(plain(128), plates, 2)
    difference = np.abs(one.astype(int) - other)
    assert 0 < difference.mean() < 2
    assert difference.max() < 12


def test_sealing_leaves_cover_and_plates_as_they_were(plates: Plates) -> None:
    cover = lettered(W, H)
    before = (cover.copy(), plates.glare.copy(), plates.response.copy())
    cover.flags.writeable = False
    seal(cover, plates, 4)
    for kept, now in zip(before, (cover, plates.glare, plates.response), strict=True):
        np.testing.assert_array_equal(kept, now)


@pytest.mark.parametrize(("width", "height"), [(512, 1024), (1024, 1024), (2048, 2944)])
def test_every_frame_is_sealed_at_its_own_size(width: int, height: int) -> None:
    sealed = seal(plain(180, width, height), load_plates().at(width, height), 6)
    assert sealed.shape == (height, width, 3)
    assert sealed.dtype == np.uint8
    assert sealed[height // 2, width // 2].mean() > 140
