"""A cover as asked, as planned and as made -> notes on what was not done as asked.

Does not know where notes are stored or shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from poster.cover.ink.compose import floor_of, is_legible
from poster.cover.ink.contrast_search import LETTER_SHARE
from poster.cover.ink.protection import SEEN_CHANGE, USUAL
from poster.cover.layout.styles import STYLES
from poster.cover.print.resolution import note_enlargement, note_low_dpi
from poster.cover_stage import Cover
from poster.plan import CoverPlan, Plan
from poster.typography.itemise import line_ends


def note_cover(
    cover: Cover, planned: CoverPlan, request: Mapping[str, Any], plan: Plan, dpi: float | None
) -> Iterator[str]:
    """Find what was asked for and not done, and what the type cost the photo.

    Args:
        cover: the first cover.
        planned: its plan, before anything was painted.
        request: the record of the request.
        plan: the poster's plan.
        dpi: photo pixels per inch at the trim size, if few.

    Returns:
        One sentence for each.
    """
    yield from _note_line_breaks(cover, request["title"])
    yield from _note_style(cover, planned, request)
    yield from _note_contrast(cover)
    if dpi:
        yield from _note_softness(cover, plan, dpi)


def _note_line_breaks(cover: Cover, title: str) -> Iterator[str]:
    wanted = len(line_ends(title)) + 1
    for slot in cover.composition.layers.slots[:1]:
        if 1 < wanted != len(slot.type.lines):
            style = cover.plan.layout.verdict.style
            yield (
                f"the title's {wanted} lines were set as one text: style {style} has room for "
                f"{STYLES[style].masthead.lines}"
            )


def _note_style(cover: Cover, planned: CoverPlan, request: Mapping[str, Any]) -> Iterator[str]:
    if cover.plan == planned or request["title_colour"] == "auto":
        return
    before, after = (one.layout.verdict.style for one in (planned, cover.plan))
    what = "the type was moved" if before == after else f"style {before} was replaced by {after}"
    if planned.layout.dummy.headroom and not cover.plan.layout.dummy.headroom:
        yield f"{what}: the backdrop above the photo could not be extended believably"
        return
    yield (
        f"{what}: in title_colour {request['title_colour']} the title was not legible where it was "
        f"planned, unless a face changed or the picture by more than {USUAL.title:g} CIEDE2000"
    )


def _note_contrast(cover: Cover) -> Iterator[str]:
    weak = [block for block in cover.composition.blocks if not is_legible(block)]
    for role in dict.fromkeys(block.role for block in weak):
        least = min(block.contrast for block in weak if block.role == role)
        letter = min(block.letter_contrast for block in weak if block.role == role)
        floor = floor_of(role)
        yield (
            f"the contrast of the {role} is {least:.2f}:1, in its weakest letter {letter:.2f}:1; "
            f"{floor:g}:1 and {floor * LETTER_SHARE:g}:1 would change a face, or the picture too "
            "much; choose another style or title_colour, or less text"
        )
    change = cover.composition.subject_change
    if change >= SEEN_CHANGE:
        yield (
            f"the subject was darkened or lightened under the type by up to {change:.0f} "
            f"CIEDE2000{'; faces were not' if cover.faces else ''}"
        )


def _note_softness(cover: Cover, plan: Plan, dpi: float) -> tuple[str, ...]:
    if plan.output_format == "pdf":
        return note_low_dpi(dpi, plan.trim)
    dummy = cover.plan.layout.dummy
    window = dummy.window
    rows = window.y1 - max(0, window.y0)  # without headroom
    return note_enlargement("photo", window.width, rows, dummy.page.picture.width / window.width)
