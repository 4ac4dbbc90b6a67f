"""A benchmark photo -> its cover, made by the planner and the studio engine, and a record of it.

Covers are planned at the default size but painted small, with stored looks, so that all 55 take
half a minute. Does not know the accepted baseline.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poster.cover.framing.view import crop_facts
from poster.cover.lay_out_covers import lay_out_covers
from poster.cover.lay_out_in_style import Brief, Layout
from poster.cover.layout.dummy import CoverText
from poster.cover.layout.styles import STYLES
from poster.cover_stage import Cover, make_cover
from poster.engines.studio import StudioEngine
from poster.paint_settings import PaintSettings
from poster.photo.facts import Photo, PhotoFacts, measure_photo
from poster.plan import CoverPlan
from poster.progress import ProgressMonitor
from poster.typography.block import TypeBlock
from poster.typography.typeset import Typesetter
from tools.baseline.photos import read_copy, read_photo

Record = dict[str, Any]
"""The stored measurements of a cover, as JSON values."""

_WIDTH, _HEIGHT = 1024, 1472
_SMALL_WIDTH, _SMALL_HEIGHT = 384, 552
_SEED = 1


class Studio:
    """Makes covers of the benchmark photos."""

    def __init__(self) -> None:
        self._engine = StudioEngine()
        self._typesetter = _OnceTypesetter()

    def make(self, name: str) -> tuple[NDArray[np.uint8], Record]:
        """Make a photo's cover.

        Args:
            name: of the photo.

        Returns:
            The cover, HWC uint8, sRGB, [0, 255], and its record.
        """
        photo, text = read_photo(name), read_copy(name)
        facts = measure_photo(photo)
        layouts = self._lay_out(text, facts, (_WIDTH, _HEIGHT), "auto", len(STYLES))
        best = layouts[0]
        small = (_SMALL_WIDTH, _SMALL_HEIGHT)
        [again] = self._lay_out(text, facts, small, best.verdict.style, 1)
        shown = replace(again.dummy, window=best.dummy.window)
        cover = self._make(photo, facts, replace(again, dummy=shown))
        costs = {one.verdict.style: one.verdict.cost for one in layouts if one.turn == 0}
        return cover.pixels, _record(text.title, photo, cover, costs)

    def _lay_out(
        self, text: CoverText, facts: PhotoFacts, size: tuple[int, int], style: str, count: int
    ) -> tuple[Layout, ...]:
        brief = Brief(text, *size, style)
        return lay_out_covers(brief, count, facts, self._typesetter)

    def _make(self, photo: Photo, facts: PhotoFacts, layout: Layout) -> Cover:
        place = layout.dummy.page.picture
        settings = PaintSettings(place.width, place.height, _SEED)
        plan = CoverPlan(layout, _SEED, settings, _SEED, title_colour="auto")
        seen = crop_facts(facts, layout.dummy.window, place)

        def look_at(picture: NDArray[np.uint8], matte: NDArray[np.float32]) -> Photo:
            return Photo(picture, matte, seen.faces, seen.lettering)

        return make_cover(self._engine, photo, plan, look_at, ProgressMonitor())


class _OnceTypesetter(Typesetter):
    """Caches each set text, since most covers have the same words."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: dict[Hashable, TypeBlock] = {}

    def set_block(self, *arguments: Any, **options: Any) -> TypeBlock:  # noqa: ANN401
        key = "set", arguments, tuple(options.items())
        if key not in self._blocks:
            self._blocks[key] = super().set_block(*arguments, **options)
        return self._blocks[key]

    def fit_block(self, *arguments: Any, **options: Any) -> TypeBlock:  # noqa: ANN401
        key = "fit", arguments, tuple(options.items())
        if key not in self._blocks:
            self._blocks[key] = super().fit_block(*arguments, **options)
        return self._blocks[key]


def _record(title: str, photo: Photo, cover: Cover, costs: dict[str, float]) -> Record:
    window, width = cover.plan.layout.dummy.window, photo.pixels.shape[1]
    seen: Counter[str] = Counter()
    blocks: Record = {}
    for block in cover.composition.blocks:
        seen[block.role] += 1
        number = seen[block.role]
        blocks[block.role if number == 1 else f"{block.role} {number}"] = {
            "box": list(block.box.edges),
            "ink": block.colour,
            "contrast": round(block.contrast, 2),
            "letter_contrast": round(block.letter_contrast, 2),
        }
        if block.role == "masthead":
            hidden = {"hidden": block.hidden, "letter_hidden": block.letter_hidden}
            blocks["masthead"] |= {name: round(share, 3) for name, share in hidden.items()}
    scores = cover.composition.scores
    return {
        "title": title,
        "style": cover.plan.layout.verdict.style,
        "costs": {style: round(costs[style], 3) for style in STYLES if style in costs},
        # In thousandths of the photo's width.
        "window": [round(1000 * edge / width) for edge in window.edges],
        "scores": {name: round(score, 4) for name, score in asdict(scores).items()}
        if scores
        else {},
        "type": blocks,
    }
