"""Values from any door -> a PosterRequest whose fields are all within their bounds.

Does not know pixels or engines: whether the image can be decoded and whether the text fits is
checked later.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from poster.colour_names import parse_colour
from poster.errors import RequestError
from poster.page_size import SIZE_NAMES, SIZE_PATTERN, PageSize, resolve_page
from poster.spec import Spec, check_value, convert_value, describe_value

MAX_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound on a request. Sides are in pixels, sizes in bytes."""

    side_min: int = 512
    side_max: int = 4096
    aspect_min: float = 0.5
    aspect_max: float = 1.0
    title_graphemes: int = 80
    title_code_points: int = 400
    coverlines: int = 12
    coverline_graphemes: int = 120
    coverline_code_points: int = 600
    small_line_graphemes: int = 60
    variants: int = 8
    small_line_code_points: int = 300
    prompt_code_points: int = 4000
    steps_max: int = 100
    guidance_max: float = 20.0
    glare_max: float = 1.0
    image_bytes: int = 40_000_000
    image_pixels: int = 50_000_000
    image_long_side: int = 16384
    image_short_side: int = 320


LIMITS = Limits()

ALIASES = {"title_color": "title_colour"}
"""Other spellings of fields, accepted by every door that sees the names of fields."""


def _text(text: str, **bounds: Any) -> dict[str, Spec]:  # noqa: ANN401 - Spec types them
    return {"spec": Spec(text, str, **bounds)}


def _number(text: str, kind: type, low: float, high: float) -> dict[str, Spec]:
    return {"spec": Spec(text, kind, low=low, high=high)}


def _colour(text: str, example: str, *words: str) -> dict[str, Spec]:
    """A field that takes a colour or one of a few words, in any case."""

    def parse(value: str) -> None:
        if value.lower() not in words:
            parse_colour(value)

    names = ", ".join(word for word in words if word != "gray")
    shown = f"{names}, a CSS colour name, #RGB or #RRGGBB, such as {example}"
    return {"spec": Spec(text, str, parse=parse, pattern_help=shown, metavar="COLOUR")}


