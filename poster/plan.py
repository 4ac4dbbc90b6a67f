"""A request and the facts of its photo -> a Plan: the dummy, the copy, the seeds and the prompts.

Pure: the same request and facts give the same plan, and no pixel is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from poster.colour import parse_hex
from poster.cover.framing.choose import choose_window
from poster.cover.framing.view import see_through
from poster.cover.layout.dummy import Copy, Dummy
from poster.cover.layout.galley import Galley
from poster.cover.layout.judge import NO_VERDICT, Verdict, judge, tell_choice
from poster.cover.layout.page import Page, lay_facts, open_page
from poster.cover.layout.place import lay_out, place_masthead
from poster.cover.layout.styles import STYLES, Style
from poster.errors import PhotoTooSmallError, TypesettingError
from poster.geometry import Box
from poster.paint import EnvelopeLook, PaintSettings
from poster.photo.facts import PhotoFacts
from poster.request import LIMITS, MAX_SEED, PosterRequest
from poster.typography.typeset import Typesetter

BACKGROUNDS = {"black": (0, 0, 0), "white": (255, 255, 255), "grey": (119, 119, 119)}
"""Named backgrounds, sRGB; grey is the photographer's card, which reflects 18 %."""


@dataclass(frozen=True)
class Plan:
    """What will be painted and set.

    Args:
        dummy: where type stands, and the window of the photo.
        galley: the type, set; None for a cover without words.
        verdict: what speaks against its style for this photo and copy
        why: why this style was chosen, in words; empty where the request chose it.
        turn: how often the style came before among the variants; type is arranged by it.
    """

    dummy: Dummy
    galley: Galley | None
    verdict: Verdict = NO_VERDICT
    why: str = ""
    turn: int = 0


@dataclass(frozen=True)
class StageSettings:
    """How each stage is painted."""

    cover: PaintSettings
    envelope: PaintSettings
    grain_seed: int


def plan_covers(
    request: PosterRequest, facts: PhotoFacts, typesetter: Typesetter
) -> tuple[Plan, ...]:
    """Plan the covers of a request.

    Args:
        request: what was asked for.
        facts: of the whole photo.
        typesetter: sets type, for its measure.

    Returns:
        As many plans as the request has variants, the best first. Where the request leaves the
        style open, each style has its turn before one comes again, otherwise arranged.

    Raises:
        TypesettingError: the text cannot be set.
        PhotoTooSmallError: no window of the photo is large enough.
    """
    if not request.title.strip():
        return (_plan_without_words(request, facts),) * request.variants
    ranked = _rank_styles(request, facts, typesetter)
    plans = list(ranked[: request.variants])
    while len(plans) < request.variants:
        turn, place = divmod(len(plans), len(ranked))
        first = ranked[place]
        again = _plan_in(STYLES[first.verdict.style], request, facts, typesetter, turn)
        plans.append(replace(again, why=f"{first.why}; arranged anew, {turn}"))
    return tuple(plans)


def _rank_styles(
    request: PosterRequest, facts: PhotoFacts, typesetter: Typesetter
) -> tuple[Plan, ...]:
    """A plan in each style that can be set, the best first; in the one that is asked for alone."""
    if request.style != "auto":
        return (_plan_in(STYLES[request.style], request, facts, typesetter),)
    plans, troubles = [], []
    for style in STYLES.values():
        try:
            plans.append(_plan_in(style, request, facts, typesetter))
        except (TypesettingError, PhotoTooSmallError) as error:
            troubles.append(error)
    if not plans:
        raise troubles[0]
    plans.sort(key=lambda plan: plan.verdict.cost)
    verdicts = [plan.verdict for plan in plans]
    return tuple(replace(plan, why=tell_choice(plan.verdict, verdicts)) for plan in plans)


def _plan_without_words(request: PosterRequest, facts: PhotoFacts) -> Plan:
    page = Page.full_bleed(request.width, request.height)
    framing = choose_window(facts, page.painted, None, LIMITS.image_short_side)
    return Plan(Dummy(page, framing.window, slots=()), galley=None)


def _plan_in(
    style: Style,
    request: PosterRequest,
    facts: PhotoFacts,
    typesetter: Typesetter,
    turn: int = 0,
) -> Plan:
    page = open_page(style, request.width, request.height, facts.palette)
    galley = Galley(read_copy(request), style, page.width, page.height, typesetter)
    masthead = place_masthead(galley)
    title = masthead if page.picture.overlaps(masthead.box) else None
    framing = choose_window(
        facts,
        page.painted,
        title,
        LIMITS.image_short_side,
        is_behind=style.masthead.is_behind,
        turn=turn,
    )
    seen = lay_facts(see_through(facts, framing.window, page.painted), page)
    dummy = Dummy(page, framing.window, lay_out(seen, page, galley, masthead, turn))
    return Plan(dummy, galley, judge(style, framing.cost, seen, dummy), turn=turn)


def read_copy(request: PosterRequest) -> Copy:
    """The words of a request, white space tidied and cover lines split at their bar."""
    lines = (line.partition("|") for line in request.coverlines)
    return Copy(
        title=_tidy(request.title),
        coverlines=tuple((_tidy(headline), _tidy(deck)) for headline, _, deck in lines),
        kicker=_tidy(request.kicker),
        folio=_tidy(request.issue),
        language=None if request.language == "auto" else request.language,
    )


def plan_settings(request: PosterRequest, seed: int) -> StageSettings:
    """Seeds and paint settings of both stages.

    Args:
        request: what was asked for.
        seed: of all that is drawn; the request's own, where it names one.

    Returns:
        Independent seeds for each stage, derived from one.
    """
    cover, envelope, grain = derive_seeds(seed)

    def settings(stage_seed: int, prompt: str, next_prompt: str = "") -> PaintSettings:
        return PaintSettings(
            width=request.width,
            height=request.height,
            seed=stage_seed,
            prompt=prompt,
            num_inference_steps=request.num_inference_steps,
            guidance_scale=request.guidance_scale,
            speed=request.speed,
            next_prompt=next_prompt,
        )

    return StageSettings(
        cover=settings(cover, request.cover_prompt, request.envelope_prompt),
        envelope=settings(envelope, request.envelope_prompt),
        grain_seed=grain,
    )


def derive_seeds(seed: int) -> tuple[int, int, int]:
    """Derive the seeds of all that is drawn from one.

    Args:
        seed: of a poster.

    Returns:
        Independent seeds of the cover's picture, the envelope's and the grain, each 0 to MAX_SEED.
    """
    cover, envelope, grain = np.random.SeedSequence(seed).generate_state(3)
    return int(cover), int(envelope), int(grain) % (MAX_SEED + 1)


def plan_look(request: PosterRequest, keep_clear: Sequence[Box] = ()) -> EnvelopeLook:
    """What a request asks of its envelope.

    Args:
        request: what was asked for.
        keep_clear: faces and type, boxes in the cover's pixels.

    Returns:
        The look.
    """
    background = BACKGROUNDS.get(request.background)
    if background is None and request.background != "transparent":
        background = parse_hex(request.background)
    closure = None if request.closure == "auto" else parse_hex(request.closure)
    return EnvelopeLook(background, closure, float(request.glare), tuple(keep_clear))


def _tidy(text: str) -> str:
    return " ".join(text.split())
