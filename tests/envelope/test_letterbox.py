"""A finished cover keeps its pixels if there are enough, and is never cropped."""

import numpy as np
import pytest
from numpy.typing import NDArray

from poster.envelope.letterbox import PAPER, fit_on_paper

RED = (200, 30, 30)


def cover_of(width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), RED, np.uint8)


def test_a_cover_of_the_frames_shape_keeps_its_own_pixels() -> None:
    for cover in (cover_of(512, 736), cover_of(900, 1294), cover_of(516, 736)):
        assert fit_on_paper(cover, 512, 736) is cover


def test_a_small_cover_is_enlarged_to_the_frame() -> None:
    assert fit_on_paper(cover_of(480, 690), 1024, 1472).shape == (1472, 1024, 3)


def test_margins_have_the_colour_asked_for() -> None:
    assert fit_on_paper(cover_of(480, 480), 512, 736)[2, 2].tolist() == list(PAPER)
    assert fit_on_paper(cover_of(480, 480), 512, 736, (9, 8, 7))[2, 2].tolist() == [9, 8, 7]


def test_a_huge_cover_is_shrunk_to_twice_the_frame() -> None:
    page = fit_on_paper(cover_of(2400, 3450), 512, 736)
    assert page.shape == (1472, 1024, 3)


@pytest.mark.parametrize(
    ("size", "page_size"),
    [
        ((600, 600), (600, 862)),
        ((527, 736), (527, 758)),
        ((480, 1200), (835, 1200)),
        ((2000, 500), (1024, 1472)),
    ],
)
def test_a_cover_of_another_aspect_is_centred_uncropped_on_paper(
    size: tuple[int, int], page_size: tuple[int, int]
) -> None:
    page = fit_on_paper(cover_of(*size), 512, 736)
    assert page.shape[:2] == pytest.approx(page_size[::-1], abs=1)
    red = (page == RED).all(axis=2)
    rows, columns = np.nonzero(red)
    shown = (int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    assert shown[0] / shown[1] == pytest.approx(size[0] / size[1], rel=0.01)
    assert (rows.min() + rows.max() + 1) / 2 == pytest.approx(page.shape[0] / 2, abs=1)
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(page.shape[1] / 2, abs=1)
    assert (page[~red] == PAPER).all()
