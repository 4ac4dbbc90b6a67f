"""A finished cover lists what highlights should avoid, and is legible if any layout is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from poster.cover.framing.view import crop_boxes
from poster.cover.ink.protection import FURTHEST, USUAL
from poster.cover.lay_out_covers import lay_out_covers
from poster.cover.lay_out_in_style import Brief, Layout
from poster.cover.layout.dummy import CoverText, Dummy
from poster.cover.layout.styles import Style
from poster.cover_stage import Cover, make_cover, make_legible_cover
from poster.engines.base import Painting
from poster.engines.studio import StudioEngine
from poster.geometry import Box
from poster.paint_settings import PaintSettings
from poster.photo.facts import Photo, measure_photo
from poster.plan import CoverPlan, Plan, plan_sealing
from poster.progress import ProgressMonitor
from poster.receipt.cover_notes import note_cover
from poster.request import PosterRequest
from poster.typography.typeset import Typesetter

SIZE = (256, 368)
FACE = Box(90, 150, 150, 230)
WORD = Box(60, 250, 120, 270)


class Repainter(StudioEngine):
    """Paints a picture of its own, in which faces and lettering must be looked for."""

    shows_the_photo = False


def cover_of(style: str) -> Cover:
    noise = np.random.default_rng(2).integers(90, 110, (736, 512, 3)).astype(np.uint8)
    photo = Photo(noise, np.zeros((736, 512), np.float32), ())
    brief = Brief(CoverText("ORBIT", (("A line", ""),)), *SIZE, style)
    [layout] = lay_out_covers(brief, 1, measure_photo(photo), Typesetter())
    place = layout.dummy.page.picture
    settings = PaintSettings(place.width, place.height, 1)
    plan = CoverPlan(layout, 1, settings, 1, "auto")

    def look_at(picture: np.ndarray, matte: np.ndarray) -> Photo:
        return Photo(picture, matte, (FACE,), (WORD,))

    return make_cover(Repainter(), photo, plan, look_at, ProgressMonitor())


@pytest.mark.parametrize("style", ["classic", "paper"])
def test_highlights_avoid_faces_lettering_and_all_type(style: str) -> None:
    cover = cover_of(style)
    picture = cover.plan.layout.dummy.page.picture
    face, word, *type_areas = cover.keep_clear
    # Where it is on the page, and not in the picture on it.
    assert face.box == FACE.shifted(picture.x0, picture.y0)
    assert word.box == WORD.shifted(picture.x0, picture.y0)
    blocks = cover.composition.blocks
    assert [(area.box, area.detail) for area in type_areas] == [(b.box, b.size_px) for b in blocks]
    assert len(type_areas) == 2
    # An eye is smaller than a face, and letters of the title are larger than those of a line.
    assert face.detail == FACE.width / 5
    assert type_areas[0].detail > type_areas[1].detail


def test_type_avoids_a_face_and_a_word_that_only_the_painting_has() -> None:
    cover = cover_of("classic")
    _, line = cover.composition.blocks
    assert not line.box.overlaps(FACE)
    assert not line.box.overlaps(WORD)


def test_type_avoids_a_face_and_a_word_that_only_the_photo_has() -> None:
    grain = np.random.default_rng(2).integers(90, 110, (736, 512, 3)).astype(np.uint8)
    face, word = Box(20, 320, 160, 460), Box(300, 420, 480, 480)
    photo = Photo(grain, np.zeros((736, 512), np.float32), (face,), (word,))
    text = CoverText("ORBIT", tuple((f"Line {number}", "deck") for number in range(4)))
    [layout] = lay_out_covers(Brief(text, *SIZE, "poster"), 1, measure_photo(photo), Typesetter())
    plan = CoverPlan(layout, 1, PaintSettings(*SIZE, 1), 1, "auto")
    # Neither is found in the painting.
    cover = make_cover(Repainter(), photo, plan, looked_at, ProgressMonitor())
    for [known] in (cover.faces, cover.lettering):
        assert known.area > 500
        assert not any(block.box.overlaps(known) for block in cover.composition.blocks)


def test_a_photo_that_is_shown_itself_is_not_looked_at_again() -> None:
    grain = np.random.default_rng(2).integers(90, 110, (736, 512, 3)).astype(np.uint8)
    face, word = Box(20, 320, 160, 460), Box(300, 420, 480, 480)
    photo = Photo(grain, np.zeros((736, 512), np.float32), (face,), (word,))
    brief = Brief(CoverText("ORBIT"), *SIZE, "poster")
    [layout] = lay_out_covers(brief, 1, measure_photo(photo), Typesetter())
    plan = CoverPlan(layout, 1, PaintSettings(*SIZE, 1), 1, "auto")

    def look_at(picture: np.ndarray, matte: np.ndarray) -> Photo:
        raise AssertionError(f"{picture.shape} and {matte.shape} were looked at")

    cover = make_cover(StudioEngine(), photo, plan, look_at, ProgressMonitor())
    window, page = layout.dummy.window, Box(0, 0, *SIZE)
    assert cover.faces == crop_boxes((face,), window, page)
    assert cover.lettering == crop_boxes((word,), window, page)


def test_type_avoids_all_of_a_sign_of_which_only_a_part_is_found_in_the_painting() -> None:
    grain = np.random.default_rng(2).integers(90, 110, (736, 512, 3)).astype(np.uint8)
    sign = Box(0, 300, 512, 600)
    photo = Photo(grain, np.zeros((736, 512), np.float32), (), (sign,))
    [layout] = lay_out_covers(
        Brief(CoverText("ORBIT", (("A line", "deck"),)), *SIZE, "poster"),
        1,
        measure_photo(photo),
        Typesetter(),
    )
    plan = CoverPlan(layout, 1, PaintSettings(*SIZE, 1), 1, "auto")
    [known] = crop_boxes((sign,), layout.dummy.window, Box(0, 0, *SIZE))

    def look_at(picture: np.ndarray, matte: np.ndarray) -> Photo:
        part = Box(known.x0, known.y0, known.x0 + 30, known.y0 + 20)
        return Photo(picture, matte, (), (part,))

    cover = make_cover(Repainter(), photo, plan, look_at, ProgressMonitor())
    _, *lines = cover.composition.blocks
    assert not any(block.box.overlaps(known) for block in lines)
    assert cover.lettering[0] == known


def whole_subject(low: int, high: int) -> Photo:
    """A photo that is all subject, with greys between two bounds."""
    noise = np.random.default_rng(2).integers(low, high, (92, 64, 1)).astype(np.uint8)
    noise = noise.repeat(8, axis=0).repeat(8, axis=1).repeat(3, axis=2)
    return Photo(noise, np.ones((736, 512), np.float32), ())


def looked_at(picture: np.ndarray, matte: np.ndarray) -> Photo:
    return Photo(picture, matte, ())


def plan_in(styles: Sequence[str], photo: Photo, colour: str) -> tuple[CoverPlan, list[Layout]]:
    facts = measure_photo(photo)
    layouts = [
        lay_out_covers(Brief(CoverText("ORBIT"), *SIZE, style), 1, facts, Typesetter())[0]
        for style in styles
    ]
    settings = PaintSettings(1, 1, 1)
    return CoverPlan(layouts[0], 1, settings, 1, colour).with_layout(layouts[0]), layouts[1:]


@pytest.fixture
def on_the_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Titles stay on the photo, however badly it suits them."""
    monkeypatch.setattr(Style, "with_header", lambda *_: None)


