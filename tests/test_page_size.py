"""A page's size can be given by name, in pixels, or as width and height."""

from typing import Any

import pytest

from poster.page_size import SIZE_NAMES, resolve_page
from poster.request import LIMITS, PosterRequest


@pytest.mark.parametrize(
    ("size", "pixels"),
    [
        ("cover", (1024, 1472)),
        ("Story", (1080, 1920)),
        ("SQUARE", (1080, 1080)),
        ("portrait", (1080, 1350)),
        ("instagram", (1080, 1350)),
        # 150 pixels per inch.
        ("a4", (1240, 1754)),
        ("letter", (1275, 1650)),
        ("us-magazine", (1256, 1631)),
        ("721x1001", (721, 1001)),
        ("721X1001", (721, 1001)),
    ],
)
def test_a_size_has_a_name_or_is_in_pixels(size: str, pixels: tuple[int, int]) -> None:
    page = PosterRequest(image=b"x", title="T", size=size).page_size
    assert (page.width, page.height) == pixels


@pytest.mark.parametrize("name", SIZE_NAMES)
def test_every_named_size_is_one_that_a_request_accepts_and_prints(name: str) -> None:
    page = PosterRequest(image=b"x", title="T", size=name, output_format="pdf").page_size
    assert LIMITS.side_min <= min(page.width, page.height)
    assert page.trim.has_aspect_of(page.width, page.height)


@pytest.mark.parametrize(
    ("given", "pixels"),
    [({}, (1024, 1472)), ({"width": 900}, (900, 1472)), ({"height": 1500}, (1024, 1500))],
)
def test_an_omitted_side_has_its_default(given: dict[str, Any], pixels: tuple[int, int]) -> None:
    page = resolve_page(None, given.get("width"), given.get("height"), None)
    assert (page.width, page.height) == pixels
