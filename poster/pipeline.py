"""A PosterRequest -> a Poster: the steps of each stage, in their order.

Does not know which door the request came through, nor how a step is done: poster.steps does.
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
"""Stage -> the step that reads the request and plans, and those that follow its plan."""


@dataclass(frozen=True)
class Pipeline:
    """Everything that is loaded once and makes any number of posters.

    Args:
        engines: paint.
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
            settings: which engine.

        Returns:
            A pipeline, ready.

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
            request: what was asked for.
            watch: told how far the work is; may cancel it.

        Returns:
            The pictures that the stage asks for, and the receipt.

        Raises:
            PosterError: as its subclasses say.
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
        """Plan a request's first cover, and paint nothing.

        Args:
            request: what was asked for; its stage makes a cover.

        Returns:
            The plan that make goes by until it sees the painted picture.

        Raises:
            InputError: the photo cannot be used, or the text not be set.
        """
        engine = self.engines.get(request.engine)
        draft = plan_from_photo(self._work(engine, engine, Watch()), request, seed=0)
        return draft.plan.covers[0]

    def _work(self, painter: Engine, sealer: Engine, watch: Watch) -> Work:
        nets = self.subject_net, self.face_net
        return Work(painter, sealer, self.typesetter, *nets, watch)
