"""What was planned, painted and set -> the poster's receipt.

Does not know how any of it was made or where the receipt is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from poster.cover_stage import Cover, compute_dpi
from poster.engines.base import Engine, EnvelopePainting
from poster.envelope_stage import place_blocks
from poster.plan import Plan
from poster.receipt.cover_notes import note_cover
from poster.result import HeadroomNote, Receipt, VariantNote
from poster.typography.fonts import FACES
from poster.version import __version__

_PAINTED_WITH = (
    "numpy",
    "opencv-contrib-python-headless",
    "pillow",
    "pi-heif",
    "coloraide",
    "typst",
    "uharfbuzz",
    "regex",
    "budoux",
)
"""Distributions that decode, measure, choose colours, break lines, shape text and draw."""


def build_receipt(
    plan: Plan,
    engines: Mapping[str, Engine],
    covers: Sequence[Cover],
    envelope: EnvelopePainting | None,
    *,
    request: dict[str, Any],
    notes: Sequence[str],
    timings_ms: dict[str, int],
) -> Receipt:
    """Build a poster's receipt.

    Args:
        plan: the poster's plan.
        engines: painted stage, cover or envelope -> the engine that painted it; at least one.
        covers: the finished covers; the first is the main one.
        envelope: the cover in its envelope, if one was made.
        request: the record of the request.
        notes: a sentence for everything that was asked for and not done.
        timings_ms: step -> wall time in milliseconds.

    Returns:
        The receipt.
    """
    first = covers[0] if covers else None
    blocks = first.composition.blocks if first else ()
    dpi = compute_dpi(engines["cover"], first.plan, plan.trim) if first else None
    packages = {name for engine in engines.values() for name in engine.packages}
    return Receipt(
        engine=next(iter(engines.values())).name,
        seed=plan.seed,
        width=plan.width,
        height=plan.height,
        blocks=place_blocks(blocks, (plan.width, plan.height), envelope),
        layout=first.composition.scores if first else None,
        style=first.plan.layout.verdict.style if first else "",
        style_why=first.plan.layout.why if first else "",
        variants=tuple(
            VariantNote(one.plan.seed, one.plan.layout.verdict.style, one.plan.layout.why)
            for one in covers[1:]
        ),
        headroom=_note_headroom(first),
        easing=first.composition.easing if first else None,
        effective_dpi=dpi,
        envelope_variant=envelope.variant if envelope else "",
        engines={stage: engine.name for stage, engine in engines.items()},
        # An engine that knows the cover's position has kept its type exactly.
        type_locked=envelope is None or envelope.cover_quad is not None,
        timings_ms=timings_ms,
        versions=collect_versions(*sorted(packages)),
        weights={stage: engine.weights for stage, engine in engines.items() if engine.weights},
        notes=(
            *notes,
            *(note_cover(first, plan.covers[0], request, plan, dpi) if first else ()),
        ),
        request=request,
    )


def _note_headroom(cover: Cover | None) -> HeadroomNote | None:
    if cover is None or cover.strip is None:
        return None
    return HeadroomNote(cover.plan.layout.dummy.headroom, cover.strip.score)


def collect_versions(*packages: str) -> dict[str, str]:
    """Read the versions of everything that can change a pixel.

    Args:
        packages: distributions that an engine uses, in addition to those that every poster needs.

    Returns:
        Distribution -> version: first this package as `poster`, then the common distributions, the
        engine's, and the fonts.
    """
    # A font's distribution is named like its package, with hyphens.
    fonts = sorted({face.package.replace("_", "-") for face in FACES.values()})
    names = dict.fromkeys((*_PAINTED_WITH, *packages, *fonts))
    return {"poster": __version__, **{name: _find_version(name) for name in names}}


@cache
def _find_version(distribution: str) -> str:
    return version(distribution)