@dataclass(frozen=True, slots=True, kw_only=True)
class PosterRequest:
    """A caller's request for one poster.

    `image` holds the encoded photo (or, for stage=envelope, the finished cover), and `image_name`
    the name of its file, if a door knows one, for poster.json alone. Every other field is described
    once, in SPECS, for all doors.

    Raises:
        RequestError: a field is missing, of the wrong type or out of bounds.
    """

    image: bytes = field(repr=False)
    image_name: str = ""
    title: str = field(
        default="",
        metadata=_text(
            "Masthead text. Required unless stage is envelope, or cover_prompt is given without "
            "coverlines, kicker or issue.",
            max_length=LIMITS.title_code_points,
            graphemes=LIMITS.title_graphemes,
        ),
    )
    coverlines: tuple[str, ...] = field(
        default=(),
        metadata={
            "spec": Spec(
                'Cover lines, one string each: "headline" or "headline | deck". At most 12.',
                tuple,
                high=LIMITS.coverlines,
                max_length=LIMITS.coverline_code_points,
                graphemes=LIMITS.coverline_graphemes,
            )
        },
    )
    kicker: str = field(
        default="",
        metadata=_text(
            'Short line in small type beside the masthead or at the foot, such as "The Heat '
            'Issue".',
            max_length=LIMITS.small_line_code_points,
            graphemes=LIMITS.small_line_graphemes,
        ),
    )
    issue: str = field(
        default="",
        metadata=_text(
            'Folio line at the foot, such as "No. 14, Summer 2026".',
            max_length=LIMITS.small_line_code_points,
            graphemes=LIMITS.small_line_graphemes,
        ),
    )
    language: str = field(
        default="auto",
        metadata=_text(
            "Language of the text as a BCP 47 tag, such as ko or zh-Hant; auto infers it from the "
            "script.",
            # Source: RFC 5646, 2.1; extensions begin with one letter, x is for private use.
            max_length=100,
            pattern=r"auto|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(-[A-WYZa-wyz0-9](-[A-Za-z0-9]{2,8})+)*"
            r"(-[Xx](-[A-Za-z0-9]{1,8})+)?",
            pattern_help="auto or a BCP 47 tag such as en, ko or zh-Hant",
        ),
    )
    stage: str = field(
        default="both",
        metadata=_text(
            "What to make: both, only the cover, or only the envelope for a finished cover image.",
            choices=("both", "cover", "envelope"),
        ),
    )
    style: str = field(
        default="auto",
        metadata=_text(
            "Design of the cover; auto picks the one that suits the photo and title best.",
            choices=("auto", "classic", "editorial", "paper", "swiss", "poster"),
        ),
    )
    variants: int = field(
        default=1,
        metadata=_number(
            "Number of covers, each with a different style or layout; a contact sheet shows them "
            "all.",
            int,
            1,
            LIMITS.variants,
        ),
    )
    title_colour: str = field(
        default="auto",
        metadata=_colour(
            "Masthead colour: a CSS name, #RGB or #RRGGBB; auto picks one by its measured contrast "
            "with the photo.",
            "#F5EFA8",
            "auto",
        ),
    )
    seed: int | None = field(
        default=None,
        metadata=_number(
            "Seed of every random choice: the same request and seed give the same poster. Chosen "
            "at random when omitted; the receipt records it.",
            int,
            0,
            MAX_SEED,
        ),
    )
    size: str | None = field(
        default=None,
        metadata=_text(
            f"Size of cover and envelope: {', '.join(SIZE_NAMES)}, or WxH in pixels; paper sizes "
            "set trim_mm too. Not with width or height.",
            pattern=SIZE_PATTERN,
            pattern_help=f"{', '.join(SIZE_NAMES)} or width x height in pixels such as 1080x1350",
            metavar="SIZE",
        ),
    )
    width: int | None = field(
        default=None,
        metadata=_number(
            "Width of cover and envelope in pixels; 1024 when omitted.",
            int,
            LIMITS.side_min,
            LIMITS.side_max,
        ),
    )
    height: int | None = field(
        default=None,
        metadata=_number(
            "Height of cover and envelope in pixels, 1 to 2 times the width; 1472 when omitted.",
            int,
            LIMITS.side_min,
            LIMITS.side_max,
        ),
    )
    num_inference_steps: int | None = field(
        default=None,
        metadata=_number(
            "Denoising steps of a diffusion engine; ignored by studio.", int, 1, LIMITS.steps_max
        ),
    )
    guidance_scale: float | None = field(
        default=None,
        metadata=_number(
            "Guidance scale of a diffusion engine; ignored by studio.",
            float,
            0.0,
            LIMITS.guidance_max,
        ),
    )
    cover_prompt: str = field(
        default="",
        metadata=_text(
            "Replaces a diffusion engine's prompt for the cover; studio ignores its value. With it "
            "and no other text, the cover has no type.",
            max_length=LIMITS.prompt_code_points,
        ),
    )
    envelope_prompt: str = field(
        default="",
        metadata=_text(
            "Replaces a diffusion engine's prompt for the envelope; ignored by studio.",
            max_length=LIMITS.prompt_code_points,
        ),
    )
    engine: str = field(
        default="auto",
        metadata=_text(
            "Engine that paints; auto uses flux if a GPU and its weights are available, otherwise "
            "studio.",
            choices=("auto", "flux", "studio"),
        ),
    )
    envelope_engine: str = field(
        default="auto",
        metadata=_text(
            "Engine that makes the envelope; auto takes the value of engine. Only studio keeps the "
            "cover's type unchanged.",
            choices=("auto", "flux", "studio"),
        ),
    )
    speed: str = field(
        default="exact",
        metadata=_text(
            "Speed of a diffusion engine: exact, or fast with some loss of fidelity; ignored by "
            "studio.",
            choices=("exact", "fast"),
        ),
    )
    background: str = field(
        default="black",
        metadata=_colour(
            "Background of the envelope: black, white, grey (a photographer's 18 % grey), "
            "transparent (not with jpg), another CSS name, #RGB or #RRGGBB.",
            "#1E2A5A",
            "black",
            "white",
            "grey",
            "gray",
            "transparent",
        ),
    )
    closure: str = field(
        default="auto",
        metadata=_colour(
            "Colour of the envelope's buttons and cord: a CSS name, #RGB or #RRGGBB; auto is "
            "cream.",
            "#C8102E",
            "auto",
        ),
    )
    glare: float = field(
        default=1.0,
        metadata=_number(
            "Strength of the film's highlights: 1 is full strength, 0 is none.",
            float,
            0.0,
            LIMITS.glare_max,
        ),
    )
    output_format: str = field(
        default="png",
        metadata=_text(
            "File format of the pictures; pdf adds a PDF of the cover with selectable text, and "
            "the cover's layers, to the PNG files.",
            choices=("png", "jpg", "webp", "pdf"),
        ),
    )
    trim_mm: str | None = field(
        default=None,
        metadata=_text(
            "For pdf: width x height of the trimmed page in millimetres, with the cover's aspect "
            "ratio; when omitted, that of size, or 210 wide.",
            pattern=r"[1-9][0-9]{1,3}(\.[0-9]{1,2})?x[1-9][0-9]{1,3}(\.[0-9]{1,2})?",
            pattern_help="width x height in millimetres, such as 210x302, each at least 10 and "
            "below 10000, with at most two decimals",
            metavar="WxH",
        ),
    )
    output_quality: int = field(
        default=95, metadata=_number("Quality of jpg and webp; png is lossless.", int, 1, 100)
    )

    def __post_init__(self) -> None:
        for name, spec in SPECS.items():
            # Here rather than in a door: Cog and the command line take an object only as JSON text,
            # and the same values should work through every door.
            value = convert_value(name, getattr(self, name), spec)
            check_value(name, value, spec, DEFAULTS[name])
            object.__setattr__(self, name, value)
        _check_image(self.image)
        _check_page(self)
        if self.output_format == "pdf":
            _check_print(self)
        if self.background.lower() == "transparent" and self.output_format == "jpg":
            _check_alpha(self)
        if self.stage != "envelope" and not self.title.strip():
            _check_wordless(self)

    @property
    def page_size(self) -> PageSize:
        """The page that size, width, height and trim_mm give, in pixels and in millimetres."""
        return resolve_page(self.size, self.width, self.height, self.trim_mm)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> PosterRequest:
        """Build a request from named values, such as a JSON object.

        Args:
            values: field name -> value; `image` is bytes, `coverlines` a list or tuple of strings;
                an object can be given as JSON text.

        Returns:
            The validated request.

        Raises:
            RequestError: a field is missing, of the wrong type, out of bounds or unknown.
        """
        values = rename_aliases(values)
        reject_unknown_fields(values, {"image", *SPECS})
        if "image" not in values:
            raise RequestError("image", "is required")
        return cls(**values)


