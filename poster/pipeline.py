"""A PosterRequest -> a Poster: the steps of each stage, in order.

Does not know which door the request came through or how a step works: poster.steps does.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from poster.engines.base import Engine
from poster.engines.registry import Engines
from poster.paint import Watch
from poster.photo.faces import FaceNet
from poster.photo.subject import SubjectNet
from poster.plan import CoverPlan
from poster.poster import Poster
from poster.request import MAX_SEED, PosterRequest
from poster.sealing import check_look
from poster.settings import Settings
from poster.steps import (
    Draft,
    Work,
    finish,
    paint_covers,
    plan_from_cover,
    plan_from_photo,
    seal,
    write_pdf,
)
from poster.typography.typeset import Typesetter

Start = Callable[[Work, PosterRequest, int], Draft]
Step = Callable[[Work, Draft], Draft]

ORDERS: dict[str, tuple[Start, tuple[Step, ...]]] = {
    "both": (plan_from_photo, (paint_covers, write_pdf, seal)),
    "cover": (plan_from_photo, (paint_covers, write_pdf)),
    "envelope": (plan_from_cover, (seal,)),
}
"""Stage -> the step that reads the request and plans, and the steps that follow that plan."""


@dataclass(frozen=True)
class Pipeline:
    """Holds everything that is loaded once, and makes any number of posters.

    Args:
        engines: the engines that paint.
        typesetter: sets type.
        subject_net: finds the subject.
        face_net: finds the faces.
    """

    engines: Engines
    typesetter: Typesetter
    subject_net: SubjectNet
    face_net: FaceNet

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
        return cls(engines, Typesetter(), subject_net, FaceNet())

    def make(self, request: PosterRequest, watch: Watch | None = None) -> Poster:
        """Make a poster.

        Args:
            request: what to make.
            watch: receives progress, and can cancel.

        Returns:
            The pictures of the request's stage, and the receipt.

        Raises:
            PosterError: see its subclasses.
        """
        start, steps = ORDERS[request.stage]
        painter = self.engines.get(request.engine)
        sealer = painter
        if request.envelope_engine != "auto":
            sealer = self.engines.get(request.envelope_engine)
        if seal in steps:
            check_look(sealer, request)
        seed = secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed
        work = self._work(painter, sealer, watch or Watch())
        draft = start(work, request, seed)
        for step in steps:
            draft = step(work, draft)
        work.watch.progress(1.0, "done")
        return finish(work, draft)

    def plan(self, request: PosterRequest) -> CoverPlan:
        """Plan a request's first cover without painting it.

        Args:
            request: what to make; its stage must include a cover.

        Returns:
            The plan that make follows until it sees the painted picture.

        Raises:
            InputError: the photo cannot be used, or the text cannot be set.
        """
        engine = self.engines.get(request.engine)
        draft = plan_from_photo(self._work(engine, engine, Watch()), request, seed=0)
        return draft.plan.covers[0]

    def _work(self, painter: Engine, sealer: Engine, watch: Watch) -> Work:
        nets = self.subject_net, self.face_net
        return Work(painter, sealer, self.typesetter, *nets, watch)
