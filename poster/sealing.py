"""A finished cover and an envelope's plan -> the cover in it, and where its type lies there.

Stage 2 of a poster, called by poster.steps. Does not know how an engine seals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from poster.engines.base import Engine, EnvelopePainting
from poster.envelope.projection import mean_inside, project_box
from poster.errors import RequestError
from poster.geometry import Box
from poster.paint import Watch
from poster.plan import EnvelopePlan
from poster.poster import Block
from poster.request import DEFAULTS, PosterRequest

_LOOKS = ("background", "closure", "glare")


def check_look(sealer: Engine, request: PosterRequest) -> None:
    """Refuse a look that the engine cannot give, before anything is painted.

    Args:
        sealer: the engine that would make the envelope.
        request: what was asked for.

    Raises:
        RequestError: a field of the look is set, and the engine paints an envelope of its own.
    """
    if request.stage == "cover" or sealer.takes_looks:
        return
    for name in _LOOKS:
        if getattr(request, name) != DEFAULTS[name]:
            trouble = f"cannot be had from {sealer.name}, which paints an envelope of its own"
            raise RequestError(name, f"{trouble}; set envelope_engine=studio")


def seal_cover(
    sealer: Engine,
    cover: NDArray[np.uint8],
    keep_clear: Sequence[Box],
    plan: EnvelopePlan,
    watch: Watch,
) -> EnvelopePainting:
    """Put a cover into its envelope.

    Args:
        sealer: makes the envelope.
        cover: HWC uint8, sRGB, [0, 255], of the plan's aspect.
        keep_clear: faces and type, boxes in the cover's pixels.
        plan: how the envelope is painted, and what it is like.
        watch: told how far the work is.

    Returns:
        The envelope.

    Raises:
        Cancelled: the watch says so.
    """
    settings = plan.settings
    down, across = settings.height / cover.shape[0], settings.width / cover.shape[1]
    boxes = tuple(
        Box(*(round(edge * by) for edge, by in zip(box.edges, (across, down) * 2, strict=True)))
        for box in keep_clear
    )
    return sealer.paint_envelope(cover, replace(plan.look, keep_clear=boxes), settings, watch)


def place_blocks(
    blocks: Sequence[Block], cover_size: tuple[int, int], envelope: EnvelopePainting | None
) -> tuple[Block, ...]:
    """The cover's blocks, with their places in the envelope and the glare there, where known.

    Args:
        blocks: as they were set on the cover.
        cover_size: width and height of the cover in pixels.
        envelope: the cover in its envelope; None without.

    Returns:
        The blocks in their order.
    """
    if envelope is None or envelope.cover_quad is None:
        return tuple(blocks)
    height, width = envelope.image.shape[:2]
    placed = []
    for block in blocks:
        quad = project_box(block.box, cover_size, envelope.cover_quad)
        glare = envelope.glare
        over = None if glare is None else mean_inside(glare, (width, height), quad)
        placed.append(replace(block, envelope_box=quad, glare=over))
    return tuple(placed)