SPECS: dict[str, Spec] = {
    item.name: item.metadata["spec"]
    for item in dataclasses.fields(PosterRequest)
    if "spec" in item.metadata
}
"""Every field except `image`, by name, in the order of the request."""

DEFAULTS: dict[str, Any] = {
    item.name: item.default for item in dataclasses.fields(PosterRequest) if item.name in SPECS
}
"""The value of each field that the caller omits."""


def rename_aliases(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rename fields that are spelled in another way.

    Args:
        values: field name -> value.

    Returns:
        The same, under the fields' own names.

    Raises:
        RequestError: a field is given in both spellings.
    """
    renamed: dict[str, Any] = {}
    for spelled, value in values.items():
        name = ALIASES.get(spelled, spelled)
        if name in renamed:
            raise RequestError(spelled, "is given twice, in two spellings; give only one of them")
        renamed[name] = value
    return renamed


def change_fields(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Change fields of a request that may give the page's size in another way.

    Args:
        values: field name -> value, such as those of a request in a file.
        changes: field name -> value; they take precedence.

    Returns:
        Both together. A new size, width or height also replaces what gave the old size.
    """
    values, changes = rename_aliases(values), rename_aliases(changes)
    dropped: set[str] = set()
    if changes.get("size") is not None:
        dropped = {"width", "height", "trim_mm"}
    elif {"width", "height"} & changes.keys():
        dropped = {"size", "trim_mm"}
    return {name: value for name, value in values.items() if name not in dropped} | changes


def check_image_size(size: int) -> None:
    """Reject an image that is too large, if possible before it is read.

    Args:
        size: size of the encoded image, in bytes.

    Raises:
        RequestError: the image is too large.
    """
    if size > LIMITS.image_bytes:
        raise RequestError(
            "image",
            f"is {size / 1e6:.1f} MB; the maximum is {LIMITS.image_bytes / 1e6:.0f} MB",
        )


def reject_unknown_fields(names: Iterable[str], known: Collection[str]) -> None:
    """Check the names of fields.

    Args:
        names: of the fields that were sent.
        known: all that there are.

    Raises:
        RequestError: a name is not known; the message says which ones are similar.
    """
    for name in names:
        if name not in known:
            near = _similar_names(name, known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise RequestError(name or "''", f"is not a field of the request{hint}")


def _similar_names(name: str, names: Collection[str]) -> list[str]:
    """Names of fields that the caller may have meant."""
    word = name.lower().replace("color", "colour")
    if word in ("colour", "colours"):
        return ["title_colour", "background", "closure"]
    return difflib.get_close_matches(word, names, n=1)


def _check_print(request: PosterRequest) -> None:
    if request.stage == "envelope":
        raise RequestError("output_format", "must not be pdf with stage envelope: no cover is made")
    page = request.page_size
    if not page.trim.has_aspect_of(page.width, page.height):
        fitting = resolve_page(None, page.width, page.height, None).trim_mm
        trouble = (
            f"must have the cover's aspect ratio, {page.width}x{page.height}, within 1 %, not "
            f"{request.trim_mm}; for example, {fitting} fits"
        )
        raise RequestError("trim_mm", trouble)


def _check_alpha(request: PosterRequest) -> None:
    """Reject transparency in jpg; stage cover is exempt, since it makes no envelope."""
    if request.stage != "cover":
        raise RequestError("background", "transparent needs png or webp: jpg has no transparency")


def _check_wordless(request: PosterRequest) -> None:
    """Require a title, unless cover_prompt is set and there is no other text."""
    if not request.cover_prompt.strip():
        trouble = (
            "is required unless stage is envelope, or cover_prompt is given without coverlines, "
            "kicker or issue"
        )
        raise RequestError("title", trouble)
    if any((request.coverlines, request.kicker.strip(), request.issue.strip())):
        trouble = "is required with coverlines, kicker or issue: no type is set without a title"
        raise RequestError("title", trouble)


def _check_image(image: object) -> None:
    if not isinstance(image, bytes):
        raise RequestError("image", f"must be the photo's bytes, not {describe_value(image)}")
    if not image:
        raise RequestError("image", "is empty")
    check_image_size(len(image))


def _check_page(request: PosterRequest) -> None:
    page = request.page_size
    names = ("width", "height") if request.size is None else ("size", "size")
    for name, side in zip(names, (page.width, page.height), strict=True):
        if not LIMITS.side_min <= side <= LIMITS.side_max:
            bounds = f"{LIMITS.side_min} to {LIMITS.side_max} pixels"
            raise RequestError(name, f"must have sides of {bounds}, not {side}")
    aspect = page.width / page.height
    if not LIMITS.aspect_min <= aspect <= LIMITS.aspect_max:
        raise RequestError(
            names[0],
            f"must be {LIMITS.aspect_min} to {LIMITS.aspect_max} times the height, "
            f"not {page.width}/{page.height} = {aspect:.4g}",
        )
