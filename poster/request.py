"""Whatever a door was given -> a PosterRequest whose every field holds to its bound.

Knows neither pixels nor engines: whether the image can be decoded, and whether the type fits, is
found later.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex

from poster.errors import RequestError

MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound that a request is held to. Sides in pixels, sizes in bytes."""

    side_min: int = 512
    side_max: int = 4096
    side_step: int = 16
    aspect_min: float = 0.5
    aspect_max: float = 1.0
    title_graphemes: int = 80
    title_code_points: int = 400
    coverlines: int = 12
    coverline_graphemes: int = 120
    small_line_graphemes: int = 60
    small_line_code_points: int = 300
    prompt_code_points: int = 4000
    steps_max: int = 100
    guidance_max: float = 20.0
    image_bytes: int = 40_000_000
    image_pixels: int = 50_000_000
    image_long_side: int = 16384
    image_short_side: int = 480


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Spec:
    """What one field may hold, for validation, the command line's flags and Cog's schema.

    Args:
        help: one line for people.
        kind: the type that a value must have; None is allowed where the field's default is None.
        low: least number, inclusive.
        high: greatest number, inclusive.
        choices: the only strings allowed.
        max_length: most code points.
        graphemes: most user-perceived characters.
        pattern: regular expression that the whole string must match.
        pattern_help: what the pattern wants, in words.
    """

    help: str
    kind: type
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    max_length: int | None = None
    graphemes: int | None = None
    pattern: str = ""
    pattern_help: str = ""


def _text(text: str, **bounds: Any) -> dict[str, Spec]:  # noqa: ANN401 - Spec types them
    return {"spec": Spec(text, str, **bounds)}


def _number(text: str, kind: type, low: float, high: float) -> dict[str, Spec]:
    return {"spec": Spec(text, kind, low=low, high=high)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterRequest:
    """One poster, as a caller asks for it.

    `image` holds the encoded photo (or, for stage=envelope, the finished cover). Every other field
    is described in SPECS, once, for all doors.

    Raises:
        RequestError: a field is missing, of the wrong kind or out of its bound.
    """

    image: bytes = field(repr=False)
    title: str = field(
        default="",
        metadata=_text(
            "Masthead of the magazine. Required unless stage is envelope.",
            max_length=LIMITS.title_code_points,
            graphemes=LIMITS.title_graphemes,
        ),
    )
    coverlines: tuple[str, ...] = field(
        default=(),
        metadata={
            "spec": Spec(
                "Cover lines, one string each: headline, or headline | deck. At most 12.",
                tuple,
                high=LIMITS.coverlines,
                graphemes=LIMITS.coverline_graphemes,
            )
        },
    )
    kicker: str = field(
        default="",
        metadata=_text(
            "Short line set small beside the masthead or at the foot, such as The Heat Issue.",
            max_length=LIMITS.small_line_code_points,
            graphemes=LIMITS.small_line_graphemes,
        ),
    )
    issue: str = field(
        default="",
        metadata=_text(
            "Folio line at the foot, such as No. 14, Summer 2026.",
            max_length=LIMITS.small_line_code_points,
            graphemes=LIMITS.small_line_graphemes,
        ),
    )
    language: str = field(
        default="auto",
        metadata=_text(
            "Language of the text as a BCP 47 tag such as ko or zh-Hant; auto goes by the script.",
            pattern=r"auto|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}",
            pattern_help="auto or a BCP 47 tag such as en, ko or zh-Hant",
        ),
    )
    stage: str = field(
        default="both",
        metadata=_text(
            "What to make: both, the cover alone, or the envelope round a finished cover image.",
            choices=("both", "cover", "envelope"),
        ),
    )
    title_colour: str = field(
        default="auto",
        metadata=_text(
            "Masthead colour as #RRGGBB; auto picks one by the photo's measured contrast.",
            pattern=r"auto|#[0-9A-Fa-f]{6}",
            pattern_help="auto or a hex colour such as #F5EFA8",
        ),
    )
    seed: int | None = field(
        default=None,
        metadata=_number(
            "Same seed, same poster. Drawn and reported when absent.", int, 0, MAX_SEED
        ),
    )
    width: int = field(
        default=1024,
        metadata=_number(
            "Width in pixels of cover and envelope, a multiple of 16.",
            int,
            LIMITS.side_min,
            LIMITS.side_max,
        ),
    )
    height: int = field(
        default=1472,
        metadata=_number(
            "Height in pixels of cover and envelope, a multiple of 16; one to two times the width.",
            int,
            LIMITS.side_min,
            LIMITS.side_max,
        ),
    )
    num_inference_steps: int | None = field(
        default=None,
        metadata=_number(
            "Denoising steps of a diffusion engine; studio takes none.", int, 1, LIMITS.steps_max
        ),
    )
    guidance_scale: float | None = field(
        default=None,
        metadata=_number(
            "Guidance of a diffusion engine; studio takes none.", float, 0.0, LIMITS.guidance_max
        ),
    )
    cover_prompt: str = field(
        default="",
        metadata=_text(
            "Replaces a diffusion engine's prompt for the cover; studio takes none.",
            max_length=LIMITS.prompt_code_points,
        ),
    )
    envelope_prompt: str = field(
        default="",
        metadata=_text(
            "Replaces a diffusion engine's prompt for the envelope; studio takes none.",
            max_length=LIMITS.prompt_code_points,
        ),
    )
    engine: str = field(
        default="auto",
        metadata=_text(
            "Who paints: auto takes flux where a GPU and its weights are, else studio.",
            choices=("auto", "flux", "studio"),
        ),
    )
    output_format: str = field(
        default="png",
        metadata=_text("File format of the pictures.", choices=("png", "jpg", "webp")),
    )
    output_quality: int = field(
        default=95, metadata=_number("Quality of jpg and webp; png is lossless.", int, 1, 100)
    )

    def __post_init__(self) -> None:
        for name, spec in SPECS.items():
            _check(name, getattr(self, name), spec)
        _check_image(self.image)
        _check_size(self.width, self.height)
        if self.stage != "envelope" and not self.title.strip():
            raise RequestError("title", "is required unless stage is envelope")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> PosterRequest:
        """Build a request from named values, such as a JSON object.

        Args:
            values: field name -> value; `image` holds bytes, `coverlines` any list of strings.

        Returns:
            The validated request.

        Raises:
            RequestError: as the class, or for a name that is no field.
        """
        names = {"image", *SPECS}
        for name in values:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise RequestError(name, f"is no field of a poster request{hint}")
        if "image" not in values:
            raise RequestError("image", "is required")
        given = dict(values)
        if isinstance(given.get("coverlines"), list):
            given["coverlines"] = tuple(given["coverlines"])
        return cls(**given)


SPECS: dict[str, Spec] = {
    item.name: item.metadata["spec"]
    for item in dataclasses.fields(PosterRequest)
    if "spec" in item.metadata
}
"""Every field but `image`, by name, in the order of the request."""

DEFAULTS: dict[str, Any] = {
    item.name: item.default for item in dataclasses.fields(PosterRequest) if item.name in SPECS
}
"""What a field holds when the caller leaves it out."""


def graphemes(text: str) -> list[str]:
    """Split text into user-perceived characters.

    Args:
        text: any string.

    Returns:
        Extended grapheme clusters in order. Source: Unicode UAX 29.
    """
    return regex.findall(r"\X", text)


def check_image_size(size: int) -> None:
    """Refuse an image that is too large, if possible before it is read.

    Args:
        size: of the encoded image, in bytes.

    Raises:
        RequestError: over the bound.
    """
    if size > LIMITS.image_bytes:
        raise RequestError(
            "image",
            f"has {size / 1e6:.1f} MB; at most {LIMITS.image_bytes / 1e6:.0f} MB are allowed",
        )


def _check(name: str, value: object, spec: Spec) -> None:
    if value is None and DEFAULTS[name] is None:
        return
    kinds = (int, float) if spec.kind is float else (spec.kind,)
    # bool is an int in Python; a caller who sends true for a number made a mistake.
    if not isinstance(value, kinds) or isinstance(value, bool):
        raise RequestError(name, f"must be {_KIND_NAMES[spec.kind]}, not {type(value).__name__}")
    if isinstance(value, str):
        _check_text(name, value, spec)
    elif isinstance(value, tuple):
        _check_lines(name, value, spec)
    elif isinstance(value, (int, float)):
        _check_number(name, value, spec)


_KIND_NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    tuple: "a list of strings",
}


