"""A photo and a cover's plan -> the finished cover, its PDF, and a contact sheet of several covers.

Stage 1 of a poster, called by poster.steps. Does not know how a photo is framed or how an engine
paints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.grown_strip import GrownStrip, measure_strip
from poster.cover.framing.view import crop_boxes
from poster.cover.ink.compose import Composition, compose_cover
from poster.cover.ink.protection import FURTHEST, USUAL, Bounds
from poster.cover.lay_out_in_style import Layout
from poster.cover.layout.dummy import Dummy, Slot
from poster.cover.layout.page import mount_facts, mount_picture
from poster.cover.layout.place import lay_out
from poster.cover.layout.styles import CLASSIC
from poster.cover.print.pdf import build_pdf
from poster.cover.print.resolution import (
    PRINT_DPI,
    PrintPicture,
    effective_dpi,
    mount_for_print,
    print_scale,
    printed_width_mm,
)
from poster.cover.print.sheet import contact_sheet
from poster.engines.base import Engine
from poster.geometry import Box, TrimSize
from poster.paint_settings import ClearArea
from poster.photo.facts import Photo, measure_photo
from poster.plan import CoverPlan
from poster.progress import ProgressMonitor
from poster.typography.typeset import Typesetter
from poster.typography.typst_compiler import TypstCompiler

LookAt = Callable[[NDArray[np.uint8], NDArray[np.float32]], Photo]
"""Finds faces and lettering in a picture (HWC uint8, sRGB) whose matte (HW float32, [0, 1]) is
known."""

_SAME = 0.5
"""Share of a box known from the photo that lies in one found in the painting if both are the same
thing. Not measured."""


@dataclass(frozen=True)
class Cover:
    """A finished cover.

    Args:
        plan: the plan that it follows.
        composition: the cover, its layers and its measurements.
        faces: boxes in the cover's pixels.
        lettering: boxes in the cover's pixels of words in the photo.
        strip: how the headroom differs from the photo; None without headroom.
    """

    plan: CoverPlan
    composition: Composition
    faces: tuple[Box, ...]
    lettering: tuple[Box, ...] = ()
    strip: GrownStrip | None = None

    @property
    def is_sound(self) -> bool:
        """Whether its type is legible, and its headroom cannot be told from the photo."""
        return self.composition.is_legible and self.has_sound_headroom

    @property
    def has_sound_headroom(self) -> bool:
        """Whether its headroom, if any, cannot be told from the photo."""
        return self.strip is None or self.strip.score <= 1

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """HWC uint8, sRGB, [0, 255]."""
        return self.composition.cover

    @property
    def keep_clear(self) -> tuple[ClearArea, ...]:
        """What the film's highlights should avoid: faces, lettering and type."""
        type_areas = (ClearArea(block.box, block.size_px) for block in self.composition.blocks)
        return (*clear_areas(self.faces, self.lettering), *type_areas)


def clear_areas(faces: Sequence[Box], lettering: Sequence[Box]) -> tuple[ClearArea, ...]:
    """Say what must stay recognisable in a photo.

    Args:
        faces: boxes in pixels; of a face, an eye is a fifth of its width.
        lettering: boxes in pixels; letters are not larger than the shorter side.

    Returns:
        The areas, faces first.
    """
    return (
        *(ClearArea(face, face.width / 5) for face in faces),
        *(ClearArea(sign, min(sign.width, sign.height)) for sign in lettering),
    )


def make_cover(
    engine: Engine, photo: Photo, plan: CoverPlan, look_at: LookAt, monitor: ProgressMonitor
) -> Cover:
    """Paint a cover's picture, and set its type on the painted picture.

    Args:
        engine: the engine.
        photo: the caller's photo.
        plan: the planned type areas, the window of the photo to show, and the paint settings.
        look_at: finds faces and lettering in the painted picture.
        monitor: receives progress.

    Returns:
        The cover.

    Raises:
        Cancelled: the caller cancelled.
        TypesettingError: the text does not fit on the painted picture.
    """
    return _set_type(_paint(engine, photo, plan, look_at, monitor), plan, USUAL)


def _paint(
    engine: Engine, photo: Photo, plan: CoverPlan, look_at: LookAt, monitor: ProgressMonitor
) -> Photo:
    """Paint a cover's picture, and find the faces and the lettering in it."""
    dummy, part = plan.layout.dummy, monitor.subrange(0.0, 0.6)
    painting = engine.paint_cover(photo, dummy, plan.settings, part)
    monitor.report(0.6, "setting the type")
    faces, lettering = (
        crop_boxes(boxes, dummy.window, dummy.page.picture)
        for boxes in (photo.faces, photo.lettering)
    )
    if engine.shows_the_photo:
        return Photo(painting.picture, painting.subject_alpha, faces, lettering)
    painted = look_at(painting.picture, painting.subject_alpha)

    def with_known(found: tuple[Box, ...], known: tuple[Box, ...]) -> tuple[Box, ...]:
        # What the window cuts may be found in the photo only, and of a sign only a part.
        missed = [
            box
            for box in known
            if all(box.intersection(one).area < _SAME * box.area for one in found)
        ]
        return tuple(sorted((*found, *missed), key=lambda box: -box.area))

    return replace(
        painted,
        faces=with_known(painted.faces, faces),
        lettering=with_known(painted.lettering, lettering),
    )


