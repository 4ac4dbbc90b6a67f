"""A PosterRequest -> a Poster. The only module that knows the order of the work.

Does not know which door the request came through, nor how an engine paints.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from poster import __version__
from poster.covering import Cover, find_dpi, make_cover, print_cover, show_covers
from poster.engines.base import Engine, EnvelopePainting
from poster.engines.registry import Engines
from poster.envelope.page import PAPER, fit_on_paper
from poster.geometry import Box
from poster.paint import Watch
from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.photo.facts import Photo, measure_photo
from poster.photo.subject import SubjectNet
from poster.plan import Plan, plan_covers
from poster.poster import Poster, Receipt
from poster.request import LIMITS, MAX_SEED, PosterRequest
from poster.sealing import check_look, place_blocks, seal_cover
from poster.settings import Settings
from poster.typography.typeset import Typesetter

_BOUNDS = DecodeBounds(
    max_bytes=LIMITS.image_bytes,
    max_pixels=LIMITS.image_pixels,
    max_side=LIMITS.image_long_side,
    min_side=LIMITS.image_short_side,
)


@dataclass(frozen=True)
class Maker:
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
    def open(cls, settings: Settings) -> Maker:
        """Load the models, the fonts and the engine.

        Args:
            settings: which engine.

        Returns:
            A maker, ready.

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
        painter = self.engines.get(request.engine)
        sealer = painter
        if request.envelope_engine != "auto":
            sealer = self.engines.get(request.envelope_engine)
        check_look(sealer, request)
        watch = watch or Watch()
        clock = _Clock()
        seed = secrets.randbelow(MAX_SEED + 1) if request.seed is None else request.seed
        watch.progress(0.0, "decode")
        covers: tuple[Cover, ...] = ()
        pdf: bytes | None = None
        if request.stage == "envelope":
            with clock.lap("decode"):
                finished = decode(request.image, _BOUNDS, PAPER)
            finished = fit_on_paper(finished, request.width, request.height)
            keep_clear = self._find_faces(finished)
        else:
            covers, pdf = self._make_covers(painter, request, seed, watch, clock)
            finished, keep_clear = covers[0].composition.cover, covers[0].keep_clear
        envelope: EnvelopePainting | None = None
        if request.stage != "cover":
            with clock.lap("envelope"):
                part = watch.part(0.7, 0.95)
                envelope = seal_cover(sealer, finished, keep_clear, request, seed, part)
        watch.progress(1.0, "done")
        first = covers[0] if covers else None
        return Poster(
            cover=first.composition.cover if first else None,
            envelope=envelope.image if envelope else None,
            receipt=Receipt(
                engine=painter.name if covers else sealer.name,
                seed=seed,
                width=request.width,
                height=request.height,
                blocks=place_blocks(first.composition.blocks, finished.shape[1::-1], envelope)
                if first
                else (),
                layout=first.composition.scores if first else None,
                style=first.plan.verdict.style if first else "",
                style_why=first.plan.why if first else "",
                variants=tuple(cover.note for cover in covers[1:]),
                effective_dpi=find_dpi(painter, first, request) if first else None,
                envelope_variant=envelope.variant if envelope else "",
                # Only an engine that knows where the cover lies has kept its type as it was set.
                type_locked=envelope is None or envelope.cover_quad is not None,
                timings_ms=clock.laps_ms,
                versions=read_versions(),
                weights=painter.weights if covers else sealer.weights,
            ),
            variants=tuple(cover.composition.cover for cover in covers[1:]),
            contact_sheet=show_covers(covers, self.typesetter),
            layers=first.composition.layers.separate() if first and pdf else {},
            pdf=pdf,
        )

    def plan(self, request: PosterRequest) -> Plan:
        """Plan a request's first cover, and paint nothing.

        Args:
            request: what was asked for; its stage makes a cover.

        Returns:
            The plan that make goes by until it sees the painted picture.

        Raises:
            InputError: the photo cannot be used, or the text not be set.
        """
        pixels = decode(request.image, _BOUNDS)
        photo = self._look_at(pixels, self.subject_net.matte(pixels))
        return plan_covers(request, measure_photo(photo), self.typesetter)[0]

    def _make_covers(
        self, painter: Engine, request: PosterRequest, seed: int, watch: Watch, clock: _Clock
    ) -> tuple[tuple[Cover, ...], bytes | None]:
        """The covers, and the first one's PDF where that is asked for."""
        with clock.lap("decode"):
            pixels = decode(request.image, _BOUNDS)
        with clock.lap("cover"):
            watch.progress(0.1, "subject")
            photo = self._look_at(pixels, self.subject_net.matte(pixels))
            watch.progress(0.28, "layout")
            plans = plan_covers(request, measure_photo(photo), self.typesetter)
            covers = []
            for number, plan in enumerate(plans):
                own_seed = (seed + number) % (MAX_SEED + 1)
                part = watch.part(*(0.34 + 0.36 * (number + k) / len(plans) for k in (0, 1)))
                cover = make_cover(painter, photo, plan, request, own_seed, self._look_at, part)
                covers.append(cover)
        if request.output_format != "pdf":
            return tuple(covers), None
        with clock.lap("print"):
            pdf = print_cover(painter, photo, covers[0], request, self.typesetter.press)
        return tuple(covers), pdf

    def _look_at(self, pixels: NDArray[np.uint8], matte: NDArray[np.float32]) -> Photo:
        return Photo(pixels, matte, self._find_faces(pixels))

    def _find_faces(self, pixels: NDArray[np.uint8]) -> tuple[Box, ...]:
        return tuple(face.box for face in self.face_net.find(pixels))


@dataclass
class _Clock:
    laps_ms: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.laps_ms[name] = round((perf_counter() - started) * 1000)


def read_versions() -> dict[str, str]:
    """Versions of whatever can change a pixel."""
    return {
        "poster": __version__,
        "typst": version("typst"),
        "opencv": cv2.__version__,
    }
