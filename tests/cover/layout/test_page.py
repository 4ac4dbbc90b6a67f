"""A page is paper around the photo: facts and picture are where the style places the photo."""

import numpy as np
import pytest

from poster.colour import contrast_ratio, relative_luminance
from poster.cover.layout.page import (
    PAPER,
    SIGNAL,
    Page,
    mount_facts,
    mount_picture,
    open_page,
    show_whole,
)
from poster.cover.layout.styles import CLASSIC, STYLES, SWISS
from poster.cover.layout.styles import PAPER as PAPER_STYLE
from poster.geometry import Box
from poster.photo.facts import Photo, measure_photo
from poster.photo.palette import Swatch, measure_palette, swatch_of

WIDTH, HEIGHT = 512, 736


def picture_of(page: Page) -> tuple[np.ndarray, np.ndarray]:
    place = page.picture
    noise = np.random.default_rng(3).integers(0, 256, (place.height, place.width, 3))
    return noise.astype(np.uint8), np.ones((place.height, place.width), np.float32)


def test_a_full_bleed_page_is_its_picture() -> None:
    page = open_page(CLASSIC, WIDTH, HEIGHT, ())
    picture, matte = picture_of(page)
    laid, subject = mount_picture(picture, matte, page)
    assert laid is picture
    assert subject is matte


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("size", [(512, 736), (1024, 1472), (4096, 4096), (528, 1056)])
def test_the_photos_place_is_on_the_page(style: object, size: tuple[int, int]) -> None:
    page = open_page(style, *size, ())  # type: ignore[arg-type]
    assert Box(0, 0, *size).contains(page.picture)


def test_the_photo_is_in_its_place_with_paper_around_it() -> None:
    page = open_page(PAPER_STYLE, WIDTH, HEIGHT, ())
    picture, matte = picture_of(page)
    laid, subject = mount_picture(picture, matte, page)
    place = page.picture
    assert laid.shape == (HEIGHT, WIDTH, 3)
    assert np.array_equal(laid[place.slices], picture)
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[place.slices] = False
    assert (laid[outside] == PAPER).all()
    assert not subject[outside].any()
    assert subject[place.slices].all()


def test_facts_are_where_the_picture_is() -> None:
    page = open_page(PAPER_STYLE, WIDTH, HEIGHT, ())
    picture, matte = picture_of(page)
    facts = measure_photo(Photo(picture, matte, (Box(10, 20, 60, 80),), (Box(9, 9, 70, 19),)))
    seen = mount_facts(facts, page)
    assert (seen.width, seen.height) == (WIDTH, HEIGHT)
    assert seen.faces == (Box(10, 20, 60, 80).shifted(page.picture.x0, page.picture.y0),)
    assert seen.lettering == (Box(9, 9, 70, 19).shifted(page.picture.x0, page.picture.y0),)
    rows, columns = np.nonzero(seen.matte > 0.5)
    assert columns.min() * seen.cell == pytest.approx(page.picture.x0, abs=seen.cell)
    assert (rows.max() + 1) * seen.cell == pytest.approx(page.picture.y1, abs=1.5 * seen.cell)
    assert not seen.edges[0].any()


def test_a_field_takes_the_photos_own_hue_and_a_grey_photo_gets_the_signal() -> None:
    blue = np.full((90, 60, 3), (30, 60, 190), np.uint8)
    grey = np.full((90, 60, 3), 128, np.uint8)
    field = open_page(SWISS, WIDTH, HEIGHT, measure_palette(blue)).paper
    assert field[2] > field[0] + 40
    assert open_page(SWISS, WIDTH, HEIGHT, measure_palette(grey)).paper == SIGNAL


@pytest.mark.parametrize("hue", range(0, 360, 20))
def test_ink_or_white_reads_on_a_field_of_any_hue(hue: int) -> None:
    swatch = Swatch((0, 0, 0), 0.5, 0.5, 0.2, float(hue))
    field = open_page(SWISS, WIDTH, HEIGHT, (swatch,)).paper
    luminance = relative_luminance(np.array(field, np.uint8))
    best = max(float(contrast_ratio(luminance, tone)) for tone in (0.006, 1.0))
    assert best >= 5.0


