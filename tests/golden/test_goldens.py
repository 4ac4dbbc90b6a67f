"""Type and film look like the stored pictures, which a person has checked.

The picture under the type is drawn here, so that no network's last digit can move the layout.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from poster.cover.ink.compose import compose_cover
from poster.cover.layout.dummy import CoverText
from poster.cover.layout.galley import Galley
from poster.cover.layout.page import mount_facts, mount_picture, open_page
from poster.cover.layout.place import lay_out, place_masthead
from poster.cover.layout.styles import CLASSIC, STYLES, Style
from poster.envelope.composite import composite_envelope
from poster.envelope.design import Design
from poster.envelope.design_library import DesignLibrary
from poster.geometry import Box
from poster.paint_settings import EnvelopeAppearance
from poster.photo.facts import Photo, measure_photo
from poster.photo.palette import measure_palette
from poster.typography.typeset import Typesetter

Image = NDArray[np.uint8]
WIDTH, HEIGHT = 512, 736
WORST = 8.0

COPIES = {
    "latin": CoverText(
        "TABASCO", (("Heat & Light", "A deck of some length"),), "The Heat Issue", "No. 14"
    ),
    "korean": CoverText("서울의 밤", (("고요한 건축", "호수 위의 누각"),), "밤 특집", "제14호"),
    "arabic": CoverText("هدوء", (("هندسة الحرارة", "أربعة عشر بيتاً"),), "عدد الحرارة", "العدد ١٤"),
}


def picture_of_a_subject() -> tuple[Image, NDArray[np.float32], Box]:
    """A warm figure with a face, in front of a dusk that darkens downward."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    dusk = np.stack([120 - y * 0.12, 110 - y * 0.1, 140 - y * 0.08], axis=-1)
    head = ((x - 270) / 75) ** 2 + ((y - 260) / 100) ** 2
    body = ((x - 270) / 190) ** 2 + ((y - 640) / 290) ** 2
    matte = np.clip((1.05 - np.minimum(head, body)) / 0.05, 0, 1)
    figure = np.stack([190 - y * 0.1, 110 - y * 0.05, 80 - y * 0.03], axis=-1)
    mixed = dusk + matte[..., None] * (figure - dusk)
    return np.rint(mixed).astype(np.uint8), matte.astype(np.float32), Box(225, 215, 315, 320)


def make_cover(text: CoverText, style: Style = CLASSIC) -> Image:
    picture, matte, face = picture_of_a_subject()
    page = open_page(style, WIDTH, HEIGHT, measure_palette(picture))
    shown = slice(0, page.picture.height), slice(0, page.picture.width)
    seen = mount_facts(measure_photo(Photo(picture[shown], matte[shown], (face,))), page)
    galley = Galley(text, style, WIDTH, HEIGHT, Typesetter())
    slots = lay_out(seen, page, galley)
    return compose_cover(
        *mount_picture(picture[shown], matte[shown], page), slots, style, "auto", 1
    ).cover


@pytest.mark.parametrize("name", [name for name in STYLES if name != "classic"])
def test_a_style_looks_as_it_did(assert_golden: Callable[[str, Image], None], name: str) -> None:
    assert_golden(f"style_{name}", make_cover(COPIES["latin"], STYLES[name]))


@pytest.mark.parametrize("name", COPIES)
def test_a_cover_looks_as_it_did(assert_golden: Callable[[str, Image], None], name: str) -> None:
    assert_golden(f"cover_{name}", make_cover(COPIES[name]))


LIBRARY = DesignLibrary.open()


@pytest.mark.parametrize("design", LIBRARY.designs, ids=lambda design: design.name)
def test_an_envelope_looks_as_it_did(
    assert_golden: Callable[[str, Image], None], design: Design
) -> None:
    cover = make_cover(COPIES["latin"])
    # A square envelope is made for a square cover.
    height = HEIGHT if design.aspect < 0.9 else WIDTH
    shown = cv2.resize(cover, (WIDTH, height), interpolation=cv2.INTER_AREA)
    plates = LIBRARY.load(design).at(WIDTH, height)
    sealed = composite_envelope(np.asarray(shown, np.uint8), plates, EnvelopeAppearance(), 1)
    assert_golden(f"envelope_{design.name}", sealed)


def test_an_envelope_of_other_colours_looks_as_it_did(
    assert_golden: Callable[[str, Image], None],
) -> None:
    look = EnvelopeAppearance(background=(232, 226, 214), closure=(20, 33, 61), glare=0.5)
    plates = LIBRARY.load(LIBRARY.designs[0]).at(WIDTH, HEIGHT)
    assert_golden(
        "envelope_colours", composite_envelope(make_cover(COPIES["latin"]), plates, look, 1)
    )


@pytest.mark.parametrize(
    "wrong",
    [
        replace(COPIES["latin"], title="TARASCO"),
        replace(COPIES["latin"], coverlines=(("Heat & Lighl", "A deck of some length"),)),
    ],
    ids=["in the masthead", "in a cover line"],
)
def test_one_wrong_letter_is_caught(
    difference: Callable[[Image, Image], float], wrong: CoverText
) -> None:
    assert difference(make_cover(COPIES["latin"]), make_cover(wrong)) > WORST


def test_other_grain_is_tolerated(difference: Callable[[Image, Image], float]) -> None:
    picture, matte, _ = picture_of_a_subject()
    galley = Galley(COPIES["latin"], CLASSIC, WIDTH, HEIGHT, Typesetter())
    masthead = place_masthead(galley)
    first, second = (
        compose_cover(picture, matte, (masthead,), CLASSIC, "#FFFFFF", seed).cover
        for seed in (1, 2)
    )
    assert difference(first, second) <= WORST
