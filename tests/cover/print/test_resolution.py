"""A cover prints at its photo's resolution, up to what paper can show."""

import cv2
import numpy as np
import pytest

from poster.cover.layout.page import Page, mount_picture
from poster.cover.print.resolution import (
    PRINT_DPI,
    effective_dpi,
    mount_for_print,
    print_scale,
    printed_width_mm,
)
from poster.geometry import Box, TrimSize

A_PAGE = TrimSize(210, 302)
FULL = Page.full_bleed(1024, 1472)
FRAMED = Page(1024, 1472, Box(46, 331, 978, 1178), paper=(10, 200, 30))


def test_effective_dpi_is_that_of_the_photos_own_pixels() -> None:
    assert effective_dpi(2480, 209.97) == pytest.approx(300, abs=0.01)
    assert effective_dpi(1240, 210) == effective_dpi(2480, 210) / 2


def test_a_small_photo_is_painted_no_larger_than_for_the_screen() -> None:
    assert print_scale(500, FULL, A_PAGE) == 1
    assert print_scale(1024, FULL, A_PAGE) == 1


@pytest.mark.parametrize("page", [FULL, FRAMED])
def test_a_photo_is_painted_at_its_own_resolution_up_to_that_of_print(page: Page) -> None:
    width_mm = printed_width_mm(page, A_PAGE)
    for photo_px, wanted in ((1800, effective_dpi(1800, width_mm)), (9000, PRINT_DPI)):
        painted = page.picture.width * print_scale(photo_px, page, A_PAGE)
        assert effective_dpi(painted, width_mm) == pytest.approx(wanted)


@pytest.mark.parametrize("page", [FULL, FRAMED])
@pytest.mark.parametrize("scale", [1.0, 1.77, 2.0])
def test_a_page_mounted_for_print_is_the_page_enlarged(page: Page, scale: float) -> None:
    place = page.picture
    noise = np.random.default_rng(1).standard_normal((place.height, place.width, 3), np.float32)
    soft = np.clip(128 + 1500 * cv2.GaussianBlur(noise, (0, 0), 12), 0, 255).astype(np.uint8)
    matte = np.asarray(soft[..., 0] / np.float32(255), np.float32)
    size = (round(place.width * scale), round(place.height * scale))
    large = np.asarray(cv2.resize(soft, size), np.uint8)
    fine = mount_for_print(large, np.asarray(cv2.resize(matte, size), np.float32), page)
    laid, subject = mount_picture(soft, matte, page)
    back = (page.width, page.height)
    shrunk = cv2.resize(fine.pixels, back, interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(float) - laid).mean() < 1.5
    shrunk_subject = cv2.resize(fine.subject, back, interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk_subject - subject).mean() < 0.01
