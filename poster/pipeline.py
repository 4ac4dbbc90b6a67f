"""A PosterRequest -> a Poster: the steps of each stage, in order.

Does not know which door the request came through or how a step works: poster.steps does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from poster.engines.base import Engine
from poster.engines.registry import Engines
from poster.envelope_stage import check_appearance
from poster.photo.faces import FaceNet
from poster.photo.lettering import LetteringNet
from poster.photo.subject import SubjectNet
from poster.plan import CoverPlan
from poster.progress import ProgressMonitor
from poster.request import MAX_SEED, PosterRequest
from poster.result import Poster
from poster.settings import Settings
from poster.steps import (
    Context,
    Draft,
    finish,
    make_pdf,
    paint_covers,
    plan_from_cover,
    plan_from_photo,
    seal,
)
from poster.typography.typeset import Typesetter

Start = Callable[[Context, PosterRequest, int], Draft]
Step = Callable[[Context, Draft], Draft]

STEPS_BY_STAGE: dict[str, tuple[Start, tuple[Step, ...]]] = {
    "both": (plan_from_photo, (paint_covers, make_pdf, seal)),
    "cover": (plan_from_photo, (paint_covers, make_pdf)),
    "envelope": (plan_from_cover, (seal,)),
}
"""Stage -> the step that plans from the request, and the steps that carry out that plan."""


@dataclass(frozen=True)
class Pipeline:
    """Holds everything that is loaded once, and makes any number of posters.

    Args:
        engines: the engines that paint.
        typesetter: sets type.
        subject_net: finds the subject.
        face_net: finds the faces.
        lettering_net: finds the lettering.
    """

    engines: Engines
    typesetter: Typesetter
    subject_net: SubjectNet
    face_net: FaceNet
    lettering_net: LetteringNet

    @classmethod
    def open(cls, settings: Settings) -> Pipeline:
        """Load the models, the fonts and the engine.

        Args:
            settings: the engine to use, and its weights.

        Returns:
            A pipeline, ready to use.

        Raises:
            UnavailableError: this machine cannot run that engine.
            AssetError: a file that ships with the package is missing or broken.
        """
        subject_net = SubjectNet()
        engines = Engines(settings, subject_net.matte)
        return cls(engines, Typesetter(), subject_net, FaceNet(), LetteringNet())

    def make(self, request: PosterRequest, monitor: ProgressMonitor | None = None) -> Poster:
        """Make a poster.

        Args:
            request: what to make.
            monitor: receives progress, and can cancel.

        Returns:
            The pictures of the request's stage, and the receipt.

        Raises:
            PosterError: see its subclasses.
        """
        start, steps = STEPS_BY_STAGE[request.stage]
        cover_engine = self.engines.get(request.engine)
        envelope_engine = cover_engine
        if request.envelope_engine != "auto":
            envelope_engine = self.engines.get(request.envelope_engine)
        if seal in steps:
            check_appearance(envelope_engine, request)
        # An odd seed takes the best layout.
        seed = secrets.randbelow(MAX_SEED + 1) | 1 if request.seed is None else request.seed
        context = self._context(cover_engine, envelope_engine, monitor or ProgressMonitor())
        draft = start(context, request, seed)
        for step in steps:
            draft = step(context, draft)
        context.monitor.report(1.0, "done")
        return finish(context, draft)

    def plan(self, request: PosterRequest) -> CoverPlan:
        """Plan a request's first cover without painting it.

        Args:
            request: what to make; its stage must include a cover.

        Returns:
            The plan that `make` would start from. `make` lays the type out again on the painted
            picture.

        Raises:
            InputError: the photo cannot be used, or the text cannot be set.
        """
        engine = self.engines.get(request.engine)
        draft = plan_from_photo(self._context(engine, engine, ProgressMonitor()), request, seed=0)
        return draft.plan.covers[0]

    def _context(
        self, cover_engine: Engine, envelope_engine: Engine, monitor: ProgressMonitor
    ) -> Context:
        nets = self.subject_net, self.face_net, self.lettering_net
        return Context(cover_engine, envelope_engine, self.typesetter, *nets, monitor)