def _set_type(painted: Photo, plan: CoverPlan, bounds: Bounds) -> Cover:
    """Set a cover's type on its painted picture, which can differ from the photo planned for."""
    layout = plan.layout
    dummy = layout.dummy
    page, matte = mount_picture(painted.pixels, painted.matte, dummy.page)
    style = CLASSIC
    slots: tuple[Slot, ...] = ()
    if layout.galley:
        seen = mount_facts(measure_photo(painted), dummy.page)
        slots = lay_out(seen, dummy.page, layout.galley, layout.turn)
        style = layout.galley.style
    shown = dummy.page.picture
    faces, lettering = (
        tuple(box.shifted(shown.x0, shown.y0) for box in boxes)
        for boxes in (painted.faces, painted.lettering)
    )
    composition = compose_cover(
        page, matte, slots, style, plan.title_colour, plan.grain_seed, faces, bounds
    )
    return Cover(plan, composition, faces, lettering, _measure_headroom(painted, dummy))


def _measure_headroom(painted: Photo, dummy: Dummy) -> GrownStrip | None:
    rows = round(len(painted.pixels) * dummy.headroom)
    return measure_strip(painted.pixels, painted.matte, rows) if rows else None


def make_legible_cover(
    engine: Engine,
    photo: Photo,
    plan: CoverPlan,
    alternatives: Callable[[Cover], Iterable[Layout]],
    look_at: LookAt,
    monitor: ProgressMonitor,
) -> Cover:
    """Make a cover, in another layout if the planned one turns out badly.

    Args:
        engine: the engine.
        photo: the caller's photo.
        plan: the cover's plan.
        alternatives: takes the cover as planned, and returns other layouts, the best first; called
            only if they are needed.
        look_at: finds faces and lettering in a painted picture.
        monitor: receives progress.

    Returns:
        The first cover whose type is legible and whose headroom cannot be told from the photo: as
        planned, in another layout, or as planned with more change of the picture under the type. If
        there is none, the one as planned.

    Raises:
        Cancelled: the caller cancelled.
        TypesettingError: the text does not fit on the painted picture.
    """
    painted = _paint(engine, photo, plan, look_at, monitor)
    planned = _set_type(painted, plan, USUAL)
    if planned.is_sound:
        return planned
    for layout in alternatives(planned):
        if layout.verdict.style == plan.layout.verdict.style:
            layout = replace(layout, why=plan.layout.why)  # noqa: PLW2901
        again = make_cover(engine, photo, plan.with_layout(layout), look_at, monitor)
        if again.is_sound:
            return again
    # The caller chose style and colour: the subject gives way further if that helps, never a face.
    further = _set_type(painted, plan, FURTHEST)
    return further if further.composition.is_legible else planned


def make_cover_pdf(
    engine: Engine, photo: Photo, cover: Cover, title: str, trim: TrimSize, compiler: TypstCompiler
) -> bytes:
    """Make a PDF of a cover, with its picture at the photo's own resolution.

    Args:
        engine: the engine that painted it.
        photo: the caller's photo.
        cover: the finished cover.
        title: title of the document.
        trim: the page size after trimming.
        compiler: sets the type.

    Returns:
        The PDF's bytes.
    """
    dummy = cover.plan.layout.dummy
    scale = print_scale(dummy.window.width, dummy.page, trim)
    picture: PrintPicture | None = None
    if scale > 1 and engine.shows_the_photo:
        place = dummy.page.picture
        settings = replace(
            cover.plan.settings,
            width=round(place.width * scale),
            height=round(place.height * scale),
        )
        large = engine.paint_cover(photo, dummy, settings, ProgressMonitor())
        picture = mount_for_print(large.picture, large.subject_alpha, dummy.page)
    blocks = cover.composition.blocks
    return build_pdf(
        cover.composition.layers,
        trim,
        compiler,
        title=title,
        language=blocks[0].language if blocks else "en",
        picture=picture,
    )


def make_contact_sheet(covers: Sequence[Cover], typesetter: Typesetter) -> NDArray[np.uint8] | None:
    """Put several covers on one contact sheet.

    Args:
        covers: in the order of the receipt.
        typesetter: sets the captions.

    Returns:
        HWC uint8, sRGB; None if there is only one cover.
    """
    if len(covers) < 2:
        return None
    captions = [
        f"{number}  {cover.plan.layout.verdict.style}  seed {cover.plan.seed}"
        for number, cover in enumerate(covers, 1)
    ]
    return contact_sheet([cover.pixels for cover in covers], captions, typesetter)


def compute_dpi(engine: Engine, plan: CoverPlan, trim: TrimSize) -> float | None:
    """Compute the photo's resolution in print.

    Args:
        engine: the engine that paints it.
        plan: the cover's plan.
        trim: the page size after trimming.

    Returns:
        Photo pixels per inch; None if there are at least PRINT_DPI.
    """
    dummy = plan.layout.dummy
    pixels = dummy.window.width
    if not engine.shows_the_photo:
        pixels = min(pixels, dummy.page.picture.width)
    dpi = effective_dpi(pixels, printed_width_mm(dummy.page, trim))
    return dpi if dpi < PRINT_DPI else None
