"""A title and a photo -> pictures of its lines on a cover, in black on white, and through the film.

Sets and seals covers as the pipeline does, rotating through the styles; but the subject is never in
front of the type. Does not read the lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.glyph_check import is_set_as_shaped
from bench.readers import LinePicture
from bench.title_sets import Title
from poster.colour import Colour, pixels_from_floats
from poster.cover.ink.compose import compose_cover
from poster.cover.layout.dummy import Slot
from poster.cover.layout.page import mount_picture
from poster.cover.layout.styles import STYLES
from poster.cover_stage import clear_areas
from poster.engines.base import EnvelopePainting
from poster.envelope_stage import place_blocks, seal_cover
from poster.errors import TypesettingError
from poster.geometry import Box
from poster.paint_settings import ClearArea
from poster.photo.facts import Photo, PhotoFacts, measure_photo
from poster.photo.grade import add_grain
from poster.pipeline import Pipeline
from poster.plan import CoverPlan, plan_poster, plan_sealing
from poster.progress import ProgressMonitor
from poster.request import PosterRequest
from poster.result import Block
from poster.settings import Settings
from poster.typography.block import TypeBlock

_ROOM = 0.1
"""Margin around a line, as a share of its height: PP-OCR needs some space around type."""

_SEED = 7


@dataclass(frozen=True)
class _AnalysedPhoto:
    """A photo that is analysed once for all titles."""

    name: str
    photo: Photo
    facts: PhotoFacts


@dataclass(frozen=True)
class SetCover:
    """A cover with only a title.

    Args:
        title: the title.
        photo: name of the photo.
        request: the request that it was set for.
        page: HWC uint8, sRGB, [0, 255], without the type.
        pixels: the same with the type.
        block: the title's block, as in the receipt.
        type: the title, as set.
        ink: colour of the ink.
    """

    title: Title
    photo: str
    request: PosterRequest
    page: NDArray[np.uint8]
    pixels: NDArray[np.uint8]
    block: Block
    type: TypeBlock
    ink: Colour

    def cut(self, pixels: NDArray[np.uint8], ink: Colour) -> tuple[LinePicture, ...]:
        """Cut the title's lines from a picture of the cover that has the cover's size."""
        boxes = line_boxes(self.type.ink, len(self.type.lines), self.block.box)
        return cut_lines(pixels, list(boxes), ink)


@dataclass(frozen=True)
class SetTitle:
    """A title on a cover, and in black on white.

    Args:
        title: the title.
        photo: name of the photo.
        style: the style.
        contrast: contrast, as in the receipt.
        on_cover: its lines on the cover.
        on_white: its lines in black on white.
        is_exact: whether its ink equals that of HarfBuzz's glyphs.
    """

    title: Title
    photo: str
    style: str
    contrast: float
    on_cover: tuple[LinePicture, ...]
    on_white: tuple[LinePicture, ...]
    is_exact: bool


class Press:
    """Sets titles on photos, as samples for OCR.

    Args:
        photos: the photos; each is decoded and analysed once.
    """

    def __init__(self, photos: list[Path]) -> None:
        self._maker = Pipeline.open(Settings(engine="studio"))
        self._engine = self._maker.engines.get("studio")
        self._photos = [self._analyse(path) for path in photos]

    def _analyse(self, path: Path) -> _AnalysedPhoto:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        faces = tuple(face.box for face in self._maker.face_net.find(pixels))
        photo = Photo(pixels, self._maker.subject_net.matte(pixels), faces)
        return _AnalysedPhoto(path.stem, photo, measure_photo(photo))

    def set_title(self, title: Title, number: int) -> SetTitle:
        """Set a title, on the next photo and in the next style.

        Args:
            title: the title to set.
            number: running number of the title, which selects photo and style.

        Returns:
            Its lines.

        Raises:
            TypesettingError: it fits in no style.
        """
        cover = self.set_cover(title, number)
        inked = np.zeros(cover.pixels.shape[:2], np.uint8)
        inked[cover.block.box.slices] = cover.type.ink
        white = np.repeat(255 - inked[..., None], 3, axis=2)
        return SetTitle(
            title,
            cover.photo,
            cover.request.style,
            cover.block.contrast,
            cover.cut(cover.pixels, cover.ink),
            cover.cut(white, (0, 0, 0)),
            is_set_as_shaped(cover.type, self._maker.typesetter),
        )

    def set_cover(self, title: Title, number: int) -> SetCover:
        """Set a title on a cover; see set_title.

        Args:
            title: the title to set.
            number: running number of the title, which selects photo and style.

        Returns:
            The cover.

        Raises:
            TypesettingError: it fits in no style.
        """
        analysed = self._photos[number % len(self._photos)]
        plan, request = self._plan(title, analysed.facts, number)
        layout, page = plan.layout, plan.layout.dummy.page
        painting = self._engine.paint_cover(
            analysed.photo, layout.dummy, plan.settings, ProgressMonitor()
        )
        if layout.galley is None:
            raise AssertionError("a title has a galley")
        box = layout.dummy.areas[0].box
        masthead = Slot("masthead", 0, layout.galley.masthead, box.x0, box.y0)
        picture, matte = mount_picture(painting.picture, painting.subject_alpha, page)
        style = STYLES[request.style]
        composition = compose_cover(picture, matte, (masthead,), style, "auto", plan.grain_seed)
        # The colour was chosen for the visible ink; here, nothing is in front of the type.
        bare = replace(composition.layers, is_behind=False).flatten()
        cover = pixels_from_floats(add_grain(bare, plan.grain_seed))
        [block], [ink] = composition.blocks, composition.layers.colours
        return SetCover(title, analysed.name, request, picture, cover, block, masthead.type, ink)

    def seal(self, cover: SetCover, seed: int) -> tuple[EnvelopePainting, Block]:
        """Seal a cover in an envelope whose highlights avoid its faces and its type.

        Args:
            cover: a cover from set_cover.
            seed: selects one of the calmest envelopes.

        Returns:
            The envelope, and the block as the receipt has it with the envelope.
        """
        faces = [face.box for face in self._maker.face_net.find(cover.page)]
        keep_clear = (*clear_areas(faces, ()), ClearArea(cover.block.box, cover.block.size_px))
        envelope = plan_sealing(cover.request, seed).envelope
        sealed = seal_cover(self._engine, cover.pixels, keep_clear, envelope, ProgressMonitor())
        height, width = cover.pixels.shape[:2]
        [block] = place_blocks([cover.block], (width, height), sealed)
        return sealed, block

    def _plan(
        self, title: Title, facts: PhotoFacts, number: int
    ) -> tuple[CoverPlan, PosterRequest]:
        """Plan a cover in the next style in which the title fits."""
        names = list(STYLES)
        for turn in range(len(names)):
            request = PosterRequest(
                image=b"analysed already",
                title=title.text,
                language=title.language,
                style=names[(number + turn) % len(names)],
                seed=_SEED,
            )
            try:
                plan = plan_poster(request, _SEED, facts, self._maker.typesetter)
                return plan.covers[0], request
            except TypesettingError as error:
                trouble = error
        raise trouble


def line_boxes(ink: NDArray[np.uint8], count: int, box: Box) -> Iterator[Box]:
    """Find the lines of a block on a cover; there is always white space between lines.

    Args:
        ink: HW uint8, coverage, the size of the box.
        count: number of lines.
        box: the block's box on the cover.

    Yields:
        The box of each line's ink.
    """
    inked: NDArray[np.bool_] = ink.max(axis=1) > 0
    height = len(inked)
    ends = np.flatnonzero(np.diff(inked.astype(np.int8))) + 1
    # Accents can also leave white space: the gap nearest to an even division separates two lines.
    whites = [(int(start) + int(stop)) // 2 for start, stop in ends.reshape(-1, 2)]
    shares = [height * part / count for part in range(1, count)]
    cuts = [min(whites, key=lambda white: abs(white - share)) for share in shares]
    for top, bottom in pairwise([0, *cuts, height]):
        rows = np.flatnonzero(inked[top:bottom]) + top
        columns = np.flatnonzero(ink[top:bottom].max(axis=0))
        yield Box(
            box.x0 + int(columns[0]),
            box.y0 + int(rows[0]),
            box.x0 + int(columns[-1]) + 1,
            box.y0 + int(rows[-1]) + 1,
        )


def cut_lines(
    cover: NDArray[np.uint8], boxes: Sequence[Box], ink: Colour
) -> tuple[LinePicture, ...]:
    """Cut lines from a cover, each with a margin, but without any part of its neighbours.

    Args:
        cover: HWC uint8, sRGB, [0, 255].
        boxes: boxes of the lines, from the top.
        ink: colour of the type.

    Returns:
        A picture of each line.
    """
    height, width = cover.shape[:2]
    middles = [(upper.y1 + lower.y0) // 2 for upper, lower in pairwise(boxes)]
    lines = []
    for box, top, bottom in zip(boxes, [0, *middles], [*middles, height], strict=True):
        room = round(_ROOM * box.height)
        shown = box.grown(room, room).intersection(Box(0, top, width, bottom))
        pixels = np.ascontiguousarray(cover[shown.slices])
        lines.append(LinePicture(pixels, box.shifted(-shown.x0, -shown.y0), ink))
    return tuple(lines)