def field_of(hue: float, chroma: float) -> Swatch:
    field = open_page(SWISS, WIDTH, HEIGHT, (Swatch((0, 0, 0), 0.5, 0.5, chroma, hue),)).paper
    return swatch_of(np.array(field, float), 1.0)


def test_a_field_is_light_in_hues_that_are_strong_when_light_and_deep_in_others() -> None:
    assert all(field_of(hue, 0.15).lightness > 0.7 for hue in (60, 100, 140, 180))
    assert all(field_of(hue, 0.15).lightness < 0.55 for hue in (10, 240, 280, 330))


@pytest.mark.parametrize("hue", [20, 100, 265])
def test_a_field_is_neither_pastel_nor_neon(hue: float) -> None:
    weak, strong = field_of(hue, 0.055), field_of(hue, 0.3)
    assert weak.chroma > 0.08
    assert strong.chroma < 0.195


@pytest.mark.parametrize("hue", range(0, 360, 15))
@pytest.mark.parametrize("chroma", [0.0, 0.06, 0.3])
def test_a_band_is_deep_and_neither_brown_nor_olive(hue: float, chroma: float) -> None:
    band = CLASSIC.with_band()
    assert band is not None
    paper = open_page(band, WIDTH, HEIGHT, (Swatch((0, 0, 0), 0.5, 0.5, chroma, hue),)).paper
    luminance = relative_luminance(np.array(paper, np.uint8))
    assert float(contrast_ratio(luminance, 1.0)) > 9
    if 45 <= hue <= 125:
        assert swatch_of(np.array(paper, float), 1.0).chroma < 0.03


def test_a_band_takes_the_clearest_hue_that_darkens_well_or_none() -> None:
    band = CLASSIC.with_band()
    assert band is not None
    yellow, blue, faint, grey = (
        Swatch((0, 0, 0), share, lightness, chroma, hue)
        for share, lightness, chroma, hue in (
            (0.1, 0.8, 0.16, 100),
            (0.2, 0.6, 0.05, 240),
            (0.3, 0.5, 0.032, 310),
            (0.4, 0.2, 0.0, 0),
        )
    )

    def paper_of(*palette: Swatch) -> Swatch:
        paper = open_page(band, WIDTH, HEIGHT, palette).paper
        return swatch_of(np.array(paper, float), 1.0)

    blueish = paper_of(yellow, blue, faint, grey)
    assert blueish.hue == pytest.approx(240, abs=6)
    assert blueish.chroma > 0.04
    # A grey picture has no hue, and a band of no reddish brown.
    assert paper_of(grey).chroma < 0.005


@pytest.mark.parametrize("aspect", [0.7, 1.0, 1.5, 2.0])
def test_a_photo_that_should_be_whole_has_its_own_aspect_where_paper_surrounds_it(
    aspect: float,
) -> None:
    for style in (PAPER_STYLE, SWISS):
        usual = open_page(style, WIDTH, HEIGHT, ()).picture
        picture = show_whole(open_page(style, WIDTH, HEIGHT, ()), aspect).picture
        assert usual.contains(picture)
        bleeds = style is SWISS
        # A photo that reaches both sides of the page still does.
        if aspect < usual.width / usual.height and bleeds:
            assert picture == usual
            continue
        assert picture.width / picture.height == pytest.approx(aspect, rel=0.01)
        assert (picture.y1 == HEIGHT) is bleeds
        left, right = picture.x0 - usual.x0, usual.x1 - picture.x1
        assert abs(left - right) <= 1


def test_a_photo_that_fills_the_page_does_whatever_its_aspect() -> None:
    assert show_whole(open_page(CLASSIC, WIDTH, HEIGHT, ()), 2.0).is_full_bleed