def _check_number(name: str, value: float, spec: Spec) -> None:
    if spec.low is None or spec.high is None:
        return
    if not (math.isfinite(value) and spec.low <= value <= spec.high):
        raise RequestError(name, f"must be between {spec.low} and {spec.high}, not {value}")


def _check_text(name: str, value: str, spec: Spec) -> None:
    if spec.choices and value not in spec.choices:
        raise RequestError(name, f"must be one of {', '.join(spec.choices)}, not {value[:40]!r}")
    if spec.max_length is not None and len(value) > spec.max_length:
        raise RequestError(
            name, f"has {len(value)} code points; at most {spec.max_length} are allowed"
        )
    if spec.graphemes is not None:
        _check_graphemes(name, value, spec.graphemes)
    if spec.pattern and not regex.fullmatch(spec.pattern, value):
        raise RequestError(name, f"must be {spec.pattern_help}, not {value[:40]!r}")


def _check_graphemes(name: str, value: str, most: int) -> None:
    count = len(graphemes(value))
    if count > most:
        raise RequestError(name, f"has {count} characters; at most {most} are allowed")


def _check_lines(name: str, lines: tuple[object, ...], spec: Spec) -> None:
    if spec.high is not None and len(lines) > spec.high:
        raise RequestError(name, f"has {len(lines)} lines; at most {spec.high} are allowed")
    for number, line in enumerate(lines, 1):
        if not isinstance(line, str):
            raise RequestError(name, f"line {number} must be a string, not {type(line).__name__}")
        if not line.partition("|")[0].strip():
            raise RequestError(name, f"line {number} has no headline; write headline | deck")
        if spec.graphemes is not None:
            _check_graphemes(f"{name} line {number}", line, spec.graphemes)


def _check_image(image: object) -> None:
    if not isinstance(image, bytes):
        raise RequestError("image", f"must be the photo's bytes, not {type(image).__name__}")
    if not image:
        raise RequestError("image", "is empty")
    check_image_size(len(image))


def _check_size(width: int, height: int) -> None:
    for name, side in (("width", width), ("height", height)):
        if side % LIMITS.side_step:
            near = round(side / LIMITS.side_step) * LIMITS.side_step
            raise RequestError(
                name, f"must be a multiple of {LIMITS.side_step}, not {side}; {near} is the nearest"
            )
    aspect = width / height
    if not LIMITS.aspect_min <= aspect <= LIMITS.aspect_max:
        raise RequestError(
            "width",
            f"over height must be between {LIMITS.aspect_min} and {LIMITS.aspect_max}, "
            f"not {width}/{height} = {aspect:.2f}",
        )
