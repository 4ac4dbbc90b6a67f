"""The steps of making a poster: a request -> a draft -> the next draft -> the poster.

Each sequence of steps begins with one of the two planning steps, which are the only ones that see
the request. Does not know the order of the steps: poster.pipeline does. poster.cover_stage and
poster.envelope_stage handle the details.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.cover.lay_out_covers import check_text, lay_out_covers
from poster.cover.lay_out_in_style import Layout, lay_out_on_fields
from poster.cover.print.resolution import note_enlargement
from poster.cover_stage import (
    Cover,
    clear_areas,
    make_contact_sheet,
    make_cover_pdf,
    make_legible_cover,
)
from poster.engines.base import Engine, EnvelopePainting
from poster.envelope.letterbox import PAPER, enlargement, fit_on_paper
from poster.envelope_stage import seal_cover
from poster.geometry import Box
from poster.photo.border import find_inside
from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.photo.facts import Photo, measure_photo
from poster.photo.lettering import LetteringNet
from poster.photo.subject import SubjectNet
from poster.plan import Plan, plan_poster, plan_sealing, read_brief
from poster.progress import ProgressMonitor
from poster.receipt.build import build_receipt
from poster.receipt.request_record import record_request
from poster.receipt.unused_fields import note_unused_fields
from poster.request import LIMITS, PosterRequest
from poster.result import Poster
from poster.typography.typeset import Typesetter

_BOUNDS = DecodeBounds(
    max_bytes=LIMITS.image_bytes,
    max_pixels=LIMITS.image_pixels,
    max_side=LIMITS.image_long_side,
    min_side=LIMITS.image_short_side,
)


_MORE_LAYOUTS = 2
"""Layouts to try if the type is not legible in the planned one: the other styles, if the request
leaves the style open."""


@dataclass(frozen=True)
class Context:
    """Everything that the steps of one poster need.

    Args:
        cover_engine: the engine of the cover.
        envelope_engine: the engine of the envelope.
        typesetter: sets type.
        subject_net: finds the subject.
        face_net: finds the faces.
        lettering_net: finds the lettering.
        monitor: receives progress, and can cancel.
        laps_ms: step -> wall time in milliseconds, added to by each step.
    """

    cover_engine: Engine
    envelope_engine: Engine
    typesetter: Typesetter
    subject_net: SubjectNet
    face_net: FaceNet
    lettering_net: LetteringNet
    monitor: ProgressMonitor
    laps_ms: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the named step."""
        started = perf_counter()
        yield
        elapsed_ms = round((perf_counter() - started) * 1000)
        self.laps_ms[name] = self.laps_ms.get(name, 0) + elapsed_ms

    def look_at(self, pixels: NDArray[np.uint8], matte: NDArray[np.float32]) -> Photo:
        """Find faces and lettering in a picture whose matte is known."""
        faces = tuple(face.box for face in self.face_net.find(pixels))
        return Photo(pixels, matte, faces, self.lettering_net.find(pixels))


@dataclass(frozen=True)
class Draft:
    """An unfinished poster: the results of the steps so far.

    Args:
        plan: the poster's plan.
        photo: the caller's photo; for a finished cover, the cover fitted to its page, without a
            subject.
        covers: the finished covers.
        request: the record of the request, for the receipt.
        notes: a sentence for everything that was asked for and not done.
        pdf: the first cover as a PDF.
        envelope: the cover in its envelope.
    """

    plan: Plan
    photo: Photo
    request: dict[str, Any]
    notes: tuple[str, ...]
    covers: tuple[Cover, ...] = ()
    pdf: bytes | None = None
    envelope: EnvelopePainting | None = None


def plan_from_photo(context: Context, request: PosterRequest, seed: int) -> Draft:
    """Check the text, analyse the photo, and plan the covers and the envelope."""
    context.monitor.report(0.0, "reading the photo")
    check_text(read_brief(request), context.typesetter)
    with context.lap("decode"):
        decoded = decode(request.image, _BOUNDS)
        pixels, notes = _trim(decoded.pixels)
    with context.lap("cover"):
        context.monitor.report(0.1, "finding the subject")
        matte = context.subject_net.matte(pixels)
        photo = context.look_at(pixels, matte)
        context.monitor.report(0.28, "laying out the cover")
        plan = plan_poster(request, seed, measure_photo(photo), context.typesetter)
    return _begin(context, request, plan, photo, (*decoded.notes, *notes))


