"""A finished cover and an envelope's plan -> the cover in its envelope, and where its type is.

Stage 2 of a poster, called by poster.steps. Does not know how an engine makes an envelope.
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
from poster.paint_settings import ClearArea
from poster.plan import EnvelopePlan
from poster.progress import ProgressMonitor
from poster.request import DEFAULTS, PosterRequest
from poster.result import Block

_APPEARANCE_FIELDS = ("background", "closure", "glare")


def check_appearance(engine: Engine, request: PosterRequest) -> None:
    """Reject an appearance that the engine does not support, before anything is painted.

    Args:
        engine: the engine that would make the envelope.
        request: the request.

    Raises:
        RequestError: background, closure or glare is set, and the engine ignores them.
    """
    if request.stage == "cover" or engine.supports_appearance:
        return
    for name in _APPEARANCE_FIELDS:
        if getattr(request, name) != DEFAULTS[name]:
            trouble = f"is not available with {engine.name}, which paints its own envelope"
            raise RequestError(name, f"{trouble}; set envelope_engine=studio")


def seal_cover(
    engine: Engine,
    cover: NDArray[np.uint8],
    keep_clear: Sequence[ClearArea],
    plan: EnvelopePlan,
    monitor: ProgressMonitor,
) -> EnvelopePainting:
    """Put a cover into its envelope.

    Args:
        engine: the engine that makes the envelope.
        cover: HWC uint8, sRGB, [0, 255], with the plan's aspect ratio.
        keep_clear: faces, lettering and type, in the cover's pixels.
        plan: the envelope's paint settings and appearance.
        monitor: receives progress.

    Returns:
        The envelope.

    Raises:
        Cancelled: the caller cancelled.
    """
    settings = plan.settings
    down, across = settings.height / cover.shape[0], settings.width / cover.shape[1]
    areas = tuple(
        ClearArea(_scaled(area.box, across, down), area.detail * across) for area in keep_clear
    )
    return engine.paint_envelope(
        cover, replace(plan.appearance, keep_clear=areas), settings, monitor
    )


def _scaled(box: Box, across: float, down: float) -> Box:
    edges = zip(box.edges, (across, down) * 2, strict=True)
    return Box(*(round(edge * by) for edge, by in edges))


def place_blocks(
    blocks: Sequence[Block], cover_size: tuple[int, int], envelope: EnvelopePainting | None
) -> tuple[Block, ...]:
    """Add to the cover's blocks their position in the envelope and the glare there, if known.

    Args:
        blocks: the blocks of the cover.
        cover_size: width and height of the cover in pixels.
        envelope: the cover in its envelope, or None.

    Returns:
        The blocks in the same order.
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
