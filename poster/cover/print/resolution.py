"""A photo's pixels and a page -> its resolution, notes if that is low, and the page for print.

Does not know type, nor how a picture is painted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from poster.cover.layout.page import Page, mount_picture
from poster.geometry import MM_PER_INCH, Box, TrimSize

PRINT_DPI = 300.0
"""Twice the 150 lines per inch of a magazine's halftone screen; more adds nothing on paper."""

SOFT_DPI = PRINT_DPI / 2
"""One pixel per line of that screen; with fewer, a reader at arm's length sees that it is soft."""


SOFT_ENLARGEMENT = 1.5
"""Page pixels per photo pixel from which on a screen shows that a picture is soft."""


@dataclass(frozen=True)
class PrintPicture:
    """A cover's picture at any size with the cover's aspect ratio, not yet adjusted under the type.

    Args:
        pixels: HWC uint8, sRGB, [0, 255], of the whole page, including paper.
        subject: HW float32, share of the subject, [0, 1].
    """

    pixels: NDArray[np.uint8]
    subject: NDArray[np.float32]


def effective_dpi(photo_px: float, width_mm: float) -> float:
    """Compute a photo's resolution in print, regardless of resampling.

    Args:
        photo_px: width of the photo's window, in photo pixels.
        width_mm: printed width of that window.

    Returns:
        Photo pixels per inch; below PRINT_DPI the print is softer than it could be.
    """
    return photo_px / width_mm * MM_PER_INCH


def note_low_dpi(dpi: float, trim: TrimSize) -> tuple[str, ...]:
    """Note a photo that is too small for the page that it is to be printed on.

    Args:
        dpi: from effective_dpi().
        trim: the page after cutting.

    Returns:
        A sentence; none from SOFT_DPI on.
    """
    if dpi >= SOFT_DPI:
        return ()
    note = (
        f"the photo has {dpi:.0f} dots per inch at {trim.width_mm:g} x {trim.height_mm:g} mm and "
        f"will look soft in print; {PRINT_DPI:.0f} are usual, and {SOFT_DPI:.0f} the least"
    )
    return (note,)


def note_enlargement(what: str, width: int, height: int, times: float) -> tuple[str, ...]:
    """Note a picture that is too small for the pixels of its page.

    Args:
        what: it is, such as photo.
        width: of its part that is shown, in its own pixels.
        height: likewise.
        times: page pixels per pixel of the picture, in each direction.

    Returns:
        A sentence; none below SOFT_ENLARGEMENT.
    """
    if times < SOFT_ENLARGEMENT:
        return ()
    note = (
        f"{width} x {height} pixels of the {what} are enlarged {times:.1f} times and will look "
        f"soft; a {what} {times:.1f} times as wide and high would look sharp"
    )
    return (note,)


def printed_width_mm(page: Page, trim: TrimSize) -> float:
    """Return the width of a page's painted picture at its trim size, in millimetres."""
    return page.picture.width * trim.mm_per_px(page.width, page.height)


def print_scale(photo_px: float, page: Page, trim: TrimSize) -> float:
    """Compute the scale at which to paint a picture for print, relative to the screen.

    Args:
        photo_px: width of the photo's window, in photo pixels.
        page: with the box of the photo.
        trim: the page after cutting.

    Returns:
        1 or more: as fine as the photo, but no finer than PRINT_DPI.
    """
    width_mm = printed_width_mm(page, trim)
    finest = min(effective_dpi(photo_px, width_mm), PRINT_DPI)
    return max(1.0, finest / effective_dpi(page.picture.width, width_mm))


def mount_for_print(
    picture: NDArray[np.uint8], matte: NDArray[np.float32], page: Page
) -> PrintPicture:
    """Mount a larger painting of a page's picture on that page, enlarged by the same scale.

    Args:
        picture: HWC uint8, sRGB, [0, 255], of the aspect of page.picture.
        matte: HW float32, share of the subject, [0, 1], of the same size.
        page: of the cover, in its own pixels.

    Returns:
        The page's picture, enlarged.
    """
    scale = picture.shape[1] / page.picture.width
    if page.is_full_bleed:
        return PrintPicture(picture, matte)
    height, width = picture.shape[:2]
    x0, y0 = round(page.picture.x0 * scale), round(page.picture.y0 * scale)
    place = Box(x0, y0, x0 + width, y0 + height)
    # The painting's own sides were rounded: a photo that reaches the page's edge may pass it.
    columns = max(round(page.width * scale), place.x1)
    rows = max(round(page.height * scale), place.y1)
    large = Page(columns, rows, place, page.paper)
    return PrintPicture(*mount_picture(picture, matte, large))
