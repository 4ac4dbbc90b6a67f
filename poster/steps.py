"""The steps of the work: a request -> a draft, a draft -> the next draft, a draft -> the poster.

Each stage begins with one of the two planning steps, which are the only ones that see the request.
Does not know the order of the other steps: the pipeline does. covering and sealing do the details.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from poster.covering import Cover, make_cover, print_cover, show_covers
from poster.engines.base import Engine, EnvelopePainting
from poster.envelope.letterbox import PAPER, fit_on_paper
from poster.paint import Watch
from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.photo.facts import Photo, measure_photo
from poster.photo.subject import SubjectNet
from poster.plan import Plan, plan_poster, plan_sealing
from poster.poster import Poster
from poster.receipt import write_receipt
from poster.request import LIMITS, PosterRequest
from poster.sealing import seal_cover
from poster.typography.typeset import Typesetter

_BOUNDS = DecodeBounds(
    max_bytes=LIMITS.image_bytes,
    max_pixels=LIMITS.image_pixels,
    max_side=LIMITS.image_long_side,
    min_side=LIMITS.image_short_side,
)


@dataclass(frozen=True)
class Work:
    """Everything that the making of one poster uses.

    Args:
        painter: the engine of the cover.
        sealer: the engine of the envelope.
        typesetter: sets type.
        subject_net: finds the subject.
        face_net: finds the faces.
        watch: receives progress, and can cancel.
        laps_ms: step -> wall time in milliseconds, filled in during the work.
    """

    painter: Engine
    sealer: Engine
    typesetter: Typesetter
    subject_net: SubjectNet
    face_net: FaceNet
    watch: Watch
    laps_ms: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Add the time spent inside to the named step."""
        started = perf_counter()
        yield
        elapsed_ms = round((perf_counter() - started) * 1000)
        self.laps_ms[name] = self.laps_ms.get(name, 0) + elapsed_ms

    def find_faces(self, pixels: NDArray[np.uint8], matte: NDArray[np.float32]) -> Photo:
        """Find the faces in a picture whose matte is known."""
        return Photo(pixels, matte, tuple(face.box for face in self.face_net.find(pixels)))


@dataclass(frozen=True)
class Draft:
    """An unfinished poster: the results of the steps so far.

    Args:
        plan: the poster's plan.
        photo: the caller's photo; for a finished cover, the cover fitted to its page, without a
            subject.
        covers: the finished covers.
        pdf: the first cover as a PDF.
        envelope: the cover in its envelope.
    """

    plan: Plan
    photo: Photo
    covers: tuple[Cover, ...] = ()
    pdf: bytes | None = None
    envelope: EnvelopePainting | None = None


def plan_from_photo(work: Work, request: PosterRequest, seed: int) -> Draft:
    """Analyse the photo, and plan the covers and the envelope."""
    work.watch.progress(0.0, "decode")
    with work.lap("decode"):
        pixels = decode(request.image, _BOUNDS)
    with work.lap("cover"):
        work.watch.progress(0.1, "subject")
        photo = work.find_faces(pixels, work.subject_net.matte(pixels))
        work.watch.progress(0.28, "layout")
        plan = plan_poster(request, seed, measure_photo(photo), work.typesetter)
    return Draft(plan, photo)


def plan_from_cover(work: Work, request: PosterRequest, seed: int) -> Draft:
    """Fit a finished cover to its page, and plan its envelope."""
    work.watch.progress(0.0, "decode")
    with work.lap("decode"):
        pixels = decode(request.image, _BOUNDS, PAPER)
    page = fit_on_paper(pixels, request.width, request.height)
    no_subject = np.broadcast_to(np.float32(0), page.shape[:2])
    return Draft(plan_sealing(request, seed), work.find_faces(page, no_subject))


def paint_covers(work: Work, draft: Draft) -> Draft:
    """Paint each cover and set its type; the first one goes into the envelope."""
    plans = draft.plan.covers
    covers = []
    with work.lap("cover"):
        for number, plan in enumerate(plans):
            part = work.watch.part(*(0.34 + 0.36 * (number + k) / len(plans) for k in (0, 1)))
            covers.append(make_cover(work.painter, draft.photo, plan, work.find_faces, part))
    return replace(draft, covers=tuple(covers))


def write_pdf(work: Work, draft: Draft) -> Draft:
    """Write the first cover as a PDF, if the plan asks for it."""
    plan = draft.plan
    if plan.output_format != "pdf":
        return draft
    with work.lap("print"):
        first, compiler = draft.covers[0], work.typesetter.compiler
        pdf = print_cover(work.painter, draft.photo, first, plan.title, plan.trim, compiler)
    return replace(draft, pdf=pdf)


def seal(work: Work, draft: Draft) -> Draft:
    """Put the finished cover into its envelope."""
    cover, keep_clear = draft.photo.pixels, draft.photo.faces
    if draft.covers:
        cover, keep_clear = draft.covers[0].pixels, draft.covers[0].keep_clear
    with work.lap("envelope"):
        part = work.watch.part(0.7, 0.95)
        envelope = seal_cover(work.sealer, cover, keep_clear, draft.plan.envelope, part)
    return replace(draft, envelope=envelope)


def finish(work: Work, draft: Draft) -> Poster:
    """Collect the pictures of a draft, and write the receipt."""
    engines = {
        **({"cover": work.painter} if draft.covers else {}),
        **({"envelope": work.sealer} if draft.envelope else {}),
    }
    receipt = write_receipt(draft.plan, engines, draft.covers, draft.envelope, work.laps_ms)
    first = draft.covers[0] if draft.covers else None
    return Poster(
        cover=first.pixels if first else None,
        envelope=draft.envelope.image if draft.envelope else None,
        receipt=receipt,
        variants=tuple(cover.pixels for cover in draft.covers[1:]),
        contact_sheet=show_covers(draft.covers, work.typesetter),
        layers=first.composition.layers.separate() if first and draft.pdf else {},
        pdf=draft.pdf,
        output_format=draft.plan.output_format,
        output_quality=draft.plan.output_quality,
    )