def _trim(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Cut off flat borders, and note it; a photo that would become too small keeps them."""
    inside = find_inside(pixels)
    height, width = pixels.shape[:2]
    if inside == Box(0, 0, width, height):
        return pixels, ()
    if min(inside.width, inside.height) < LIMITS.image_short_side:
        return pixels, ()
    sides = zip(
        ("left", "top", "right", "bottom"),
        (inside.x0, inside.y0, width - inside.x1, height - inside.y1),
        strict=True,
    )
    cut = ", ".join(f"{count} px at the {side}" for side, count in sides if count)
    note = f"image: its flat border was cut off: {cut}"
    return np.ascontiguousarray(pixels[inside.slices]), (note,)


def plan_from_cover(context: Context, request: PosterRequest, seed: int) -> Draft:
    """Fit a finished cover to its page, and plan its envelope."""
    context.monitor.report(0.0, "reading the photo")
    with context.lap("decode"):
        decoded = decode(request.image, _BOUNDS, PAPER)
    size = request.page_size
    page = fit_on_paper(decoded.pixels, size.width, size.height, decoded.ground)
    no_subject = np.broadcast_to(np.float32(0), page.shape[:2])
    photo = context.look_at(page, no_subject)
    rows, columns = decoded.pixels.shape[:2]
    times = enlargement(decoded.pixels, size.width, size.height)
    notes = (*decoded.notes, *note_enlargement("cover", columns, rows, times))
    return _begin(context, request, plan_sealing(request, seed), photo, notes)


def _begin(
    context: Context, request: PosterRequest, plan: Plan, photo: Photo, notes: tuple[str, ...]
) -> Draft:
    """Begin a draft with what the receipt says of the request, which no later step sees."""
    engines = {"cover": context.cover_engine, "envelope": context.envelope_engine}
    if request.stage != "both":
        engines = {request.stage: engines[request.stage]}
    unused = note_unused_fields(request, engines)
    return Draft(plan, photo, record_request(request, plan.seed, engines), (*unused, *notes))


def paint_covers(context: Context, draft: Draft) -> Draft:
    """Paint each cover and set its type; the first one goes into the envelope."""
    plans, brief = draft.plan.covers, draft.plan.brief
    covers: list[Cover] = []

    def lay_out_again(cover: Cover) -> Iterator[Layout]:
        if brief is None:
            return
        facts = measure_photo(draft.photo)
        # The same layouts without headroom are new ones, too.
        tried = len(plans) if cover.has_sound_headroom else 0
        if not cover.has_sound_headroom:
            facts = facts.without_headroom()
        used = [made.plan.layout.dummy for made in covers]
        fields = lay_out_on_fields(cover.plan.layout, brief, facts, context.typesetter)

        def others() -> Iterator[Layout]:
            count, seed = tried + _MORE_LAYOUTS, draft.plan.seed
            yield from lay_out_covers(brief, count, facts, context.typesetter, seed)[tried:]

        layouts = (fields, others()) if cover.has_sound_headroom else (others(), fields)
        yield from (one for one in chain(*layouts) if one.dummy not in used)

    with context.lap("cover"):
        for number, plan in enumerate(plans):
            part = context.monitor.subrange(
                *(0.34 + 0.36 * (number + k) / len(plans) for k in (0, 1))
            )
            covers.append(
                make_legible_cover(
                    context.cover_engine,
                    draft.photo,
                    plan,
                    lay_out_again,
                    context.look_at,
                    part,
                )
            )
    return replace(draft, covers=tuple(covers))


def make_pdf(context: Context, draft: Draft) -> Draft:
    """Make a PDF of the first cover, if the plan asks for it."""
    plan = draft.plan
    if plan.output_format != "pdf":
        return draft
    with context.lap("print"):
        first, compiler = draft.covers[0], context.typesetter.compiler
        pdf = make_cover_pdf(
            context.cover_engine, draft.photo, first, plan.title, plan.trim, compiler
        )
    return replace(draft, pdf=pdf)


def seal(context: Context, draft: Draft) -> Draft:
    """Put the finished cover into its envelope."""
    cover = draft.photo.pixels
    keep_clear = clear_areas(draft.photo.faces, draft.photo.lettering)
    if draft.covers:
        cover, keep_clear = draft.covers[0].pixels, draft.covers[0].keep_clear
    with context.lap("envelope"):
        part = context.monitor.subrange(0.7, 0.95)
        envelope = seal_cover(context.envelope_engine, cover, keep_clear, draft.plan.envelope, part)
    return replace(draft, envelope=envelope)


def finish(context: Context, draft: Draft) -> Poster:
    """Collect the pictures of a draft, and build the receipt."""
    engines = {
        **({"cover": context.cover_engine} if draft.covers else {}),
        **({"envelope": context.envelope_engine} if draft.envelope else {}),
    }
    receipt = build_receipt(
        draft.plan,
        engines,
        draft.covers,
        draft.envelope,
        request=draft.request,
        notes=draft.notes,
        timings_ms=context.laps_ms,
    )
    first = draft.covers[0] if draft.covers else None
    return Poster(
        cover=first.pixels if first else None,
        envelope=draft.envelope.image if draft.envelope else None,
        receipt=receipt,
        variants=tuple(cover.pixels for cover in draft.covers[1:]),
        contact_sheet=make_contact_sheet(draft.covers, context.typesetter),
        layers=first.composition.layers.separate() if first and draft.pdf else {},
        pdf=draft.pdf,
        output_format=draft.plan.output_format,
        output_quality=draft.plan.output_quality,
    )
