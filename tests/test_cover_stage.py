"""A finished cover lists the areas that the film's highlights should avoid."""

from __future__ import annotations

import numpy as np
import pytest

from poster.cover.lay_out_covers import Brief, lay_out_covers
from poster.cover.layout.dummy import CoverText
from poster.cover_stage import Cover, make_cover
from poster.engines.studio import StudioEngine
from poster.geometry import Box
from poster.paint_settings import PaintSettings
from poster.photo.facts import Photo, measure_photo
from poster.plan import CoverPlan
from poster.progress import ProgressMonitor
from poster.typography.typeset import Typesetter

SIZE = (256, 368)
FACE = Box(90, 150, 150, 230)


def cover_of(style: str) -> Cover:
    noise = np.random.default_rng(2).integers(90, 110, (736, 512, 3)).astype(np.uint8)
    photo = Photo(noise, np.zeros((736, 512), np.float32), ())
    brief = Brief(CoverText("ORBIT", (("A line", ""),)), *SIZE, style, 100)
    [layout] = lay_out_covers(brief, 1, measure_photo(photo), Typesetter())
    place = layout.dummy.page.picture
    settings = PaintSettings(place.width, place.height, 1)
    plan = CoverPlan(layout, 1, settings, 1, "auto")

    def look_at(picture: np.ndarray, matte: np.ndarray) -> Photo:
        return Photo(picture, matte, (FACE,))

    return make_cover(StudioEngine(), photo, plan, look_at, ProgressMonitor())


@pytest.mark.parametrize("style", ["classic", "paper"])
def test_highlights_avoid_faces_and_all_type(style: str) -> None:
    cover = cover_of(style)
    picture = cover.plan.layout.dummy.page.picture
    face, *type_boxes = cover.keep_clear
    # Where it is on the page, and not in the picture on it.
    assert face == FACE.shifted(picture.x0, picture.y0)
    assert type_boxes == [block.box for block in cover.composition.blocks]
    assert len(type_boxes) == 2


def test_type_avoids_a_face_that_only_the_painting_has() -> None:
    cover = cover_of("classic")
    _, line = cover.composition.blocks
    assert not line.box.overlaps(FACE)
