"""A photo, a plan and a request -> a finished cover; and that cover in print, or beside others.

The part of the maker's order that concerns stage 1. Does not know how a photo is framed, nor how an
engine paints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from poster.cover.ink.compose import Composition, compose_cover
from poster.cover.layout.dummy import Slot
from poster.cover.layout.page import lay_facts, lay_picture
from poster.cover.layout.place import lay_out
from poster.cover.layout.styles import CLASSIC
from poster.cover.print.pdf import write_pdf
from poster.cover.print.resolution import (
    PRINT_DPI,
    PrintPicture,
    effective_dpi,
    lay_for_print,
    print_scale,
    printed_width_mm,
)
from poster.cover.print.sheet import contact_sheet
from poster.engines.base import Engine
from poster.geometry import Box
from poster.paint import Watch
from poster.photo.facts import Photo, measure_photo
from poster.plan import Plan, plan_settings
from poster.poster import VariantNote
from poster.request import PosterRequest
from poster.typography.press import Press
from poster.typography.typeset import Typesetter

LookAt = Callable[[NDArray[np.uint8], NDArray[np.float32]], Photo]
"""Finds the faces in a picture whose subject is known: HWC uint8, sRGB, and HW float32, [0, 1]."""


@dataclass(frozen=True)
class Cover:
    """A cover as it was planned and set.

    Args:
        plan: that it was made by.
        composition: the cover, its layers and what was measured on it.
        seed: of its picture and grain.
        faces: on the cover, in its pixels.
    """

    plan: Plan
    composition: Composition
    seed: int
    faces: tuple[Box, ...]

    @property
    def keep_clear(self) -> tuple[Box, ...]:
        """What the film's highlights shall leave alone."""
        return self.faces + tuple(block.box for block in self.composition.blocks)

    @property
    def note(self) -> VariantNote:
        """What the receipt says of it where it is one of several."""
        return VariantNote(self.seed, self.plan.verdict.style, self.plan.why)


def make_cover(
    painter: Engine,
    photo: Photo,
    plan: Plan,
    request: PosterRequest,
    seed: int,
    look_at: LookAt,
    watch: Watch,
) -> Cover:
    """Paint a cover's picture, and set its type on what was painted.

    Args:
        painter: the engine.
        photo: the caller's.
        plan: where type will stand, and the window of the photo to show.
        request: what was asked for.
        seed: of this cover.
        look_at: finds faces.
        watch: told how far the work is.

    Returns:
        The cover.

    Raises:
        Cancelled: the watch says so.
        TypesettingError: the type finds no room on the picture that was painted.
    """
    settings = plan_settings(request, seed)
    dummy = plan.dummy
    place = dummy.page.painted
    to_paint = replace(settings.cover, width=place.width, height=place.height)
    painting = painter.paint_cover(photo, dummy, to_paint, watch.part(0.0, 0.6))
    watch.progress(0.6, "type")
    # Type is laid out on the picture that was painted, whatever was planned for the photo.
    painted = look_at(painting.picture, painting.subject_alpha)
    page, matte = lay_picture(painted.pixels, painted.matte, dummy.page)
    style = CLASSIC
    slots: tuple[Slot, ...] = ()
    if plan.galley:
        seen = lay_facts(measure_photo(painted), dummy.page)
        slots = lay_out(seen, dummy.page, plan.galley, dummy.slots[0], plan.turn)
        style = plan.galley.style
    colour, grain_seed = request.title_colour, settings.grain_seed
    composition = compose_cover(page, matte, slots, style, colour, grain_seed)
    shown = dummy.page.picture
    faces = tuple(face.shifted(shown.x0, shown.y0) for face in painted.faces)
    return Cover(plan, composition, seed, faces)


def print_cover(
    painter: Engine, photo: Photo, cover: Cover, request: PosterRequest, press: Press
) -> bytes:
    """Write a cover as a PDF, its picture as fine as the photo is.

    Args:
        painter: the engine that painted it.
        photo: the caller's.
        cover: as it was made.
        request: says the trim size.
        press: sets the type.

    Returns:
        The PDF.
    """
    dummy = cover.plan.dummy
    scale = print_scale(dummy.window.width, dummy.page, request.trim)
    picture: PrintPicture | None = None
    if scale > 1 and painter.paints_any_size:
        place = dummy.page.painted
        settings = replace(
            plan_settings(request, cover.seed).cover,
            width=round(place.width * scale),
            height=round(place.height * scale),
        )
        large = painter.paint_cover(photo, dummy, settings, Watch())
        picture = lay_for_print(large.picture, large.subject_alpha, dummy.page)
    blocks = cover.composition.blocks
    return write_pdf(
        cover.composition.layers,
        request.trim,
        press,
        title=request.title,
        language=blocks[0].language if blocks else "en",
        picture=picture,
    )


def show_covers(covers: Sequence[Cover], typesetter: Typesetter) -> NDArray[np.uint8] | None:
    """Lay several covers on one sheet.

    Args:
        covers: in the order of the receipt.
        typesetter: sets the captions.

    Returns:
        HWC uint8, sRGB; None for a single cover.
    """
    if len(covers) < 2:
        return None
    captions = [
        f"{number}  {cover.note.style}  seed {cover.seed}" for number, cover in enumerate(covers, 1)
    ]
    return contact_sheet([cover.composition.cover for cover in covers], captions, typesetter)


def find_dpi(painter: Engine, cover: Cover, request: PosterRequest) -> float | None:
    """Find how finely the photo prints.

    Args:
        painter: the engine that painted it.
        cover: as it was made.
        request: says the trim size.

    Returns:
        Dots to the inch; None where paper does not show more.
    """
    page = cover.plan.dummy.page
    pixels = cover.plan.dummy.window.width
    if not painter.paints_any_size:
        pixels = min(pixels, page.painted.width)
    dpi = effective_dpi(pixels, printed_width_mm(page, request.trim))
    return dpi if dpi < PRINT_DPI else None
