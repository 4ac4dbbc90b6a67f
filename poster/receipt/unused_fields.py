"""A request and the engines that paint it -> notes on the fields that were given but do nothing.

A field that has its default value was not given, as far as any door can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from poster.engines.base import Engine
from poster.request import DEFAULTS, PosterRequest

_OF_TYPE = ("coverlines", "kicker", "issue", "language", "style", "title_colour")
_OF_COVER = ("title", *_OF_TYPE, "variants", "cover_prompt")
_OF_ENVELOPE = ("envelope_engine", "envelope_prompt", "background", "closure", "glare")
_OF_SAMPLING = ("num_inference_steps", "guidance_scale", "speed")

Engines = Mapping[str, Engine]
"""Painted stage, cover or envelope -> the engine that paints it."""

_RULES: tuple[tuple[Collection[str], Callable[[PosterRequest, Engines], bool], str], ...] = (
    (_OF_COVER, lambda _, engines: "cover" not in engines, "stage envelope makes no cover"),
    (_OF_ENVELOPE, lambda _, engines: "envelope" not in engines, "stage cover makes no envelope"),
    (
        _OF_SAMPLING,
        lambda _, engines: not any(map(_has_prompt, engines.values())),
        "studio does not use a diffusion model",
    ),
    (
        ("cover_prompt",),
        lambda _, engines: "cover" in engines and not _has_prompt(engines["cover"]),
        "studio shows the photo as it is, without a prompt",
    ),
    (
        ("envelope_prompt",),
        lambda _, engines: "envelope" in engines and not _has_prompt(engines["envelope"]),
        "studio makes the envelope without a prompt",
    ),
    (
        _OF_TYPE,
        lambda request, engines: "cover" in engines and not request.title.strip(),
        "a cover without a title has no type",
    ),
    (
        ("trim_mm",),
        lambda request, _: request.output_format != "pdf",
        "it is the size of the pdf's page; add output_format=pdf",
    ),
    (
        ("output_quality",),
        lambda request, _: request.output_format in ("png", "pdf"),
        "it is for jpg and webp; png is lossless",
    ),
)
"""Fields, whether they do nothing in a request, and why."""


def note_unused_fields(request: PosterRequest, engines: Engines) -> Iterator[str]:
    """Find the fields that were given but do nothing.

    Args:
        request: the request.
        engines: the engines that paint it.

    Returns:
        One sentence for each reason.
    """
    given = [name for name in DEFAULTS if getattr(request, name) != DEFAULTS[name]]
    for fields, applies, reason in _RULES:
        unused = [name for name in given if name in fields]
        if unused and applies(request, engines):
            have = "has" if len(unused) == 1 else "have"
            yield f"{', '.join(unused)} {have} no effect: {reason}"


def _has_prompt(engine: Engine) -> bool:
    return bool(engine.sampling_defaults("exact"))
