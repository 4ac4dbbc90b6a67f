"""A PosterRequest -> a Poster. The only module that knows the order of the work.

Does not know which door the request came through, nor how an engine paints.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from time import perf_counter

import cv2
import numpy as np
from numpy.typing import NDArray

from poster import __version__
from poster.cover.compose import Composition, compose_cover
from poster.cover.dummy import Slot
from poster.cover.layout import lay_out
from poster.cover.page import lay_facts, lay_picture
from poster.cover.styles import CLASSIC
from poster.engines.base import Engine, EnvelopePainting
from poster.engines.registry import Engines
from poster.envelope.composite import project_box
from poster.envelope.page import fit_on_paper
from poster.paint import Watch
from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.photo.facts import Photo, measure_photo
from poster.photo.subject import SubjectNet
from poster.plan import Plan, StageSettings, plan_cover, plan_settings
from poster.poster import Block, Poster, Receipt
from poster.request import LIMITS, MAX_SEED, PosterRequest
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
        watch = watch or Watch()
        clock = _Clock()
        settings = plan_settings(request, drawn_seed=secrets.randbelow(MAX_SEED + 1))
        watch.progress(0.0, "decode")
        with clock.lap("decode"):
            pixels = decode(request.image, _BOUNDS)
        plan: Plan | None = None
        composition: Composition | None = None
        envelope: EnvelopePainting | None = None
        if request.stage == "envelope":
            cover = fit_on_paper(pixels, request.width, request.height)
        else:
            with clock.lap("cover"):
                part = watch.part(0.1, 0.7)
                plan, composition = self._make_cover(painter, pixels, request, settings, part)
            cover = composition.cover
        if request.stage != "cover":
            with clock.lap("envelope"):
                part = watch.part(0.7, 0.95)
                envelope = sealer.paint_envelope(cover, settings.envelope, part)
        watch.progress(1.0, "done")
        return Poster(
            cover=composition.cover if composition else None,
            envelope=envelope.image if envelope else None,
            receipt=Receipt(
                engine=painter.name if composition else sealer.name,
                seed=settings.seed,
                width=request.width,
                height=request.height,
                blocks=_find_blocks(composition, envelope),
                layout=composition.scores if composition else None,
                style=plan.verdict.style if plan else "",
                style_why=plan.why if plan else "",
                # Only an engine that knows where the cover lies has kept its type as it was set.
                type_locked=envelope is None or envelope.cover_quad is not None,
                timings_ms=clock.laps_ms,
                versions=read_versions(),
                weights=painter.weights if composition else sealer.weights,
            ),
        )

    def _make_cover(
        self,
        painter: Engine,
        pixels: NDArray[np.uint8],
        request: PosterRequest,
        settings: StageSettings,
        watch: Watch,
    ) -> tuple[Plan, Composition]:
        watch.progress(0.0, "subject")
        photo = self._look_at(pixels, self.subject_net.matte(pixels))
        watch.progress(0.4, "layout")
        plan = plan_cover(request, measure_photo(photo), self.typesetter)
        dummy = plan.dummy
        place = dummy.page.painted
        to_paint = replace(settings.cover, width=place.width, height=place.height)
        painting = painter.paint_cover(photo, dummy, to_paint, watch.part(0.5, 0.8))
        watch.progress(0.8, "type")
        # Type is laid out on the picture that was painted, whatever was planned for the photo.
        painted = self._look_at(painting.picture, painting.subject_alpha)
        page, matte = lay_picture(painted.pixels, painted.matte, dummy.page)
        style = CLASSIC
        slots: tuple[Slot, ...] = ()
        if plan.galley:
            seen = lay_facts(measure_photo(painted), dummy.page)
            slots = lay_out(seen, dummy.page, plan.galley, dummy.slots[0])
            style = plan.galley.style
        colour, seed = request.title_colour, settings.grain_seed
        return plan, compose_cover(page, matte, slots, style, colour, seed)

    def _look_at(self, pixels: NDArray[np.uint8], matte: NDArray[np.float32]) -> Photo:
        faces = tuple(face.box for face in self.face_net.find(pixels))
        return Photo(pixels, matte, faces)


def _find_blocks(
    composition: Composition | None, envelope: EnvelopePainting | None
) -> tuple[Block, ...]:
    """The cover's blocks, with their places in the envelope where those are known."""
    if composition is None:
        return ()
    quad = envelope.cover_quad if envelope else None
    if quad is None:
        return composition.blocks
    height, width = composition.cover.shape[:2]
    return tuple(
        replace(block, envelope_box=project_box(block.box, (width, height), quad))
        for block in composition.blocks
    )


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