@pytest.mark.usefixtures("on_the_photo")
def test_a_title_that_cannot_be_read_without_changing_the_subject_moves_to_another_layout() -> None:
    photo = whole_subject(110, 250)
    plan, others = plan_in(["poster", "poster", "paper", "editorial"], photo, "#8A8A8A")
    cover = make_legible_cover(
        StudioEngine(), photo, plan, lambda _: others, looked_at, ProgressMonitor()
    )
    assert cover.composition.is_legible
    # On paper the photo is not changed at all.
    assert cover.plan.layout.verdict.style == "paper"
    request = {"title": "ORBIT", "title_colour": "#8A8A8A"}
    notes = list(note_cover(cover, plan, request, plan_of(plan), None))
    assert notes[0].startswith("style poster was replaced by paper: in title_colour #8A8A8A")


@pytest.mark.usefixtures("on_the_photo")
def test_without_a_legible_layout_the_cover_is_as_planned_and_its_contrast_is_noted() -> None:
    photo = whole_subject(110, 250)
    plan, others = plan_in(["poster", "poster"], photo, "#8A8A8A")
    cover = make_legible_cover(
        StudioEngine(), photo, plan, lambda _: others, looked_at, ProgressMonitor()
    )
    assert cover.plan == plan
    assert cover.composition.subject_change <= USUAL.title
    request = {"title": "ORBIT", "title_colour": "#8A8A8A"}
    notes = list(note_cover(cover, plan, request, plan_of(plan), None))
    assert re.match(r"the contrast of the masthead is [12]\.\d\d:1, in its weakest", notes[0])
    # Nothing is spoilt for a title that cannot be read in any case.
    assert cover.composition.layers.adjustments == ()


