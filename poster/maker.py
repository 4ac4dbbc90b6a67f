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
from poster.cover.pdf import write_pdf
from poster.cover.printing import (
    PRINT_DPI,
    PrintPicture,
    effective_dpi,
    lay_for_print,
    print_scale,
    printed_width_mm,
)
from poster.cover.sheet import contact_sheet
from poster.cover.styles import CLASSIC
from poster.engines.base import Engine, EnvelopePainting
from poster.engines.registry import Engines
from poster.envelope.page import PAPER, fit_on_paper
from poster.geometry import Box
from poster.paint import Watch
from poster.photo.decode import DecodeBounds, decode
from poster.photo.faces import FaceNet
from poster.photo.facts import Photo, measure_photo
from poster.photo.srgb import WHITE
from poster.photo.subject import SubjectNet
from poster.plan import Plan, plan_covers, plan_settings
from poster.poster import Block, Poster, Receipt, VariantNote
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
        with clock.lap("decode"):
            paper = PAPER if request.stage == "envelope" else WHITE
            pixels = decode(request.image, _BOUNDS, paper)
        covers: tuple[_Cover, ...] = ()
        is_printed, pdf = request.output_format == "pdf", None
        envelope: EnvelopePainting | None = None
        if request.stage == "envelope":
            finished = fit_on_paper(pixels, request.width, request.height)
            keep_clear = self._find_faces(finished)
        else:
            with clock.lap("cover"):
                part = watch.part(0.1, 0.7)
                part.progress(0.0, "subject")
                photo = self._look_at(pixels, self.subject_net.matte(pixels))
                covers = self._make_covers(painter, photo, request, seed, part)
            finished, keep_clear = covers[0].composition.cover, covers[0].keep_clear
            if is_printed:
                with clock.lap("print"):
                    pdf = self._print(painter, photo, covers[0], request)
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
                blocks=first.blocks_in(envelope) if first else (),
                layout=first.composition.scores if first else None,
                style=first.plan.verdict.style if first else "",
                style_why=first.plan.why if first else "",
                variants=tuple(cover.note for cover in covers[1:]),
                effective_dpi=_find_dpi(painter, first.plan, request) if first else None,
                envelope_variant=envelope.variant if envelope else "",
                # Only an engine that knows where the cover lies has kept its type as it was set.
                type_locked=envelope is None or envelope.cover_quad is not None,
                timings_ms=clock.laps_ms,
                versions=read_versions(),
                weights=painter.weights if covers else sealer.weights,
            ),
            variants=tuple(cover.composition.cover for cover in covers[1:]),
            contact_sheet=self._show_all(covers),
            layers=first.composition.layers.separate() if first and is_printed else {},
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
        self,
        painter: Engine,
        photo: Photo,
        request: PosterRequest,
        seed: int,
        watch: Watch,
    ) -> tuple[_Cover, ...]:
        watch.progress(0.3, "layout")
        plans = plan_covers(request, measure_photo(photo), self.typesetter)
        covers = []
        for number, plan in enumerate(plans):
            own_seed = (seed + number) % (MAX_SEED + 1)
            ends = (0.4 + 0.6 * (number + step) / len(plans) for step in (0, 1))
            part = watch.part(*ends)
            covers.append(self._make_cover(painter, photo, plan, request, own_seed, part))
        return tuple(covers)

    def _make_cover(
        self,
        painter: Engine,
        photo: Photo,
        plan: Plan,
        request: PosterRequest,
        seed: int,
        watch: Watch,
    ) -> _Cover:
        settings = plan_settings(request, seed)
        dummy = plan.dummy
        place = dummy.page.painted
        to_paint = replace(settings.cover, width=place.width, height=place.height)
        painting = painter.paint_cover(photo, dummy, to_paint, watch.part(0.0, 0.6))
        watch.progress(0.6, "type")
        # Type is laid out on the picture that was painted, whatever was planned for the photo.
        painted = self._look_at(painting.picture, painting.subject_alpha)
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
        return _Cover(plan, composition, seed, faces)

    def _print(self, painter: Engine, photo: Photo, cover: _Cover, request: PosterRequest) -> bytes:
        """The cover as a PDF, its picture as fine as the photo is."""
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
            self.typesetter.press,
            title=request.title,
            language=blocks[0].language if blocks else "en",
            picture=picture,
        )

    def _show_all(self, covers: tuple[_Cover, ...]) -> NDArray[np.uint8] | None:
        if len(covers) < 2:
            return None
        captions = [
            f"{number}  {cover.note.style}  seed {cover.seed}"
            for number, cover in enumerate(covers, 1)
        ]
        return contact_sheet(
            [cover.composition.cover for cover in covers], captions, self.typesetter
        )

    def _look_at(self, pixels: NDArray[np.uint8], matte: NDArray[np.float32]) -> Photo:
        return Photo(pixels, matte, self._find_faces(pixels))

    def _find_faces(self, pixels: NDArray[np.uint8]) -> tuple[Box, ...]:
        return tuple(face.box for face in self.face_net.find(pixels))


def _find_dpi(painter: Engine, plan: Plan, request: PosterRequest) -> float | None:
    """How finely the photo prints, where that is less than paper shows."""
    page = plan.dummy.page
    pixels = plan.dummy.window.width
    if not painter.paints_any_size:
        pixels = min(pixels, page.painted.width)
    dpi = effective_dpi(pixels, printed_width_mm(page, request.trim))
    return dpi if dpi < PRINT_DPI else None


@dataclass(frozen=True)
class _Cover:
    plan: Plan
    composition: Composition
    seed: int
    faces: tuple[Box, ...]

    @property
    def keep_clear(self) -> tuple[Box, ...]:
        """What the film's highlights shall leave alone."""
        return self.faces + tuple(block.box for block in self.composition.blocks)

    def blocks_in(self, envelope: EnvelopePainting | None) -> tuple[Block, ...]:
        height, width = self.composition.cover.shape[:2]
        return place_blocks(self.composition.blocks, (width, height), envelope)

    @property
    def note(self) -> VariantNote:
        return VariantNote(self.seed, self.plan.verdict.style, self.plan.why)


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
