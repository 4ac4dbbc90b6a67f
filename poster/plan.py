"""A request and the facts of its photo -> a Plan: everything that later stages need.

Pure: the same request and facts give the same plan, and no pixel is read. cover.lay_out_covers
decides how covers are laid out; this module turns a request into its brief.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from poster.colour import format_hex
from poster.colour_names import parse_colour
from poster.cover.lay_out_covers import lay_out_covers
from poster.cover.lay_out_in_style import Brief, Layout
from poster.cover.layout.dummy import CoverText
from poster.geometry import TrimSize
from poster.paint_settings import EnvelopeAppearance, PaintSettings
from poster.photo.facts import PhotoFacts
from poster.request import MAX_SEED, PosterRequest
from poster.typography.typeset import Typesetter

GREY_CARD = (119, 119, 119)
"""A photographer's grey card, which reflects 18 %, sRGB: the background called grey."""


@dataclass(frozen=True)
class CoverPlan:
    """The plan of one cover.

    Args:
        layout: the planned type areas, and the window of the photo.
        seed: the cover's seed in the receipt; all its random choices derive from it.
        settings: how its picture is painted.
        grain_seed: seed of the grain.
        title_colour: #RRGGBB or auto.
    """

    layout: Layout
    seed: int
    settings: PaintSettings
    grain_seed: int
    title_colour: str

    def with_layout(self, layout: Layout) -> CoverPlan:
        """The same cover, laid out in another way."""
        place = layout.dummy.page.picture
        settings = replace(self.settings, width=place.width, height=place.height)
        return replace(self, layout=layout, settings=settings)


@dataclass(frozen=True)
class EnvelopePlan:
    """The plan of a poster's envelope.

    Args:
        settings: how it is painted.
        appearance: its appearance; keep_clear is filled in when the cover is finished.
    """

    settings: PaintSettings
    appearance: EnvelopeAppearance


@dataclass(frozen=True)
class Plan:
    """The plan of a poster.

    Args:
        seed: seed of all random choices; the request's own if it has one.
        width: width of cover and envelope, in pixels.
        height: height of cover and envelope, in pixels.
        title: title of the poster.
        covers: the best first; empty if the image is a finished cover.
        brief: what the covers should be; None if the image is a finished cover.
        envelope: how a cover is sealed; unused if only a cover is made.
        trim: size of the printed page.
        output_format: png, jpg, webp, or pdf for PNG files and a PDF.
        output_quality: 1-100, for jpg and webp.
    """

    seed: int
    width: int
    height: int
    title: str
    covers: tuple[CoverPlan, ...]
    brief: Brief | None
    envelope: EnvelopePlan
    trim: TrimSize
    output_format: str
    output_quality: int


def plan_poster(
    request: PosterRequest, seed: int, facts: PhotoFacts, typesetter: Typesetter
) -> Plan:
    """Plan a poster from a photo.

    Args:
        request: the request.
        seed: seed of all random choices; the request's own if it has one.
        facts: facts of the whole photo.
        typesetter: measures type.

    Returns:
        The plan, with as many covers as the request has variants.

    Raises:
        TypesettingError: the text cannot be set.
    """
    brief = read_brief(request)
    layouts = lay_out_covers(brief, request.variants, facts, typesetter, seed)
    covers = (
        _plan_cover(request, layout, (seed + number) % (MAX_SEED + 1))
        for number, layout in enumerate(layouts)
    )
    return replace(plan_sealing(request, seed), covers=tuple(covers), brief=brief)


def read_brief(request: PosterRequest) -> Brief:
    """Turn a request into the brief of its covers."""
    page = request.page_size
    return Brief(
        text=read_copy(request),
        width=page.width,
        height=page.height,
        style=request.style,
    )


def plan_sealing(request: PosterRequest, seed: int) -> Plan:
    """Plan a poster from a finished cover: only its envelope.

    Args:
        request: the request.
        seed: seed of all random choices; the request's own if it has one.

    Returns:
        The plan, without covers.
    """
    _, envelope_seed, _ = derive_seeds(seed)
    page = request.page_size
    settings = _settings(request, envelope_seed, request.envelope_prompt)
    return Plan(
        seed=seed,
        width=page.width,
        height=page.height,
        title=" ".join(request.title.split()),
        covers=(),
        brief=None,
        envelope=EnvelopePlan(settings, plan_appearance(request)),
        trim=page.trim,
        output_format=request.output_format,
        output_quality=request.output_quality,
    )


def read_copy(request: PosterRequest) -> CoverText:
    """The text of a request, with cover lines split at `|`."""
    lines = (line.partition("|") for line in request.coverlines)
    return CoverText(
        title=request.title.strip(),
        coverlines=tuple((headline.strip(), deck.strip()) for headline, _, deck in lines),
        kicker=request.kicker.strip(),
        folio=request.issue.strip(),
        language=None if request.language == "auto" else request.language,
    )


def _plan_cover(request: PosterRequest, layout: Layout, seed: int) -> CoverPlan:
    cover_seed, _, grain_seed = derive_seeds(seed)
    settings = _settings(request, cover_seed, request.cover_prompt)
    settings = replace(settings, next_prompt=request.envelope_prompt)
    colour = _read_colour(request.title_colour)
    return CoverPlan(layout, seed, settings, grain_seed, colour).with_layout(layout)


def _settings(request: PosterRequest, seed: int, prompt: str) -> PaintSettings:
    page = request.page_size
    return PaintSettings(
        width=page.width,
        height=page.height,
        seed=seed,
        prompt=prompt,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        speed=request.speed,
    )


def derive_seeds(seed: int) -> tuple[int, int, int]:
    """Derive three seeds from a cover's seed: for its picture, its envelope and its grain.

    Args:
        seed: the cover's seed.

    Returns:
        The three in that order, statistically independent, each from 0 to MAX_SEED.
    """
    cover, envelope, grain = np.random.SeedSequence(seed).generate_state(3)
    return int(cover), int(envelope), int(grain) % (MAX_SEED + 1)


def plan_appearance(request: PosterRequest) -> EnvelopeAppearance:
    """Plan the appearance of the envelope.

    Args:
        request: the request.

    Returns:
        The appearance; keep_clear is still empty.
    """
    name = request.background.lower()
    background = None
    if name in ("grey", "gray"):
        background = GREY_CARD
    elif name != "transparent":
        background = parse_colour(name)
    closure = None if request.closure.lower() == "auto" else parse_colour(request.closure)
    return EnvelopeAppearance(background, closure, float(request.glare))


def _read_colour(text: str) -> str:
    """Return auto, or a colour as #RRGGBB."""
    return "auto" if text.lower() == "auto" else format_hex(parse_colour(text))