@pytest.mark.usefixtures("on_the_photo")
def test_the_subject_gives_way_further_if_the_title_is_legible_then() -> None:
    photo = whole_subject(160, 200)
    plan, _ = plan_in(["poster"], photo, "#BEBEBE")
    cover = make_legible_cover(
        StudioEngine(), photo, plan, lambda _: [], looked_at, ProgressMonitor()
    )
    assert cover.composition.is_legible
    assert USUAL.title < cover.composition.subject_change <= FURTHEST.title


def test_a_legible_cover_asks_for_no_other_layout() -> None:
    photo = whole_subject(26, 34)
    plan, _ = plan_in(["classic"], photo, "auto")

    def others(_planned: Cover) -> list[Layout]:
        raise AssertionError("not needed")

    assert make_legible_cover(
        StudioEngine(), photo, plan, others, looked_at, ProgressMonitor()
    ).composition.is_legible


def plan_of(cover: CoverPlan) -> Plan:
    request = PosterRequest(image=b"x", title="ORBIT", width=512, height=736)
    return replace(plan_sealing(request, 1), covers=(cover,))


class SmearingEngine(StudioEngine):
    """Paints stripes into headroom."""

    def paint_cover(
        self, photo: Photo, dummy: Dummy, settings: PaintSettings, monitor: ProgressMonitor
    ) -> Painting:
        painting = super().paint_cover(photo, dummy, settings, monitor)
        picture = painting.picture.copy()
        picture[: round(len(picture) * dummy.headroom), ::8] = 0
        return replace(painting, picture=picture)


def test_headroom_that_can_be_told_from_the_photo_is_given_up() -> None:
    grain = np.random.default_rng(2).integers(140, 150, (400, 512, 3)).astype(np.uint8)
    # A title fits above this face only with headroom.
    photo = Photo(grain, np.zeros((400, 512), np.float32), (Box(200, 30, 310, 160),))
    plan, _ = plan_in(["classic"], photo, "auto")
    assert plan.layout.dummy.headroom > 0.05
    asked = []

    def others(planned: Cover) -> tuple[Layout, ...]:
        asked.append(planned)
        facts = measure_photo(photo).without_headroom()
        brief = Brief(CoverText("ORBIT"), *SIZE, "classic")
        return lay_out_covers(brief, 1, facts, Typesetter())

    smeared, clean = (
        make_legible_cover(engine, photo, plan, others, looked_at, ProgressMonitor())
        for engine in (SmearingEngine(), StudioEngine())
    )
    [planned] = asked
    assert planned.composition.is_legible
    assert not planned.has_sound_headroom
    assert (smeared.plan.layout.dummy.headroom, smeared.strip) == (0, None)
    assert clean.strip
    assert clean.strip.score < 1
    request = {"title": "ORBIT", "title_colour": "#8A8A8A"}
    notes = list(note_cover(smeared, plan, request, plan_of(plan), None))
    assert notes[0].startswith("the type was moved: the backdrop above the photo could not be")
